package runstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"actinit/harness/result"
	"actinit/reports/benchtext"
	"actinit/reports/rowfile"
)

// Check reads the tables and the text of a run and returns what is wrong with it, one line each:
// files that are missing, are not those that were written (see Listed), cannot be read or hold the rows of
// another run, text that differs from the table, a complete run that still has parts. Temporary files of a program that was killed
// are told of too, though they do no harm. Of a run that is not complete only tables and finished units are read: what else a
// kill leaves behind is put right where the run goes on.
func Check(run Entry) (problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if run.Err != nil {
		return []string{run.Err.Error()}
	}
	env, running := run.Environment, run.running()
	if env.RunID != run.ID {
		complain("%s: names the run %s", FileEnvironment, env.RunID)
	}
	if run.Listed() {
		checkFiles(complain, run)
	}
	data, err := loadTables(run.Dir, env)
	if err != nil && !errors.Is(err, ErrNoTables) {
		return append(problems, err.Error())
	}
	if data != nil {
		checkRows(complain, env, data.Bench, func(r result.Bench) string { return r.RunID })
		checkRows(complain, env, data.Accuracy, func(r result.Accuracy) string { return r.RunID })
		checkRows(complain, env, data.Distribution, func(r result.Distribution) string { return r.RunID })
		checkRows(complain, env, data.Layers, func(r result.Layer) string { return r.RunID })
		checkRows(complain, env, data.Claims, func(r result.Claim) string { return r.RunID })
		checkRows(complain, env, data.Curves, func(r result.Curve) string { return r.RunID })
		checkRows(complain, env, data.Pairs, func(r result.Pair) string { return r.RunID })
		checkRows(complain, env, data.Limits, func(r result.Limit) string { return r.RunID })
		if env.Complete {
			checkText(complain, run, data.Bench)
		}
	}
	switch {
	case running: // or removing the parts of a run that it has just completed
	case env.Complete:
		checkLeftBehind(complain, run.Dir)
	default:
		if _, err := (&Run{dir: run.Dir, env: env}).readParts(); err != nil {
			complain("%v", err)
		}
	}
	return problems
}

// checkLeftBehind looks for what should not be in the folder of a complete run.
func checkLeftBehind(complain func(string, ...any), dir string) {
	if _, err := os.Stat(filepath.Join(dir, partsFolder)); err == nil {
		complain("%s: left behind in a complete run; it can be removed", partsFolder)
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			complain("%v", err)
			return nil
		}
		if temporary(d.Name()) {
			complain("%s: left behind by a program that was stopped; it can be removed", strings.TrimPrefix(path, dir+string(filepath.Separator)))
		}
		return nil
	})
}

// temporary reports whether a file's name is one that programs give to what they are writing.
func temporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}

// Strays returns the folders below root that hold a run's tables or finished units and no environment, as a copy that lost it:
// List leaves them out. Each has an Err that says so.
func Strays(root string) ([]Entry, error) {
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var strays []Entry
	for _, f := range folders {
		dir := filepath.Join(root, f.Name())
		if isRemoved(f.Name()) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, FileEnvironment)); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		files := filesOf(dir, result.Environment{})
		if units, err := filepath.Glob(filepath.Join(glob(dir), partsFolder, "*", "*.parquet")); err != nil || len(files)+len(units) == 0 {
			continue // nothing, or a run that is just being begun
		}
		strays = append(strays, Entry{ID: f.Name(), Dir: dir, Files: files, Err: fmt.Errorf("%s: missing, so that no command takes the folder for a run: copy it again from where it was made", FileEnvironment)})
	}
	return strays, nil
}

// checkRows sees that rows are those of the run.
func checkRows[R rowfile.Row](complain func(string, ...any), env result.Environment, rows []R, runOf func(R) string) {
	if i := slices.IndexFunc(rows, func(r R) bool { return runOf(r) != env.RunID }); i >= 0 {
		complain("%s.parquet: row %d is of the run %s", rowfile.Name[R](), i+1, runOf(rows[i]))
	}
}

// checkText holds bench.txt against bench.parquet.
func checkText(complain func(string, ...any), run Entry, rows []result.Bench) {
	path := filepath.Join(run.Dir, FileBenchText)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if len(rows) > 0 {
			complain("%s: missing; actinit export %s --to %s writes it", FileBenchText, run.Dir, path)
		}
		return
	}
	if err != nil {
		complain("%v", err)
		return
	}
	defer f.Close()
	text, err := benchtext.Read(f, path)
	if err != nil {
		complain("%v", err)
		return
	}
	if len(text) != len(rows) {
		complain("%s: %d timings, and %s has %d", FileBenchText, len(text), FileBench, len(rows))
		return
	}
	for i := range rows {
		if text[i].ElapsedNs != rows[i].ElapsedNs || text[i].NsPerOp != rows[i].NsPerOp || result.Name(text[i]) != result.Name(rows[i]) {
			complain("%s: timing %d is another than in %s", FileBenchText, i+1, FileBench)
			return
		}
	}
}
