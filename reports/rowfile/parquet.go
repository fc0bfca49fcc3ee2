package rowfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/buildinfo"
	"actinit/datasets/parquetcheck"
)

// rowsPerGroup is the row group that DuckDB reads in one piece.
const rowsPerGroup = 122880

// WriteParquet writes rows, sorted by kernel (or net) and sample, as one
// Parquet file: zstd, dictionaries for strings, times in UTC microseconds.
func WriteParquet[R Row](w io.Writer, rows []R) error {
	return tableOf[R]().writeParquet(w, rows)
}

// ReadParquet reads a file of WriteParquet. Columns it does not know are
// skipped; a column that is missing or of another type is an error, but for
// columns that older files do not have yet.
func ReadParquet[R Row](path string) ([]R, error) {
	f, size, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadParquetFrom[R](f, size, path)
}

// ReadParquetFrom is ReadParquet for size bytes of r; file stands in errors.
func ReadParquetFrom[R Row](r io.ReaderAt, size int64, file string) ([]R, error) {
	return tableOf[R]().readParquet(r, size, file)
}

// CheckColumns returns an error where the file has columns that this program does not know, as those of newer
// programs may: ReadParquet skips them, and whoever writes its rows anew loses them.
func CheckColumns[R Row](path string) error {
	f, size, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	metadata, err := parquetcheck.Footer(f, size)
	if err != nil {
		return damaged(path, err)
	}
	known := map[string]bool{}
	for _, c := range Columns[R]() {
		known[c.Name] = true
	}
	for _, column := range topLevel(metadata.Schema) {
		if !known[column] {
			return fmt.Errorf("%s: its column %q, of a newer program, would be lost: take that program", path, column)
		}
	}
	return nil
}

// topLevel returns the names of the columns of a schema that is a tree laid out depth first, lists as one.
func topLevel(schema []format.SchemaElement) (names []string) {
	inside := int32(0) // elements still to come of the column
	for _, element := range schema[min(1, len(schema)):] {
		if inside == 0 {
			names = append(names, element.Name)
			inside = 1
		}
		inside += element.NumChildren.V - 1
	}
	return names
}

// open opens a regular file for reading.
func open(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, Cause(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("%s: %w", path, Cause(err))
	}
	return f, info.Size(), nil
}

// Cause returns the error without the path that it names, for a message that has the path already.
func Cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (t *table[R, C]) writeParquet(w io.Writer, rows []R) error {
	columns := t.toColumns(rows)
	if err := t.checkTimes(columns); err != nil {
		return err
	}
	sorting := make([]parquet.SortingColumn, len(t.sorting))
	for i, name := range t.sorting {
		sorting[i] = parquet.Ascending(name)
	}
	options := []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{}),
		parquet.MaxRowsPerRowGroup(rowsPerGroup),
		parquet.SortingWriterConfig(parquet.SortingColumns(sorting...)),
		&parquet.WriterConfig{CreatedBy: buildinfo.CreatedBy()},
	}
	for key, value := range t.metadata(runs(columns)) {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	pw := parquet.NewGenericWriter[C](w, options...)
	if _, err := pw.Write(columns); err != nil {
		return err
	}
	return pw.Close()
}

func (t *table[R, C]) readParquet(r io.ReaderAt, size int64, file string) (rows []R, err error) {
	defer recovered(file, &err)
	if err := parquetcheck.Whole(r, size); err != nil {
		return nil, damaged(file, err)
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, damaged(file, err)
	}
	if err := t.checkParquet(f, file); err != nil {
		return nil, err
	}
	pr := parquet.NewGenericReader[C](f)
	defer pr.Close()
	columns := make([]C, 0, min(f.NumRows(), rowsPerGroup))
	batch := make([]C, min(f.NumRows()+1, 1024))
	for {
		// A slice in a reused row would be overwritten by the next batch.
		clear(batch)
		n, err := pr.Read(batch)
		columns = append(columns, batch[:n]...)
		if int64(len(columns)) > f.NumRows() {
			return nil, damaged(file, fmt.Sprintf("more than the %d rows it claims", f.NumRows()))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, damaged(file, err)
		}
	}
	if int64(len(columns)) != f.NumRows() {
		return nil, damaged(file, fmt.Sprintf("%d rows of %d", len(columns), f.NumRows()))
	}
	t.fillAbsent(columns, f.Schema())
	return t.toRows(columns), nil
}

// maxRows is far beyond what our tables reach in a file of size bytes, whose rows have at least a time of their
// own. A file that claims more would be read into memory that is not there.
func maxRows(size int64) int64 { return rowsPerGroup + 2*size }

// checkParquet compares what the file says with what the table needs, before
// anything is read: the library would fill absent columns with zeros.
func (t *table[R, C]) checkParquet(f *parquet.File, file string) error {
	if have, ok := f.Lookup(KeySchema); ok && have != t.schemaName() {
		return fmt.Errorf("%s: holds %s, want %s", file, have, t.schemaName())
	}
	if f.NumRows() < 0 || f.NumRows() > maxRows(f.Size()) {
		return damaged(file, fmt.Sprintf("it claims %d rows in %d bytes", f.NumRows(), f.Size()))
	}
	want := parquet.SchemaOf(new(C))
	have := map[string]parquet.Field{}
	for _, field := range f.Schema().Fields() {
		have[field.Name()] = field
	}
	for _, field := range want.Fields() {
		got, ok := have[field.Name()]
		if !ok && absent(t.field(field.Name())) {
			continue
		}
		if !ok {
			return fmt.Errorf("%s: no column %q: not a %s table of actinit", file, field.Name(), t.name)
		}
		if !parquet.EqualNodes(field, got) {
			return fmt.Errorf("%s: column %q is %s, want %s", file, field.Name(), describe(got), describe(field))
		}
	}
	for _, group := range f.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			// The library's LZ4 tries ever larger buffers on damaged pages.
			if codec := chunk.MetaData.Codec; codec != format.Zstd && codec != format.Uncompressed {
				return fmt.Errorf("%s: compressed with %v, want zstd: not written by actinit", file, codec)
			}
		}
	}
	return nil
}

// describe names a column's type: "int64", "optional string", "list<int64>".
func describe(n parquet.Node) string {
	repetition := ""
	switch {
	case n.Optional():
		repetition = "optional "
	case n.Repeated():
		repetition = "repeated "
	}
	if n.Leaf() {
		return repetition + strings.ToLower(n.Type().String())
	}
	fields := n.Fields()
	if len(fields) != 1 {
		return repetition + "group"
	}
	if inner := fields[0].Fields(); len(inner) == 1 && fields[0].Repeated() {
		return repetition + "list<" + describe(inner[0]) + ">"
	}
	return repetition + "group of " + describe(fields[0])
}

// recovered turns a panic of the Parquet library, which trusts some of what a
// file says about itself, into an error.
func recovered(file string, err *error) {
	if p := recover(); p != nil {
		*err = damaged(file, p)
	}
}

// ErrDamaged is in the chain of the errors of files whose bytes are not those of a readable Parquet file.
var ErrDamaged = errors.New("not a readable Parquet file: damaged, cut short or of another format")

// damaged is the error for such bytes, unless the cause is that they could not be read.
func damaged(file string, reason any) error {
	var unread *fs.PathError
	if err, ok := reason.(error); ok && errors.As(err, &unread) {
		return fmt.Errorf("%s: %w", file, unread.Err)
	}
	text, _, _ := strings.Cut(strings.TrimSpace(fmt.Sprint(reason)), "\n")
	text, _, _ = strings.Cut(text, ": want=") // checksums, which say nothing to anybody
	return fmt.Errorf("%s: %w (%s)", file, ErrDamaged, text)
}
