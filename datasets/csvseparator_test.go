package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

// TestSeparator: what separates fields is told by the first lines where they leave no doubt, and refused where they do.
func TestSeparator(t *testing.T) {
	var wide strings.Builder // whose first line is longer than what is looked at
	for i := range 1 << 14 {
		fmt.Fprintf(&wide, "name%d;", i)
	}
	const which = ": say which separate the fields (--separator "
	for _, test := range []struct {
		name, text string
		want       string // the separator, or the error's end
	}{
		{"a.csv", "x,y\n1,2\n", "comma"},
		{"a.csv", "x\ty\n1\t2\n", "tab"},
		{"a.csv", "x;y\r\n\r\n1;2\r\n", "semicolon"},
		{"a.csv", "x|y\n1|2", "pipe"},
		{"a.csv", "x\n1\n", "comma"},
		{"a.csv", "\n\nx;y", "semicolon"},
		{"a.csv", "\xef\xbb\xbfx;y\n1;2\n", "semicolon"},
		// Texts may hold any, and quotes hide all.
		{"a.csv", "x,y\na;b,c;d\n", "comma"},
		{"a.csv", "x\ty\na, b;\tc;\nd, e\tf\n", "tab"},
		{"a.csv", "\"x,\";y\n\"a\n;;\";b\n", "semicolon"},
		{"a.csv", "x;y\n1,5;2,5\n", "semicolon"},
		{"a.csv", "text\na; b\nc; d\n", "comma"},
		{"a.csv", "x;y\n" + strings.Repeat("1;2\n", 1<<15) + "1;2;3\n", "semicolon"},
		{"a.csv", "x;y\n1;\"" + strings.Repeat("2;\n", 1<<15) + "\"\n", "semicolon"},
		{"a.csv", wide.String(), "semicolon"},
		{"a.csv", "1,5;2,5\n3,5;4,5\n", "commas and semicolons stand equally often on each of its first lines" + which + "comma or semicolon)"},
		{"a.tsv", "x|\ty\n1|\t2\n", "tab"},
		{"a.tsv", "x|;y\n1|;2\n", "semicolons and pipes stand equally often on each of its first lines" + which + "semicolon or pipe)"},
		{"a.csv", "x;y\n1;2\nsum: 3\n", "line 1 holds 1 semicolon and no comma, but line 3 holds 0: say what separates the fields (--separator semicolon or comma)"},
		{"a.csv", "x,y;z\n1\n", "comma"},
		{"a.tsv", "x,y\n1,2\n", "comma"},
		{"a.tsv", "x\na, b\nc\n", "tab"},
		{"a.tsv.gz", "x, y\na\n", "line 1 holds 1 comma and no tab, but line 2 holds 0: say what separates the fields (--separator comma or tab)"},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		contents := test.text
		if strings.HasSuffix(path, ".gz") {
			contents = zipped(contents)
		}
		if err := os.WriteFile(path, []byte(contents), 0o666); err != nil {
			t.Fatal(err)
		}
		got := ""
		b, err := OpenBatches(path, Options{CSVHeader: HeaderPresent})
		if err == nil {
			got = string(b.Separator())
			err = b.Close()
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%s, %.40q: %s, want %s", test.name, test.text, got, test.want)
		}
	}
}

// TestSeparatorIsNamed: Options.Separator decides, whatever the lines hold.
func TestSeparatorIsNamed(t *testing.T) {
	path := writeFile(t, []byte("a,b;c|d\te\n"))
	for separator, want := range map[Separator]string{Comma: "a b;c|d\te ", Semicolon: "a,b c|d\te ", Pipe: "a,b;c d\te ", Tab: "a,b;c|d e "} {
		if got, err := namesAndRows(path, Options{Separator: separator}); err != nil || got != want+"0 rows" {
			t.Errorf("%s: %q, %v", separator, got, err)
		}
	}
}

// TestNoSeparator: there are no other separators.
func TestNoSeparator(t *testing.T) {
	_, err := OpenBatches(writeFile(t, []byte("1\n")), Options{Separator: ":"})
	if want := `separator ":": it is one of ["comma" "tab" "semicolon" "pipe"] or empty`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestWrittenSeparator: a file of ours says by itself what separates its fields, whatever its names and texts hold.
func TestWrittenSeparator(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		awkward := rapid.StringMatching(`[a,;|\t"]{1,6}`)
		kept := awkward.Filter(func(s string) bool { return s == strings.TrimSpace(s) }) // names are read without the blanks around them
		names := rapid.SliceOfNDistinct(kept, 1, 3, rapid.ID[string]).Draw(t, "names")
		rows := rapid.SliceOfN(rapid.SliceOfN(awkward, len(names), len(names)), 1, 5).Draw(t, "rows")
		fields := make([]arrow.Field, len(names))
		for i, name := range names {
			fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		}
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
		for _, row := range rows {
			for i, text := range row {
				b.Field(i).(*array.StringBuilder).Append(text)
			}
		}
		want := b.NewRecord()
		for _, ending := range []string{"csv", "tsv"} {
			path := filepath.Join(dir, "a."+ending)
			out := encoded(t, FormatOf(path), want)
			if err := os.WriteFile(path, out, 0o666); err != nil {
				t.Fatal(err)
			}
			in, err := OpenBatches(path, Options{AnyType: true, Text: names, CSVHeader: HeaderPresent})
			if err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			got, err := in.Next()
			if err != nil || fmt.Sprint(got.Columns()) != fmt.Sprint(want.Columns()) {
				t.Fatalf("%q: %v, %v\nwant %v", out, err, got, want)
			}
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestDecimalCommas: numbers with commas are no text, unless --text says so, nor names.
func TestDecimalCommas(t *testing.T) {
	const refused = ` is not a number: commas in numbers are not read (--decimal comma takes them for decimal points`
	for _, test := range []struct {
		text string
		o    Options
		want string // types, or the error's end
	}{
		{"x;y\n1;a\n2,5;b\n", Options{}, `line 3, column 1 (x): "2,5"` + refused + "; --text x takes it all as text)"},
		{"x;y\n1;a\n2,5;b\n", Options{Text: []string{"x"}}, "utf8 utf8"},
		{"x;y\n1;a\n2,5;b\n", Options{Columns: []string{"y"}}, "utf8"},
		{"x;y\n1;a\n2,5;b\n", Options{Float: []string{"x"}}, `line 3, column 1 (x): "2,5"` + refused + ")"},
		{"x;y\nfoo;a\n2,5;b\n", Options{}, "utf8 utf8"},
		{"1,5;2,5\n", Options{Separator: Semicolon}, `line 1, column 1 (c1): "1,5"` + refused + "; --text c1 takes it all as text)"},
		{"x,y\n\"1,5\",2\n", Options{}, "utf8 int64"},
	} {
		test.o.AnyType = true
		b, err := OpenBatches(writeFile(t, []byte(test.text)), test.o)
		var types []string
		if err == nil {
			for _, field := range b.Schema().Fields() {
				types = append(types, field.Type.String())
			}
			_, err = b.Next()
		}
		got := strings.Join(types, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%q, %+v: %s, want %s", test.text, test.o, got, test.want)
		}
	}
}

// TestSeparatorLine: Excel's first line that names the separator is neither names nor a row, but counts as a line.
func TestSeparatorLine(t *testing.T) {
	for _, test := range []struct {
		text      string
		separator Separator
		want      string // names and rows, or the error's end
	}{
		{"sep=;\nx;y\na,b;1\n", SeparatorAuto, "x y 1 rows"},
		{"\xef\xbb\xbfsep=;\r\nx;y\r\n1;2\r\n", SeparatorAuto, "x y 1 rows"},
		{"SEP=\t\nx\ty,z\n1\t2\n", SeparatorAuto, "x y,z 1 rows"},
		{"sep=|\nx;y\n1;2\n", SeparatorAuto, "x;y 1 rows"},
		{"sep=,\n3,4\n", SeparatorAuto, "c1 c2 1 rows"},
		{"sep=;\nx;y\na;b\n", Semicolon, "x y 1 rows"},
		{"sep=;\nx;y\na;b\n", Comma, "line 1 says that semicolons separate the fields (sep=), and --separator that commas do"},
		{"sep=;\nx;y\n1\n", SeparatorAuto, "line 3 has 1 field, the first line has 2"},
		{"sep=;\nx;x\n1;2\n", SeparatorAuto, `line 2: columns 1 and 2 are both named "x", names must differ`},
		{"sep=;\n", SeparatorAuto, "it holds no line"},
		{"sep=;", SeparatorAuto, "it holds no line"},
		{"sep=;;y\n1;2;3\n", SeparatorAuto, "sep= c2 y 1 rows"},
		{"sep=:\n1\n", SeparatorAuto, "sep=: 1 rows"},
		{"x;y\nsep=;\n", SeparatorAuto, "x y 1 rows"},
	} {
		got, err := namesAndRows(writeFile(t, []byte(test.text)), Options{AnyType: true, Separator: test.separator})
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%q, %q: %s, want %s", test.text, test.separator, got, test.want)
		}
	}
}
