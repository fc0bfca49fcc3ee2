package datasets

import (
	"fmt"
	"io"
	"reflect"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"actinit/datasets/buildinfo"
)

// rowGroupRows is the length of a row group: DuckDB reads groups of about this
// size in parallel.
const rowGroupRows = 122_880

// parquetWriter writes float and double columns, optional where they are nullable.
type parquetWriter struct {
	out    *parquet.GenericWriter[any]
	schema *arrow.Schema
	rows   int // of the row group
	buffer []parquet.Value
}

func newParquetWriter(w io.Writer, schema *arrow.Schema) (BatchWriter, error) {
	if n := schema.NumFields(); n > parquet.MaxColumnIndex { // where the library panics
		return nil, fmt.Errorf("the table has %d columns, a Parquet file is written with at most %d: name the columns wanted", n, parquet.MaxColumnIndex)
	}
	out := parquet.NewGenericWriter[any](w, parquet.NewSchema("table", newOrderedGroup(schema)), parquet.Compression(&zstd.Codec{}),
		&parquet.WriterConfig{CreatedBy: buildinfo.CreatedBy()})
	return &parquetWriter{out: out, schema: schema, buffer: make([]parquet.Value, 1024)}, nil
}

func (p *parquetWriter) Write(r arrow.Record) error {
	for from := 0; from < int(r.NumRows()); {
		n := min(rowGroupRows-p.rows, int(r.NumRows())-from)
		for i, writer := range p.out.ColumnWriters() {
			c := newCells(r.Column(i))
			optional := p.schema.Field(i).Nullable
			if c.hasNulls && !optional {
				return fmt.Errorf("column %q has nulls and is not nullable", p.schema.Field(i).Name)
			}
			for at := from; at < from+n; {
				m := min(len(p.buffer), from+n-at)
				c.parquet(p.buffer[:m], at, i, optional)
				if _, err := writer.WriteRowValues(p.buffer[:m]); err != nil {
					return err
				}
				at += m
			}
		}
		from += n
		if p.rows += n; p.rows == rowGroupRows {
			p.rows = 0
			if err := p.out.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parquetWriter) Close() error { return p.out.Close() }

// parquet sets dst to the values from at on, as the Parquet library takes them.
func (c *cells) parquet(dst []parquet.Value, at, column int, optional bool) {
	for k := range dst {
		switch {
		case c.hasNulls && c.array.IsNull(at+k):
			dst[k] = parquet.NullValue().Level(0, 0, column)
			continue
		case c.f32 != nil:
			dst[k] = parquet.FloatValue(c.f32[at+k])
		default:
			dst[k] = parquet.DoubleValue(c.f64[at+k])
		}
		level := 0
		if optional {
			level = 1
		}
		dst[k] = dst[k].Level(0, level, column)
	}
}

// orderedGroup is a parquet.Group that keeps the order of its fields, which a
// map of nodes sorts by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func newOrderedGroup(schema *arrow.Schema) orderedGroup {
	g := orderedGroup{Group: parquet.Group{}}
	for _, field := range schema.Fields() {
		node := parquet.Leaf(parquet.DoubleType)
		if field.Type.ID() == arrow.FLOAT32 {
			node = parquet.Leaf(parquet.FloatType)
		}
		if field.Nullable {
			node = parquet.Optional(node)
		}
		g.Group[field.Name] = node
		g.fields = append(g.fields, groupField{node, field.Name})
	}
	return g
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

type groupField struct {
	parquet.Node
	name string
}

func (f groupField) Name() string { return f.name }

// Value is called for rows that are Go maps, which parquetWriter does not write.
func (f groupField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
