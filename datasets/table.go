package datasets

import (
	"iter"
	"unsafe"

	"actinit/datasets/mapped"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// A Type is the element type of a column.
type Type string

// The two element types.
const (
	Float32 Type = "float32"
	Float64 Type = "float64"
)

// A Table is a set of named columns of equal length, in the order of the file.
// Its methods may be called from any goroutine, Close excepted.
type Table struct {
	path      string
	format    Format
	separator Separator // as Batches.Separator
	columns   []*Column
	rows      int
	maps      *mapped.File // nil: all lies in memory
	close     func() error // gives back what the columns' memory belongs to; may be nil
}

// NewTable returns a table of columns that are already in memory. All must
// have the same number of rows and different names. The table takes over the
// caller's reference to each column.
func NewTable(columns ...*Column) (*Table, error) {
	return newTable("table", "", columns, nil)
}

func newTable(path string, format Format, columns []*Column, close func() error) (*Table, error) {
	t := &Table{path: path, format: format, columns: columns, close: close}
	seen := make(map[string]int, len(columns))
	for i, c := range columns {
		if j, twice := seen[c.name]; twice {
			return nil, badFile(path, "columns %d and %d are both named %q, names must differ", j+1, i+1, c.name)
		}
		seen[c.name] = i
		if i > 0 && c.Len() != columns[0].Len() {
			return nil, badFile(path, "column %q has %d rows, column %q has %d, they must be equal",
				c.name, c.Len(), columns[0].name, columns[0].Len())
		}
	}
	if len(columns) > 0 {
		t.rows = columns[0].Len()
	}
	return t, nil
}

// Path returns the name the table was opened by.
func (t *Table) Path() string { return t.path }

// Separator returns what separates the fields of the CSV file that the table was read from, and SeparatorAuto of others.
func (t *Table) Separator() Separator { return t.separator }

// Guard calls f, which reads columns, and returns its error. If the file that the columns are
// mapped from became shorter meanwhile, which would end the program elsewhere, f is left and the error
// says so. It holds for the calling goroutine; see package mapped.
func (t *Table) Guard(f func() error) error { return guard(t.path, t.maps, f) }

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.rows }

// Columns returns the columns in the order of the file.
func (t *Table) Columns() []*Column { return append([]*Column(nil), t.columns...) }

// Column returns the column of that name, or nil if there is none.
func (t *Table) Column(name string) *Column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

// Close releases the columns and the file under them. No column, chunk or
// Arrow array of the table may be used afterwards: where the file was
// memory-mapped its addresses are gone. A second Close does nothing.
func (t *Table) Close() error {
	for _, c := range t.columns {
		c.data.Release()
	}
	t.columns, t.rows = nil, 0
	if t.close == nil {
		return nil
	}
	release := t.close
	t.close = nil
	return release()
}

// A Column is a named sequence of float32 or float64 values, some of which may
// be null, in one or more chunks.
type Column struct {
	name string
	data *arrow.Chunked
}

// NewValues returns a column without nulls over the given values, which are
// not copied.
func NewValues[T Float](name string, values []T) *Column {
	return &Column{name, chunked(arrowType[T](), []arrow.Array{wrap(values, nil, 0)})}
}

// Name returns the column's name.
func (c *Column) Name() string { return c.name }

// Type returns the element type.
func (c *Column) Type() Type {
	if c.data.DataType().ID() == arrow.FLOAT32 {
		return Float32
	}
	return Float64
}

// Len returns the number of rows, nulls included.
func (c *Column) Len() int { return c.data.Len() }

// Nulls returns the number of null values.
func (c *Column) Nulls() int { return c.data.NullN() }

// Arrow returns the column's data. It belongs to the column: do not release
// it, and do not use it after the table is closed, retained or not.
func (c *Column) Arrow() *arrow.Chunked { return c.data }

// Chunks returns the column's values chunk by chunk, without a copy, or nil if
// T is not the column's type. The slices may lie in a read-only mapping: never
// write to them. What stands under a null is unspecified.
func Chunks[T Float](c *Column) [][]T {
	if c.data.DataType().ID() != arrowType[T]().ID() {
		return nil
	}
	chunks := make([][]T, len(c.data.Chunks()))
	for i, chunk := range c.data.Chunks() {
		chunks[i] = values[T](chunk)
	}
	return chunks
}

// All yields every row's value and whether it is there: a null gives 0, false.
func (c *Column) All() iter.Seq2[float64, bool] {
	return func(yield func(float64, bool) bool) {
		for _, chunk := range c.data.Chunks() {
			if !elements(chunk, yield) {
				return
			}
		}
	}
}

// elements yields every value of an array of numbers, an integer or a decimal rounded to a float64, and whether it is there,
// and reports whether all were wanted.
func elements(chunk arrow.Array, yield func(float64, bool) bool) bool {
	switch chunk.DataType().ID() {
	case arrow.FLOAT32:
		return each[float32](chunk, yield)
	case arrow.FLOAT64:
		return each[float64](chunk, yield)
	}
	at := reader(chunk, Float64)
	for i := range chunk.Len() {
		v, valid := 0., chunk.IsValid(i)
		if valid {
			v, _ = at(i)
		}
		if !yield(v, valid) {
			return false
		}
	}
	return true
}

func each[T Float](chunk arrow.Array, yield func(float64, bool) bool) bool {
	hasNulls := chunk.NullN() > 0
	for i, v := range values[T](chunk) {
		valid := !hasNulls || chunk.IsValid(i)
		if !valid {
			v = 0
		}
		if !yield(float64(v), valid) {
			return false
		}
	}
	return true
}

// values returns the elements of an array of type T, sliced as the array is.
func values[T Float](a arrow.Array) []T {
	switch a := a.(type) {
	case *array.Float32:
		return any(a.Float32Values()).([]T)
	case *array.Float64:
		return any(a.Float64Values()).([]T)
	}
	return nil
}

func typeOf[T Float]() Type {
	if unsafe.Sizeof(T(0)) == 4 {
		return Float32
	}
	return Float64
}

func (t Type) arrow() arrow.DataType {
	if t == Float32 {
		return arrow.PrimitiveTypes.Float32
	}
	return arrow.PrimitiveTypes.Float64
}

func arrowType[T Float]() arrow.DataType { return typeOf[T]().arrow() }
