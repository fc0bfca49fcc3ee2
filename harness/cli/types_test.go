package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDescribeTables: columns of all types are listed, of files that tell them and of CSV.
func TestDescribeTables(t *testing.T) {
	in := textFile(t, "in.csv", "id,x,colour,zip\n1234567890123456789,1.5,red,00123\n2,,\"light, blue\",456\n3,4,,456\n")
	for _, test := range []struct {
		args []string
		want []string // lines of it, without blanks
	}{
		{[]string{in}, []string{"x|float64|1|0|0|1.5|4|2.75|1.25|0.0%", "colour|text|1|-|-|light,blue|red|2different|-|-", "zip|text|0|-|-|00123|456|2different|-|-", "id|int64|0|0|0|2|1234567890123456789|4.11523e+17|5.81981e+17|0.0%"}},
		{[]string{in, "--columns", "x"}, []string{"x|float64|1|0|0|1.5|4|2.75|1.25|0.0%"}},
		{[]string{"../../reports/testdata/runs/20261129T181757Z-24c1bbd/bench.parquet"}, []string{
			"direction|text|0|-|-|backward|forward|2different|-|-", "n|int64|0|0|0|4096|262144|133120|129024|0.0%", "started|timestamp[us,tz=UTC]|0|0|0|2026-11-2918:17:57.06619Z|2026-11-2918:17:57.06619Z|-|-|-"}},
	} {
		status, stdout, stderr := invoke(t.Context(), append([]string{"data", "describe"}, test.args...)...)
		if status != ExitOK {
			t.Fatal(stderr)
		}
		lines := map[string]bool{}
		for line := range strings.Lines(stdout) {
			cells := strings.FieldsFunc(strings.ReplaceAll(line, "  ", "|"), func(r rune) bool { return r == '|' })
			lines[strings.ReplaceAll(strings.ReplaceAll(strings.Join(cells, "|"), " ", ""), "\n", "")] = true
		}
		for _, want := range test.want {
			if !lines[want] {
				t.Errorf("%v: %s\nlacks %s", test.args, stdout, want)
			}
		}
	}
	status, stdout, _ := invoke(t.Context(), "data", "describe", in, "--json")
	if want := `"text": {
        "min": "light, blue",
        "max": "red",
        "distinct": 2,
        "more": false
      }`; status != ExitOK || !strings.Contains(stdout, want) {
		t.Errorf("%s\nlacks %s", stdout, want)
	}
}

// TestConvertKeepsTypes: types stay unless --type or --normalize asks for numbers, and what was taken for text is told.
func TestConvertKeepsTypes(t *testing.T) {
	in := textFile(t, "in.csv", "id,x,colour,zip\n1234567890123456789,1.5,red,00123\n2,,\"light, blue\",456\n3,4,,456\n")
	dir := t.TempDir()
	parquet, csv := filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.csv")
	for _, args := range [][]string{{in, parquet}, {parquet, filepath.Join(dir, "c.arrow")}, {filepath.Join(dir, "c.arrow"), csv}} {
		status, stdout, stderr := invoke(t.Context(), append([]string{"data", "convert"}, args...)...)
		if told := strings.HasSuffix(stdout, "taken for text: colour, zip\n"); status != ExitOK || told != (args[0] == in) {
			t.Errorf("%v: %s%s", args, stdout, stderr)
		}
	}
	for _, args := range [][]string{
		{"apply", "--op", "relu", "--column", "x", "--except", "id,colour,zip", parquet, filepath.Join(dir, "f.csv")},
		{"data", "describe", parquet, "--except", "id,colour,zip"},
	} {
		if status, stdout, stderr := invoke(t.Context(), args...); status != ExitOK {
			t.Errorf("%v: %s%s", args, stdout, stderr)
		}
	}
	want, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(csv); err != nil || string(got) != string(want) {
		t.Errorf("%v: %s\nwant %s", err, got, want)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{in, filepath.Join(dir, "d.npz")}, `column "colour" is of type text, "zip" of text, which actinit does not write to npz: write Arrow IPC, which holds any, or leave out what it does not hold (--except)`},
		{[]string{in, csv, "--columns", "x", "--except", "id"}, "--columns and --except: want one of them"},
		{[]string{in, csv, "--except", "nope"}, `line 1: there is no column "nope", the columns are "id", "x", "colour", "zip"`},
		{[]string{"normal", csv, "--except", "normal"}, "--except: normal has one column"},
		{[]string{in, csv, "--normalize", "minmax"}, `line 2, column 1 (id): the integer 1234567890123456789 is not exactly a float64`},
		{[]string{in, csv, "--type", "float32", "--text", "colour"}, `--text: with --type or --normalize all columns are numbers; --columns leaves others out`},
		{[]string{parquet, csv, "--type", "float32"}, `column "colour" has the type STRING; a column must be floating-point, integer or boolean`},
	} {
		status, _, stderr := invoke(t.Context(), append([]string{"data", "convert"}, test.args...)...)
		if status != ExitUsage || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %s, want %s", test.args, status, stderr, test.want)
		}
	}
}
