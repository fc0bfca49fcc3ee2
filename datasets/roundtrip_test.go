package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"pgregory.net/rapid"
)

// cell is a value's bits, or that it is null.
type cell struct {
	bits uint64
	null bool
}

// contents returns a column's cells; values under nulls do not count.
func contents(c *Column) []cell {
	cells := []cell{}
	for _, chunk := range c.Arrow().Chunks() {
		for i := range chunk.Len() {
			switch a := chunk.(type) {
			case *array.Float32:
				cells = append(cells, cell{bits: uint64(math.Float32bits(a.Value(i)))})
			case *array.Float64:
				cells = append(cells, cell{bits: math.Float64bits(a.Value(i))})
			}
			if chunk.IsNull(i) {
				cells[len(cells)-1] = cell{null: true}
			}
		}
	}
	return cells
}

// plainNaN maps every NaN to one, as CSV does.
func plainNaN(kind Type, cells []cell) []cell {
	out := make([]cell, len(cells))
	for i, c := range cells {
		switch {
		case kind == Float32 && math.IsNaN(float64(math.Float32frombits(uint32(c.bits)))):
			c.bits = uint64(math.Float32bits(float32(math.NaN())))
		case kind == Float64 && math.IsNaN(math.Float64frombits(c.bits)):
			c.bits = math.Float64bits(math.NaN())
		}
		out[i] = c
	}
	return out
}

// drawTable draws a table with nulls, foreign values under them, several
// chunks and sliced arrays.
func drawTable(t *rapid.T, least int, nulls bool, kinds ...Type) *Table {
	rows := rapid.IntRange(least, 40).Draw(t, "rows")
	columns := make([]*Column, rapid.IntRange(1, 4).Draw(t, "columns"))
	for i := range columns {
		name := fmt.Sprintf("%c%d", "zyxw"[i], i)
		if rapid.Bool().Draw(t, "awkward name") {
			name = fmt.Sprintf("ü,; \"%d\" =\t.x|", i)
		}
		if rapid.SampledFrom(kinds).Draw(t, "type") == Float32 {
			columns[i] = &Column{name, drawChunks(t, rows, nulls, math.Float32frombits, rapid.Uint32())}
		} else {
			columns[i] = &Column{name, drawChunks(t, rows, nulls, math.Float64frombits, rapid.Uint64())}
		}
	}
	table, err := NewTable(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func drawChunks[T Float, B uint32 | uint64](t *rapid.T, rows int, nullable bool, value func(B) T, bits *rapid.Generator[B]) *arrow.Chunked {
	withNulls := nullable && rapid.Bool().Draw(t, "with nulls")
	var chunks []arrow.Array
	for rows > 0 {
		n := rapid.IntRange(1, rows).Draw(t, "chunk")
		before, after := rapid.IntRange(0, 9).Draw(t, "before"), rapid.IntRange(0, 9).Draw(t, "after")
		values := make([]T, before+n+after)
		validity := make([]byte, (len(values)+7)/8)
		nulls := 0
		for i := range values {
			values[i] = value(bits.Draw(t, "bits"))
			if withNulls && rapid.Bool().Draw(t, "null") {
				nulls++
			} else {
				validity[i/8] |= 1 << (i % 8)
			}
		}
		whole := wrap(values, validity, nulls)
		chunks = append(chunks, array.NewSlice(whole, int64(before), int64(before+n)))
		whole.Release()
		rows -= n
	}
	return chunked(arrowType[T](), chunks)
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func sameTable(t fataler, got, want *Table, anyNaN bool) {
	t.Helper()
	if got.Rows() != want.Rows() || len(got.Columns()) != len(want.Columns()) {
		t.Fatalf("%d rows, %d columns; want %d, %d", got.Rows(), len(got.Columns()), want.Rows(), len(want.Columns()))
	}
	for i, w := range want.Columns() {
		g := got.Columns()[i]
		if g.Name() != w.Name() || g.Type() != w.Type() || g.Nulls() != w.Nulls() {
			t.Fatalf("column %d: %q %s %d nulls, want %q %s %d", i, g.Name(), g.Type(), g.Nulls(), w.Name(), w.Type(), w.Nulls())
		}
		gc, wc := contents(g), contents(w)
		if anyNaN {
			gc, wc = plainNaN(g.Type(), gc), plainNaN(w.Type(), wc)
		}
		for row := range wc {
			if gc[row] != wc[row] {
				t.Fatalf("column %q, row %d: %+v, want %+v", w.Name(), row+1, gc[row], wc[row])
			}
		}
	}
}

// allEndings are the formats that are written, and what they cannot hold.
var allEndings = []struct {
	ending    string
	named     bool // it keeps the columns' names
	nulls     bool
	oneType   bool // of all columns
	untyped   bool // it does not tell the type
	plainNaNs bool // it keeps NaNs, but not their bits
}{
	{".arrow", true, true, false, false, false},
	{".arrows", true, true, false, false, false},
	{".parquet", true, true, false, false, false},
	{".csv", true, true, true, true, true},
	{".csv.gz", true, true, true, true, true},
	{".csv.zst", true, true, true, true, true},
	{".tsv", true, true, true, true, true},
	{".tsv.gz", true, true, true, true, true},
	{".tsv.zst", true, true, true, true, true},
	{".npz", true, false, false, false, false},
	{".safetensors", true, false, false, false, false},
	{".npy", false, false, true, false, false},
	{".idx", false, false, true, false, false},
	{".idx.gz", false, false, true, false, false},
}

// drawFor draws a table that files of both kinds can hold, and says how they are to be read.
func drawFor(t *rapid.T, a, b int) (*Table, Options) {
	from, to := allEndings[a], allEndings[b]
	kinds := []Type{Float32, Float64}
	if from.oneType || to.oneType {
		kinds = []Type{rapid.SampledFrom(kinds).Draw(t, "type of all")}
	}
	least := 0
	if from.ending == ".safetensors" || to.ending == ".safetensors" {
		least = 1 // tensors without elements have no order
	}
	table := drawTable(t, least, from.nulls && to.nulls, kinds...)
	if !from.named || !to.named {
		for i, c := range table.columns {
			c.name = fmt.Sprintf("c%d", i+1)
		}
	}
	o := Options{CSVHeader: HeaderPresent}
	if from.untyped || to.untyped {
		o.Type = kinds[0]
	}
	return table, o
}

// TestRoundTrip holds what is read of each format against what was written.
func TestRoundTrip(t *testing.T) {
	for k, format := range allEndings {
		t.Run(format.ending, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				in, o := drawFor(t, k, k)
				var file bytes.Buffer
				if _, err := Encode(&file, FormatOf(format.ending), in.Batches()); err != nil {
					t.Fatal(err)
				}
				b, err := batchesOf(file.Bytes(), o)
				if err != nil {
					t.Fatal(err)
				}
				out, err := gather(b, o.maxBytes())
				if err != nil {
					t.Fatal(err)
				}
				sameTable(t, out, in, format.plainNaNs)
			})
		})
	}
}

// convert writes the table at in to out, as the command data convert does.
func convert(in, out string, o Options) error {
	b, err := OpenBatches(in, o)
	if err != nil {
		return err
	}
	_, err = Write(out, b)
	return errors.Join(err, b.Close())
}

// TestRoundTripPairs writes tables in each format, converts each to each other format, and
// holds what is read at last against the table.
func TestRoundTripPairs(t *testing.T) {
	dir := t.TempDir()
	for i, from := range allEndings {
		for k, to := range allEndings {
			first, second := filepath.Join(dir, "a"+from.ending), filepath.Join(dir, "b"+to.ending)
			for seed := range 3 {
				var o Options
				in := rapid.Custom(func(t *rapid.T) (table *Table) {
					table, o = drawFor(t, i, k)
					return table
				}).Example(seed)
				if _, err := Write(first, in.Batches()); err != nil {
					t.Fatal(err)
				}
				if err := convert(first, second, o); err != nil {
					t.Fatalf("%s to %s: %v", from.ending, to.ending, err)
				}
				out, err := Open(second, o)
				if err != nil {
					t.Fatalf("%s to %s: %v", from.ending, to.ending, err)
				}
				sameTable(t, out, in, from.plainNaNs || to.plainNaNs)
				if err := out.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestCannotHold: what a format cannot hold is refused with its place.
func TestCannotHold(t *testing.T) {
	nulls, err := NewTable(NewValues("a", []float32{1, 2, 3}), withNulls("b", []float32{1, 2, 3}, 0b011))
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := NewTable(NewValues("a", []float32{1}), NewValues("b", []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, test := range []struct {
		table      *Table
		file, want string
	}{
		{nulls, "a.npz", `row 3, column "b" is null, and npz holds no nulls: write CSV, Parquet or Arrow`},
		{nulls, "a.idx", `row 3, column "b" is null, and IDX holds no nulls: write CSV, Parquet or Arrow`},
		{mixed, "a.npy", `column "a" would be written as float32 and "b" as float64: one array of npy holds one type, give --type or write npz`},
	} {
		path := filepath.Join(dir, test.file)
		if _, err := Write(path, test.table.Batches()); err == nil || err.Error() != "write "+path+": "+test.want {
			t.Errorf("%v\nwant write %s: %s", err, path, test.want)
		}
	}
}

// TestTooManyColumns: the library of Parquet files panics.
func TestTooManyColumns(t *testing.T) {
	fields := make([]arrow.Field, 1<<16-1)
	for i := range fields {
		fields[i] = arrow.Field{Name: strconv.Itoa(i), Type: arrow.PrimitiveTypes.Float32}
	}
	_, err := NewBatchWriter(io.Discard, Parquet, arrow.NewSchema(fields, nil))
	if want := "the table has 65535 columns, a Parquet file is written with at most 65534: --columns names those wanted"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := NewBatchWriter(io.Discard, Parquet, arrow.NewSchema(fields[1:], nil)); err != nil {
		t.Error(err)
	}
}
