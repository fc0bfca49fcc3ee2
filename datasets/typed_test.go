package datasets

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// flatTypes are types of columns that are neither nested nor encoded.
var flatTypes = []arrow.DataType{
	arrow.FixedWidthTypes.Boolean, arrow.FixedWidthTypes.Float16, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64,
	arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64,
	arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Uint64,
	arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.FixedWidthTypes.Date32,
	&arrow.TimestampType{Unit: arrow.Millisecond}, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, &arrow.TimestampType{Unit: arrow.Nanosecond},
}

// flatRecord returns rows of columns of types, with the ends of their ranges among the values; some are null, if
// there may be nulls.
func flatRecord(rows int, nulls bool, types ...arrow.DataType) arrow.Record {
	fields := make([]arrow.Field, len(types))
	for i, t := range types {
		fields[i] = arrow.Field{Name: fmt.Sprintf("c%d", i+1), Type: t, Nullable: nulls}
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range rows {
		for k := range types {
			if nulls && (i+k)%5 == 4 {
				b.Field(k).AppendNull()
			} else {
				appendFlat(b.Field(k), i)
			}
		}
	}
	return b.NewRecord()
}

func appendFlat(b array.Builder, i int) {
	bits := []uint64{0, 1, math.MaxUint64, 1<<63 - 1, 1 << 63, 1<<53 + 1, 0x7fff_7fff_7fff_7fff, uint64(i) * 0x9e3779b97f4a7c15}[min(i, 7)]
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(bits%2 == 1)
	case *array.Float16Builder:
		b.Append(float16.FromLEBytes([]byte{byte(bits), byte(bits>>8) & 0xfb})) // not NaN, which equals nothing
	case *array.Float32Builder:
		b.Append(float32(int32(bits)) / 3)
	case *array.Float64Builder:
		b.Append(float64(int64(bits)) / 3)
	case *array.Int8Builder:
		b.Append(int8(bits))
	case *array.Int16Builder:
		b.Append(int16(bits))
	case *array.Int32Builder:
		b.Append(int32(bits))
	case *array.Int64Builder:
		b.Append(int64(bits))
	case *array.Uint8Builder:
		b.Append(uint8(bits))
	case *array.Uint16Builder:
		b.Append(uint16(bits))
	case *array.Uint32Builder:
		b.Append(uint32(bits))
	case *array.Uint64Builder:
		b.Append(bits)
	case *array.StringBuilder:
		b.Append(strings.Repeat("größer, \"a\"\n", i%3))
	case *array.LargeStringBuilder:
		b.Append(strings.Repeat("b ", i%4))
	case *array.Date32Builder:
		b.Append(arrow.Date32(int32(bits)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(bits))
	default:
		panic("no such builder in this test")
	}
}

// bytesOf returns a record as a file.
func bytesOf(t *testing.T, format Format, r arrow.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewBatchWriter(&b, format, r.Schema())
	if err == nil {
		err = w.Write(r)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// TestRoundTripOfTypes: what a format holds comes back in its type, to the bit.
func TestRoundTripOfTypes(t *testing.T) {
	for _, format := range []Format{Arrow, ArrowStream, Parquet, NPZ, Safetensors, NPY, IDX, IDXGzip} {
		held := 0
		for _, typ := range flatTypes {
			if !holds(format, typ) {
				continue
			}
			held++
			for _, nulls := range []bool{false, true} {
				if nulls && format != Arrow && format != ArrowStream && format != Parquet {
					continue
				}
				want := flatRecord(50, nulls, typ, typ)
				path := writeFile(t, bytesOf(t, format, want))
				got := readRecord(t, path)
				for i, w := range want.Columns() {
					if g := got.Column(i); !sameValues(g, w) {
						t.Errorf("%s, %s: %v\nwant %v", format, typ, g, w)
					}
				}
			}
		}
		if want := map[Format]int{Arrow: 18, ArrowStream: 18, Parquet: 17, IDX: 6, IDXGzip: 6}[format]; held != want && want > 0 || held == 0 {
			t.Errorf("%s holds %d types", format, held)
		}
	}
}

// sameValues compares arrays; text of both offsets is text.
func sameValues(a, b arrow.Array) bool {
	if a.DataType().ID() == b.DataType().ID() {
		return array.Equal(a, b)
	}
	if !textual(a.DataType()) || !textual(b.DataType()) || a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if a.IsNull(i) != b.IsNull(i) || a.ValueStr(i) != b.ValueStr(i) {
			return false
		}
	}
	return true
}

// TestTypesBetweenFormats converts a type of each kind from each format that holds it to each other one.
func TestTypesBetweenFormats(t *testing.T) {
	dir := t.TempDir()
	endings := []string{".arrow", ".arrows", ".parquet", ".npz", ".safetensors", ".npy", ".idx", ".idx.gz"}
	for _, k := range []int{0, 1, 7, 8, 12, 16} {
		typ := flatTypes[k]
		for _, from := range endings {
			for _, to := range endings {
				if !holds(FormatOf(from), typ) || !holds(FormatOf(to), typ) {
					continue
				}
				want := flatRecord(20, false, typ)
				first, second := filepath.Join(dir, "a"+from), filepath.Join(dir, "b"+to)
				if err := os.WriteFile(first, bytesOf(t, FormatOf(from), want), 0o666); err != nil {
					t.Fatal(err)
				}
				if err := convert(first, second, Options{AnyType: true}); err != nil {
					t.Errorf("%s from %s to %s: %v", typ, from, to, err)
					continue
				}
				if got := readRecord(t, second); !sameValues(got.Column(0), want.Column(0)) {
					t.Errorf("%s from %s to %s: %v, want %v", typ, from, to, got.Column(0), want.Column(0))
				}
			}
		}
	}
}

// TestFittedTypes: numbers of types that a format does not hold are written as floating-point numbers.
func TestFittedTypes(t *testing.T) {
	half := readRecord(t, writeFile(t, bytesOf(t, Parquet, flatRecord(50, true, arrow.FixedWidthTypes.Float16))))
	if half.Column(0).DataType().ID() != arrow.FLOAT32 || half.Column(0).NullN() != 10 {
		t.Errorf("float16 in Parquet: %v", half.Column(0))
	}
	r := flatRecord(6, false, arrow.PrimitiveTypes.Int64)
	w, err := NewBatchWriter(io.Discard, IDX, r.Schema())
	if err != nil {
		t.Fatal(err)
	}
	const want = `row 4, column "c1": the integer 9223372036854775807 is not exactly a float64`
	if err := w.Write(r); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestWordsAsText: a dictionary is written as its words.
func TestWordsAsText(t *testing.T) {
	r := anyRecord(20)
	kind := array.NewRecord(arrow.NewSchema(r.Schema().Fields()[11:12], nil), r.Columns()[11:12], 20)
	if got := string(bytesOf(t, CSV, kind)); !strings.HasPrefix(got, "kind\n\"\"\na\n\"\"\n\"\"\na\n") {
		t.Errorf("CSV %q", got)
	}
	words := readRecord(t, writeFile(t, bytesOf(t, Parquet, kind))).Column(0)
	for i := range 20 {
		if words.IsNull(i) != (i%3 == 2) || i%3 == 1 && words.ValueStr(i) != "a" {
			t.Errorf("row %d: %s", i+1, words.ValueStr(i))
		}
	}
}

// TestTextEndsRowGroups: a row group is ended before its texts fill the memory.
func TestTextEndsRowGroups(t *testing.T) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "s", Type: arrow.BinaryTypes.String}}, nil))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		long := make([]byte, 1<<20)
		for i := range long {
			long[i] = 'a' + byte(rng.IntN(16))
		}
		b.Field(0).(*array.StringBuilder).Append(string(long))
	}
	r := b.NewRecord()
	var out bytes.Buffer
	w, err := NewBatchWriter(&out, Parquet, r.Schema())
	for range 3 {
		if err == nil {
			err = w.Write(r)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	in, err := OpenBatches(writeFile(t, out.Bytes()), Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	err = in.each(func(r arrow.Record) error {
		rows += int(r.NumRows())
		return nil
	})
	if err != nil || rows != 120 || w.(*encodedWriter).BatchWriter.(*parquetWriter).rows != 40 {
		t.Errorf("%d rows, %d in the last row group, %v", rows, w.(*encodedWriter).BatchWriter.(*parquetWriter).rows, err)
	}
}

// TestCSVOfTypes: what CSV files say of values of each type.
func TestCSVOfTypes(t *testing.T) {
	inf := math.Inf(1)
	table, err := NewTable(NewValues("d", []float64{1234567, 1<<53 - 1, 1 << 53, 0.1, math.Copysign(0, -1), inf, -inf, math.NaN(), 1234567.5, -1e15, 1e-7}),
		NewValues("f", []float32{1234567, 1<<24 + 2, 1 << 53, 0.1, 16777216.5, float32(inf), 3, 4, 123456.79, -1e10, 1e-7}))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := Encode(&b, CSV, table.Batches()); err != nil {
		t.Fatal(err)
	}
	const want = `d,f
1234567,1234567
9007199254740991,16777218
9.007199254740992e+15,9.007199e+15
0.1,0.1
-0,16777216
inf,inf
-inf,3
NaN,4
1234567.5,123456.79
-1000000000000000,-10000000000
1e-07,1e-07
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	r := flatRecord(5, true, arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Uint64, arrow.BinaryTypes.String,
		arrow.FixedWidthTypes.Date32, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"})
	const types = `c1,c2,c3,c4,c5,c6
false,0,0,"",,1970-01-01 00:00:00Z
true,1,1,,1970-01-02,1970-01-01 00:00:00.000001Z
true,-1,,"größer, ""a""
größer, ""a""
",1969-12-31,1969-12-31 23:59:59.999999Z
true,,9223372036854775807,"",1969-12-31,294247-01-10 04:00:54.775807Z
`
	if got := string(bytesOf(t, CSV, r)); !strings.HasPrefix(got, types) {
		t.Errorf("%s\nwant\n%s", got, types)
	}
}

// TestTensorsInTheirType: tensors are of their own type, and as float32 an integer that is none is refused.
func TestTensorsInTheirType(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{safetensors(`{"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`, 0x80, 0x3f, 0, 0xc0), "float32 [1 -2]"},
		{safetensors(`{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 0, 0x3c, 0, 0xc0), "float16 [1 -2]"},
		{npy("{'descr': '>i4', 'fortran_order': False, 'shape': (2,)}", 1, 0, 0, 1, 0xff, 0xff, 0xff, 0xff), "int32 [16777217 -1]"},
		{npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 0, 1), "bool [false true]"},
		{"\x00\x00\x08\x01\x00\x00\x00\x02\x07\xff", "uint8 [7 255]"},
	} {
		c := readRecord(t, writeFile(t, []byte(test.file))).Column(0)
		if got := fmt.Sprintf("%s %v", c.DataType(), c); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
	_, err := Open(writeFile(t, []byte(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1,)}", 1, 0, 0, 1))), Options{Type: Float32})
	if want := `row 1, column "c1": the integer 16777217 is not exactly a float32`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}
