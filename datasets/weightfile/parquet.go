package weightfile

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"actinit/datasets/buildinfo"
)

// parquetRow is the row of a tensor.
type parquetRow[T float32 | float64] struct {
	Name   string  `parquet:"name"`
	Type   string  `parquet:"type,dict"`
	Shape  []int64 `parquet:"shape,list"`
	Init   string  `parquet:"init"`
	Stream uint64  `parquet:"stream"`
	Values []T     `parquet:"values,list"`
}

// parquetFile has a row group for each tensor.
type parquetFile[T float32 | float64] struct {
	writer *parquet.GenericWriter[parquetRow[T]]
	values func(Values) []T
}

// maxPage is the most bytes that a page holds, and a row's list is in one page.
const maxPage = 1 << 31

func newParquet(w io.Writer, tensors []Tensor, metadata map[string]string) (encoder, error) {
	wide := anyFloat64(tensors)
	for _, t := range tensors {
		// Two levels of a byte beside each value.
		if size := t.elements() * (4 + 2); size >= maxPage || wide && t.elements()*(8+2) >= maxPage {
			return nil, fmt.Errorf("tensor %q: %d values, more than a Parquet page holds: write .safetensors or .npz", t.Name, t.elements())
		}
	}
	if wide {
		return newParquetFile(w, metadata, widened), nil
	}
	return newParquetFile(w, metadata, func(v Values) []float32 { return v.Float32 }), nil
}

func newParquetFile[T float32 | float64](w io.Writer, metadata map[string]string, values func(Values) []T) encoder {
	options := []parquet.WriterOption{
		&parquet.WriterConfig{CreatedBy: buildinfo.CreatedBy()},
		parquet.DataPageStatistics(true),
	}
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	return parquetFile[T]{parquet.NewGenericWriter[parquetRow[T]](w, options...), values}
}

func (p parquetFile[T]) write(t Tensor, v Values) error {
	row := parquetRow[T]{Name: t.Name, Type: t.typeName(), Init: t.Init, Stream: t.Stream, Values: p.values(v)}
	for _, n := range t.Shape {
		row.Shape = append(row.Shape, int64(n))
	}
	if _, err := p.writer.Write([]parquetRow[T]{row}); err != nil {
		return err
	}
	return p.writer.Flush()
}

func (p parquetFile[T]) close() error { return p.writer.Close() }
