package datasets

import (
	"path/filepath"
	"strings"

	"actinit/datasets/tensorfile"
)

// A Format is a file format.
type Format string

// The formats that Open reads and Write writes.
const (
	CSV         Format = "CSV"
	CSVGzip     Format = "CSV, gzip"
	CSVZstd     Format = "CSV, zstd"
	TSV         Format = "TSV" // CSV whose fields are separated by tabs
	TSVGzip     Format = "TSV, gzip"
	TSVZstd     Format = "TSV, zstd"
	Parquet     Format = "Parquet"
	Arrow       Format = "Arrow IPC"
	ArrowStream Format = "Arrow IPC stream"
	NPY         Format = "npy"
	NPZ         Format = "npz"
	Safetensors Format = "safetensors"
	IDX         Format = "IDX"
	IDXGzip     Format = "IDX, gzip"
)

// compressed returns the format of such a file that is compressed, unless by "".
func (f Format) compressed(by string) Format {
	if by == "" {
		return f
	}
	return f + ", " + Format(by)
}

// parts returns what compressed was given.
func (f Format) parts() (plain Format, compression string) {
	name, compression, _ := strings.Cut(string(f), ", ")
	return Format(name), compression
}

// isText reports whether files of the format are lines of fields.
func (f Format) isText() bool {
	plain, _ := f.parts()
	return plain == CSV || plain == TSV
}

// endings lists the endings of names by format; where several fit, the longest counts.
var endings = []struct {
	ending string
	format Format
}{
	{".csv.gz", CSVGzip}, {".csv.zst", CSVZstd}, {".csv", CSV}, {".tsv.gz", TSVGzip}, {".tsv.zst", TSVZstd}, {".tsv", TSV}, {".parquet", Parquet},
	{".arrow", Arrow}, {".feather", Arrow}, {".ipc", Arrow}, {".arrows", ArrowStream},
	{".npy", NPY}, {".npz", NPZ}, {".safetensors", Safetensors}, {".idx.gz", IDXGzip}, {".idx", IDX},
}

// Endings lists the endings of names that say a format, ".csv, .csv.gz, ...".
func Endings() string {
	names := make([]string, len(endings))
	for i, e := range endings {
		names[i] = e.ending
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// meant are endings that say no format, and those that were perhaps meant.
var meant = map[string]string{".pq": ".parquet", ".parq": ".parquet", ".txt": ".csv or .tsv", ".dat": ".csv or .tsv", ".tab": ".tsv", ".ft": ".feather", ".np": ".npy", ".st": ".safetensors"}

// FormatOf returns the format a file of that name should have, or "". Of MNIST's
// names, such as train-images-idx3-ubyte.gz, the idx says it.
func FormatOf(path string) Format {
	name := strings.ToLower(filepath.Base(path))
	for _, e := range endings {
		if strings.HasSuffix(name, e.ending) {
			return e.format
		}
	}
	if stem, zipped := strings.CutSuffix(name, ".gz"); strings.HasSuffix(stem, "-ubyte") && strings.Contains(stem, "-idx") {
		if zipped {
			return IDXGzip
		}
		return IDX
	}
	return ""
}

// expected is what is said to be right where a file is of no known format.
const expected = "CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"

// What sniff finds beside the formats.
const (
	isText = "text"
	isGzip = "gzip"
	isZstd = "zstd"

	isUTF16 = "UTF-16 text"
)

// iconv says how text of another encoding becomes text that is read.
func iconv(from string) string {
	return " (iconv -f " + from + " -t utf-8 IN > OUT, if that is its encoding)"
}

// signatures are first bytes: of the formats that Open reads, and of those that
// it is often given by mistake. Text has none.
var signatures = []struct{ start, what string }{
	{parquetMagic, string(Parquet)},
	{"ARROW1", string(Arrow)},
	{"\xff\xff\xff\xff", string(ArrowStream)},
	{"\x93NUMPY", string(NPY)},
	{"PK\x03\x04", string(NPZ)},
	{"PK\x05\x06", string(NPZ)},
	{gzipMagic, isGzip},
	{zstdMagic, isZstd},
	{"PARE", "an encrypted Parquet file"},
	{"FEA1", "a Feather version 1 file"},
	{"\x89HDF", "an HDF5 file"},
	{"BZh", "compressed with bzip2"},
	{"\xfd7zXZ", "compressed with xz"},
	{"\xff\xfe", isUTF16},
	{"\xfe\xff", isUTF16},
	{"SQLite f", "an SQLite database"},
	{"ORC", "an ORC file"},
	{"Obj\x01", "an Avro file"},
	{"\x7fELF", "a program"},
	{"%PDF", "a PDF file"},
	{"\x89PNG", "a PNG picture"},
}

const (
	parquetMagic = "PAR1"
	gzipMagic    = "\x1f\x8b"
	zstdMagic    = "\x28\xb5\x2f\xfd"

	sniffed = 16 // bytes that sniff looks at
)

// sniff returns the format that a file's first bytes show, or what else they show.
func sniff(start []byte) string {
	for _, s := range signatures {
		if strings.HasPrefix(string(start), s.start) {
			return s.what
		}
	}
	switch {
	case tensorfile.IsIDX(start):
		return string(IDX)
	case len(start) > 8 && start[8] == '{' && start[6] == 0 && start[7] == 0: // the length of a JSON header
		return string(Safetensors)
	}
	switch text := strings.Join(strings.Fields(string(start)), ""); {
	case strings.HasPrefix(text, `{"`), strings.HasPrefix(text, `[{`): // of which a table's first line would not be one
		return "JSON"
	case strings.HasPrefix(text, "<!"), strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<html"):
		return "a web page or XML"
	}
	return isText
}
