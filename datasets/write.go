package datasets

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"actinit/datasets/atomicfile"
)

// A BatchWriter writes a table batch by batch.
type BatchWriter interface {
	// Write writes a record of the writer's schema.
	Write(arrow.Record) error

	// Close ends the file. It does not close the writer beneath.
	Close() error
}

// NewBatchWriter returns a writer of a format.
//
//   - CSV: a line of names, then numbers in the fewest digits that give the same
//     value back when read as the column's type; NaN, +Inf and -Inf by these
//     names, a null as an empty field. The sign and payload of a NaN are lost.
//   - Parquet: float and double columns, optional where they are Nullable, zstd.
//   - Arrow: the IPC file format without compression, so that it can be mapped, or
//     the stream format.
//   - npz and safetensors: a tensor of one dimension for each column.
//   - npy and IDX: one array, of two dimensions if there are several columns, which must be of one
//     type; their names are lost.
//
// All but CSV keep every bit of every value, NaNs included. Arrow takes columns of
// any type, the others float32 and float64. npz, safetensors, npy and IDX hold no nulls, and are
// written at Close: until then all batches are in memory.
func NewBatchWriter(w io.Writer, format Format, schema *arrow.Schema) (BatchWriter, error) {
	if schema.NumFields() == 0 {
		return nil, fmt.Errorf("a table without columns cannot be written as %s", format)
	}
	if format == Arrow || format == ArrowStream {
		return newArrowWriter(w, format, schema)
	}
	for _, field := range schema.Fields() {
		if id := field.Type.ID(); id != arrow.FLOAT32 && id != arrow.FLOAT64 {
			return nil, fmt.Errorf("column %q is of type %s: %s is written with float32 and float64 columns only, Arrow IPC with any", field.Name, field.Type, format)
		}
	}
	switch format {
	case CSV:
		return newCSVWriter(w, schema)
	case CSVGzip:
		return newZippedWriter(gzip.NewWriter(w), CSV, schema)
	case CSVZstd:
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return newZippedWriter(z, CSV, schema)
	case IDXGzip:
		return newZippedWriter(gzip.NewWriter(w), IDX, schema)
	case Parquet:
		return newParquetWriter(w, schema)
	case NPY, NPZ, Safetensors, IDX:
		return &gatheringWriter{w: w, format: format, schema: schema, left: DefaultMaxBytes}, nil
	}
	return nil, fmt.Errorf("no format is called %q", string(format))
}

// zippedWriter closes the compressor after the writer.
type zippedWriter struct {
	BatchWriter
	zip io.WriteCloser
}

func newZippedWriter(zip io.WriteCloser, format Format, schema *arrow.Schema) (BatchWriter, error) {
	w, err := NewBatchWriter(zip, format, schema)
	return zippedWriter{w, zip}, err
}

func (z zippedWriter) Close() error {
	if err := z.BatchWriter.Close(); err != nil {
		return err
	}
	return z.zip.Close()
}

// Write writes all batches to path, in the format that the name's ending says, and returns the number
// of rows. The file is complete under its name or not there at all (package atomicfile). It does not close b.
func Write(path string, b *Batches) (rows int64, err error) {
	format := FormatOf(path)
	if format == "" {
		return 0, badFile(path, "the ending %q says no format; %s do", filepath.Ext(path), Endings())
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		rows, err = encode(w, format, b)
		return err
	})
	return rows, err
}

// encode writes all batches to w and returns the number of rows.
func encode(w io.Writer, format Format, b *Batches) (rows int64, err error) {
	out, err := NewBatchWriter(w, format, b.schema)
	if err != nil {
		return 0, err
	}
	err = b.each(func(r arrow.Record) error {
		rows += r.NumRows()
		return out.Write(r)
	})
	if err != nil {
		return 0, err
	}
	return rows, b.Guard(out.Close)
}
