// Package strictjson reads descriptions that people write in JSON, field by field.
//
// What encoding/json lets pass, or reports without a place, is an error of one line
// that begins with the line of the text: a field given twice, a value of another type,
// more text after the end, text that is not UTF-8 or too long. Which fields there are is
// up to the caller.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A Reader reads one JSON text from front to back.
type Reader struct {
	data []byte
	in   *json.Decoder
}

// New reads all of r, which may have limit bytes, a multiple of 2^20. It is an error if it
// does not begin as JSON's objects and arrays do; a byte order mark before that is skipped.
func New(r io.Reader, limit int64) (*Reader, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it is longer than %d MiB", limit>>20)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8 text, which JSON is")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch text := bytes.TrimLeft(data, " \t\r\n"); {
	case len(text) == 0:
		return nil, errors.New("it is empty")
	case text[0] != '{' && text[0] != '[':
		return nil, errors.New("it is no JSON: it does not begin with {")
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	return &Reader{data, in}, nil
}

// Object reads an object whose values each reads. what names it in errors.
func (r *Reader) Object(what string, each func(key string) error) error {
	if err := r.open('{', what, "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.in.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		key := token.(string) // the decoder lets nothing else pass
		if seen[key] {
			return r.At(fmt.Sprintf("the field %q is there twice", key))
		}
		seen[key] = true
		if err := each(key); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// Array reads an array whose elements each reads. what names it in errors.
func (r *Reader) Array(what string, each func() error) error {
	if err := r.open('[', what, "an array"); err != nil {
		return err
	}
	for r.in.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

func (r *Reader) open(brace json.Delim, what, kind string) error {
	token, err := r.token()
	if err == nil && token != brace {
		err = r.At(fmt.Sprintf("%s is not %s", what, kind))
	}
	return err
}

func (r *Reader) token() (json.Token, error) {
	token, err := r.in.Token()
	return token, r.syntax(err)
}

// End is an error unless the text ends after what.
func (r *Reader) End(what string) error {
	if _, err := r.in.Token(); err != io.EOF {
		return r.At(fmt.Sprintf("there is more after %s's closing brace", what))
	}
	return nil
}

// Value reads any value; numbers are json.Number.
func (r *Reader) Value() (any, error) {
	var v any
	err := r.syntax(r.in.Decode(&v))
	return v, err
}

// Text reads a text. what names it in errors, here and below.
func (r *Reader) Text(what string) (string, error) {
	v, err := r.Value()
	if err != nil {
		return "", err
	}
	text, ok := v.(string)
	if !ok {
		return "", r.At(fmt.Sprintf("%s is not a text in quotes", what))
	}
	return text, nil
}

// Whole reads a whole number that an int can hold.
func (r *Reader) Whole(what string) (int, error) {
	v, err := r.Value()
	if err != nil {
		return 0, err
	}
	number, _ := v.(json.Number)
	n, err := number.Int64()
	if err != nil || int64(int(n)) != n {
		return 0, r.At(fmt.Sprintf("%s is not a whole number that an int can hold", what))
	}
	return int(n), nil
}

// Number reads a number within the range of float64.
func (r *Reader) Number(what string) (float64, error) {
	v, err := r.Value()
	if err != nil {
		return 0, err
	}
	number, ok := v.(json.Number)
	if !ok {
		return 0, r.At(fmt.Sprintf("%s is not a number", what))
	}
	n, err := number.Float64()
	if err != nil {
		return 0, r.At(fmt.Sprintf("%s is %v, which is beyond float64", what, number))
	}
	return n, nil
}

// Truth reads true or false.
func (r *Reader) Truth(what string) (bool, error) {
	v, err := r.Value()
	if err != nil {
		return false, err
	}
	truth, ok := v.(bool)
	if !ok {
		return false, r.At(fmt.Sprintf("%s is neither true nor false", what))
	}
	return truth, nil
}

// Line returns the line that is being read, from 1.
func (r *Reader) Line() int { return r.lineOf(r.in.InputOffset()) }

// At puts the line that is being read before a message.
func (r *Reader) At(message string) error { return fmt.Errorf("line %d: %s", r.Line(), message) }

func (r *Reader) lineOf(offset int64) int {
	return 1 + bytes.Count(r.data[:min(offset, int64(len(r.data)))], []byte("\n"))
}

// syntax words an error of the decoder.
func (r *Reader) syntax(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: it is no JSON: %s", r.lineOf(syntax.Offset), plain.Replace(syntax.Error()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: it ends in the middle", r.lineOf(int64(len(r.data))))
	}
	return r.At(err.Error())
}

// plain puts words of encoding/json for what must stand in the place of a character.
var plain = strings.NewReplacer(
	"looking for beginning of value", "where a value begins",
	"looking for beginning of object key string", "where a field's name in quotes begins",
	"after object key:value pair", "after a field, where a comma or } stands",
	"after object key", "after a field's name, where a colon stands",
	"after array element", "after an element, where a comma or ] stands",
)
