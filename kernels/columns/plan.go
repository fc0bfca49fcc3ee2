package columns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"actinit/kernels"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A Function is one function over every element type; nil where there is no such kernel.
type Function struct {
	Float16 Kernel[kernels.Float16]
	Float32 Kernel[float32]
	Float64 Kernel[float64]
}

// has reports whether there is a kernel over an Arrow type.
func (f Function) has(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.FLOAT16:
		return f.Float16 != nil
	case arrow.FLOAT32:
		return f.Float32 != nil
	case arrow.FLOAT64:
		return f.Float64 != nil
	}
	return false
}

// Apply is the function Apply with the kernel of the array's type.
func (f Function) Apply(mem memory.Allocator, in arrow.Array) (arrow.Array, error) {
	if !f.has(in.DataType()) {
		return nil, fmt.Errorf("there is no kernel over a column of %s", in.DataType())
	}
	switch in.DataType().ID() {
	case arrow.FLOAT16:
		return Apply(mem, f.Float16, in)
	case arrow.FLOAT32:
		return Apply(mem, f.Float32, in)
	}
	return Apply(mem, f.Float64, in)
}

// A TypeError is the error of a plan over a column of a type that the function has no kernel over; with neither name nor type, of
// one without names where no column is of float16, float32 or float64.
type TypeError struct {
	Column string
	Type   arrow.DataType
}

func (e *TypeError) Error() string {
	if e.Type == nil {
		return "no column is of float16, float32 or float64"
	}
	return fmt.Sprintf("column %q is of type %s, over which there is no such kernel", e.Column, e.Type)
}

// A Plan applies a function to columns of the record batches of a schema. Its methods may be
// called from any goroutine.
type Plan struct {
	f       Function
	in, out *arrow.Schema
	columns []int // that f is applied to
	added   bool  // the result is a column behind the others
}

// NewPlan applies f to the columns of the given names, or, without names, to all of float16, float32 and
// float64. The results take the columns' places; or, of a single column, become one behind all
// others that is called into, if that is not empty. A column that f has no kernel over is a TypeError.
func NewPlan(f Function, schema *arrow.Schema, into string, names ...string) (*Plan, error) {
	p := &Plan{f: f, in: schema, added: into != ""}
	for i, field := range schema.Fields() {
		id := field.Type.ID()
		if len(names) == 0 && (id == arrow.FLOAT16 || id == arrow.FLOAT32 || id == arrow.FLOAT64) || slices.Contains(names, field.Name) {
			p.columns = append(p.columns, i)
		}
	}
	for k, name := range names {
		switch found := schema.FieldIndices(name); {
		case len(found) == 0:
			return nil, fmt.Errorf("there is no column %q, the columns are %s", name, listed(schema))
		case len(found) > 1:
			return nil, fmt.Errorf("there are %d columns %q, and one is wanted", len(found), name)
		case slices.Contains(names[:k], name):
			return nil, fmt.Errorf("column %q is named twice", name)
		}
	}
	for _, i := range p.columns {
		if field := schema.Field(i); !f.has(field.Type) {
			return nil, &TypeError{field.Name, field.Type}
		}
	}
	switch {
	case len(p.columns) == 0:
		return nil, &TypeError{}
	case p.added && len(p.columns) > 1:
		return nil, fmt.Errorf("%d columns cannot all go into %q: name the one", len(p.columns), into)
	case p.added && schema.HasField(into):
		return nil, fmt.Errorf("there is a column %q already", into)
	}
	fields := slices.Clone(schema.Fields())
	if p.added {
		field := fields[p.columns[0]]
		field.Name = into
		fields = append(fields, field)
	}
	metadata := schema.Metadata()
	p.out = arrow.NewSchema(fields, &metadata)
	return p, nil
}

// listed quotes the first few names of columns.
func listed(schema *arrow.Schema) string {
	const shown = 8
	var names []string
	for i := range min(shown, schema.NumFields()) {
		names = append(names, strconv.Quote(schema.Field(i).Name))
	}
	text := strings.Join(names, ", ")
	if more := schema.NumFields() - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Schema returns the schema of the results.
func (p *Plan) Schema() *arrow.Schema { return p.out }

// Columns returns the names of the columns that the function is applied to.
func (p *Plan) Columns() []string {
	names := make([]string, len(p.columns))
	for k, i := range p.columns {
		names[k] = p.in.Field(i).Name
	}
	return names
}

// Apply returns a record batch with the results, which come from mem (see Pool). The other columns
// are the input's own arrays. Release the result when done.
func (p *Plan) Apply(mem memory.Allocator, in arrow.Record) (arrow.Record, error) {
	if !in.Schema().Equal(p.in) {
		return nil, fmt.Errorf("the record's schema is not the plan's")
	}
	columns := slices.Clone(in.Columns())
	for _, i := range p.columns {
		a, err := p.f.Apply(mem, in.Column(i))
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", in.ColumnName(i), err)
		}
		defer a.Release()
		if p.added {
			columns = append(columns, a)
		} else {
			columns[i] = a
		}
	}
	return array.NewRecord(p.out, columns, in.NumRows()), nil
}
