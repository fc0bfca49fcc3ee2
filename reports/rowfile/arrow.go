package rowfile

import (
	"io"
	"reflect"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets/atomicfile"
)

// WriteArrow writes rows, in the order of WriteParquet, as an Arrow IPC file
// (Feather version 2), uncompressed so that it can be memory-mapped. The file
// is for other programs. There is no reader here: the Parquet file beside it
// has the same rows, and Arrow's reader allocates what a damaged file asks for.
func WriteArrow[R Row](w io.Writer, rows []R) error {
	return tableOf[R]().writeArrow(w, rows)
}

var arrowMicroseconds = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}

func (t *table[R, C]) arrowSchema(runs []string) *arrow.Schema {
	typ := reflect.TypeFor[C]()
	fields := make([]arrow.Field, typ.NumField())
	for i, column := range t.columns() {
		fields[i] = arrow.Field{Name: column.Name, Type: arrowType(typ.Field(i).Type), Nullable: typ.Field(i).Type.Kind() == reflect.Pointer}
		about := map[string]string{}
		if column.Unit != "" {
			about["unit"] = column.Unit
		}
		if column.Comment != "" {
			about["comment"] = column.Comment
		}
		fields[i].Metadata = arrow.MetadataFrom(about)
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
	case reflect.TypeFor[*int64]():
		return arrow.PrimitiveTypes.Int64
	case reflect.TypeFor[*float64]():
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
	if err := t.checkTimes(columns); err != nil {
		return err
	}
	schema := t.arrowSchema(runs(columns))
	sink := atomicfile.FrontToBack(w)
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
			case *int64:
				if v == nil {
					builder.AppendNull()
				} else {
					builder.(*array.Int64Builder).Append(*v)
				}
			case *float64:
				if v == nil {
					builder.AppendNull()
				} else {
					builder.(*array.Float64Builder).Append(*v)
				}
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
