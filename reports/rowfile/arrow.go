package rowfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// arrowSource is what Arrow's file reader reads from.
type arrowSource = ipc.ReadAtSeeker

// WriteArrow writes rows, in the order of WriteParquet, as an Arrow IPC file
// (Feather version 2), uncompressed so that it can be memory-mapped.
func WriteArrow[R Row](w io.Writer, rows []R) error {
	return tableOf[R]().writeArrow(w, rows)
}

// ReadArrow reads a file of WriteArrow, under the rules of ReadParquet.
func ReadArrow[R Row](path string) ([]R, error) {
	f, _, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return tableOf[R]().readArrow(f, path)
}

// ReadArrowFrom is ReadArrow for bytes in memory; file stands in errors.
func ReadArrowFrom[R Row](data []byte, file string) ([]R, error) {
	return tableOf[R]().readArrow(bytes.NewReader(data), file)
}

var arrowMicroseconds = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}

func (t *table[R, C]) arrowSchema(runs []string) *arrow.Schema {
	typ := reflect.TypeFor[C]()
	fields := make([]arrow.Field, typ.NumField())
	for i, column := range t.columns() {
		fields[i] = arrow.Field{Name: column.Name, Type: arrowType(typ.Field(i).Type)}
		if column.Unit != "" {
			fields[i].Metadata = arrow.NewMetadata([]string{"unit"}, []string{column.Unit})
		}
	}
	metadata := arrow.MetadataFrom(t.metadata(runs))
	return arrow.NewSchema(fields, &metadata)
}

func arrowType(t reflect.Type) arrow.DataType {
	switch t {
	case reflect.TypeFor[string]():
		return arrow.BinaryTypes.String
	case reflect.TypeFor[int64]():
		return arrow.PrimitiveTypes.Int64
	case reflect.TypeFor[float64]():
		return arrow.PrimitiveTypes.Float64
	case reflect.TypeFor[bool]():
		return arrow.FixedWidthTypes.Boolean
	case reflect.TypeFor[time.Time]():
		return arrowMicroseconds
	case reflect.TypeFor[[]int64]():
		return arrow.ListOf(arrow.PrimitiveTypes.Int64)
	case reflect.TypeFor[[]float64]():
		return arrow.ListOf(arrow.PrimitiveTypes.Float64)
	}
	panic("rowfile: no Arrow type for a column")
}

func (t *table[R, C]) writeArrow(w io.Writer, rows []R) error {
	columns := t.toColumns(rows)
	schema := t.arrowSchema(runs(columns))
	sink := &countingWriter{w: w}
	fw, err := ipc.NewFileWriter(sink, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	for lo := 0; lo < len(columns); lo += rowsPerGroup {
		record := t.record(schema, columns[lo:min(lo+rowsPerGroup, len(columns))])
		err := fw.Write(record)
		record.Release()
		if err != nil {
			return err
		}
	}
	return fw.Close()
}

func (t *table[R, C]) record(schema *arrow.Schema, columns []C) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range columns {
		row := reflect.ValueOf(&columns[i]).Elem()
		for j, builder := range b.Fields() {
			switch v := row.Field(j).Interface().(type) {
			case string:
				builder.(*array.StringBuilder).Append(v)
			case int64:
				builder.(*array.Int64Builder).Append(v)
			case float64:
				builder.(*array.Float64Builder).Append(v)
			case bool:
				builder.(*array.BooleanBuilder).Append(v)
			case time.Time:
				builder.(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMicro()))
			case []int64:
				list := builder.(*array.ListBuilder)
				list.Append(true)
				list.ValueBuilder().(*array.Int64Builder).AppendValues(v, nil)
			case []float64:
				list := builder.(*array.ListBuilder)
				list.Append(true)
				list.ValueBuilder().(*array.Float64Builder).AppendValues(v, nil)
			}
		}
	}
	return b.NewRecord()
}

func (t *table[R, C]) readArrow(r arrowSource, file string) (rows []R, err error) {
	defer recovered(file, "Arrow IPC", &err)
	fr, err := ipc.NewFileReader(r)
	if err != nil {
		return nil, damaged(file, "Arrow IPC", err)
	}
	defer fr.Close()
	position, err := t.checkArrow(fr.Schema(), file)
	if err != nil {
		return nil, err
	}
	var columns []C
	for {
		record, err := fr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, damaged(file, "Arrow IPC", err)
		}
		batch, err := fromRecord[C](record, position)
		if err != nil {
			return nil, damaged(file, "Arrow IPC", err)
		}
		columns = append(columns, batch...)
	}
	return t.toRows(columns), nil
}

// checkArrow returns, for each column of the table, its place in the file.
func (t *table[R, C]) checkArrow(schema *arrow.Schema, file string) ([]int, error) {
	if have, ok := schema.Metadata().GetValue(KeySchema); ok && have != t.schemaName() {
		return nil, fmt.Errorf("%s: holds %s, want %s", file, have, t.schemaName())
	}
	typ := reflect.TypeFor[C]()
	position := make([]int, typ.NumField())
	for i := range position {
		name, want := columnName(typ.Field(i)), arrowType(typ.Field(i).Type)
		at := schema.FieldIndices(name)
		if len(at) != 1 {
			return nil, fmt.Errorf("%s: no column %q: not a %s table of actinit", file, name, t.name)
		}
		if have := schema.Field(at[0]).Type; !arrow.TypeEqual(have, want) {
			return nil, fmt.Errorf("%s: column %q is %s, want %s", file, name, have, want)
		}
		position[i] = at[0]
	}
	return position, nil
}

func fromRecord[C any](record arrow.Record, position []int) ([]C, error) {
	columns := make([]C, record.NumRows())
	for field, at := range position {
		values := record.Column(at)
		if values.Len() != len(columns) {
			return nil, errors.New("columns of different lengths")
		}
		for i := range columns {
			if values.IsNull(i) {
				return nil, fmt.Errorf("row %d of column %q is null", i+1, record.ColumnName(at))
			}
			setField(reflect.ValueOf(&columns[i]).Elem().Field(field), values, i)
		}
	}
	return columns, nil
}

// setField copies element i of values, whose type checkArrow has compared.
func setField(field reflect.Value, values arrow.Array, i int) {
	switch values := values.(type) {
	case *array.String:
		// The array's memory goes with the record; the row outlives it.
		field.SetString(string([]byte(values.Value(i))))
	case *array.Int64:
		field.SetInt(values.Value(i))
	case *array.Float64:
		field.SetFloat(values.Value(i))
	case *array.Boolean:
		field.SetBool(values.Value(i))
	case *array.Timestamp:
		field.Set(reflect.ValueOf(time.UnixMicro(int64(values.Value(i)))))
	case *array.List:
		lo, hi := values.ValueOffsets(i)
		switch elements := values.ListValues().(type) {
		case *array.Int64:
			field.Set(reflect.ValueOf(append([]int64(nil), elements.Int64Values()[lo:hi]...)))
		case *array.Float64:
			field.Set(reflect.ValueOf(append([]float64(nil), elements.Float64Values()[lo:hi]...)))
		}
	}
}

// countingWriter gives Arrow's writer the position it asks for by seeking
// nowhere, so that a file can be written to any io.Writer.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (c *countingWriter) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("rowfile: an Arrow file is written front to back")
	}
	return c.n, nil
}
