package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadCSV reads a table from CSV text, or from gzip-compressed CSV text: r's
// first bytes tell. name stands in errors.
//
//   - Fields are separated by commas and may be quoted (RFC 4180). UTF-8 with or
//     without a byte order mark; blank lines and blanks around a field are skipped.
//   - Every line has as many fields as the first, which may hold names
//     (Options.CSVHeader); unnamed columns are c1, c2, ...
//   - A number is what strconv.ParseFloat takes, NaN and Inf in any case
//     included, and is rounded once to Options.CSVType. A finite number beyond
//     the type's range is refused.
//   - An empty field is a null, and so are NA and null. In a table of one
//     column, where an empty line would be skipped, a null is written "".
func ReadCSV(name string, r io.Reader, o Options) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(len(gzipMagic)); string(magic) == gzipMagic {
		zip, err := gzip.NewReader(in)
		if err != nil {
			return nil, gzipProblem(name, err)
		}
		return readCSV(name, CSVGzip, bufio.NewReaderSize(zip, 1<<16), o)
	}
	return readCSV(name, CSV, in, o)
}

func readCSV(name string, format Format, in *bufio.Reader, o Options) (*Table, error) {
	start, err := in.Peek(512)
	switch {
	case err != nil && err != io.EOF:
		return nil, readProblem(name, format, err)
	case len(start) == 0:
		return nil, badFile(name, "it is empty")
	case bytes.ContainsFunc(start, isControl):
		return nil, badFile(name, "it is not text: CSV, CSV.gz, Parquet or Arrow IPC is expected")
	case bytes.HasPrefix(start, []byte(byteOrderMark)):
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, readProblem(name, format, err)
		}
	}
	c := &csvTable{name: name, options: o, kind: o.CSVType}
	if c.kind == "" {
		c.kind = Float64
	}
	c.reader = csv.NewReader(&limitedReader{r: in, left: o.maxBytes(), limit: o.maxBytes()})
	c.reader.ReuseRecord = true
	c.reader.LazyQuotes = false
	c.reader.FieldsPerRecord = -1 // read counts itself, for an error that says both counts
	if err := c.read(); err != nil {
		return nil, readProblem(name, format, err)
	}
	columns := make([]*Column, len(c.chosen))
	for i := range columns {
		columns[i] = c.columns[i].column(c.names[c.chosen[i]])
	}
	return newTable(name, format, columns, nil)
}

// isControl reports whether no text table holds the character.
func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }

const (
	gzipMagic     = "\x1f\x8b"
	byteOrderMark = "\xef\xbb\xbf"
)

// csvTable is a table being read.
type csvTable struct {
	name    string
	options Options
	kind    Type
	reader  *csv.Reader

	fields  int // on every line
	names   []string
	chosen  []int
	columns []appender
	bytes   int64 // of the columns so far
}

func (c *csvTable) read() error {
	record, err := c.reader.Read()
	if err == io.EOF {
		return badFile(c.name, "it holds no line")
	}
	if err != nil {
		return err
	}
	isHeader := c.begin(record)
	c.chosen, err = c.options.selection(c.name, c.names)
	if err != nil {
		return err
	}
	c.columns = make([]appender, len(c.chosen))
	for i := range c.columns {
		c.columns[i] = newAppender(c.kind)
	}
	if !isHeader {
		if err := c.row(record); err != nil {
			return err
		}
	}
	for {
		record, err := c.reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.row(record); err != nil {
			return err
		}
	}
}

// begin takes the first line and reports whether it holds names.
func (c *csvTable) begin(record []string) (isHeader bool) {
	c.fields = len(record)
	isHeader = c.options.CSVHeader == HeaderPresent
	if c.options.CSVHeader == HeaderAuto {
		for _, field := range record {
			_, valid, err := c.parse(field)
			isHeader = isHeader || valid && errors.Is(err, strconv.ErrSyntax)
		}
	}
	c.names = make([]string, len(record))
	for i := range c.names {
		c.names[i] = "c" + strconv.Itoa(i+1)
		if isHeader && strings.TrimSpace(record[i]) != "" {
			c.names[i] = strings.Clone(strings.TrimSpace(record[i]))
		}
	}
	return isHeader
}

func (c *csvTable) row(record []string) error {
	if len(record) != c.fields {
		line, _ := c.reader.FieldPos(0)
		return badFile(c.name, "line %d has %s, the first line has %d", line, count(len(record), "field"), c.fields)
	}
	for k, i := range c.chosen {
		v, valid, err := c.parse(record[i])
		switch {
		case err != nil:
			line, _ := c.reader.FieldPos(i)
			return c.notNumber(line, i, record[i], err)
		case valid:
			c.columns[k].appendValue(v)
		default:
			c.columns[k].appendNull()
		}
	}
	c.bytes += int64(len(c.chosen)) * 8
	if limit := c.options.maxBytes(); c.bytes > limit {
		return tooLarge(c.name, limit)
	}
	return nil
}

// parse returns a field's value, or valid = false for a null.
func (c *csvTable) parse(field string) (v float64, valid bool, err error) {
	field = strings.TrimSpace(field)
	switch field {
	case "", "NA", "null":
		return 0, false, nil
	}
	bits := 64
	if c.kind == Float32 {
		bits = 32
	}
	v, err = strconv.ParseFloat(field, bits)
	return v, true, err
}

func (c *csvTable) notNumber(line, i int, field string, err error) error {
	const shown = 40
	if len(field) > shown {
		field = field[:shown] + "..."
	}
	where := fmt.Sprintf("line %d, column %d (%s)", line, i+1, c.names[i])
	switch {
	case errors.Is(err, strconv.ErrRange):
		return badFile(c.name, "%s: %q is beyond the range of %s", where, field, c.kind)
	case c.fields == 1 && strings.ContainsAny(field, ";\t"):
		return badFile(c.name, "%s: %q is not a number; fields must be separated by commas", where, field)
	}
	return badFile(c.name, "%s: %q is not a number", where, field)
}

// readProblem turns an error of the layers below into one about the file.
func readProblem(name string, format Format, err error) error {
	var fileError *FileError
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &fileError):
		return err
	case errors.As(err, &syntax):
		return badFileCause(name, syntax.Err, "line %d, byte %d", syntax.Line, syntax.Column)
	case format == CSVGzip:
		return gzipProblem(name, err)
	}
	return badFileCause(name, err, "it cannot be read")
}

func gzipProblem(name string, err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return badFile(name, "the gzip data ends early, the file is truncated")
	case errors.Is(err, gzip.ErrChecksum):
		return badFile(name, "the gzip data is damaged: its checksum does not match")
	}
	return badFileCause(name, err, "the gzip data is damaged")
}

func tooLarge(name string, limit int64) error {
	return badFile(name, "its contents are larger than the bound of %d bytes (Options.MaxBytes)", limit)
}

// count says "1 field" or "2 fields".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// limitedReader fails once more than limit bytes were read, where
// io.LimitedReader would look like the end of the file.
type limitedReader struct {
	r           io.Reader
	left, limit int64
}

var errTooLarge = errors.New("larger than the bound")

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		// One byte more is one too many.
		if n, err := l.r.Read(p[:min(1, len(p))]); n == 0 {
			return 0, err
		}
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
