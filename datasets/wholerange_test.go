package datasets

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestExactRange: the range of integers is described exactly, over batches and without what lies under nulls.
func TestExactRange(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "natural", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "small", Type: arrow.PrimitiveTypes.Int8}, {Name: "none", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32}, {Name: "time", Type: arrow.FixedWidthTypes.Time64us, Nullable: true},
		{Name: "moment", Type: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}},
	}, nil)
	var records []arrow.Record
	for k := range int64(2) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Field(0).(*array.Int64Builder).AppendValues([]int64{1<<60 + 999 - k, 1 << 62, 1<<60 + 1 - k}, []bool{true, false, true})
		b.Field(1).(*array.Uint64Builder).AppendValues([]uint64{math.MaxUint64 - uint64(k), math.MaxUint64 - 7, math.MaxUint64 - 3}, nil)
		b.Field(2).(*array.Int8Builder).AppendValues([]int8{-128, 5, int8(k)}, nil)
		b.Field(3).AppendNulls(3)
		b.Field(4).(*array.Date32Builder).AppendValues([]arrow.Date32{-1 - arrow.Date32(k), 20000, 0}, nil)
		b.Field(5).(*array.Time64Builder).AppendValues([]arrow.Time64{3600e6, 0, 3600e6 + arrow.Time64(k)}, []bool{true, false, true})
		b.Field(6).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{1700000000000, arrow.Timestamp(k), 1}, nil)
		records = append(records, b.NewRecord())
	}
	b := &Batches{path: "x", schema: schema, next: func() (arrow.Record, error) {
		if len(records) == 0 {
			return nil, io.EOF
		}
		r := records[0]
		records = records[1:]
		return r, nil
	}}
	d, err := b.Describe()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][2]string{
		{"1152921504606846976", "1152921504606847975"}, {"18446744073709551608", "18446744073709551615"}, {"-128", "5"}, {"null", "null"},
		{`"1969-12-30"`, `"2024-10-04"`}, {`"01:00:00.000000"`, `"01:00:00.000001"`}, {`"1970-01-01 00:00:00Z"`, `"2023-11-14 22:13:20Z"`},
	} {
		if want := fmt.Sprintf(`"min":%s,"max":%s`, want[0], want[1]); !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %s", text, want)
		}
		line := strings.Split(d.String(), "\n")[2+i]
		if want[0] == "null" {
			want = [2]string{"-", "-"}
		}
		if want := regexp.MustCompile(` +` + strings.Trim(want[0], `"`) + ` +` + strings.Trim(want[1], `"`) + ` `); !want.MatchString(line) {
			t.Errorf("%s, want %v", line, want)
		}
	}
}
