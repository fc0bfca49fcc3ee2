package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"actinit/datasets"
)

// filesIn returns the names of a folder's entries.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// textFile writes a file of that name into a folder of its own.
func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEqualNames: nothing is written of columns that could not be told apart.
func TestEqualNames(t *testing.T) {
	twins, good := textFile(t, "twins.csv", "x,y,x\n1,2,3\n"), textFile(t, "good.csv", "x,y\n1,2\n")
	out := t.TempDir()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"data", "convert", twins, filepath.Join(out, "t.safetensors")}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"data", "describe", twins}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"apply", "--op", "relu", "--column", "y", twins, filepath.Join(out, "t.arrow")}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"data", "convert", good, filepath.Join(out, "t.npz"), "--columns", "x,x"}, good + `: column "x" is asked for twice`},
		{[]string{"data", "convert", "normal", filepath.Join(out, "t.npz"), "--columns", "normal,normal"}, `--columns: "normal" is asked for twice`},
		{[]string{"data", "convert", "digits", filepath.Join(out, "t.npz"), "--columns", "c1,c1"}, `column "c1" is asked for twice`},
	} {
		status, stdout, stderr := invoke(t.Context(), test.args...)
		if status != ExitUsage || stdout != "" || !strings.HasSuffix(stderr, test.want+"\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, %q, want %s", test.args, status, stdout, stderr, test.want)
		}
	}
	if names := filesIn(t, out); len(names) != 0 {
		t.Errorf("the folder holds %v", names)
	}
}

// stopsAfter is a context that is cancelled once it was asked a number of times.
type stopsAfter struct {
	context.Context
	times atomic.Int64
}

func (s *stopsAfter) Err() error {
	if s.times.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterruptedFile: Ctrl-C ends a command between two batches with one line; what was at the
// output's place stays, and nothing else is left.
func TestInterruptedFile(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.arrow")
	if status, _, stderr := invoke(t.Context(), "data", "convert", "normal", in, "--rows", "1000000"); status != ExitOK {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{
		{"data", "describe", in},
		{"data", "convert", in, "OUT", "--normalize", "minmax"},
		{"data", "convert", in, "OUT"},
		{"apply", "--op", "tanh", in, "OUT"},
	} {
		out := textFile(t, "out.parquet", "what was there")
		if i := slices.Index(args, "OUT"); i >= 0 {
			args[i] = out
		}
		ctx := &stopsAfter{Context: t.Context()}
		ctx.times.Store(5)
		status, stdout, stderr := invoke(ctx, args...)
		if status != ExitInterrupted || stdout != "" || stderr != "actinit: interrupted\n" {
			t.Errorf("%v: status %d, %q, %q", args, status, stdout, stderr)
		}
		if text, err := os.ReadFile(out); err != nil || string(text) != "what was there" {
			t.Errorf("%v: the output holds %q, %v", args, text, err)
		}
		if names := filesIn(t, filepath.Dir(out)); len(names) != 1 {
			t.Errorf("%v: the folder holds %v", args, names)
		}
	}
}

// TestOntoItself: a file may be replaced by what is made of it.
func TestOntoItself(t *testing.T) {
	for _, name := range []string{"f.csv", "f.arrow", "f.parquet", "f.npz", "f.safetensors"} {
		path := filepath.Join(t.TempDir(), name)
		for _, args := range [][]string{
			{"data", "convert", "normal", path, "--rows", "200000"},
			{"data", "convert", path, path},
			{"apply", "--op", "relu", path, path},
			{"data", "convert", path, path, "--normalize", "minmax"},
		} {
			if status, _, stderr := invoke(t.Context(), args...); status != ExitOK {
				t.Fatalf("%v: %s", args, stderr)
			}
		}
		_, stdout, stderr := invoke(t.Context(), "data", "describe", path, "--json")
		var d struct {
			Rows    int
			Columns []struct{ Min, Max float64 }
		}
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || d.Rows != 200_000 || d.Columns[0].Min != 0 || d.Columns[0].Max != 1 {
			t.Errorf("%s: %v, %+v, %s", name, err, d, stderr)
		}
		if names := filesIn(t, filepath.Dir(path)); len(names) != 1 {
			t.Errorf("the folder holds %v", names)
		}
	}
}

// TestNowhereToWrite: an output in a folder that is not there, or that is a folder, is one line.
func TestNowhereToWrite(t *testing.T) {
	dir := t.TempDir()
	none, folder := filepath.Join(dir, "none", "out.parquet"), filepath.Join(dir, "folder.csv")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"data", "convert", "digits"}, {"apply", "--op", "relu", textFile(t, "in.csv", "1.5\n")}} {
		for _, test := range []struct{ out, want string }{
			{none, "actinit: write " + none + ": the folder " + filepath.Dir(none) + " does not exist\n"},
			{folder, "actinit: write " + folder + ": it is a folder, a file name is needed\n"},
		} {
			status, stdout, stderr := invoke(t.Context(), append(command, test.out)...)
			if status != ExitUsage || stdout != "" || stderr != test.want {
				t.Errorf("%v %s: status %d, %q, %q, want %q", command, test.out, status, stdout, stderr, test.want)
			}
		}
	}
}

// TestErrorsNameTheirFile: what is wrong with the input is said of the input, and of the output what is wrong with that.
func TestErrorsNameTheirFile(t *testing.T) {
	in, out := textFile(t, "in.csv", strings.Repeat("1.5\n", 1<<17)+"one\n"), filepath.Join(t.TempDir(), "out.parquet")
	null := textFile(t, "null.csv", "1.5\n\"\"\n")
	npz := filepath.Join(filepath.Dir(out), "out.npz")
	for _, command := range [][]string{{"data", "convert"}, {"apply", "--op", "relu"}} {
		for _, test := range []struct{ in, out, want string }{
			{in, out, in + `: line 131073, column 1 (c1): "one" is not a `},
			{null, npz, "write " + npz + `: row 2, column "c1" is null, and npz holds no nulls: write CSV, Parquet or Arrow`},
		} {
			status, stdout, stderr := invoke(t.Context(), append(command, test.in, test.out)...)
			if status != ExitUsage || stdout != "" || !strings.HasPrefix(stderr, "actinit: "+test.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%v: status %d, %q, %q, want %q", command, status, stdout, stderr, test.want)
			}
		}
	}
	if names := filesIn(t, filepath.Dir(out)); len(names) != 0 {
		t.Errorf("the folder holds %v", names)
	}
}

// TestHeader: what the first line of a CSV file was taken for is said, and --header decides.
func TestHeader(t *testing.T) {
	names, years := textFile(t, "names.csv", "x,y\n1,2\n"), textFile(t, "years.csv", "2020,2021\n1.5,2.5\n")
	both := textFile(t, "both.csv", "-,1\n3,4\n")
	out := filepath.Join(t.TempDir(), "out.csv")
	const maybe = "line 1 holds 1 word and 1 number: say whether they are names (--header yes or no)\n"
	for _, test := range []struct {
		args           []string
		status         int
		stdout, stderr string // beginnings
		text           string // of out
	}{
		{[]string{"data", "convert", names, out}, ExitOK, out + ": 1 row, 2 columns; the first line was taken for names (--header no: for a row)\n", "", "x,y\n1,2\n"},
		{[]string{"data", "convert", years, out}, ExitOK, out + ": 2 rows, 2 columns; the first line was taken for a row (--header yes: for names)\n", "", "c1,c2\n2020,2021\n1.5,2.5\n"},
		{[]string{"data", "convert", years, out, "--header", "yes"}, ExitOK, out + ": 1 row, 2 columns\n", "", "2020,2021\n1.5,2.5\n"},
		{[]string{"apply", years, out, "--header", "yes", "--op", "relu"}, ExitOK, out + ": 1 row, relu of 2020, 2021\n", "", "2020,2021\n1.5,2.5\n"},
		{[]string{"data", "convert", both, out}, ExitUsage, "", "actinit: " + both + ": " + maybe, ""},
		{[]string{"apply", both, out, "--op", "relu"}, ExitUsage, "", "actinit: " + both + ": " + maybe, ""},
		{[]string{"data", "convert", both, out, "--header", "yes"}, ExitOK, out + ": 1 row, 2 columns\n", "", "-,1\n3,4\n"},
		{[]string{"data", "convert", names, out, "--header", "no", "--type", "float64"}, ExitUsage, "", "actinit: " + names + `: line 1, column 1 (c1): "x" is not a number`, ""},
		{[]string{"data", "convert", names, out, "--header", "no"}, ExitOK, out + ": 2 rows, 2 columns; not of numbers, and so taken for text: c1, c2\n", "", "c1,c2\nx,y\n1,2\n"},
		{[]string{"data", "describe", names}, ExitOK, names + ": CSV, 1 row, 2 columns, names from its first line\n", "", ""},
		{[]string{"data", "describe", years}, ExitOK, years + ": CSV, 2 rows, 2 columns, no line of names\n", "", ""},
		{[]string{"data", "describe", years, "--header", "yes", "--json"}, ExitOK, "{\n  \"path\": \"" + years + "\",\n  \"format\": \"CSV\",\n  \"header\": \"yes\",", "", ""},
		{[]string{"data", "describe", years, "--header", "maybe"}, ExitUsage, "", `actinit: --header "maybe": want yes, no or auto`, ""},
		{[]string{"apply", years, out, "--op", "relu", "--header", "maybe"}, ExitUsage, "", `actinit: --header "maybe": want yes, no or auto`, ""},
	} {
		status, stdout, stderr := invoke(t.Context(), test.args...)
		if status != test.status || !strings.HasPrefix(stdout, test.stdout) || !strings.HasPrefix(stderr, test.stderr) || (stdout == "") == (stderr == "") {
			t.Errorf("%v: status %d, %q, %q\nwant %d, %q, %q", test.args, status, stdout, stderr, test.status, test.stdout, test.stderr)
		}
		if test.text != "" {
			if text, err := os.ReadFile(out); err != nil || string(text) != test.text {
				t.Errorf("%v: %q, %v, want %q", test.args, text, err, test.text)
			}
		}
	}
}

// TestSeparator: what was taken to separate the fields is said, --separator decides by name or character, and .tsv is written.
func TestSeparator(t *testing.T) {
	european, doubtful := textFile(t, "european.csv", "x;y\n1;a, b\n"), textFile(t, "doubtful.csv", "1,5;2\n3,5;4\n")
	commas, told := textFile(t, "commas.csv", "x,y\na,2\n"), textFile(t, "told.csv", "sep=;\nx;y\n1.5;2\n")
	dir := t.TempDir()
	out, tabs := filepath.Join(dir, "out.csv"), filepath.Join(dir, "out.tsv")
	const names, text = "; the first line was taken for names (--header no: for a row)", "; not of numbers, and so taken for text: "
	for _, test := range []struct {
		args           []string
		status         int
		stdout, stderr string // the end
		file           string // of the output
	}{
		{[]string{"data", "convert", european, out}, ExitOK, "; fields were taken to be separated by semicolons (--separator names another)" + names + text + "y\n", "", "x,y\n1,\"a, b\"\n"},
		{[]string{"data", "convert", european, tabs, "--separator", ";"}, ExitOK, "2 columns" + names + text + "y\n", "", "x\ty\n1\ta, b\n"},
		{[]string{"apply", "--op", "relu", "--column", "x", tabs, out}, ExitOK, "relu of x; fields were taken to be separated by tabs (--separator names another)" + names + text + "y\n", "", "x,y\n1,\"a, b\"\n"},
		{[]string{"data", "convert", tabs, out, "--separator", "\\t", "--header", "no"}, ExitOK, text + "c1, c2\n", "", "c1,c2\nx,y\n1,\"a, b\"\n"},
		{[]string{"data", "convert", doubtful, out}, ExitUsage, "", "commas and semicolons stand equally often on each of its first lines: say which separate the fields (--separator comma or semicolon)\n", ""},
		{[]string{"apply", "--op", "relu", doubtful, out, "--separator", "semicolon"}, ExitUsage, "", `line 1, column 1 (c1): "1,5" is not a number: commas in numbers are not read (--decimal comma takes them for decimal points; --text c1 takes it all as text)` + "\n", ""},
		{[]string{"data", "convert", doubtful, out, "--decimal", "comma"}, ExitOK, "2 rows, 2 columns; fields were taken to be separated by semicolons (--separator names another); the first line was taken for a row (--header yes: for names)\n", "", "c1,c2\n1.5,2\n3.5,4\n"},
		{[]string{"apply", "--op", "relu", doubtful, out, "--decimal", "comma", "--header", "no"}, ExitOK, "relu of c1; fields were taken to be separated by semicolons (--separator names another); of integers, and so left as they are without --column: c2\n", "", "c1,c2\n1.5,2\n3.5,4\n"},
		{[]string{"data", "convert", doubtful, out, "--decimal", "comma", "--separator", "comma"}, ExitUsage, "", "commas separate its fields, and so are no decimal commas (--decimal comma; --separator names another separator)\n", ""},
		{[]string{"data", "convert", doubtful, out, "--decimal", ","}, ExitUsage, "", "--decimal \",\": want point or comma\n", ""},
		{[]string{"data", "convert", doubtful, out, "--separator", "|", "--text", "c1", "--header", "no"}, ExitOK, "2 rows, 1 column\n", "", "c1\n\"1,5;2\"\n\"3,5;4\"\n"},
		{[]string{"data", "convert", commas, out, "--separator", "semicolon"}, ExitOK, "1 row, 1 column; no semicolon separates its fields (--separator)" + names + text + "x,y\n", "", ""},
		{[]string{"data", "convert", told, out}, ExitOK, "1 row, 2 columns" + names + "\n", "", "x,y\n1.5,2\n"},
		{[]string{"data", "describe", european, "--separator", ":"}, ExitUsage, "", `--separator ":": want comma, tab, semicolon, pipe or auto` + "\n", ""},
	} {
		status, stdout, stderr := invoke(t.Context(), test.args...)
		if status != test.status || !strings.HasSuffix(stdout, test.stdout) || !strings.HasSuffix(stderr, test.stderr) || (stdout == "") == (stderr == "") {
			t.Errorf("%v: status %d, %q, %q\nwant %d, %q, %q", test.args, status, stdout, stderr, test.status, test.stdout, test.stderr)
		}
		path := out
		if test.args[3] == tabs {
			path = tabs
		}
		if test.file != "" {
			if text, err := os.ReadFile(path); err != nil || string(text) != test.file {
				t.Errorf("%v: %q, %v, want %q", test.args, text, err, test.file)
			}
		}
	}
	_, stdout, _ := invoke(t.Context(), "data", "describe", european)
	if want := european + ": CSV, 1 row, 2 columns, separated by semicolons, names from its first line\n"; !strings.HasPrefix(stdout, want) {
		t.Errorf("%s, want %s", stdout, want)
	}
	_, stdout, _ = invoke(t.Context(), "data", "describe", tabs, "--json")
	if want := "\"format\": \"TSV\",\n  \"header\": \"yes\",\n  \"separator\": \"tab\","; !strings.Contains(stdout, want) {
		t.Errorf("%s lacks %s", stdout, want)
	}
}

// TestFloat: integers are integers in files that tell types, and columns that only begin with them are floating-point numbers: a file is read
// anew, and what can be read or written only once, or would lose zeros, ends with the flag that says so beforehand.
func TestFloat(t *testing.T) {
	dir := t.TempDir()
	ids := textFile(t, "ids.csv", "a,b\n1,9007199254740993\n"+strings.Repeat("1,2\n", 1<<16)+"1.5,3\n1,0.5\n")
	late, out := textFile(t, "late.csv", "id,x,y\n"+strings.Repeat("1,0,2\n", 1<<16)+"9223372036854775807,0.5,1.5\n"), filepath.Join(dir, "out.parquet")
	postcodes := textFile(t, "postcodes.csv", "code\n"+strings.Repeat("10115\n", 1<<16)+"01067\n")
	words := textFile(t, "words.csv", "x\n"+strings.Repeat("1\n", 1<<16)+"1.5\nb\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"data", "convert", late, "-"}, `line 65538, column 2 (x): "0.5" is not a plain integer, as those before it are; --text x takes it all as text, --float x as float64`},
		{[]string{"data", "convert", late, "-", "--float", "x"}, `line 65538, column 3 (y): "1.5" is not a plain integer, as those before it are; --text y takes it all as text, --float y as float64`},
		{[]string{"data", "convert", late, "-", "--float", "x,y"}, ""},
		{[]string{"apply", "--op", "relu", "--column", "x", late, "-"}, `line 65538, column 3 (y): "1.5" is not a plain integer, as those before it are; --text y takes it all as text, --float y as float64`},
		{[]string{"apply", "--op", "relu", "--column", "x", late, filepath.Join(dir, "applied.parquet")}, ""},
		{[]string{"apply", "--op", "relu", "--column", "id", late, out}, "line 65538, column 1 (id): the integer 9223372036854775807 is not exactly a float64"},
		{[]string{"data", "convert", ids, out}, `line 65540, column 2 (b): "0.5" is not a plain integer, as those before it are; --text b takes it all as text, --float b as float64`},
		{[]string{"data", "describe", ids, "--columns", "b"}, `line 65540, column 2 (b): "0.5" is not a plain integer, as those before it are; --text b takes it all as text, --float b as float64`},
		{[]string{"data", "convert", ids, out, "--text", "b"}, ""},
		{[]string{"data", "convert", ids, out, "--float", "b"}, "line 2, column 2 (b): the integer 9007199254740993 is not exactly a float64"},
		{[]string{"data", "describe", late}, ""},
		{[]string{"data", "convert", late, out}, ""},
		{[]string{"data", "convert", postcodes, out}, `line 65538, column 1 (code): "01067" is not a plain integer, as those before it are; --text code takes it all as text, --float code as float64`},
		{[]string{"data", "describe", words}, `line 65539, column 1 (x): "b" is not a number, and those before it are (--text x takes all as text)`},
	} {
		status, _, stderr := invoke(t.Context(), test.args...)
		if (status == ExitOK) != (test.want == "") || test.want != "" && !strings.HasSuffix(stderr, ".csv: "+test.want+"\n") {
			t.Errorf("%v: status %d, %s, want %s", test.args, status, stderr, test.want)
		}
	}
	back := filepath.Join(dir, "back.csv")
	if status, _, stderr := invoke(t.Context(), "data", "convert", out, back); status != ExitOK {
		t.Fatal(stderr)
	}
	want, err := os.ReadFile(late)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(back); err != nil || string(got) != string(want) {
		t.Errorf("%v, %.40s", err, got)
	}
	for _, path := range []string{late, out} {
		_, stdout, _ := invoke(t.Context(), "data", "describe", path)
		if !strings.Contains(stdout, "id      int64        0") || !strings.Contains(stdout, "x       float64      0") || !strings.Contains(stdout, "y       float64      0") {
			t.Error(stdout)
		}
	}
}

// TestNullWords: words that stand for nulls make a column text, and are such with --null, which is named.
func TestNullWords(t *testing.T) {
	in := textFile(t, "in.csv", "x,y,z,d\n1,2.5,a,2026-01-02\nN/A,#N/A,N/A,N/A\n-999,-,b,2026-01-03\n")
	late, out := textFile(t, "late.csv", "x\n"+strings.Repeat("1\n", 1<<16)+"None\n"), filepath.Join(t.TempDir(), "out.csv")
	const names = "; the first line was taken for names (--header no: for a row); not of numbers, and so taken for text: "
	for _, test := range []struct {
		args []string
		want string // the end of what is said
		text string // of out
	}{
		{[]string{"data", "convert", in, out}, names + "x, y, z, d; --null 'N/A,#N/A,-' makes numbers of x, y\n", "x,y,z,d\n1,2.5,a,2026-01-02\nN/A,#N/A,N/A,N/A\n-999,-,b,2026-01-03\n"},
		{[]string{"data", "convert", in, out, "--null", "N/A, #N/A,-"}, names + "z, d\n", "x,y,z,d\n1,2.5,a,2026-01-02\n,,N/A,N/A\n-999,,b,2026-01-03\n"},
		{[]string{"data", "convert", in, out, "--null", "N/A", "--null", "-999"}, names + "y, z, d; --null '#N/A,-' makes numbers of y\n", "x,y,z,d\n1,2.5,a,2026-01-02\n,#N/A,N/A,N/A\n,-,b,2026-01-03\n"},
		{[]string{"apply", "--op", "relu", in, out, "--columns", "x,y", "--null", "N/A,#N/A,-"}, "; of integers, and so left as they are without --column: x\n", "x,y\n1,2.5\n,\n-999,\n"},
		{[]string{"apply", "--op", "relu", in, out, "--column", "x", "--columns", "x"}, `: line 3, column 1 (x): "N/A" is not a number; --null N/A takes it for a null` + "\n", ""},
		{[]string{"data", "convert", late, out}, `"None" is not a plain integer, as those before it are; --null None takes it for a null; --text x takes it all as text` + "\n", ""},
		{[]string{"data", "convert", late, out, "--float", "x"}, `"None" is not a number; --null None takes it for a null` + "\n", ""},
		{[]string{"data", "convert", late, out, "--type", "float32", "--null", "None", "--except", "y"}, `there is no column "y", the columns are "x"` + "\n", ""},
		{[]string{"data", "convert", in, out, "--null", "N/A", "--null", "-999", "--type", "float64", "--columns", "x"}, "1 column; the first line was taken for names (--header no: for a row)\n", "x\n1\n\"\"\n\"\"\n"},
		{[]string{"data", "describe", in}, "actinit: note: " + in + ": --null 'N/A,#N/A,-' makes numbers of x, y\n", ""},
	} {
		_, stdout, stderr := invoke(t.Context(), test.args...)
		if !strings.HasSuffix(stdout+stderr, test.want) {
			t.Errorf("%v: %q, want %q", test.args, stdout+stderr, test.want)
		}
		if test.text != "" {
			if text, err := os.ReadFile(out); err != nil || string(text) != test.text {
				t.Errorf("%v: %q, %v, want %q", test.args, text, err, test.text)
			}
		}
	}
}

// TestFlagsWithoutEffect: a flag that an input has no use for is refused.
func TestFlagsWithoutEffect(t *testing.T) {
	csv, arrow := textFile(t, "in.csv", "1\n"), filepath.Join(t.TempDir(), "in.arrow")
	if status, _, stderr := invoke(t.Context(), "data", "convert", csv, arrow); status != ExitOK {
		t.Fatal(stderr)
	}
	out := filepath.Join(t.TempDir(), "out.npz")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"apply", "--op", "relu", arrow, out, "--type", "float32"}, "--type is for CSV files, and the columns of " + arrow + " have types: data convert --type changes them"},
		{[]string{"apply", "--op", "relu", arrow, out, "--header", "yes"}, "--header is for CSV files, and " + arrow + " is none"},
		{[]string{"data", "convert", arrow, out, "--header", "no"}, "--header is for CSV files, and " + arrow + " is none"},
		{[]string{"data", "convert", "digits", out, "--separator", "tab"}, "--separator is for CSV files, and digits is none"},
		{[]string{"apply", "--op", "relu", arrow, out, "--separator", ","}, "--separator is for CSV files, and " + arrow + " is none"},
		{[]string{"data", "describe", arrow, "--decimal", "comma"}, "--decimal is for CSV files, and " + arrow + " is none"},
		{[]string{"data", "describe", "digits", "--decimal", "comma"}, "--decimal is for CSV files, and digits is none"},
		{[]string{"data", "describe", arrow, "--null", "-"}, "--null is for CSV files, and " + arrow + " is none"},
		{[]string{"apply", "--op", "relu", "digits", out, "--null", "0"}, "--null is for CSV files, and digits is none"},
		{[]string{"data", "describe", arrow, "--float", "c1"}, "--float is for CSV files, and " + arrow + " is none"},
		{[]string{"data", "describe", csv, "--float", "c1", "--type", "float32"}, "--float: with --type or --normalize all columns are floating-point numbers"},
		{[]string{"data", "describe", csv, "--float", "c1", "--text", "c1"}, `--text and --float: want one of them for column "c1"`},
		{[]string{"data", "convert", "digits", out, "--header", "no"}, "--header is for CSV files, and digits is none"},
		{[]string{"data", "convert", "normal", out, "--header", "no"}, "--header is for CSV files, and normal is none"},
		{[]string{"data", "describe", csv, "--rows", "1000"}, "--rows and --seed are for generators, and " + csv + " is none"},
		{[]string{"data", "convert", "digits", out, "--seed", "2"}, "--rows and --seed are for generators, and digits is none"},
	} {
		status, stdout, stderr := invoke(t.Context(), test.args...)
		if status != ExitUsage || stdout != "" || stderr != "actinit: "+test.want+"\n" {
			t.Errorf("%v: status %d, %q, %q, want %q", test.args, status, stdout, stderr, test.want)
		}
	}
	if names := filesIn(t, filepath.Dir(out)); len(names) != 0 {
		t.Errorf("the folder holds %v", names)
	}
}

// TestNamedInputs: apply takes what data's commands take, and --type counts for digits.
func TestNamedInputs(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.arrow")
	for _, test := range []struct {
		args []string
		rows int
		typ  string
	}{
		{[]string{"apply", "--op", "tanh", "normal", out, "--rows", "70"}, 70, "float64"},
		{[]string{"apply", "--op", "tanh", "normal", out, "--type", "float32"}, 1000, "float32"},
		{[]string{"apply", "--op", "tanh", "digits", out}, 1797, "float32"},
		{[]string{"apply", "--op", "tanh", "digits", out, "--type", "float64"}, 1797, "float64"},
		{[]string{"data", "convert", "digits", out, "--type", "float64"}, 1797, "float64"},
		{[]string{"data", "convert", "digits", out}, 1797, "float32"},
	} {
		if status, _, stderr := invoke(t.Context(), test.args...); status != ExitOK {
			t.Errorf("%v: %s", test.args, stderr)
			continue
		}
		_, stdout, stderr := invoke(t.Context(), "data", "describe", out, "--json")
		var d struct {
			Rows    int
			Columns []struct{ Type string }
		}
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || d.Rows != test.rows || d.Columns[0].Type != test.typ {
			t.Errorf("%v: %v, %d rows, %+v, %s", test.args, err, d.Rows, d.Columns, stderr)
		}
	}
}

// TestTextPasses: columns of text beside the one that the operation is applied to are in the result as they were.
func TestTextPasses(t *testing.T) {
	in := textFile(t, "in.csv", "id,x,note\nN-1,-1,\n\"a, b\",2,NA\n")
	out := filepath.Join(t.TempDir(), "out.arrow")
	status, stdout, stderr := invoke(t.Context(), "apply", "--op", "relu", "--column", "x", in, out)
	if status != ExitOK || !strings.HasPrefix(stdout, out+": 2 rows, relu of x;") {
		t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	b, err := datasets.OpenBatches(out, datasets.Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Next()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, column := range r.Columns() {
		for i := range int(r.NumRows()) {
			got = append(got, column.ValueStr(i))
		}
	}
	r.Release()
	if want := []string{"N-1", "a, b", "0", "2", "(null)", "(null)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{in, out, "--column", "id"}, in + `: line 2, column 1 (id): "N-1" is not a number`},
		{[]string{in, out, "--column", "x", "--text", "z"}, in + `: there is no column "z", the columns are "id", "x", "note"`},
		{[]string{in, out, "--column", "x", "--text", "x"}, `--text and --column: want one of them for column "x"`},
		{[]string{out, out, "--column", "id"}, out + `: column "id" is of type text, not of float16, float32 or float64, which data convert --type makes of other numbers`},
		{[]string{out, out, "--column", "x", "--text", "id"}, "--text is for CSV files, and " + out + " is none"},
	} {
		status, _, stderr := invoke(t.Context(), append([]string{"apply", "--op", "relu"}, test.args...)...)
		if status != ExitUsage || stderr != "actinit: "+test.want+"\n" {
			t.Errorf("%v: status %d, %q, want %q", test.args, status, stderr, test.want)
		}
	}
	status, stdout, stderr = invoke(t.Context(), "apply", "--op", "relu", "--float", "x", in, out)
	if status != ExitOK || !strings.HasPrefix(stdout, out+": 2 rows, relu of x, note;") {
		t.Errorf("--float: status %d, %q, %q", status, stdout, stderr)
	}
	if status, _, stderr := invoke(t.Context(), "data", "describe", in, "--type", "float64"); status != ExitUsage || !strings.Contains(stderr, `"N-1" is not a number (--columns names the columns wanted`) {
		t.Errorf("describe: status %d, %q", status, stderr)
	}
}

// TestDescribeZeros: both zeros are shown as 0.
func TestDescribeZeros(t *testing.T) {
	status, stdout, stderr := invoke(t.Context(), "data", "describe", textFile(t, "in.csv", "-0\n0\n"))
	if status != ExitOK || strings.Contains(stdout, "-0") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}
