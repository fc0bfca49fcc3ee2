package datasets

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
)

// openCSV reads the first line.
func openCSV(name, compression string, in *bufio.Reader, close func() error, o Options) (*Batches, error) {
	start, err := in.Peek(in.Size())
	switch {
	case err != nil && err != io.EOF:
		return nil, readProblem(name, err)
	case len(start) == 0:
		return nil, badFile(name, "it is empty")
	case bytes.ContainsFunc(start[:min(len(start), 512)], isControl):
		return nil, badFile(name, "it is not text: %s", expected)
	case bytes.HasPrefix(start, []byte(byteOrderMark)):
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return nil, readProblem(name, err)
		}
		start = start[len(byteOrderMark):]
	}
	whole, lines := err == io.EOF, 0
	if named, length := separatorLine(start); named != SeparatorAuto {
		if o.Separator != SeparatorAuto && o.Separator != named {
			return nil, badFile(name, "line 1 says that %ss separate the fields (sep=), and --separator that %ss do", named, o.Separator)
		}
		if _, err := in.Discard(length); err != nil {
			return nil, readProblem(name, err)
		}
		o.Separator, lines = named, 1
	}
	if o.Separator, err = o.separator(name, start, whole); err != nil {
		return nil, err
	}
	if o.DecimalComma && o.Separator == Comma {
		return nil, badFile(name, "commas separate its fields, and so are no decimal commas (--decimal comma; --separator names another separator)")
	}
	format := CSV
	if o.Separator == Tab {
		format = TSV
	}
	c := &csvTable{name: name, options: o, kind: cmp.Or(o.Type, Float64), exactTo: 1 << 53}
	if c.kind == Float32 {
		c.exactTo = 1 << 24
	}
	c.records = recordReader{in: in, separator: o.Separator.Char(), limit: int(min(maxRecord, o.maxBytes())), lines: lines}
	schema, err := c.begin()
	if err != nil {
		return nil, c.problem(err)
	}
	return &Batches{path: name, format: format.compressed(compression), header: c.options.CSVHeader, separator: o.Separator, told: lines > 0, nullWords: c.nullWords, schema: schema, close: close,
		next: func() (arrow.Record, error) {
			r, err := c.batch(schema)
			if err != nil && err != io.EOF {
				err = c.problem(err)
			}
			return r, err
		}}, nil
}

// isControl reports whether no text table holds the character.
func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }

const byteOrderMark = "\xef\xbb\xbf"

// maxRecord is the longest record of text that is read, in bytes.
const maxRecord = 4 << 20

// csvTable is a table being read.
type csvTable struct {
	name    string
	options Options
	kind    Type
	exactTo int64 // below which all integers are of kind
	records recordReader

	line      int // where the last record began that was read
	fields    int // on every line
	names     []string
	chosen    []int
	columns   []csvColumn
	nullWords nullWords
	ahead     []csvRow // that were read and not yet taken
	rows      int      // that were taken
}

// begin reads the first line and returns the columns.
func (c *csvTable) begin() (*arrow.Schema, error) {
	record, err := c.read()
	if err == io.EOF {
		return nil, badFile(c.name, "it holds no line")
	}
	if err != nil {
		return nil, err
	}
	if len(record) > maxColumns {
		return nil, badFile(c.name, "its first line has %d fields, want at most %d", len(record), maxColumns)
	}
	for i, field := range record {
		if strings.Contains(field.text, "\r") {
			return nil, badFile(c.name, "line %d, column %d: a carriage return stands alone; lines must end with LF or CRLF (tr '\\r' '\\n' turns old Mac files)", c.line, i+1)
		}
	}
	if c.options.CSVHeader == HeaderAuto {
		if c.options.CSVHeader, err = c.guess(record); err != nil {
			return nil, err
		}
	}
	c.firstLine(record)
	if err := c.encoded(); err != nil {
		return nil, err
	}
	where := "" // the names stand
	if c.options.CSVHeader == HeaderPresent {
		where = fmt.Sprintf("line %d: ", c.line)
	}
	c.chosen, err = c.options.selection(c.name, where, c.names)
	if err != nil {
		return nil, err
	}
	types, err := c.types()
	if err != nil {
		return nil, err
	}
	fields := make([]arrow.Field, len(c.chosen))
	for k, i := range c.chosen {
		c.columns = append(c.columns, c.newColumn(types[k], c.options.AnyType && !slices.Contains(c.options.Float, c.names[i])))
		fields[k] = arrow.Field{Name: c.names[i], Type: types[k], Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// batch reads the next rows.
func (c *csvTable) batch(schema *arrow.Schema) (arrow.Record, error) {
	rows, text := 0, 0
	for limit := batchRows(len(c.columns)); rows < limit && text < batchText; rows++ {
		record, err := c.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		taken, err := c.row(record)
		var wider *WiderError
		if errors.As(err, &wider) {
			c.widen(wider, record, limit-rows)
		}
		if err != nil {
			return nil, err
		}
		text += taken
		c.rows++
	}
	if rows == 0 {
		return nil, io.EOF
	}
	columns := make([]arrow.Array, len(c.columns))
	for i, column := range c.columns {
		columns[i] = column.array()
	}
	return newRecord(schema, columns, rows), nil
}

// read returns the next record, which is valid until the next call.
func (c *csvTable) read() ([]csvField, error) {
	record, err := c.records.read()
	c.line = c.records.line
	if len(record) == 1 { // where a null is written "", as an empty line is no row
		record[0].null = record[0].text == ""
	}
	return record, err
}

// guess returns whether the first line holds names: words do, numbers do not.
func (c *csvTable) guess(record []csvField) (Header, error) {
	words, numbers := 0, 0
	for _, field := range record {
		_, valid, err := c.parse(field.text)
		switch {
		case errors.Is(err, strconv.ErrSyntax) && !c.otherNotation(field.text):
			words++
		case valid:
			numbers++
		}
	}
	switch {
	case words > 0 && numbers > 0:
		return "", badFile(c.name, "line %d holds %s and %s: say whether they are names (--header %s or %s)",
			c.line, count(words, "word"), count(numbers, "number"), HeaderPresent, HeaderAbsent)
	case words > 0:
		return HeaderPresent, nil
	case numbered(record):
		return "", badFile(c.name, "line %d holds the numbers from 0 on, as pandas numbers columns that have no names: say whether they are names (--header %s or %s)",
			c.line, HeaderPresent, HeaderAbsent)
	}
	return HeaderAbsent, nil
}

// numbered reports whether a record is 0, 1, 2, ..., or that behind an empty field: the line of names that pandas writes of
// columns that have none, the index before them.
func numbered(record []csvField) bool {
	columns := record
	if strings.TrimSpace(record[0].text) == "" {
		columns = record[1:]
	}
	for i, field := range columns {
		if strings.TrimSpace(field.text) != strconv.Itoa(i) {
			return false
		}
	}
	return len(record) > 1
}

// firstLine takes the first line, which is names or a row.
func (c *csvTable) firstLine(record []csvField) {
	c.fields = len(record)
	c.names = make([]string, len(record))
	if c.options.CSVHeader == HeaderAbsent {
		c.keep(record)
	} else {
		for i, field := range record {
			c.names[i] = strings.Clone(strings.TrimSpace(field.text))
		}
	}
	c.nameOthers()
}

// nameOthers names each column that has no name by its place, c1, c2, ..., with underscores behind where another has that name.
func (c *csvTable) nameOthers() {
	taken := make(map[string]bool, len(c.names))
	for _, name := range c.names {
		taken[name] = true
	}
	for i, name := range c.names {
		if name == "" {
			for name = "c" + strconv.Itoa(i+1); taken[name]; {
				name += "_"
			}
			c.names[i] = name
		}
	}
}

// encoded reports an error of a name that is not UTF-8.
func (c *csvTable) encoded() error {
	for i, name := range c.names {
		if !utf8.ValidString(name) {
			return badFile(c.name, "line %d, column %d: the name %q is %v%s", c.line, i+1, name, errEncoding, iconv("latin1"))
		}
	}
	return nil
}

// row appends a record to the columns, and returns the length of its texts.
func (c *csvTable) row(record []csvField) (text int, err error) {
	if len(record) != c.fields {
		return 0, badFile(c.name, "line %d has %s, the first line has %d", c.line, count(len(record), "field"), c.fields)
	}
	for k, i := range c.chosen {
		n, err := c.columns[k].append(record[i])
		if err != nil {
			return 0, c.notNumber(i, record[i].text, err)
		}
		text += n
	}
	return text, nil
}

// parse returns a field's value, or valid = false for a null.
func (c *csvTable) parse(field string) (v float64, valid bool, err error) {
	if n, ok := c.integer(field); ok && -c.exactTo < n && n < c.exactTo {
		return float64(n), true, nil
	}
	if c.isNull(field) {
		return 0, false, nil
	}
	bits := 64
	if c.kind == Float32 {
		bits = 32
	}
	number := field
	if c.options.DecimalComma {
		number = withPoint(field)
	}
	v, err = parseDecimal(number, bits)
	if err != nil {
		if text := strings.TrimSpace(field); len(text) < len(field) {
			return c.parse(text)
		}
		return v, true, err
	}
	if math.Abs(v) >= float64(c.exactTo) && !math.IsInf(v, 0) && !exact(number, v) {
		return v, true, errInexact
	}
	return v, true, nil
}

// parseDecimal is strconv.ParseFloat without Go's 1_000 and 0x1p3, which in a table are names and no numbers.
func parseDecimal(number string, bits int) (float64, error) {
	if strings.IndexByte(number, '_') >= 0 || strings.IndexByte(number, 'x') >= 0 || strings.IndexByte(number, 'X') >= 0 {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(number, bits)
}

var errInexact = errors.New("the integer is not exactly a number of the type")

// exact reports whether v, to which a field was rounded, is the same number if the field is an integer
// written out. Other numbers may be rounded.
func exact(field string, v float64) bool {
	written, ok := new(big.Int).SetString(field, 10)
	if !ok {
		return true
	}
	taken, _ := big.NewFloat(v).Int(nil)
	return taken.Cmp(written) == 0
}

// WiderError is the cause of the error of a CSV file some of whose columns have integers alone in its first batch, and behind them
// other numbers, but none with zeros before it: Options.Wider takes them as floating-point numbers. Columns names the one
// that the error is of, and behind it those that the rest of its batch tells of.
type WiderError struct{ Columns []string }

func (e *WiderError) Error() string {
	return "columns " + strings.Join(e.Columns, ", ") + " hold more than integers"
}

// InexactError is the cause of the error of a CSV file a column of which is of floating-point numbers and has an integer that
// is none of them.
type InexactError struct{ Column string }

func (e *InexactError) Error() string {
	return "column " + e.Column + " holds an integer that no number of the type is"
}

// WordError is the cause of the error of a CSV file a column of which is to be of numbers and has a word.
type WordError struct{ Column string }

func (e *WordError) Error() string { return "column " + e.Column + " holds a word" }

// widen adds to the columns of an error those that a record and the rest of its batch, at most so many rows, tell of.
func (c *csvTable) widen(wider *WiderError, record []csvField, rows int) {
	for err := error(nil); rows > 0 && err == nil && len(record) == c.fields; rows-- {
		for k, i := range c.chosen {
			_, isInteger := c.columns[k].(csvIntegers)
			if isInteger && !slices.Contains(wider.Columns, c.names[i]) && c.isWider(record[i].text) {
				wider.Columns = append(wider.Columns, c.names[i])
			}
		}
		record, err = c.next()
	}
}

// isWider reports whether a field is a number, and not an integer as those of a column of integers are.
func (c *csvTable) isWider(field string) bool {
	field = strings.TrimSpace(field)
	if _, plain := c.integer(field); plain || c.isNull(field) || padded(field) {
		return false
	}
	_, _, err := c.parse(field)
	return err == nil
}

// notNumber returns the error of a field that its column does not take.
func (c *csvTable) notNumber(i int, field string, err error) error {
	const shown = 40
	brief := strings.TrimSpace(field)
	if len(brief) > shown {
		brief = brief[:shown] + "..."
	}
	where := fmt.Sprintf("line %d, column %d (%s)", c.line, i+1, c.names[i])
	var cause error
	asNull, asText := "", ""
	if likeNull(brief) {
		asNull = "; " + nullFlag(brief) + " takes it for a null"
	}
	if c.mayBeText(c.names[i]) {
		asText = "; --text " + c.names[i] + " takes it all as text"
	}
	switch {
	case errors.Is(err, errEncoding):
		return badFile(c.name, "%s: %q is %v%s", where, brief, err, iconv("latin1"))
	case errors.Is(err, errInexact):
		return &FileError{c.name, oneLine(fmt.Sprintf("%s: the integer %s is not exactly a %s%s", where, brief, c.kind, asText)), &InexactError{c.names[i]}}
	case errors.Is(err, strconv.ErrRange):
		return badFile(c.name, "%s: %q is beyond the range of %s", where, brief, c.kind)
	case c.otherNotation(field) && c.options.DecimalComma:
		return badFile(c.name, "%s: %q is not a number with a decimal comma: points, and more commas than one, are not read%s", where, brief, asText)
	case c.otherNotation(field):
		return badFile(c.name, "%s: %q is not a number: commas in numbers are not read (--decimal comma takes them for decimal points%s)", where, brief, asText)
	case errors.Is(err, errPadded):
		return badFile(c.name, "%s: %q begins with 0, which a number would lose%s, --float %s as %s", where, brief, asText, c.names[i], c.kind)
	case errors.Is(err, errNotInteger):
		if _, _, err := c.parse(field); err == nil {
			asText += ", --float " + c.names[i] + " as " + string(c.kind)
		}
		if c.isWider(field) {
			cause = &WiderError{[]string{c.names[i]}}
		}
		return &FileError{c.name, oneLine(fmt.Sprintf("%s: %q is not a plain integer, as those before it are%s", where, brief, asNull+asText)), cause}
	case c.fields == 1 && strings.ContainsAny(field, ",;\t|"):
		return badFile(c.name, "%s: %q is not a number; fields were taken to be separated by %ss (--separator names another)", where, brief, c.options.Separator)
	}
	return &FileError{c.name, oneLine(fmt.Sprintf("%s: %q is not a number%s", where, brief, c.wayOut(c.names[i], asNull))), &WordError{c.names[i]}}
}

// problem is readProblem with the place of a record that is wrong as a whole.
func (c *csvTable) problem(err error) error {
	var quotes *quoteError
	switch {
	case errors.As(err, &quotes):
		return badFile(c.name, "line %d, column %d: %s", quotes.line, quotes.column, quotes.problem)
	case errors.Is(err, errLongRecord):
		return badFile(c.name, "line %d, or the lines that quotes join to it, is longer than the bound of %d bytes (lines must end with LF or CRLF)", c.records.line, c.records.limit)
	}
	return readProblem(c.name, err)
}

// readProblem turns an error of the layers below into one about the file.
func readProblem(name string, err error) error {
	var fileError *FileError
	if errors.As(err, &fileError) {
		return err
	}
	return badFileCause(name, err, "it cannot be read")
}

func tooLarge(name string, limit int64) error {
	return badFile(name, "its contents are larger than the bound of %d bytes", limit)
}

// count says "1 field" or "2 fields".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
