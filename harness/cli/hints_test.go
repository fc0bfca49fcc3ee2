package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHints: what is wrong with the files and words that users give most often comes with what to do, in one line.
func TestHints(t *testing.T) {
	csv, out := textFile(t, "in.csv", "x,y,note\n1.5,2,a\n"), filepath.Join(t.TempDir(), "out.csv")
	utf16 := textFile(t, "u.csv", "\xff\xfex\x00\n\x00")
	latin := textFile(t, "l.csv", "caf\xe9\n1\n")
	misnamed := textFile(t, "x.parquet", "x\n1\n")
	for _, test := range []struct {
		args []string
		want string // the end of the line
	}{
		{[]string{"data", "describe", misnamed}, "x.parquet: its name is of format Parquet, and in it is text: if it is a table, name it as one (.csv, .tsv)"},
		{[]string{"data", "describe", utf16}, "u.csv: it is UTF-16 text, and UTF-8 is read (iconv -f utf-16 -t utf-8 IN > OUT, if that is its encoding)"},
		{[]string{"data", "describe", latin}, `l.csv: line 1, column 1: the name "caf\xe9" is not UTF-8, as text must be (iconv -f latin1 -t utf-8 IN > OUT, if that is its encoding)`},
		{[]string{"data", "describe", "Digits"}, "Digits: there is no such file (did you mean digits?)"},
		{[]string{"data", "convert", "digits.csv", out}, "digits.csv: there is no such file (did you mean digits?)"},
		{[]string{"data", "describe", "mnist"}, "mnist: there is no such file"},
		{[]string{"data", "convert", csv, "out.pq"}, `actinit: out.pq: the ending ".pq" says no format (did you mean .parquet?); .csv.gz, .csv.zst, .csv, .tsv.gz, .tsv.zst, .tsv, .parquet, .arrow, .feather, .ipc, .arrows, .npy, .npz, .safetensors, .idx.gz and .idx do`},
		{[]string{"data", "convert", csv, out, "--columns", "x,", "y"}, `convert cannot be called with "` + csv + `" "` + out + `" "y" (--columns x,y is written without blanks); usage: actinit data convert IN OUT [flags]`},
		{[]string{"data", "convert"}, "actinit: convert cannot be called with no argument; usage: actinit data convert IN OUT [flags]"},
		{[]string{"apply", "--op", "sigmoid_faithful", csv, out}, `column "x" is of type float64, and there is no sigmoid_faithful of it (actinit list kernels): data convert --type makes other numbers of it`},
		{[]string{"apply", "--op", "softmax", csv, out}, "actinit: --op softmax: it is of the rows of a matrix, and apply is of columns"},
	} {
		status, _, stderr := invoke(t.Context(), test.args...)
		if status != ExitUsage || !strings.HasSuffix(stderr, test.want+"\n") {
			t.Errorf("%v: status %d, %s, want %s", test.args, status, stderr, test.want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("an output was written")
	}
}
