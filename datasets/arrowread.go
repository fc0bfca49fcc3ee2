package datasets

import (
	"errors"
	"os"

	"actinit/datasets/arrowmap"

	"github.com/apache/arrow/go/v15/arrow"
)

// openArrow maps an Arrow IPC file. float32 and float64 columns are the
// mapping's own pages; others are converted into memory.
func openArrow(path string, f *os.File, size int64, o Options) (*Table, error) {
	file, err := arrowmap.Open(f, size)
	if err != nil {
		return nil, arrowProblem(path, err, o)
	}
	t, err := arrowTable(path, file, o)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return t, nil
}

// arrowTable reads the chosen columns. A decompressor that panics on damaged
// data makes an error like any other.
func arrowTable(path string, file *arrowmap.File, o Options) (t *Table, err error) {
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, badFile(path, "the Arrow file is damaged: %v", p)
		}
	}()
	fields := file.Fields()
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	chosen, err := o.selection(path, names)
	if err != nil {
		return nil, err
	}
	budget := &arrowmap.Budget{Bytes: o.maxBytes()}
	columns := make([]*Column, 0, len(chosen))
	for _, i := range chosen {
		c, err := arrowColumn(path, file, i, budget, o)
		if err != nil {
			release(columns)
			return nil, err
		}
		columns = append(columns, c)
	}
	t, err = newTable(path, Arrow, columns, file.Close)
	if err != nil {
		release(columns)
		return nil, err
	}
	for _, c := range columns {
		for _, chunk := range c.data.Chunks() {
			t.mapped = t.mapped || file.Maps(chunk)
		}
	}
	return t, nil
}

func arrowColumn(path string, file *arrowmap.File, i int, budget *arrowmap.Budget, o Options) (*Column, error) {
	field := file.Fields()[i]
	if field.Type == nil {
		return nil, unsupported(path, field.Name, field.TypeName)
	}
	if id := field.Type.ID(); id != arrow.FLOAT32 && id != arrow.FLOAT64 {
		if budget.Bytes -= 8 * file.Rows(); budget.Bytes < 0 {
			return nil, tooLarge(path, o.maxBytes())
		}
	}
	arrays, err := file.Column(i, budget)
	if err != nil {
		return nil, arrowProblem(path, err, o)
	}
	return floatColumn(path, field.Name, field.Type, arrays)
}

func arrowProblem(path string, err error, o Options) error {
	if errors.Is(err, arrowmap.ErrBudget) {
		return tooLarge(path, o.maxBytes())
	}
	return &FileError{Path: path, Problem: oneLine(err.Error()), Err: err}
}

func unsupported(path, column, typeName string) error {
	return badFile(path, "column %q has the type %s; a column must be floating-point, integer or boolean (name the columns wanted to leave others out)",
		column, typeName)
}

func release(columns []*Column) {
	for _, c := range columns {
		c.data.Release()
	}
}
