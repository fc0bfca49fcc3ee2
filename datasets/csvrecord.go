package datasets

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unsafe"
)

// A csvField is a field of a record, without its quotes.
type csvField struct {
	text string
	null bool // nothing stands there, not even quotes
}

// A recordReader reads records of fields that are separated by a byte and may be quoted (RFC 4180). Unlike
// encoding/csv it tells "" from nothing, and it copies no field that stands on one line.
type recordReader struct {
	in        *bufio.Reader
	separator byte
	limit     int // of a record's bytes: a file that is one line without end must not fill the memory

	line   int        // where the last record began
	lines  int        // that were read
	joined []byte     // a record that is no slice of in's buffer
	fields []csvField // of the last record
}

// A quoteError says what is wrong with the quotes of a field.
type quoteError struct {
	line, column int // from 1
	problem      string
}

func (e *quoteError) Error() string { return e.problem }

const unclosed = "the quotes that begin the field are not closed"

var errLongRecord = errors.New("a record is too long")

// read returns the next record, skipping empty lines. It is valid until the next call.
func (r *recordReader) read() ([]csvField, error) {
	for {
		r.line = r.lines + 1
		record, quotes, err := r.record()
		if err != nil && err != errLongRecord {
			return nil, err
		}
		record = bytes.TrimSuffix(bytes.TrimSuffix(record, []byte("\n")), []byte("\r"))
		if len(record) == 0 {
			continue
		}
		fault := r.split(unsafe.String(unsafe.SliceData(record), len(record)), quotes > 0)
		switch {
		case fault != nil && (err == nil || fault.problem != unclosed):
			return nil, fault
		case err != nil:
			return nil, err
		}
		return r.fields, nil
	}
}

// record returns the next line, or lines of which all but the last end within quotes, and the number of quotes.
func (r *recordReader) record() (record []byte, quotes int, err error) {
	line, err := r.in.ReadSlice('\n')
	quotes = bytes.Count(line, []byte{'"'})
	if err == nil && quotes%2 == 0 && len(line) <= r.limit {
		r.lines++
		return line, quotes, nil
	}
	r.joined = r.joined[:0]
	for {
		r.joined = append(r.joined, line...)
		switch {
		case err != nil && err != io.EOF && err != bufio.ErrBufferFull:
			return nil, 0, err
		case len(r.joined) > r.limit:
			return r.joined, quotes, errLongRecord
		case err == io.EOF && len(r.joined) == 0:
			return nil, 0, io.EOF
		case err == io.EOF, err == nil && quotes%2 == 0:
			r.lines++
			return r.joined, quotes, nil
		case err == nil:
			r.lines++
		}
		line, err = r.in.ReadSlice('\n')
		quotes += bytes.Count(line, []byte{'"'})
	}
}

// split sets the fields of a record.
func (r *recordReader) split(record string, quotes bool) *quoteError {
	r.fields = r.fields[:0]
	fault := func(rest, problem string) *quoteError {
		return &quoteError{r.line + strings.Count(record[:len(record)-len(rest)], "\n"), len(r.fields) + 1, problem}
	}
	for rest := record; ; {
		if quotes && rest != "" && rest[0] == '"' {
			end := closing(rest)
			if end < 0 {
				return fault(rest, unclosed)
			}
			behind := rest[end+1:]
			if behind != "" && behind[0] != r.separator {
				return fault(rest, "text stands behind the closing quotes of the field")
			}
			r.fields = append(r.fields, csvField{text: unquoted(rest[1:end])})
			if behind == "" {
				return nil
			}
			rest = behind[1:]
			continue
		}
		end := strings.IndexByte(rest, r.separator)
		field := rest
		if end >= 0 {
			field = rest[:end]
		}
		if quotes && strings.IndexByte(field, '"') >= 0 {
			return fault(rest, `quotes stand within the field (want the whole field in quotes, and "" for each of its own)`)
		}
		r.fields = append(r.fields, csvField{field, field == ""})
		if end < 0 {
			return nil
		}
		rest = rest[end+1:]
	}
}

// closing returns the place of the quote that closes a field, or -1.
func closing(field string) int {
	for i := 1; i < len(field); i++ {
		switch {
		case field[i] != '"':
		case i+1 < len(field) && field[i+1] == '"':
			i++
		default:
			return i
		}
	}
	return -1
}

// unquoted returns what stands between quotes, lines ended by LF.
func unquoted(field string) string {
	return strings.ReplaceAll(strings.ReplaceAll(field, `""`, `"`), "\r\n", "\n")
}
