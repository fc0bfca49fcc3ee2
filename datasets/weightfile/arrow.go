package weightfile

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets/atomicfile"
)

// arrowFile is an Arrow IPC file with a record batch for each tensor.
type arrowFile struct {
	writer  *ipc.FileWriter
	schema  *arrow.Schema
	float64 bool
}

func newArrow(w io.Writer, tensors []Tensor, metadata map[string]string) (encoder, error) {
	for _, t := range tensors {
		if t.elements() > math.MaxInt32 {
			return nil, fmt.Errorf("tensor %q: %d values, and an Arrow list holds %d: write .safetensors or .npz", t.Name, t.elements(), math.MaxInt32)
		}
	}
	a := arrowFile{float64: anyFloat64(tensors)}
	var element arrow.DataType = arrow.PrimitiveTypes.Float32
	if a.float64 {
		element = arrow.PrimitiveTypes.Float64
	}
	keys := slices.Sorted(maps.Keys(metadata))
	values := make([]string, len(keys))
	for i, key := range keys {
		values[i] = metadata[key]
	}
	md := arrow.NewMetadata(keys, values)
	a.schema = arrow.NewSchema([]arrow.Field{
		{Name: "name", Type: arrow.BinaryTypes.String},
		{Name: "type", Type: arrow.BinaryTypes.String},
		{Name: "shape", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Int64)},
		{Name: "init", Type: arrow.BinaryTypes.String},
		{Name: "stream", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "values", Type: arrow.ListOfNonNullable(element)},
	}, &md)
	var err error
	a.writer, err = ipc.NewFileWriter(atomicfile.FrontToBack(w), ipc.WithSchema(a.schema))
	return a, err
}

func (a arrowFile) write(t Tensor, v Values) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, a.schema)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append(t.Name)
	b.Field(1).(*array.StringBuilder).Append(t.typeName())
	shape := b.Field(2).(*array.ListBuilder)
	shape.Append(true)
	for _, n := range t.Shape {
		shape.ValueBuilder().(*array.Int64Builder).Append(int64(n))
	}
	b.Field(3).(*array.StringBuilder).Append(t.Init)
	b.Field(4).(*array.Uint64Builder).Append(t.Stream)
	list := b.Field(5).(*array.ListBuilder)
	list.Append(true)
	if a.float64 {
		list.ValueBuilder().(*array.Float64Builder).AppendValues(widened(v), nil)
	} else {
		list.ValueBuilder().(*array.Float32Builder).AppendValues(v.Float32, nil)
	}
	record := b.NewRecord()
	defer record.Release()
	return a.writer.Write(record)
}

func (a arrowFile) close() error { return a.writer.Close() }

// widened returns the values as float64.
func widened(v Values) []float64 {
	if v.Float32 == nil {
		return v.Float64
	}
	wide := make([]float64, len(v.Float32))
	for i, x := range v.Float32 {
		wide[i] = float64(x)
	}
	return wide
}
