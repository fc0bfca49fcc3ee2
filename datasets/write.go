package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"actinit/datasets/atomicfile"
	"actinit/datasets/unfold"
)

// A BatchWriter writes a table batch by batch.
type BatchWriter interface {
	// Write writes a record of the writer's schema.
	Write(arrow.Record) error

	// Close ends the file. It does not close the writer beneath.
	Close() error

	// Abandon gives back what is kept of a file that will not be ended, in place of Close.
	Abandon()
}

// NewBatchWriter returns a writer of a format.
//
//   - CSV, and TSV with tabs for commas: a line of names, then numbers in the fewest digits that give the same
//     value back when read as the column's type, whole ones below 2^53 in full; NaN, inf and -inf by
//     these names, true and false, decimals in full, dates and times as 2006-01-02 15:04:05.999, of a time zone
//     with its distance from UTC (Z or +02:00), text in quotes where it needs them, names also where they hold another separator, a null as an empty field. The sign and payload of a NaN, and the types, are lost.
//   - Parquet: columns that are optional where they are Nullable, zstd.
//   - Arrow: the IPC file format without compression, so that it can be mapped, or
//     the stream format.
//   - npz and safetensors: a tensor of one dimension for each column.
//   - npy and IDX: one array, of two dimensions if there are several columns, which must be of one
//     type; their names are lost.
//
// All but CSV keep every bit of every value, NaNs included. Arrow takes columns of any type and name, the others
// columns whose names differ: Parquet and CSV those of integers, float32 and float64, booleans, text, dates, times,
// timestamps (in Parquet but those in seconds) and decimals (in Parquet of at most 18 digits); npz, safetensors and npy integers, float16, float32, float64 and booleans;
// IDX uint8, int8, int16, int32, float32 and float64. Numbers of other types are written as float32 if every value
// of the type is one, else as float64, and an integer that is not exactly one is refused with its row. Decimals, which would be
// rounded, are not. Words of a
// dictionary are written as text. Text that is not UTF-8 is refused with its row.
//
// npz, safetensors, npy and IDX hold no nulls, and are written at Close. Until then the batches lie in memory, and what is beyond
// 1 GiB, or a sixteenth of what this process may have, in a temporary file in the folder os.TempDir.
func NewBatchWriter(w io.Writer, format Format, schema *arrow.Schema) (BatchWriter, error) {
	if schema.NumFields() == 0 {
		return nil, fmt.Errorf("a table without columns cannot be written as %s", format)
	}
	if format == Arrow || format == ArrowStream {
		out, err := newArrowWriter(w, format, schema)
		return &encodedWriter{BatchWriter: out}, err
	}
	for _, field := range schema.Fields() {
		if n := len(schema.FieldIndices(field.Name)); n > 1 {
			return nil, fmt.Errorf("%d columns are named %q, and %s is written with names that differ", n, field.Name, format)
		}
	}
	out, err := newFittingWriter(format, schema, func(schema *arrow.Schema) (BatchWriter, error) {
		return newFormatWriter(w, format, schema)
	})
	return &encodedWriter{BatchWriter: out}, err
}

// newFormatWriter returns a writer of columns that the format holds.
func newFormatWriter(w io.Writer, format Format, schema *arrow.Schema) (BatchWriter, error) {
	switch plain, compression := format.parts(); {
	case compression == isGzip:
		return newZippedWriter(gzip.NewWriter(w), plain, schema)
	case compression == isZstd:
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return newZippedWriter(z, plain, schema)
	}
	switch format {
	case CSV:
		return newCSVWriter(w, Comma, schema)
	case TSV:
		return newCSVWriter(w, Tab, schema)
	case Parquet:
		return newParquetWriter(w, schema)
	case NPY, NPZ, Safetensors, IDX:
		return newGatheringWriter(w, format, schema, unfold.Limit(DefaultMaxBytes)/4)
	}
	return nil, fmt.Errorf("no format is called %q", string(format))
}

// zippedWriter closes the compressor after the writer.
type zippedWriter struct {
	BatchWriter
	zip io.WriteCloser
}

func newZippedWriter(zip io.WriteCloser, format Format, schema *arrow.Schema) (BatchWriter, error) {
	w, err := newFormatWriter(zip, format, schema)
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
	format, err := OutputFormat(path)
	if err != nil {
		return 0, err
	}
	err = WriteFile(path, func(w io.Writer) error {
		rows, err = Encode(w, format, b)
		return err
	})
	return rows, err
}

// OutputFormat is FormatOf for a file that is to be written. A name that says none is an error.
func OutputFormat(path string) (Format, error) {
	format := FormatOf(path)
	if format != "" {
		return format, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "", badFile(path, "it is a folder, a file name is needed")
	}
	ending, hint := filepath.Ext(path), ""
	if near := meant[strings.ToLower(ending)]; near != "" {
		hint = " (did you mean " + near + "?)"
	}
	return "", badFile(path, "the ending %q says no format%s; %s do", ending, hint, Endings())
}

// WriteFile is atomicfile.Write for a fill that reads another file: a FileError of fill names that file, and
// is returned as it is.
func WriteFile(path string, fill func(io.Writer) error) error {
	var input *FileError
	err := atomicfile.Write(path, func(w io.Writer) error {
		err := fill(w)
		errors.As(err, &input)
		return err
	})
	if input != nil {
		return input
	}
	return err
}

// Encode writes all batches to w and returns the number of rows.
func Encode(w io.Writer, format Format, b *Batches) (rows int64, err error) {
	out, err := NewBatchWriter(w, format, b.schema)
	if err != nil {
		return 0, err
	}
	return encode(out, b)
}

func encode(out BatchWriter, b *Batches) (rows int64, err error) {
	err = b.each(func(r arrow.Record) error {
		rows += r.NumRows()
		return out.Write(r)
	})
	if err != nil {
		out.Abandon()
		return 0, err
	}
	return rows, b.Guard(out.Close)
}
