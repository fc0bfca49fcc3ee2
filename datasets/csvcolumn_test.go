package datasets

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"pgregory.net/rapid"
)

// readTexts returns a text column's values, and how many batches there were.
func readTexts(path string, o Options, name string) (texts []string, batches int, err error) {
	b, err := OpenBatches(path, o)
	if err != nil {
		return nil, 0, err
	}
	defer b.Close()
	err = b.each(func(r arrow.Record) error {
		batches++
		i := r.Schema().FieldIndices(name)[0]
		column, ok := r.Column(i).(*array.String)
		if !ok {
			return fmt.Errorf("column %q is of %s", name, r.Column(i).DataType())
		}
		for k := range column.Len() {
			if column.IsNull(k) && column.Value(k) != "" {
				return fmt.Errorf("row %d: a null of text %q", k+1, column.Value(k))
			}
			texts = append(texts, column.Value(k))
		}
		return nil
	})
	return texts, batches, err
}

// TestText: a column that is not of numbers passes as it stands in the file, beside one that is.
func TestText(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.StringMatching(`[ -~üß\n]*`), 1, 50).Draw(t, "texts")
		path := filepath.Join(dir, "in.csv")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := csv.NewWriter(f)
		lines := [][]string{{"x", "text"}}
		for i, text := range want {
			lines = append(lines, []string{strconv.Itoa(i), text})
		}
		if err := w.WriteAll(lines); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{Text: []string{"text"}}, {Text: []string{"text"}, Float: []string{"x"}}, {Float: []string{"x"}, Columns: []string{"text"}}} {
			o.AnyType = true
			got, _, err := readTexts(path, o, "text")
			if len(o.Text) == 0 && err != nil && (strings.HasSuffix(err.Error(), "is of float64") || strings.HasSuffix(err.Error(), "is of int64")) {
				continue // all of them were numbers
			}
			if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Fatalf("%+v: %v, %q, want %q", o, err, got, want)
			}
		}
	})
}

// TestEmptyTexts: an empty text and a null come back from CSV as they were, but in a table of one column, whose lines
// would be empty.
func TestEmptyTexts(t *testing.T) {
	words := []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString}
	for _, types := range [][]arrow.DataType{words, words[:1]} {
		want := flatRecord(50, true, types...)
		b, err := OpenBatches(writeFile(t, bytesOf(t, CSV, want)), Options{AnyType: true, Text: []string{"c1", "c2"}[:len(types)]})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Next()
		if err != nil {
			t.Fatal(err)
		}
		for k, column := range want.Columns() {
			nulls := 0
			for i := range column.Len() {
				null := column.IsNull(i) || len(types) == 1 && column.ValueStr(i) == ""
				if null {
					nulls++
				}
				if got.Column(k).IsNull(i) != null || !null && got.Column(k).ValueStr(i) != column.ValueStr(i) {
					t.Errorf("row %d, column %d: %s, want %s", i+1, k+1, got.Column(k).ValueStr(i), column.ValueStr(i))
				}
			}
			if nulls == 0 || nulls == column.Len() {
				t.Errorf("%d nulls of %d", nulls, column.Len())
			}
		}
	}
}

// TestTextIsFound: what is text is decided by the rows of the first batch, and a word behind it is refused.
func TestTextIsFound(t *testing.T) {
	numbers := strings.Repeat("1,2.5\n", chunkRows)
	for _, test := range []struct{ text, want string }{
		{"x,y\n1,2\n3,four\n", "float64 utf8"},
		{"x,y\n1,\n3,NA\n", "float64 float64"},
		{"x,y\n1,2\n3,1e999\n", "float64 utf8"},
		{"x,y\none,2\n", `line 2, column 1 (x): "one" is not a number`},
		{"x,y\n1,2\nthree,four\n", `line 3, column 1 (x): "three" is not a number`},
		{"x,y\n1\n", "line 2 has 1 field, the first line has 2"},
		{"x,y\n" + numbers + "3,four\n", `line 65538, column 2 (y): "four" is not a number, and those before it are (--text y takes all as text)`},
	} {
		path := writeFile(t, []byte(test.text))
		o := Options{AnyType: true, Float: []string{"x"}}
		b, err := OpenBatches(path, o)
		got := ""
		if err == nil {
			for _, field := range b.Schema().Fields() {
				got += " " + field.Type.String()
			}
			err = b.each(func(arrow.Record) error { return nil })
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%.30q: %s, want %s", test.text, got, test.want)
		}
	}
	late := writeFile(t, []byte("x,y\n"+numbers+"3,four\n"))
	if texts, _, err := readTexts(late, Options{AnyType: true, Float: []string{"x"}, Text: []string{"y"}}, "y"); err != nil || len(texts) != chunkRows+1 || texts[chunkRows] != "four" {
		t.Errorf("%v, %d texts", err, len(texts))
	}
}

// TestLongTexts: batches of long texts have fewer rows, so that they fit into memory.
func TestLongTexts(t *testing.T) {
	const rows = 200
	path := filepath.Join(t.TempDir(), "in.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("a", 1<<20)
	for range rows {
		if _, err := io.WriteString(f, "1,"+long+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	texts, batches, err := readTexts(path, Options{AnyType: true, CSVHeader: HeaderAbsent, Float: []string{"c1"}}, "c2")
	if err != nil || len(texts) != rows || batches != (rows+15)/16 {
		t.Errorf("%v, %d rows in %d batches", err, len(texts), batches)
	}
}

// TestWideEmptyRows: rows that are read ahead take memory for their empty fields, of which a small file may have many.
func TestWideEmptyRows(t *testing.T) {
	const columns, rows = 2048, 4096
	row := strings.Repeat(",", columns-1) + "\n"
	path := writeFile(t, []byte("1"+strings.Repeat(row, rows)))
	o := Options{AnyType: true, CSVHeader: HeaderAbsent, Columns: []string{"c1"}}
	took := taken(func() {
		b, err := OpenBatches(path, o)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
	})
	if took > 4*batchText {
		t.Errorf("%d MB were taken for the first rows", took>>20)
	}
	if err := readBatches(path, o); err != nil {
		t.Error(err)
	}
}
