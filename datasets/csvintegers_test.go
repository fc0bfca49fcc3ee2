package datasets

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"pgregory.net/rapid"
)

// typesAndValues returns the types of a CSV file's columns and the values of the last, or the error.
func typesAndValues(path string, o Options) string {
	o.AnyType = true
	b, err := OpenBatches(path, o)
	if err != nil {
		return err.Error()
	}
	defer b.Close()
	var types, values []string
	for _, field := range b.Schema().Fields() {
		types = append(types, field.Type.String())
	}
	err = b.each(func(r arrow.Record) error {
		last := r.Column(int(r.NumCols()) - 1)
		for i := range last.Len() {
			values = append(values, last.ValueStr(i))
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	if len(values) > 9 {
		values = values[len(values)-1:]
	}
	return strings.Join(types, " ") + ": " + strings.Join(values, " ")
}

// TestIntegers: a column of plain integers is of int64, and one that has others stays what it was.
func TestIntegers(t *testing.T) {
	many := "x\n" + strings.Repeat("7\n", chunkRows)
	for _, test := range []struct {
		text string
		o    Options
		want string // types and values, or the error's end
	}{
		{"x\n9223372036854775807\n-9223372036854775808\n0\n", Options{}, "int64: 9223372036854775807 -9223372036854775808 0"},
		{"x,y\na, 1 \nb,\nc,\tNA\nd,null \n", Options{}, "utf8 int64: 1 (null) (null) (null)"},
		{"x\n\"12\"\n\"\"\n", Options{}, "int64: 12 (null)"},
		{"x\n1\n2\n", Options{Float: []string{"x"}}, "float64: 1 2"},
		{"x\n1\n2\n", Options{Text: []string{"x"}}, "utf8: 1 2"},
		{"x\n1\n2\n", Options{Type: Float32}, "float32: 1 2"},
		{"x\n1\n2.0\n", Options{}, "float64: 1 2"},
		{"x\n1\nNaN\n", Options{}, "float64: 1 NaN"},
		{"x\n1\n-0\n", Options{}, "float64: 1 -0"},
		{"x\n1\n+2\n", Options{}, "float64: 1 2"},
		{"x\n1\n1_000\n", Options{}, "utf8: 1 1_000"}, // strconv.ParseFloat takes both for numbers
		{"x\n1\n0x1p3\n", Options{}, "utf8: 1 0x1p3"},
		{many + "7_1\n", Options{}, `line 65538, column 1 (x): "7_1" is not a plain integer, as those before it are; --text x takes it all as text`},
		{"x\n1\n-07\n", Options{}, "float64: 1 -7"},
		{"x\n1\n007\n", Options{}, "utf8: 1 007"},
		{"x,y\n1,\n2,NA\n", Options{}, "int64 float64: (null) (null)"},
		{"x\n9223372036854775807\n9223372036854775808\n", Options{}, "utf8: 9223372036854775807 9223372036854775808"},
		{"x\n1\n9223372036854775808\n", Options{}, "float64: 1 9.223372036854776e+18"},
		{"x\n9007199254740993\n1.5\n", Options{}, "utf8: 9007199254740993 1.5"},
		{many + "8\n", Options{}, "int64: 8"},
		{many + "1.5\n", Options{Float: []string{"x"}}, "float64: 1.5"},
		{many + "1.5\n", Options{}, `line 65538, column 1 (x): "1.5" is not a plain integer, as those before it are; --text x takes it all as text, --float x as float64`},
		{many + "007\n", Options{}, `"007" is not a plain integer, as those before it are; --text x takes it all as text, --float x as float64`},
		{"x\n" + strings.Repeat("7.5\n", chunkRows) + " 007\n", Options{}, `line 65538, column 1 (x): "007" begins with 0, which a number would lose; --text x takes it all as text, --float x as float64`},
		{many + "7.5\n00\n", Options{Wider: []string{"x"}}, `"00" begins with 0, which a number would lose; --text x takes it all as text, --float x as float64`},
		{"x\n" + strings.Repeat("7.5\n", chunkRows) + "007\n", Options{Float: []string{"x"}}, "float64: 7"},
		{many + "9223372036854775808\n", Options{}, `"9223372036854775808" is not a plain integer, as those before it are; --text x takes it all as text, --float x as float64`},
		{many + "seven\n", Options{}, `"seven" is not a plain integer, as those before it are; --text x takes it all as text`},
		{"x\n" + strings.Repeat("7.5\n", chunkRows) + "9007199254740993\n", Options{}, `line 65538, column 1 (x): the integer 9007199254740993 is not exactly a float64; --text x takes it all as text`},
		{many + "1.5\nseven\n", Options{Wider: []string{"x"}}, `"seven" is not a number, and those before it are (--text x takes all as text)`},
		{"x\n9007199254740993\n", Options{Wider: []string{"x"}}, `the integer 9007199254740993 is not exactly a float64; --text x takes it all as text`},
		{"x\n1\n", Options{Float: []string{"y"}}, `there is no column "y", the columns are "x"`},
	} {
		if got := typesAndValues(writeFile(t, []byte(test.text)), test.o); !strings.HasSuffix(got, test.want) {
			t.Errorf("%.40q, %+v: %s, want %s", test.text, test.o, got, test.want)
		}
	}
}

// TestWider: the error of a column of integers that goes on with other numbers names all of its batch that do, but no column that
// as numbers would lose its zeros.
func TestWider(t *testing.T) {
	many := "a,b,c,d,e\n" + strings.Repeat("1,2,3,4,5\n", chunkRows)
	for rows, want := range map[string][]string{
		"1,2,3.5,4,5.5\n1.5,2,3,4,5\n": {"c", "e", "a"},
		"1,2,3,4,5\n1,2,3,4,1e3\n":     {"e"},
		"1,2.5,3,007,x\n":              {"b"},
		"1,2,3,007,5.5\n":              nil,
		"1,2,3,4,5\n":                  nil,
	} {
		b, err := OpenBatches(writeFile(t, []byte(many+rows)), Options{AnyType: true})
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(b.each(func(arrow.Record) error { return nil }), b.Close())
		var wider *WiderError
		if errors.As(err, &wider) != (want != nil) || want != nil && !slices.Equal(wider.Columns, want) {
			t.Errorf("%q: %v, want %q", rows, err, want)
		}
	}
}

// TestPlainInteger holds it against strconv and math/big.
func TestPlainInteger(t *testing.T) {
	digits := rapid.OneOf(rapid.StringMatching(`[-+]?[0-9]{0,20}[ _x.]?`), rapid.Map(rapid.Int64(), func(v int64) string { return strconv.FormatInt(v, 10) }))
	rapid.Check(t, func(t *rapid.T) {
		field := digits.Draw(t, "field")
		for _, change := range []int64{-1, 0, 1} {
			if exact, ok := new(big.Int).SetString(field, 10); ok {
				field = exact.Add(exact, big.NewInt(change)).String()
			}
			want, err := strconv.ParseInt(field, 10, 64)
			plain := err == nil && strconv.FormatInt(want, 10) == field
			if got, ok := plainInteger(field); ok != plain || ok && got != want {
				t.Fatalf("%q: %d, %v; want %d, %v", field, got, ok, want, plain)
			}
		}
	})
	for _, v := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64} {
		if got, ok := plainInteger(strconv.FormatInt(v, 10)); !ok || got != v {
			t.Errorf("%d: %d, %v", v, got, ok)
		}
	}
	for _, field := range []string{"9223372036854775808", "-9223372036854775809", "18446744073709551616", "-0", "00", "-", "", "+1", "1 "} {
		if v, ok := plainInteger(field); ok {
			t.Errorf("%q is %d", field, v)
		}
	}
}

// TestIntegersThroughParquet: integers come back from Parquet and Arrow as the text they were.
func TestIntegersThroughParquet(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		integer := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MaxInt64, math.MinInt64, 1<<53 + 1, -1<<53 - 1, 0, -1}))
		text := []byte("id,postcode,x\n")
		for range rapid.IntRange(1, 30).Draw(t, "rows") {
			text = strconv.AppendInt(text, integer.Draw(t, "id"), 10)
			text = append(text, rapid.SampledFrom([]string{",007,-0\n", ",,\n", ",10115,2\n", ",\"\",-3\n"}).Draw(t, "others")...)
		}
		text = append(text, "5,01067,0.5\n"...)
		first := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(first, text, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, ending := range []string{".parquet", ".arrow", ".tsv"} {
			second, third := filepath.Join(dir, "b"+ending), filepath.Join(dir, "c.csv")
			for _, paths := range [][2]string{{first, second}, {second, third}} {
				if err := convert(paths[0], paths[1], Options{AnyType: true}); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(third); err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%s: %v\n%s\nwant\n%s", ending, err, got, text)
			}
		}
	})
}
