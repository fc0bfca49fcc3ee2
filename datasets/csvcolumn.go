package datasets

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A csvColumn takes the fields of a column.
type csvColumn interface {
	// append takes a field, and returns the length of the text that it keeps of it.
	append(field csvField) (text int, err error)

	// array returns what was appended since the last call.
	array() arrow.Array
}

// newColumn returns a column of a type, which was guessed or not.
func (c *csvTable) newColumn(t arrow.DataType, guessed bool) csvColumn {
	switch t.ID() {
	case arrow.STRING:
		return csvText{array.NewStringBuilder(memory.DefaultAllocator)}
	case arrow.INT64:
		return csvIntegers{array.NewInt64Builder(memory.DefaultAllocator), c}
	}
	if c.kind == Float32 {
		return &csvNumbers[float32]{table: c, guessed: guessed}
	}
	return &csvNumbers[float64]{table: c, guessed: guessed}
}

type csvNumbers[T Float] struct {
	builder[T]
	table   *csvTable
	guessed bool // to be of numbers: one that would lose zeros is none
}

func (n *csvNumbers[T]) append(field csvField) (int, error) {
	v, valid, err := n.table.parse(field.text)
	switch {
	case err != nil:
		return 0, err
	case n.guessed && valid && padded(strings.TrimSpace(field.text)):
		return 0, errPadded
	case valid:
		n.builder.append(T(v))
	default:
		n.appendNull()
	}
	return 0, nil
}

var errPadded = errors.New("an integer behind zeros")

// csvIntegers takes integers that come back from their number as they were written.
type csvIntegers struct {
	*array.Int64Builder
	table *csvTable
}

func (n csvIntegers) append(field csvField) (int, error) {
	text := strings.TrimSpace(field.text)
	v, ok := n.table.integer(text)
	switch {
	case ok:
		n.Append(v)
	case n.table.isNull(text):
		n.AppendNull()
	default:
		return 0, errNotInteger
	}
	return 0, nil
}

func (n csvIntegers) array() arrow.Array { return n.NewArray() }

var errNotInteger = errors.New("not an integer as strconv writes it")

// integer is plainInteger of a field that is no null.
func (c *csvTable) integer(field string) (v int64, ok bool) {
	if len(c.options.Nulls) > 0 && c.isNull(field) {
		return 0, false
	}
	return plainInteger(field)
}

// plainInteger returns an integer of 64 bits that is written without a plus, zeros before it or the minus of -0.
func plainInteger(field string) (v int64, ok bool) {
	const most = 19 // digits, which 64 bits hold
	digits := field
	if field != "" && field[0] == '-' {
		digits = field[1:]
	}
	if digits == "" || len(digits) > most || digits[0] == '0' && field != "0" {
		return 0, false
	}
	magnitude := uint64(0)
	for i := range len(digits) {
		digit := digits[i] - '0'
		if digit > 9 {
			return 0, false
		}
		magnitude = magnitude*10 + uint64(digit)
	}
	if len(digits) < len(field) {
		return int64(-magnitude), magnitude <= 1<<63
	}
	return int64(magnitude), magnitude < 1<<63
}

var errEncoding = errors.New("not UTF-8, as text must be")

// csvText keeps what stands between the separators.
type csvText struct{ *array.StringBuilder }

func (t csvText) append(field csvField) (int, error) {
	switch {
	case field.null:
		t.AppendNull()
	case !utf8.ValidString(field.text):
		return 0, errEncoding
	default:
		t.Append(field.text)
	}
	return len(field.text), nil
}

func (t csvText) array() arrow.Array { return t.NewArray() }

// batchText is the length of the texts of a batch, in bytes, from which it is ended early.
const batchText = 16 << 20

// A csvRow is a record that was read ahead.
type csvRow struct {
	line   int
	fields []csvField
}

// keep copies a record ahead, of which the reader will make other use.
func (c *csvTable) keep(record []csvField) {
	size := 0
	for _, field := range record {
		size += len(field.text)
	}
	var text strings.Builder
	text.Grow(size) // so that it is one piece from the beginning
	fields := slices.Clone(record)
	for i, field := range fields {
		text.WriteString(field.text)
		fields[i].text = text.String()[text.Len()-len(field.text):]
	}
	c.ahead = append(c.ahead, csvRow{c.line, fields})
}

// next is read with the rows before that were read ahead.
func (c *csvTable) next() ([]csvField, error) {
	if len(c.ahead) == 0 {
		c.ahead = nil
		return c.read()
	}
	row := c.ahead[0]
	c.ahead = c.ahead[1:]
	c.line = row.line
	return row.fields, nil
}

// types returns the types of the chosen columns, and reads the first batch ahead if it tells them.
func (c *csvTable) types() ([]arrow.DataType, error) {
	o := c.options
	if o.AnyType {
		for _, name := range slices.Concat(o.Text, o.Float) {
			if !slices.Contains(c.names, name) {
				return nil, badFile(c.name, "there is no column %q, the columns are %s", name, listNames(c.names))
			}
		}
		if err := c.readAhead(); err != nil {
			return nil, err
		}
	}
	types := make([]arrow.DataType, len(c.chosen))
	for k, i := range c.chosen {
		var err error
		switch name := c.names[i]; {
		case o.AnyType && slices.Contains(o.Text, name):
			types[k] = arrow.BinaryTypes.String
		case o.AnyType && !slices.Contains(o.Float, name) && !slices.Contains(o.Wider, name):
			types[k], err = c.guessType(i)
		default:
			types[k] = c.kind.arrow()
		}
		if err != nil {
			return nil, err
		}
	}
	return types, nil
}

// guessType returns the type of what a column holds in the rows ahead: Int64 if all are plain integers, Options.Type if
// all are numbers of it, else text, which is kept in mind if but for words that are likeNull all are numbers. Numbers of another
// notation are refused, and rows of numbers that blanks separate.
func (c *csvTable) guessType(i int) (arrow.DataType, error) {
	integers, numbers, some := c.options.Type == "", true, false
	var comma *csvRow
	var words []string
	for k, row := range c.ahead {
		if len(row.fields) != c.fields {
			continue // which is said when it is taken
		}
		field := strings.TrimSpace(row.fields[i].text)
		if c.isNull(field) {
			continue
		}
		if likeNull(field) {
			if !slices.Contains(words, field) {
				words = append(words, strings.Clone(field))
			}
			continue
		}
		some = true
		_, plain := c.integer(field)
		integers = integers && plain
		switch _, _, err := c.parse(field); {
		case err == nil && !padded(field):
		case plain:
			numbers = false
		case c.fields == 1 && c.severalNumbers(field):
			return nil, badFile(c.name, "line %d is numbers with blanks between, which separate no fields: awk '{$1=$1} 1' OFS=, IN > OUT makes commas of them (--text '%s' takes all as text)", row.line, c.names[i])
		case !c.otherNotation(field):
			return arrow.BinaryTypes.String, nil
		case comma == nil:
			comma = &c.ahead[k]
		}
	}
	switch {
	case comma != nil:
		c.line = comma.line
		return nil, c.notNumber(i, comma.fields[i].text, strconv.ErrSyntax)
	case len(words) > 0:
		if some && numbers {
			c.nullWords.add(c.names[i], words)
		}
		return arrow.BinaryTypes.String, nil
	case some && integers:
		return arrow.PrimitiveTypes.Int64, nil
	case numbers:
		return c.kind.arrow(), nil
	}
	return arrow.BinaryTypes.String, nil
}

// otherNotation reports whether a field, where no comma separates fields, is no number as numbers are read there, but would be one with
// its comma, perhaps of thousands, for a point, or with a decimal comma, where that is read, without its points or commas.
// A date such as 1.2.2024 is not.
func (c *csvTable) otherNotation(field string) bool {
	commas, points := strings.Count(field, ","), strings.Count(field, ".")
	number := ""
	switch {
	case c.options.Separator == Comma:
		return false
	case c.options.DecimalComma && (commas > 1 || commas == 1 && points > 0 || points == 1):
		number = strings.NewReplacer(",", "", ".", "").Replace(field)
	case !c.options.DecimalComma && commas == 1 && points == 0:
		number = strings.Replace(field, ",", ".", 1)
	default:
		return false
	}
	_, valid, err := c.parse(number)
	return valid && (err == nil || err == errInexact) // of an integer that its point was taken of
}

// severalNumbers reports whether a field is numbers with blanks between.
func (c *csvTable) severalNumbers(field string) bool {
	words := strings.Fields(field)
	for _, word := range words {
		if _, valid, err := c.parse(word); err != nil || !valid {
			return false
		}
	}
	return len(words) > 1
}

// withPoint returns a number that has a decimal comma with a point, and nothing of a field that has points or several commas.
func withPoint(field string) string {
	if strings.Contains(field, ".") || strings.Count(field, ",") > 1 {
		return ""
	}
	return strings.Replace(field, ",", ".", 1)
}

// padded reports whether a field is an integer behind zeros, which as a number would lose them.
func padded(field string) bool {
	return len(field) > 1 && field[0] == '0' && field[1] != '.' && !strings.ContainsFunc(field, func(r rune) bool { return r < '0' || r > '9' })
}

// readAhead reads the rows of a batch ahead. Of fields that are not wanted, too, an empty one takes memory.
func (c *csvTable) readAhead() error {
	const header = int(unsafe.Sizeof(csvField{}))
	for bytes := 0; len(c.ahead) < batchRows(len(c.chosen)) && bytes < batchText; {
		record, err := c.read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		c.keep(record)
		for _, field := range record {
			bytes += header + len(field.text)
		}
	}
	return nil
}

// wayOut says how a column can be read that is not of numbers; asNull how the field is a null.
func (c *csvTable) wayOut(name, asNull string) string {
	switch {
	case !c.options.AnyType && c.rows == 0 && !slices.Contains(c.options.Columns, name):
		return " (--columns names the columns wanted, and leaves others out" + asNull + ")"
	case c.mayBeText(name):
		return ", and those before it are (--text " + name + " takes all as text" + asNull + ")"
	}
	return asNull
}

// mayBeText reports whether a column that is not of text would be, were it named so.
func (c *csvTable) mayBeText(name string) bool {
	return c.options.AnyType && !slices.Contains(c.options.Float, name)
}
