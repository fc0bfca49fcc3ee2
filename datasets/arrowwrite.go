package datasets

import (
	"errors"
	"io"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"actinit/datasets/atomicfile"
)

// newArrowWriter writes a record batch for each batch.
func newArrowWriter(w io.Writer, format Format, schema *arrow.Schema) (BatchWriter, error) {
	if format == ArrowStream {
		return &arrowStreamWriter{ipc.NewWriter(w, ipc.WithSchema(schema))}, nil
	}
	out, err := ipc.NewFileWriter(atomicfile.FrontToBack(w), ipc.WithSchema(schema))
	return &arrowFileWriter{out}, err
}

type arrowFileWriter struct{ *ipc.FileWriter }

func (w *arrowFileWriter) Abandon() {}

// Write gives the library's error of a dictionary that changes words.
func (w *arrowFileWriter) Write(r arrow.Record) error {
	err := w.FileWriter.Write(r)
	if err != nil && strings.Contains(err.Error(), "Dictionary replacement") {
		return errors.New("a column's dictionary is replaced between its batches, which an Arrow IPC file cannot hold: write an Arrow IPC stream (.arrows)")
	}
	return err
}

type arrowStreamWriter struct{ *ipc.Writer }

func (w *arrowStreamWriter) Abandon() {}
