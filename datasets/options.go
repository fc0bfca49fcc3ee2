package datasets

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Options say how a file is read. The zero value is the ordinary way.
type Options struct {
	// Columns names the columns to read, in the order wanted. Others are not
	// looked at, whatever their type. Empty: all columns, in the file's order. Names
	// of columns that are read must differ.
	Columns []string

	// Except names columns to leave out, whatever their type, where Columns is empty.
	Except []string

	// Type is the element type of all columns: numbers are rounded once, to this type, and one
	// beyond its range is refused, as is an integer that is not exactly of it. Empty: the file's own, which
	// for CSV, that does not tell, is Float64, or what AnyType finds.
	Type Type

	// AnyType keeps columns of every Arrow type as they are, where others would be
	// converted to floating-point or refused. It counts for OpenBatches.
	//
	// Of a CSV file, the first batch tells the types of the columns that Text, Float and Wider do not name: Int64 where it holds
	// plain integers alone (no plus, no zeros before them, no -0) and Type is empty, Type where all are numbers of
	// it, else text (Utf8) as it stands in the file, null where nothing does, not even quotes; a CRLF within quotes becomes LF.
	// What does not fit the type later is refused.
	AnyType bool

	// Float names columns of a CSV file that are numbers of Type, whatever the first batch has. It counts with AnyType.
	Float []string

	// Wider names columns that a WiderError did. They are as those of Float, but what they do not take is refused with the hint
	// that Text takes it.
	Wider []string

	// Text names columns of a CSV file that are text, whatever their first batch has. It counts with AnyType.
	Text []string

	// Separator is what separates the fields of a CSV file. SeparatorAuto: what stands equally often, outside quotes, on
	// each line of the first 64 KiB. Where nothing does it is the comma, or the tab if the name ends in .tsv, .tsv.gz or
	// .tsv.zst, but a first line that has others alone is refused. So are two that do, unless such a name settles it. A first line
	// sep=; or the like, as Excel writes it, is no row: it names the separator, and another than that is refused.
	Separator Separator

	// DecimalComma has the numbers of a CSV file whose fields no comma separates written with decimal commas, 1,5 for 1.5. One with a
	// point or with more commas is refused, as is a file whose separator is the comma: one of a single column of which the first line,
	// outside quotes, has none is not.
	DecimalComma bool

	// Nulls are words that in a CSV file's columns of numbers say that there is none, beside the empty field, NA and null. A number may be
	// one, too, written as it is in the file.
	Nulls []string

	// CSVHeader says whether the first line of a CSV file holds names. A column without a name is named by its place: c1, c2,
	// ..., with underscores behind where another column has that name.
	CSVHeader Header

	// MaxBytes bounds the memory that the columns of a compressed or encoded
	// file may unfold to, so that a small hostile file cannot fill the
	// machine; for OpenBatches those of a batch. 0: DefaultMaxBytes. Memory-mapped
	// columns do not count.
	MaxBytes int64

	// Memory is where the batches of a Parquet file come from, nil the garbage collector. From a pool a batch's memory
	// is used again when it is released, so whoever holds on to part of it has to retain it. What is in it need not be zero.
	Memory memory.Allocator
}

// DefaultMaxBytes is the bound on a file's columns in memory: 4 GiB, or a quarter of what this process may have.
const DefaultMaxBytes = 4 << 30

// Header says whether the first line of a CSV file holds column names.
type Header string

const (
	HeaderAuto    Header = ""    // it does if it holds words and no number; one that holds both, or 0, 1, 2, ... (behind an empty field or not), is refused
	HeaderPresent Header = "yes" // it does
	HeaderAbsent  Header = "no"  // it does not: columns are named c1, c2, ...
)

func (o Options) maxBytes() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return unfold.Limit(DefaultMaxBytes)
}

// memory returns where batches come from. What is in it is arbitrary.
func (o Options) memory() memory.Allocator {
	if o.Memory != nil {
		return o.Memory
	}
	return memory.DefaultAllocator
}

// clearedMemory returns where batches come from of which not every byte is written.
func (o Options) clearedMemory() memory.Allocator {
	if o.Memory != nil {
		return cleared{o.Memory}
	}
	return memory.DefaultAllocator
}

func (o Options) check() error {
	switch {
	case o.Type != "" && o.Type != Float32 && o.Type != Float64:
		return fmt.Errorf("type %q: it is %s or %s", o.Type, Float32, Float64)
	case o.CSVHeader != HeaderAuto && o.CSVHeader != HeaderPresent && o.CSVHeader != HeaderAbsent:
		return fmt.Errorf("CSV header %q: it is %s, %s or empty", o.CSVHeader, HeaderPresent, HeaderAbsent)
	case o.Separator != SeparatorAuto && o.Separator.Char() == 0:
		return fmt.Errorf("separator %q: it is one of %q or empty", o.Separator, Separators())
	case len(o.Columns) > 0 && len(o.Except) > 0:
		return errors.New("columns wanted and columns left out are both named: want one of them")
	case o.MaxBytes < 0:
		return fmt.Errorf("memory bound of %d bytes: it must be positive", o.MaxBytes)
	}
	return nil
}

// selection returns, for each column to read, its index among the file's columns. Two of one name
// are refused, as no format but Arrow IPC holds them; where says for messages where the names stand.
func (o Options) selection(path, where string, names []string) ([]int, error) {
	first, second := make(map[string]int, len(names)), map[string]int{}
	for i, name := range names {
		if _, twice := first[name]; !twice {
			first[name] = i
		} else if _, thrice := second[name]; !thrice {
			second[name] = i
		}
	}
	columns := o.Columns
	if len(columns) == 0 {
		columns = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(o.Except, name) })
	}
	for _, name := range o.Except {
		if _, ok := first[name]; !ok {
			return nil, noColumn(path, where, name, names)
		}
	}
	if len(columns) == 0 && len(names) > 0 {
		return nil, badFile(path, "all its columns are left out")
	}
	chosen := make([]int, len(columns))
	asked := make(map[string]bool, len(columns))
	for k, name := range columns {
		i, ok := first[name]
		if !ok {
			return nil, noColumn(path, where, name, names)
		}
		if j, twice := second[name]; twice {
			return nil, badFile(path, "%scolumns %d and %d are both named %q, names must differ", where, i+1, j+1, name)
		}
		if asked[name] {
			return nil, badFile(path, "column %q is asked for twice", name)
		}
		chosen[k], asked[name] = i, true
	}
	return chosen, nil
}

func noColumn(path, where, name string, names []string) error {
	return badFile(path, "%sthere is no column %q, the columns are %s", where, name, listNames(names))
}

// listNames quotes the first few names.
func listNames(names []string) string {
	const shown = 8
	text := ""
	for i, name := range names {
		if i == shown {
			return text + fmt.Sprintf(" and %d more", len(names)-shown)
		}
		if i > 0 {
			text += ", "
		}
		text += strconv.Quote(name)
	}
	return text
}

// A FileError says what is wrong with a file, in one line that begins with its name.
type FileError struct {
	Path    string
	Problem string
	Err     error // the cause, if another package reported it
}

func (e *FileError) Error() string { return e.Path + ": " + e.Problem }
func (e *FileError) Unwrap() error { return e.Err }

func badFile(path, format string, args ...any) error {
	return &FileError{Path: path, Problem: oneLine(fmt.Sprintf(format, args...))}
}

// badFileCause is badFile with the cause's text appended.
func badFileCause(path string, cause error, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &FileError{Path: path, Problem: oneLine(text + ": " + cause.Error()), Err: cause}
}

// oneLine keeps control characters of foreign text out of a message, and the
// message short.
func oneLine(s string) string {
	const longest = 400
	clean := make([]rune, 0, len(s))
	for _, r := range s {
		if len(clean) == longest {
			return string(clean) + "..."
		}
		if !strconv.IsPrint(r) {
			r = ' '
		}
		clean = append(clean, r)
	}
	return string(clean)
}
