package datasets

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"actinit/datasets/atomicfile"
)

// newArrowWriter writes a record batch for each batch.
func newArrowWriter(w io.Writer, format Format, schema *arrow.Schema) (BatchWriter, error) {
	if format == ArrowStream {
		return &arrowStreamWriter{ipc.NewWriter(w, ipc.WithSchema(schema))}, nil
	}
	return ipc.NewFileWriter(atomicfile.FrontToBack(w), ipc.WithSchema(schema))
}

type arrowStreamWriter struct{ *ipc.Writer }
