package datasets

import (
	"io"
	"reflect"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// rowGroupRows is the length of a row group: DuckDB reads groups of about this
// size in parallel.
const rowGroupRows = 122_880

// encodeParquet writes float and double columns, optional where there are nulls.
func encodeParquet(w io.Writer, t *Table) error {
	schema := parquet.NewSchema("table", newOrderedGroup(t))
	out := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&zstd.Codec{}))
	writers := out.ColumnWriters()
	sources := make([]*cellValues, len(t.columns))
	for i, c := range t.columns {
		sources[i] = &cellValues{chunks: c.data.Chunks(), optional: c.Nulls() > 0, column: i}
	}
	buffer := make([]parquet.Value, 1024)
	for from := 0; from < t.rows; from += rowGroupRows {
		rows := min(rowGroupRows, t.rows-from)
		for i, source := range sources {
			for left := rows; left > 0; {
				n := source.read(buffer[:min(left, len(buffer))])
				if _, err := writers[i].WriteRowValues(buffer[:n]); err != nil {
					return err
				}
				left -= n
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return out.Close()
}

// cellValues gives a column's values, chunk by chunk, as the Parquet library takes them.
type cellValues struct {
	chunks   []arrow.Array
	i        int // in chunks[0]
	optional bool
	column   int
}

// read fills as much of dst as the current chunk gives, at least one value.
func (c *cellValues) read(dst []parquet.Value) int {
	for c.i == c.chunks[0].Len() {
		c.chunks, c.i = c.chunks[1:], 0
	}
	chunk := c.chunks[0]
	n := min(len(dst), chunk.Len()-c.i)
	if chunk.DataType().ID() == arrow.FLOAT32 {
		for k, v := range values[float32](chunk)[c.i : c.i+n] {
			dst[k] = parquet.FloatValue(v)
		}
	} else {
		for k, v := range values[float64](chunk)[c.i : c.i+n] {
			dst[k] = parquet.DoubleValue(v)
		}
	}
	for k := range dst[:n] {
		switch {
		case !c.optional:
			dst[k] = dst[k].Level(0, 0, c.column)
		case chunk.IsValid(c.i + k):
			dst[k] = dst[k].Level(0, 1, c.column)
		default:
			dst[k] = parquet.NullValue().Level(0, 0, c.column)
		}
	}
	c.i += n
	return n
}

// orderedGroup is a parquet.Group that keeps the order of its fields, which a
// map of nodes sorts by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func newOrderedGroup(t *Table) orderedGroup {
	g := orderedGroup{Group: parquet.Group{}}
	for _, c := range t.columns {
		node := parquet.Leaf(parquet.DoubleType)
		if c.Type() == Float32 {
			node = parquet.Leaf(parquet.FloatType)
		}
		if c.Nulls() > 0 {
			node = parquet.Optional(node)
		}
		g.Group[c.name] = node
		g.fields = append(g.fields, groupField{node, c.name})
	}
	return g
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

type groupField struct {
	parquet.Node
	name string
}

func (f groupField) Name() string { return f.name }

// Value is called for rows that are Go maps, which encodeParquet does not write.
func (f groupField) Value(base reflect.Value) reflect.Value {
	return base.MapIndex(reflect.ValueOf(f.name))
}
