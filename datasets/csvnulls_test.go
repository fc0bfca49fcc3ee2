package datasets

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestNulls: the words named are nulls among numbers, numbers too, and as they are written alone; others make a column text.
func TestNulls(t *testing.T) {
	many := "x\n" + strings.Repeat("7\n", chunkRows)
	for _, test := range []struct {
		text string
		o    Options
		want string // types and values, or the error's end
	}{
		{"x\n1\nN/A\n N/A \n", Options{Nulls: []string{"N/A"}}, "int64: 1 (null) (null)"},
		{"x\n1\n-999\n-999.0\n", Options{Nulls: []string{"-999"}}, "float64: 1 (null) -999"},
		{"x\n1\n-999\n\"-999\"\n", Options{Nulls: []string{"-999"}, Type: Float32}, "float32: 1 (null) (null)"},
		{"x\n1.5\nnan\nNaN\n", Options{Nulls: []string{"nan"}}, "float64: 1.5 (null) NaN"},
		{"x;y\n1,5;-\n", Options{Nulls: []string{"-", "1,5"}, DecimalComma: true}, "float64 float64: (null)"},
		{"x\n1\n007\n", Options{Nulls: []string{"007"}}, "int64: 1 (null)"},
		{"x\n1\nn/a\n", Options{Nulls: []string{"N/A"}}, "utf8: 1 n/a"},
		{"x,y\n1,a\nN/A,N/A\n", Options{Nulls: []string{"N/A"}}, "int64 utf8: a N/A"},
		{many + "-\n", Options{Nulls: []string{"-"}}, "int64: (null)"},
		{many + "-\n", Options{}, `"-" is not a plain integer, as those before it are; --null - takes it for a null; --text x takes it all as text`},
		{many + "1.5\n?\n", Options{Wider: []string{"x"}}, `"?" is not a number, and those before it are (--text x takes all as text; --null '?' takes it for a null)`},
	} {
		if got := typesAndValues(writeFile(t, []byte(test.text)), test.o); !strings.HasSuffix(got, test.want) {
			t.Errorf("%.40q, %+v: %s, want %s", test.text, test.o, got, test.want)
		}
	}
	if got := typesAndValues(writeFile(t, []byte("x\nN/A\n1\n")), Options{Nulls: []string{"1"}}); got != "utf8: N/A 1" {
		t.Error(got)
	}
	path := writeFile(t, []byte("x\nN/A\n"))
	_, err := Open(path, Options{})
	checkOneLine(t, "", path, err, `"N/A" is not a number (--columns names the columns wanted, and leaves others out; --null N/A takes it for a null)`)
}

// TestNullsAreEmptyFields: a table is the same with words for nulls named, and with nothing in their place.
func TestNullsAreEmptyFields(t *testing.T) {
	words := []string{"N/A", "-", "-7", "0.5", "none"}
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(words), rapid.StringMatching(`-?[1-9][0-9]{0,4}(\.[0-9]{1,3})?`)), 1, 30).Draw(t, "fields")
		text := "a,x\n1," + strings.Join(fields, "\n1,") + "\n"
		for i, field := range fields {
			for _, word := range words {
				if field == word {
					fields[i] = ""
				}
			}
		}
		want := "a,x\n1," + strings.Join(fields, "\n1,") + "\n"
		read := func(text string, o Options) string {
			o.AnyType = true
			b, err := batchesOf([]byte(text), o)
			if err != nil {
				t.Fatal(err)
			}
			r, err := b.Next()
			if err != nil {
				t.Fatal(err)
			}
			return r.Schema().String() + strings.TrimSpace(r.Column(1).String())
		}
		if got, want := read(text, Options{Nulls: words}), read(want, Options{}); got != want {
			t.Fatalf("%q: %s, want %s", text, got, want)
		}
	})
}
