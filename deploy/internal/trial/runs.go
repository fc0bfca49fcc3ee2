//go:build linux

package trial

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

// SameRows holds the rows of a run joined of shards against those of a run of one machine, byte for
// byte but for what says when and where they were made. Every verification has to be of all inputs.
func SameRows(t *testing.T, one, joined string) {
	t.Helper()
	want, got := load(t, one), load(t, joined)
	if want == nil || got == nil {
		return
	}
	forgetAccuracy := func(r *result.Accuracy) { r.RunID, r.Host, r.Started, r.Seconds = "", "", day, 0 }
	forgetLayer := func(r *result.Layer) { r.RunID, r.Host, r.Started, r.CellSeconds = "", "", day, 0 }
	if !bytes.Equal(anonymous(t, want.Accuracy, forgetAccuracy), anonymous(t, got.Accuracy, forgetAccuracy)) ||
		!bytes.Equal(anonymous(t, want.Layers, forgetLayer), anonymous(t, got.Layers, forgetLayer)) {
		t.Errorf("%s: the rows of the shards, joined, are not those of one machine", filepath.Base(joined))
	}
	for _, row := range got.Accuracy {
		if !row.Exhaustive {
			t.Errorf("%s %s: %d inputs are not all", row.Op, row.Variant, row.Inputs)
		}
	}
	t.Logf("%s: %d rows of %d shards, compared with those of one machine", filepath.Base(joined), len(want.Accuracy)+len(want.Layers), len(got.Environment.Joined))
}

var day = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// anonymous returns the rows as a file, without what says when and where they were made.
func anonymous[R rowfile.Row](t *testing.T, rows []R, forget func(*R)) []byte {
	t.Helper()
	if len(rows) == 0 {
		return nil
	}
	rows = slices.Clone(rows)
	for i := range rows {
		forget(&rows[i])
	}
	var file bytes.Buffer
	if err := rowfile.WriteParquet(&file, rows); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func load(t *testing.T, dir string) *runstore.Data {
	t.Helper()
	data, err := runstore.Load(dir)
	if err != nil {
		t.Error(err)
		return nil
	}
	if !data.Environment.Complete || len(data.Accuracy)+len(data.Layers) == 0 {
		t.Errorf("%s: complete %v, %d rows", dir, data.Environment.Complete, len(data.Accuracy)+len(data.Layers))
	}
	return data
}

// Busy looks for runs that are being written, have finished two units and may have others to do, and gives
// use the folder of each and the process that writes it, by its own word, until use is content with
// one. It reports whether it was. The pattern is that of the runs' folders.
func Busy(t *testing.T, pattern string, use func(folder string, pid int) bool) bool {
	t.Helper()
	locks, _ := filepath.Glob(filepath.Join(pattern, "parts", ".lock"))
	for _, lock := range locks {
		folder := filepath.Dir(filepath.Dir(lock))
		text, err := os.ReadFile(lock) // "PID on HOST"
		if err != nil || len(Units(t, folder)) < 2 {
			continue
		}
		word, _, _ := strings.Cut(string(text), " ")
		if pid, err := strconv.Atoi(word); err == nil && use(folder, pid) {
			return true
		}
	}
	return false
}

// Units returns the finished units of the run in a folder.
func Units(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "parts", "*", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Complete tells whether the run in a folder has ended well.
func Complete(folder string) bool {
	data, err := runstore.Load(folder)
	return err == nil && data.Environment.Complete
}
