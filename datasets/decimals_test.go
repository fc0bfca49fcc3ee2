package datasets

import (
	"bytes"
	"math"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestTimesAndDecimalsInParquet: times and decimals come back from Parquet as they were.
func TestTimesAndDecimalsInParquet(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "p1", Type: &arrow.Decimal128Type{Precision: 1, Scale: 0}, Nullable: true},
		{Name: "p9", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true},
		{Name: "p10", Type: &arrow.Decimal128Type{Precision: 10, Scale: 10}, Nullable: true},
		{Name: "p18", Type: &arrow.Decimal128Type{Precision: 18, Scale: 3}},
		{Name: "ms", Type: arrow.FixedWidthTypes.Time32ms, Nullable: true},
		{Name: "us", Type: arrow.FixedWidthTypes.Time64us, Nullable: true},
		{Name: "ns", Type: arrow.FixedWidthTypes.Time64ns},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	largest := []int64{9, 999_999_999, 9_999_999_999, 999_999_999_999_999_999, math.MaxInt32, 86_399_999_999, 86_399_999_999_999}
	for k, largest := range largest {
		for _, v := range []int64{0, 1, -1, largest, -largest} {
			switch b := b.Field(k).(type) {
			case *array.Decimal128Builder:
				b.Append(decimal128.FromI64(v))
			case *array.Time32Builder:
				b.Append(arrow.Time32(v))
			case *array.Time64Builder:
				b.Append(arrow.Time64(v))
			}
		}
		if schema.Field(k).Nullable {
			b.Field(k).AppendNull()
		} else {
			b.Field(k).AppendEmptyValue()
		}
	}
	want := b.NewRecord()
	var out bytes.Buffer
	w, err := NewBatchWriter(&out, Parquet, schema)
	if err == nil {
		err = w.Write(want)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	got := readRecord(t, writeFile(t, out.Bytes()))
	if !array.RecordEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	for i, field := range schema.Fields() {
		if got := got.Schema().Field(i); !arrow.TypeEqual(got.Type, field.Type) || got.Nullable != field.Nullable {
			t.Errorf("%v, want %v", got, field)
		}
	}
	wide := arrow.NewSchema([]arrow.Field{{Name: "wide", Type: &arrow.Decimal128Type{Precision: 19, Scale: 2}}}, nil)
	_, err = NewBatchWriter(&out, Parquet, wide)
	if want := `column "wide" is of type decimal(19, 2), which actinit does not write to Parquet: write Arrow IPC, which holds any, or leave it out`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
