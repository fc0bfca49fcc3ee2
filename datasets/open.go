package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/zstd"

	"actinit/datasets/tensorfile"
)

// Open reads the file at path as a table. Its first bytes tell the format, and
// its name only serves to say what was expected when they do not; "-" is the standard
// input. Errors are one line that begins with the path. Close the table after use.
//
// Arrow IPC files, and columns of safetensors and npy files that lie in one piece, are
// memory-mapped: reads of such columns belong into Table.Guard.
//
// In npy and IDX files the first dimension counts the rows, and the others together the columns
// c1, c2, ...; a tensor NAME of an npz or safetensors file is a column of that name if it has one
// dimension, else the columns NAME_1, NAME_2, ..., and naming NAME in Options.Columns or Except means all of them.
//
// CSV text may be compressed with gzip or zstd:
//
//   - Fields are separated by commas, tabs, semicolons or pipes (Options.Separator) and may be quoted (RFC 4180). UTF-8 with or
//     without a byte order mark; blank lines and blanks around a field are skipped.
//     Lines end with LF or CRLF: a first line with a CR alone is refused.
//   - Every line has as many fields as the first, which may hold names
//     (Options.CSVHeader); unnamed columns are c1, c2, ..., or c1_ where another is named c1.
//     A first line sep=; or the like is no row, and names the separator.
//   - A number is what strconv.ParseFloat takes without underscores or hexadecimal digits, NaN and Inf in any case
//     included (with a comma for its point: Options.DecimalComma), and is rounded once to Options.Type. A finite number beyond
//     the type's range is refused, and so is an integer that would be rounded.
//   - Of numbers, an empty field is a null, and so are NA, null and Options.Nulls. Other words are refused, but for OpenBatches in
//     columns that Options.AnyType and Options.Text leave to text.
//   - Of text, a null is where nothing stands, and "" the empty text. In a table of one
//     column, where an empty line would be skipped, "" is a null.
func Open(path string, o Options) (*Table, error) {
	o.AnyType = false
	b, err := open(path, o)
	if err != nil {
		return nil, err
	}
	return gather(b, o.maxBytes())
}

// OpenBatches is Open for a table that need not fit into memory. A batch has at most 65536
// rows. A record batch of an Arrow stream, or a compressed one of a file, is read as a whole; a row group of a
// Parquet file may be of any length.
func OpenBatches(path string, o Options) (*Batches, error) {
	b, err := open(path, o)
	if err != nil {
		return nil, err
	}
	return cut(b), nil
}

// open returns batches of any length.
func open(path string, o Options) (*Batches, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if path == "-" {
		return readOnce(openCounted("standard input", &counted{r: os.Stdin}, nil, o))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, openProblem(path, err)
	}
	b, err := openFile(path, f, o)
	if err != nil {
		_ = f.Close() // it was only read
		return nil, err
	}
	return b, nil
}

// openFile takes f over, unless it fails.
func openFile(path string, f *os.File, o Options) (*Batches, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, openProblem(path, err)
	case info.IsDir():
		return nil, badFile(path, "it is a folder, a file is needed")
	case !info.Mode().IsRegular():
		return readOnce(openCounted(path, &counted{r: f}, f.Close, o))
	case info.Size() == 0:
		return nil, badFile(path, "it is empty")
	}
	start := make([]byte, sniffed)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, openProblem(path, err)
	}
	size := info.Size()
	switch found := Format(sniff(start[:n])); found {
	case Arrow:
		return openArrow(path, f, size, o)
	case Parquet:
		return openParquet(path, f, size, f.Close, o)
	case NPY, NPZ, Safetensors:
		return openTensors(path, found, f, size, o)
	case IDX:
		return openIDX(path, IDX, f, size, f.Close, o)
	}
	return openCounted(path, &counted{r: f, size: size}, f.Close, o)
}

func openCounted(path string, r *counted, close func() error, o Options) (*Batches, error) {
	b, err := openPipe(path, r, close, o)
	if err == nil {
		b.bytes = r
	}
	return b, err
}

func readOnce(b *Batches, err error) (*Batches, error) {
	if err == nil {
		b.once = true
	}
	return b, err
}

// openPipe reads what can be read from front to back.
func openPipe(path string, r io.Reader, close func() error, o Options) (*Batches, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	start, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return nil, openProblem(path, err)
	}
	switch found := sniff(start); found {
	case string(ArrowStream):
		return openArrowStream(path, in, close, o)
	case string(IDX):
		return openIDX(path, IDX, in, -1, close, o)
	case isGzip:
		zip, err := gzip.NewReader(in)
		if err != nil {
			return nil, unzipProblem(path, isGzip, err)
		}
		return openUnzipped(path, isGzip, zip, close, o)
	case isZstd:
		const window = 1 << 27 // what zstd itself accepts unasked
		unzip, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, unzipProblem(path, isZstd, err)
		}
		return openUnzipped(path, isZstd, unzip, func() error {
			unzip.Close()
			return closeAll(close)
		}, o)
	case isText:
		format := FormatOf(path)
		switch {
		case format == "" || format.isText():
		case bytes.ContainsFunc(start, isControl):
			return nil, badFile(path, "it is not a file of format %s: its first bytes are not that format's", format)
		default:
			return nil, badFile(path, "its name is of format %s, and in it is text: if it is a table, name it as one (.csv, .tsv)", format)
		}
		return openCSV(path, "", in, close, o)
	case string(Arrow), string(Parquet), string(NPY), string(NPZ), string(Safetensors):
		return nil, badFile(path, "it is a pipe, and a file of format %s is read in several places: write it to a file first", found)
	case isUTF16:
		return nil, badFile(path, "it is %s, and UTF-8 is read%s", found, iconv("utf-16"))
	default:
		return nil, badFile(path, "it is %s; %s", found, expected)
	}
}

func closeAll(close func() error) error {
	if close == nil {
		return nil
	}
	return close()
}

// openUnzipped reads what was compressed: an IDX file or CSV text.
func openUnzipped(path, compression string, r io.Reader, close func() error, o Options) (*Batches, error) {
	in := bufio.NewReaderSize(unzipped{path, compression, r}, 1<<16)
	start, err := in.Peek(sniffed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case tensorfile.IsIDX(start):
		return openIDX(path, IDX.compressed(compression), in, -1, close, o)
	case sniff(start) != isText:
		return nil, badFile(path, "it is compressed with %s, and in it is %s; CSV or IDX is expected", compression, sniff(start))
	}
	return openCSV(path, compression, in, close, o)
}

// unzipped gives the decompressor's errors words.
type unzipped struct {
	path, compression string
	r                 io.Reader
}

func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		err = unzipProblem(u.path, u.compression, err)
	}
	return n, err
}

func unzipProblem(path, compression string, err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return badFile(path, "the %s data ends early, the file is truncated", compression)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return badFile(path, "the %s data is damaged: its checksum does not match", compression)
	}
	return badFileCause(path, err, "the %s data is damaged", compression)
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
