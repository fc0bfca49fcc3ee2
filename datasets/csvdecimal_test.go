package datasets

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDecimalComma: with it 1,5 is 1.5, and what has points or more commas is refused, but words and dates are text.
func TestDecimalComma(t *testing.T) {
	const refused = " is not a number with a decimal comma: points, and more commas than one, are not read"
	many := "x;y\n" + strings.Repeat("a;7\n", chunkRows)
	for _, test := range []struct {
		text string
		o    Options
		want string // types and values of the last column, or the error's end
	}{
		{"x;y\na;1,5\nb;-,25\nc;2\nd;1,5e-3\ne;\nf; 3,5 \n", Options{}, "utf8 float64: 1.5 -0.25 2 0.0015 (null) 3.5"},
		{"x;y\na;1,8e+308\n", Options{}, "utf8 utf8: 1,8e+308"},
		{"x;y\na;1\nb;2\n", Options{}, "utf8 int64: 1 2"},
		{"x|y\n1,5|0,1\n", Options{Type: Float32}, "float32 float32: 0.1"},
		{"x\ty\n1,5\t0,1\n", Options{Columns: []string{"x"}}, "float64: 1.5"},
		{"1,5;2,5\n3,5;4,5\n", Options{}, "float64 float64: 2.5 4.5"},
		{"1,5;2,5\n3,5;4,5\n", Options{Separator: Semicolon}, "float64 float64: 2.5 4.5"},
		{"x\n1,5\n", Options{Separator: Semicolon}, "float64: 1.5"},
		{"x\n1,5\n2\n", Options{}, "float64: 1.5 2"},
		{"\"1,5\"\n\"2,5\"\n", Options{}, "float64: 1.5 2.5"},
		{"x\n\"1,5\"\n2\n", Options{}, "float64: 1.5 2"},
		{"1,5\n2,5\n", Options{}, "commas separate its fields, and so are no decimal commas (--decimal comma; --separator names another separator)"},
		{"x;y\n1;01.02.2024\n1;1.2.3\n", Options{}, "int64 utf8: 01.02.2024 1.2.3"},
		{"x;y\n1;a,b\n1;1.5\n", Options{}, "int64 utf8: a,b 1.5"},
		{"x;y\n1;0,28\n2;1.000,5\n", Options{}, `line 3, column 2 (y): "1.000,5"` + refused + "; --text y takes it all as text"},
		{"x;y\n1;0,28\n2;1,000,000\n", Options{}, `line 3, column 2 (y): "1,000,000"` + refused + "; --text y takes it all as text"},
		{"x;y\n1;0.24086551444166326\n2;0.5\n", Options{}, `"0.24086551444166326"` + refused + "; --text y takes it all as text"},
		{"x;y\n1;0.28\n", Options{}, `line 2, column 2 (y): "0.28"` + refused + "; --text y takes it all as text"},
		{"x;y\n1;0.28\n", Options{Text: []string{"y"}}, "int64 utf8: 0.28"},
		{"x;y\n1;0.28\n", Options{Float: []string{"y"}}, `"0.28"` + refused},
		{"x;y\n1;1.2.3\n", Options{Float: []string{"y"}}, `"1.2.3" is not a number`},
		{"0.5;1.5\n1;2\n", Options{}, `line 1, column 1 (c1): "0.5"` + refused + "; --text c1 takes it all as text"},
		{"name;1,5\n1;2\n", Options{}, "line 1 holds 1 word and 1 number: say whether they are names (--header yes or no)"},
		{many + "b;1,5\n", Options{}, `"1,5" is not a plain integer, as those before it are; --text y takes it all as text, --float y as float64`},
		{many + "b;1.5\n", Options{}, `"1.5"` + refused + "; --text y takes it all as text"},
		{many + "b;1,5\n", Options{Wider: []string{"y"}}, "utf8 float64: 1.5"},
		{"x,y\n1,2\n", Options{}, "commas separate its fields, and so are no decimal commas (--decimal comma; --separator names another separator)"},
		{"sep=,\nx,y\n1,2\n", Options{}, "commas separate its fields, and so are no decimal commas (--decimal comma; --separator names another separator)"},
	} {
		test.o.DecimalComma = true
		if got := typesAndValues(writeFile(t, []byte(test.text)), test.o); !strings.HasSuffix(got, test.want) {
			t.Errorf("%.40q, %+v: %s, want %s", test.text, test.o, got, test.want)
		}
	}
}

// TestDecimalCommaAsPoint: numbers with decimal commas are to the bit those with points. The draws end below the largest
// float64, which a rounding up to few digits would take out of range: such a number is text, and is kept as it is written.
func TestDecimalCommaAsPoint(t *testing.T) {
	dir := t.TempDir()
	point, comma := filepath.Join(dir, "point.csv"), filepath.Join(dir, "comma.csv")
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom([]byte("efg")).Draw(t, "format")
		text := "x;y\na;" + strconv.FormatFloat(rapid.Float64Range(-1e308, 1e308).Draw(t, "v"), format, rapid.IntRange(-1, 20).Draw(t, "digits"), 64) + "\n"
		for path, text := range map[string]string{point: text, comma: strings.Replace(text, ".", ",", 1)} {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want := strings.Replace(typesAndValues(point, Options{}), point, comma, 1)
		if got := typesAndValues(comma, Options{DecimalComma: true}); got != want {
			t.Fatalf("%s: %s, want %s", text, got, want)
		}
	})
}
