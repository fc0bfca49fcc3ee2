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
// size in parallel. rowGroupText is the length of its texts, in bytes, from which it is ended early.
const (
	rowGroupRows = 122_880
	rowGroupText = 64 << 20
)

// parquetWriter writes columns of the types that parquetNode knows, optional where they are nullable.
type parquetWriter struct {
	out    *parquet.GenericWriter[any]
	schema *arrow.Schema
	rows   int // of the row group
	text   int // bytes of it
	buffer []parquet.Value
}

func newParquetWriter(w io.Writer, schema *arrow.Schema) (BatchWriter, error) {
	if n := schema.NumFields(); n > parquet.MaxColumnIndex { // where the library panics
		return nil, fmt.Errorf("the table has %d columns, a Parquet file is written with at most %d: --columns names those wanted", n, parquet.MaxColumnIndex)
	}
	options := []parquet.WriterOption{parquet.NewSchema("table", newOrderedGroup(schema)), parquet.Compression(&zstd.Codec{}),
		&parquet.WriterConfig{CreatedBy: buildinfo.CreatedBy()}}
	for _, field := range schema.Fields() {
		if textual(field.Type) { // bounds are not cut, and with long ones Arrow's readers find no rows
			options = append(options, parquet.SkipPageBounds(field.Name), parquet.SkipPageStatistics(field.Name))
		}
	}
	out := parquet.NewGenericWriter[any](w, options...)
	return &parquetWriter{out: out, schema: schema, buffer: make([]parquet.Value, 1024)}, nil
}

func (p *parquetWriter) Write(r arrow.Record) error {
	for from := 0; from < int(r.NumRows()); {
		n := min(rowGroupRows-p.rows, int(r.NumRows())-from)
		for i, writer := range p.out.ColumnWriters() {
			c := r.Column(i)
			optional := p.schema.Field(i).Nullable
			if c.NullN() > 0 && !optional {
				return fmt.Errorf("column %q has nulls and is not nullable", p.schema.Field(i).Name)
			}
			cell, hasText := newParquetCell(c), textual(c.DataType())
			for at := from; at < from+n; {
				m := min(len(p.buffer), from+n-at)
				setParquet(p.buffer[:m], c, cell, at, i, optional)
				if hasText {
					p.text += textLength(p.buffer[:m])
				}
				if _, err := writer.WriteRowValues(p.buffer[:m]); err != nil {
					return err
				}
				at += m
			}
		}
		from += n
		if p.rows += n; p.rows == rowGroupRows || p.text >= rowGroupText {
			p.rows, p.text = 0, 0
			if err := p.out.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parquetWriter) Close() error { return p.out.Close() }

func (p *parquetWriter) Abandon() {}

// setParquet sets dst to the values of a, which cell gives, from at on, as the Parquet library takes them.
func setParquet(dst []parquet.Value, a arrow.Array, cell parquetCell, at, column int, optional bool) {
	level, hasNulls := 0, a.NullN() > 0
	if optional {
		level = 1
	}
	for k := range dst {
		if hasNulls && a.IsNull(at+k) {
			dst[k] = parquet.NullValue().Level(0, 0, column)
		} else {
			dst[k] = cell(at+k).Level(0, level, column)
		}
	}
}

// textLength returns the length of texts, in bytes. Some may be null.
func textLength(values []parquet.Value) (n int) {
	for _, v := range values {
		if !v.IsNull() {
			n += len(v.ByteArray())
		}
	}
	return n
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
		node := parquetNode(field.Type)
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
