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

func (c *csvTable) newColumn(text bool) csvColumn {
	if text {
		return csvText{array.NewStringBuilder(memory.DefaultAllocator)}
	}
	return csvNumbers{newAppender(c.kind, 0), c}
}

type csvNumbers struct {
	appender
	table *csvTable
}

func (n csvNumbers) append(field csvField) (int, error) {
	v, valid, err := n.table.parse(field.text)
	switch {
	case err != nil:
		return 0, err
	case valid:
		n.appendValue(v)
	default:
		n.appendNull()
	}
	return 0, nil
}

var errEncoding = errors.New("not UTF-8 (iconv turns other encodings into it)")

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

// texts returns which of the chosen columns are text: those that Options.Text names, and where Options.Numbers names others or
// Options.Guess is set, those that have something else than numbers in the first batch, which is read ahead.
func (c *csvTable) texts() ([]bool, error) {
	o := c.options
	texts := make([]bool, len(c.chosen))
	if !o.AnyType {
		return texts, nil
	}
	for _, name := range o.Text {
		if !slices.Contains(c.names, name) {
			return nil, badFile(c.name, "there is no column %q, the columns are %s", name, listNames(c.names))
		}
	}
	guessed := o.Guess || len(o.Numbers) > 0
	if guessed {
		if err := c.readAhead(); err != nil {
			return nil, err
		}
	}
	for k, i := range c.chosen {
		texts[k] = slices.Contains(o.Text, c.names[i])
		if guessed && !texts[k] && !slices.Contains(o.Numbers, c.names[i]) {
			var err error
			if texts[k], err = c.isText(i); err != nil {
				return nil, err
			}
		}
	}
	return texts, nil
}

// isText reports whether a column has something else than numbers in the rows ahead. Numbers with commas are refused.
func (c *csvTable) isText(i int) (bool, error) {
	var comma *csvRow
	for k, row := range c.ahead {
		if len(row.fields) != c.fields {
			continue // which is said when it is taken
		}
		field := row.fields[i].text
		_, _, err := c.parse(field)
		switch {
		case err == nil && !padded(field):
		case !c.decimalComma(field):
			return true, nil
		case comma == nil:
			comma = &c.ahead[k]
		}
	}
	if comma == nil {
		return false, nil
	}
	c.line = comma.line
	return false, c.notNumber(i, comma.fields[i].text, strconv.ErrSyntax)
}

// decimalComma reports whether a field, where no comma separates fields, would be a number if it had a point for its
// comma. That may be one of thousands, too.
func (c *csvTable) decimalComma(field string) bool {
	if c.options.Separator == Comma || strings.Count(field, ",") != 1 || strings.Contains(field, ".") {
		return false
	}
	_, _, err := c.parse(strings.Replace(field, ",", ".", 1))
	return err == nil
}

// padded reports whether a field is an integer behind zeros, which as a number would lose them.
func padded(field string) bool {
	return len(field) > 1 && field[0] == '0' && !strings.ContainsFunc(field, func(r rune) bool { return r < '0' || r > '9' })
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

// wayOut says how a column can be read that is not of numbers.
func (c *csvTable) wayOut(name string) string {
	o := c.options
	switch {
	case !o.AnyType && c.rows == 0:
		return " (--columns names the columns wanted, and leaves others out)"
	case o.AnyType && len(o.Numbers) == 0 && !o.Guess:
		return " (--column names the columns of numbers, and others may be text)"
	case o.AnyType && !slices.Contains(o.Numbers, name):
		return ", and those before it are (--text " + name + " takes all as text)"
	}
	return ""
}

// asText says how a column that may be text becomes one.
func (c *csvTable) asText(name string) string {
	if !c.options.AnyType || slices.Contains(c.options.Numbers, name) {
		return ""
	}
	return "; --text " + name + " keeps the column as text"
}
