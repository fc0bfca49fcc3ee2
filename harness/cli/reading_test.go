package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"actinit/harness/progress"
)

// TestInterruptedData: the commands that read a table end when they are interrupted, in the first and in the second
// pass over it, and leave no file.
func TestInterruptedData(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(in, []byte(strings.Repeat("1.5\n", 300_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"data", "convert", in, out},
		{"data", "convert", in, out, "--normalize", "standard"},
		{"data", "convert", "normal", out},
		{"data", "describe", in},
		{"apply", "--op", "relu", in, out},
	} {
		status, stdout, stderr := invoke(stopped, args...)
		if status != ExitInterrupted || stdout != "" || stderr != "actinit: interrupted\n" {
			t.Errorf("%v: status %d, %q, %q", args, status, stdout, stderr)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("%v left %v (%v)", args, files, err)
		}
	}
}

// recorded is a Reporter that keeps what it is told.
type recorded struct {
	progress.Silent
	stages []string
	done   int64
}

func (r *recorded) Begin(title string, total int64) {
	r.stages = append(r.stages, fmt.Sprintf("%s %d", title, total))
	r.done = 0
}
func (r *recorded) Add(n int64) { r.done += n }

// TestReading: rows are counted where the file tells how many there are, and MB of it elsewhere; a second
// pass is a stage of its own.
func TestReading(t *testing.T) {
	dir := t.TempDir()
	const rows = 300_000
	csv, parquet, arrow := filepath.Join(dir, "x.csv"), filepath.Join(dir, "x.parquet"), filepath.Join(dir, "x.arrow")
	text := strings.Repeat("1.23456789\n", rows)
	if err := os.WriteFile(csv, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{parquet, arrow} {
		if status, _, stderr := invoke(t.Context(), "data", "convert", csv, out); status != ExitOK {
			t.Fatal(stderr)
		}
	}
	for _, test := range []struct {
		name, normalize string
		stages          []string
		least           int64 // of the last stage
	}{
		{csv, "none", []string{csv + ", MB 3"}, 2},
		{csv, "minmax", []string{csv + ", MB 3", csv + ", MB 3"}, 2},
		{parquet, "none", []string{parquet + ", rows 300000"}, rows - 1<<17},
		{arrow, "none", []string{arrow + ", rows 300000"}, rows - 1<<17},
		{"uniform", "none", []string{"uniform, rows 300000"}, rows - 1<<17},
	} {
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		r := newReading(cmd, test.name)
		seen := &recorded{}
		r.show = seen
		s := source{cmd: cmd, csvFlags: csvFlags{header: auto, separator: auto, decimal: decimalPoint}, normalize: test.normalize, rows: rows}
		b, err := s.open(test.name, r.watch)
		if err != nil {
			t.Fatal(err)
		}
		d, err := b.Describe()
		if err := errors.Join(err, b.Close()); err != nil || d.Rows != rows {
			t.Fatalf("%s: %d rows (%v)", test.name, d.Rows, err)
		}
		if !slices.Equal(seen.stages, test.stages) || seen.done < test.least {
			t.Errorf("%s: stages %q, %d done; want %q, at least %d", test.name, seen.stages, seen.done, test.stages, test.least)
		}
	}
}
