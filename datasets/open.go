package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Open reads the file at path as a table. Its first bytes tell the format, and
// its name only serves to say what was expected when they do not. Errors are
// one line that begins with the path. Close the table after use.
func Open(path string, o Options) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, openProblem(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, openProblem(path, err)
	case info.IsDir():
		return nil, badFile(path, "it is a folder, a file is needed")
	case !info.Mode().IsRegular():
		return ReadCSV(path, f, o) // a pipe cannot be mapped or read from its end
	case info.Size() == 0:
		return nil, badFile(path, "it is empty")
	}
	start := make([]byte, 8)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, openProblem(path, err)
	}
	return openFile(path, f, info.Size(), sniff(start[:n]), o)
}

func openFile(path string, f *os.File, size int64, found string, o Options) (*Table, error) {
	expected := formatOfName(path)
	switch found {
	case isArrow:
		return openArrow(path, f, size, o)
	case isParquet:
		return openParquet(path, f, size, o)
	case isText, isGzip:
		if expected == Parquet || expected == Arrow {
			return nil, badFile(path, "it is not a file of format %s: its first bytes are not that format's", expected)
		}
		return ReadCSV(path, f, o)
	}
	return nil, badFile(path, "it is %s; CSV, CSV.gz, Parquet or Arrow IPC is expected", found)
}

// What sniff finds.
const (
	isText    = "text"
	isGzip    = "gzip"
	isParquet = "Parquet"
	isArrow   = "Arrow IPC"
)

// signatures are first bytes: of the formats that Open reads, and of those that
// it is often given by mistake. Text has none.
var signatures = []struct{ start, what string }{
	{"PAR1", isParquet},
	{"ARROW1", isArrow},
	{gzipMagic, isGzip},
	{"PARE", "an encrypted Parquet file"},
	{"FEA1", "a Feather version 1 file"},
	{"\xff\xff\xff\xff", "an Arrow IPC stream, which cannot be mapped (write it in the file format)"},
	{"PK\x03\x04", "a ZIP archive (or a spreadsheet, or NumPy's npz)"},
	{"\x93NUMPY", "a NumPy array"},
	{"\x89HDF", "an HDF5 file"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd"},
	{"BZh", "compressed with bzip2"},
	{"\xfd7zXZ", "compressed with xz"},
	{"\xff\xfe", "UTF-16 text"},
	{"\xfe\xff", "UTF-16 text"},
	{"SQLite f", "an SQLite database"},
	{"ORC", "an ORC file"},
	{"Obj\x01", "an Avro file"},
	{"\x7fELF", "a program"},
	{"%PDF", "a PDF file"},
	{"\x89PNG", "a PNG picture"},
}

func sniff(start []byte) string {
	for _, s := range signatures {
		if strings.HasPrefix(string(start), s.start) {
			return s.what
		}
	}
	return isText
}

// formatOfName returns the format a file of that name should have, or "".
func formatOfName(path string) Format {
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".csv.gz"):
		return CSVGzip
	case strings.HasSuffix(name, ".csv"):
		return CSV
	case strings.HasSuffix(name, ".parquet"):
		return Parquet
	case strings.HasSuffix(name, ".arrow"), strings.HasSuffix(name, ".feather"), strings.HasSuffix(name, ".ipc"):
		return Arrow
	}
	return ""
}

// openProblem drops what the operating system's error repeats: the path.
func openProblem(path string, err error) error {
	var pathError *fs.PathError
	cause := err
	if errors.As(err, &pathError) {
		cause = pathError.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &FileError{Path: path, Problem: "there is no such file", Err: cause}
	}
	return &FileError{Path: path, Problem: oneLine(fmt.Sprintf("it cannot be read: %v", cause)), Err: cause}
}
