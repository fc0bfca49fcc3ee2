package datasets

import (
	"bufio"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// readRecords returns the fields of all records, and the first error.
func readRecords(text string, separator byte, from func(io.Reader) io.Reader) (records [][]string, err error) {
	r := recordReader{in: bufio.NewReaderSize(from(strings.NewReader(text)), 16), separator: separator, limit: 1 << 20}
	for {
		record, err := r.read()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		var fields []string
		for _, field := range record {
			fields = append(fields, strings.Clone(field.text))
		}
		records = append(records, fields)
	}
}

// sameAsLibrary holds the records of a text against those of encoding/csv.
func sameAsLibrary(t fataler, text string, separator byte) {
	t.Helper()
	library := csv.NewReader(strings.NewReader(text))
	library.Comma, library.FieldsPerRecord = rune(separator), -1
	var want [][]string
	var wantErr error
	for {
		record, err := library.Read()
		if err == io.EOF {
			break
		}
		if wantErr = err; err != nil {
			break
		}
		want = append(want, record)
	}
	for _, from := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader} {
		got, err := readRecords(text, separator, from)
		if (err == nil) != (wantErr == nil) || !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q: %q, %v; encoding/csv reads %q, %v", text, got, err, want, wantErr)
		}
	}
}

// TestRecords: records are those that encoding/csv reads, or are refused as it refuses them.
func TestRecords(t *testing.T) {
	for _, text := range []string{"", "\r", "\n\r\n\n", "a", "a\r", "\"\"", "\"a\"\r", "\"\r\n\"\r\n", "\"a\"\"", "\"a\nb\"\"\n\",\"\"\n,", "a\"b\nc\"d", "\"a\" ,", " \"a\"", ",\n\",\"\n"} {
		sameAsLibrary(t, text, ',')
	}
	rapid.Check(t, func(t *rapid.T) {
		separator := rapid.SampledFrom([]byte(",;\t|")).Draw(t, "separator")
		// a long word is longer than the reader's buffer
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{`"`, `""`, "\n", "\r\n", "\r", ",", ";", "\t", "|", " ", "a", "ü", "a word longer than sixteen bytes"})).Draw(t, "text")
		sameAsLibrary(t, strings.Join(pieces, ""), separator)
	})
}

// FuzzRecords holds the same of any text.
func FuzzRecords(f *testing.F) {
	f.Add("a,\"b\"\"\r\n\",\n\n,c\r\n\"\"", byte(','))
	f.Add("a;b\n\"c\n;\";d\"", byte(';'))
	f.Fuzz(func(t *testing.T, text string, separator byte) {
		if separator < ' ' && separator != '\t' || separator == '"' || separator >= 0x80 {
			return
		}
		sameAsLibrary(t, text, separator)
	})
}

// TestNothingAndEmpty: "" is told from nothing.
func TestNothingAndEmpty(t *testing.T) {
	r := recordReader{in: bufio.NewReader(strings.NewReader("\"\",,\"\"\n,\"\",\n")), separator: ',', limit: 100}
	for _, want := range [][]bool{{false, true, false}, {true, false, true}} {
		record, err := r.read()
		if err != nil || len(record) != len(want) {
			t.Fatalf("%v, %v", record, err)
		}
		for i, field := range record {
			if field.text != "" || field.null != want[i] {
				t.Errorf("field %d is %+v", i+1, field)
			}
		}
	}
}
