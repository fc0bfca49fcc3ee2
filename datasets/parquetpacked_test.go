package datasets

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/parquet-go/parquet-go"
)

// packedRow has columns in encodings that Arrow's library does not read, and others beside them. Zeros that are optional are nulls.
type packedRow struct {
	Float   float32 `parquet:"float,split"`
	Double  float64 `parquet:"double,split,optional"`
	List    []int32 `parquet:"list,list"`
	ID      int64   `parquet:"id,delta"`
	Null    int64   `parquet:"null,delta,optional"`
	Small   int32   `parquet:"small,delta"`
	Byte    int8    `parquet:"byte,delta"`
	Natural uint64  `parquet:"natural,delta"`
	Day     int32   `parquet:"day,date,delta"`
	Local   int64   `parquet:"local,timestamp(microsecond:local),delta"`
	UTC     int64   `parquet:"utc,timestamp(microsecond),delta"`
	Clock   int64   `parquet:"clock,time(microsecond),delta"`
	Price   int64   `parquet:"price,decimal(2:10),delta"`
	Text    string  `parquet:"text,optional"`
	Plain   float64 `parquet:"plain"`
	Yes     *bool   `parquet:"yes,optional"`
}

func newPackedRow(i int) packedRow {
	k := int64(i)
	r := packedRow{
		Float: float32(math.Sin(float64(i))), ID: 1<<60 + k*k*7919%1000003, Small: int32(i % 1000 * -3), Byte: int8(i), Natural: math.MaxUint64 - uint64(i),
		Day: int32(i % 40000), Local: 1_700_000_000_000_000 + k, UTC: k * 1_000_003, Clock: k % 86_400_000_000, Price: k*101 - 5000, Plain: float64(i) / 3,
		List: make([]int32, i%3),
	}
	if i%7 != 3 {
		r.Double, r.Null = math.Cos(float64(i)), k*k%1_000_033-500
	}
	if i%5 != 1 {
		r.Text, r.Yes = strings.Repeat("ü", i%4)+fmt.Sprint(i), new(bool)
		*r.Yes = i%3 == 0
	}
	return r
}

// cells returns the row as Arrow's arrays show it.
func (r packedRow) cells() map[string]string {
	optional := func(null bool, text func() string) string {
		if null {
			return array.NullValueStr
		}
		return text()
	}
	micros := func(v int64) string { return time.UnixMicro(v).UTC().Format("2006-01-02 15:04:05.999999") }
	return map[string]string{
		"float": fmt.Sprint(r.Float), "double": optional(r.Double == 0, func() string { return fmt.Sprint(r.Double) }),
		"id": fmt.Sprint(r.ID), "null": optional(r.Null == 0, func() string { return fmt.Sprint(r.Null) }),
		"small": fmt.Sprint(r.Small), "byte": fmt.Sprint(r.Byte), "natural": fmt.Sprint(r.Natural), "day": time.Unix(int64(r.Day)*86400, 0).UTC().Format(time.DateOnly),
		"local": micros(r.Local), "utc": micros(r.UTC), "clock": time.UnixMicro(r.Clock).UTC().Format("15:04:05.999999"),
		"price": fmt.Sprintf("%.2f", float64(r.Price)/100),
		"text":  optional(r.Text == "", func() string { return r.Text }), "plain": fmt.Sprint(r.Plain),
		"yes": optional(r.Yes == nil, func() string { return fmt.Sprint(*r.Yes) }),
	}
}

// writePacked writes rows in row groups of unequal lengths.
func writePacked(t *testing.T, rows int, options ...parquet.WriterOption) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packed.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[packedRow](f, append(options, parquet.MaxRowsPerRowGroup(int64(rows)*2/3), parquet.PageBufferSize(1<<20),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaLengthByteArray))...)
	for i := range rows {
		if _, err := w.Write([]packedRow{newPackedRow(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPackedParquet: columns of the encodings that Arrow's library does not read have their types and values, beside
// columns that it reads.
func TestPackedParquet(t *testing.T) {
	types := map[string]string{
		"float": "float32", "double": "float64", "id": "int64", "null": "int64", "small": "int32", "byte": "int8", "natural": "uint64", "day": "date32",
		"local": "timestamp[us]", "utc": "timestamp[us, tz=UTC]", "clock": "time64[us]", "price": "decimal(10, 2)", "text": "utf8", "plain": "float64", "yes": "bool",
	}
	for _, rows := range []int{1, 1000, 100_000} {
		for _, version := range []int{1, 2} {
			path := writePacked(t, rows, parquet.DataPageVersion(version), parquet.Compression(&parquet.Zstd))
			for _, columns := range [][]string{nil, {"plain", "id", "float"}, {"null"}} {
				if rows == 100_000 && (columns == nil) != (version == 1) {
					continue // for time
				}
				b, err := OpenBatches(path, Options{AnyType: true, Columns: columns})
				if err != nil {
					t.Fatal(err)
				}
				for _, field := range b.Schema().Fields() {
					if want := types[field.Name]; want != "" && field.Type.String() != want {
						t.Errorf("column %q: %v, want %s", field.Name, field.Type, want)
					}
				}
				if got := readPacked(t, b); got != rows {
					t.Errorf("%d rows, version %d, columns %v: %d rows", rows, version, columns, got)
				}
			}
		}
	}
}

// readPacked holds all batches against newPackedRow, and returns the number of rows.
func readPacked(t *testing.T, b *Batches) (rows int) {
	t.Helper()
	for {
		r, err := b.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range int(r.NumRows()) {
			want := newPackedRow(rows).cells()
			for k, a := range r.Columns() {
				if want, ok := want[r.ColumnName(k)]; ok && shown(a, i) != want {
					t.Fatalf("row %d, column %q: %s, want %s", rows, r.ColumnName(k), shown(a, i), want)
				}
			}
			rows++
		}
		r.Release()
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	return rows
}

func shown(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Float32:
		return fmt.Sprint(a.Value(i))
	case *array.Float64:
		if a.IsValid(i) {
			return fmt.Sprint(a.Value(i))
		}
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(i))).UTC().Format("2006-01-02 15:04:05.999999")
	case *array.Time64:
		return time.UnixMicro(int64(a.Value(i))).UTC().Format("15:04:05.999999")
	case *array.Decimal128:
		return a.Value(i).ToString(2)
	}
	return a.ValueStr(i)
}

// TestPackedDamage: a file of such encodings in which bytes change is refused in one line or read as another, without a word of
// the Go runtime.
func TestPackedDamage(t *testing.T) {
	whole, err := os.ReadFile(writePacked(t, 400))
	if err != nil {
		t.Fatal(err)
	}
	for at := 4; at < len(whole); at += 1 + len(whole)/3000 {
		data := slices.Clone(whole)
		data[at] ^= byte(1 << (at % 8))
		b, err := OpenBatches(writeFile(t, data), Options{AnyType: true})
		if err == nil {
			for err == nil {
				var r arrow.Record
				if r, err = b.Next(); err == nil {
					r.Release()
				}
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
		if err != io.EOF && (strings.Contains(err.Error(), "runtime error") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// TestLZ4: LZ4_RAW is refused, which Arrow's library does not have and the other one reads as zeros where its first guess
// of the length is too short.
func TestLZ4(t *testing.T) {
	type row struct {
		X float64 `parquet:"x"`
		D float64 `parquet:"d,split"`
	}
	rows := make([]row, 1000)
	for i := range rows {
		rows[i] = row{math.Sin(float64(i)), math.Cos(float64(i))}
	}
	path := filepath.Join(t.TempDir(), "lz4.parquet")
	if err := parquet.WriteFile(path, rows, parquet.Compression(&parquet.Lz4Raw)); err != nil {
		t.Fatal(err)
	}
	for _, columns := range [][]string{{"x"}, {"d"}} {
		for _, any := range []bool{false, true} {
			if _, err := OpenBatches(path, Options{AnyType: any, Columns: columns}); err == nil || !strings.Contains(err.Error(), "is compressed with LZ4_RAW, which is not read: ") {
				t.Errorf("column %v, any type %v: %v", columns, any, err)
			}
		}
	}
}
