package strictjson

import (
	"fmt"
	"strings"
	"testing"
)

// Each kind of value is read, and another in its place is refused with its line.
func TestReader(t *testing.T) {
	kinds := map[string]func(r *Reader) (any, error){
		"text":   func(r *Reader) (any, error) { return r.Text("x") },
		"whole":  func(r *Reader) (any, error) { return r.Whole("x") },
		"number": func(r *Reader) (any, error) { return r.Number("x") },
		"truth":  func(r *Reader) (any, error) { return r.Truth("x") },
	}
	for _, c := range []struct{ text, kind, want string }{
		{`"a"`, "text", "a"}, {`-3`, "whole", "-3"}, {`-3.5e2`, "number", "-350"}, {`true`, "truth", "true"},
		{`3`, "text", "line 2: x is not a text in quotes"},
		{`3.5`, "whole", "line 2: x is not a whole number"},
		{`"3"`, "whole", "line 2: x is not a whole number"},
		{`9223372036854775808`, "whole", "line 2: x is not a whole number that an int can hold"},
		{`"3"`, "number", "line 2: x is not a number"},
		{`1e999`, "number", "line 2: x is 1e999, which is beyond float64"},
		{`0`, "truth", "line 2: x is neither true nor false"},
		{`nul`, "truth", "line 2: it is no JSON: invalid character"},
		{`,`, "truth", "line 2: it is no JSON: invalid character ',' where a value begins"},
		{`1 "y"`, "whole", "line 2: it is no JSON: invalid character '\"' after a field, where a comma or } stands"},
		{``, "truth", "line 2: it is no JSON: invalid character"},
	} {
		r, err := New(strings.NewReader("{\n\"x\": "+c.text+"}"), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		err = r.Object("it", func(string) (err error) {
			got, err = kinds[c.kind](r)
			return err
		})
		if err == nil {
			err = r.End("it")
		}
		if err != nil && !strings.Contains(err.Error(), c.want) || err == nil && fmt.Sprint(got) != c.want {
			t.Errorf("%s of %s: %v, %v, want %s", c.kind, c.text, got, err, c.want)
		}
	}
}

// A byte order mark is no part of the text.
func TestByteOrderMark(t *testing.T) {
	r, err := New(strings.NewReader("\ufeff{}"), 1<<20)
	if err == nil {
		err = r.Object("it", nil)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	for text, want := range map[string]string{"\xff": "not UTF-8", " \n": "it is empty", ",x,y\n0,1,2\n": "it is no JSON: it does not begin with {", strings.Repeat(" ", 1<<20+1): "longer than 1 MiB"} {
		if _, err := New(strings.NewReader(text), 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
