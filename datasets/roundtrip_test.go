package datasets

import (
	"fmt"
	"math"
	"path/filepath"
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
func drawTable(t *rapid.T, kinds ...Type) *Table {
	rows := rapid.IntRange(0, 40).Draw(t, "rows")
	columns := make([]*Column, rapid.IntRange(1, 4).Draw(t, "columns"))
	for i := range columns {
		name := fmt.Sprintf("%c%d", "zyxw"[i], i)
		if rapid.Bool().Draw(t, "awkward name") {
			name = fmt.Sprintf("ü, \"%d\" = .x", i)
		}
		var err error
		if rapid.SampledFrom(kinds).Draw(t, "type") == Float32 {
			columns[i], err = NewColumn(name, drawChunks(t, rows, math.Float32frombits, rapid.Uint32()))
		} else {
			columns[i], err = NewColumn(name, drawChunks(t, rows, math.Float64frombits, rapid.Uint64()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	table, err := NewTable(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func drawChunks[T Float, B uint32 | uint64](t *rapid.T, rows int, value func(B) T, bits *rapid.Generator[B]) *arrow.Chunked {
	withNulls := rapid.Bool().Draw(t, "with nulls")
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

func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		ending  string
		kinds   []Type
		options Options
		anyNaN  bool
	}{
		{".arrow", []Type{Float32, Float64}, Options{}, false},
		{".parquet", []Type{Float32, Float64}, Options{}, false},
		{".csv", []Type{Float64}, Options{CSVHeader: HeaderPresent}, true},
		{".csv.gz", []Type{Float32}, Options{CSVHeader: HeaderPresent, CSVType: Float32}, true},
	} {
		t.Run(test.ending, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "table"+test.ending)
			rapid.Check(t, func(t *rapid.T) {
				in := drawTable(t, test.kinds...)
				if err := Write(path, in); err != nil {
					t.Fatal(err)
				}
				out, err := Open(path, test.options)
				if err != nil {
					t.Fatal(err)
				}
				sameTable(t, out, in, test.anyNaN)
				if err := out.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
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

// TestConvertChain turns a table into every format in turn and back.
func TestConvertChain(t *testing.T) {
	special, err := Generate[float64]("special", 1, 300)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := Generate[float64]("normal", 1, 300)
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewTable(NewValues("special", special), NewValues("normal", bits))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	last := filepath.Join(dir, "0.arrow")
	if err := Write(last, want); err != nil {
		t.Fatal(err)
	}
	for i, ending := range []string{".parquet", ".csv", ".arrow", ".csv.gz", ".feather", ".parquet"} {
		next := filepath.Join(dir, fmt.Sprint(i+1, ending))
		if err := Convert(last, next, Options{}); err != nil {
			t.Fatal(err)
		}
		last = next
	}
	got, err := Open(last, Options{})
	if err != nil {
		t.Fatal(err)
	}
	sameTable(t, got, want, true)
	if err := got.Close(); err != nil {
		t.Fatal(err)
	}
}
