// Package runstore keeps the results of runs, one folder for each:
//
//	reports/runs/20260102T150405Z-1a2b3c4/
//	    environment.json    machine, build and command; complete or not, and of which tables
//	    bench.parquet       every timing sample
//	    bench.txt           the same in Go's benchmark format
//	    accuracy.parquet    what verify found
//	    distribution.parquet  statistics of the numbers that fills drew
//	    layers.parquet      statistics of the layers
//	    layers.arrow        the same as an Arrow IPC file
//	    layers/activation=NAME/initializer=NAME/ID.parquet   the same of a sweep, in Hive's layout
//	    claims.parquet      numbers of papers beside what experiments measured
//	    curves.parquet      the points of the experiments' figures
//	    pairs.parquet       every pair of timings of a paired run
//	    limits.parquet      what the machine itself can do, measured at the start
//	    parts/STAGE/UNIT.TABLE.parquet   finished units of a run that is not complete
//	    parts/.lock         locked by the process that writes them
//	reports/runs/baselines/NAME.json     a name for a run
//
// A unit of work is saved as it is finished, under its final name only when it
// is whole and on the disk: a run that is killed at any moment loses no finished
// unit, and what is there can be trusted. A run is complete when its
// environment.json says so, which is written last.
package runstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Names of the files of a run.
const (
	FileEnvironment   = "environment.json"
	FileBench         = "bench.parquet"
	FileBenchText     = "bench.txt"
	FileAccuracy      = "accuracy.parquet"
	FileDistribution  = "distribution.parquet"
	FileLayers        = "layers.parquet"
	FileLayersArrow   = "layers.arrow"
	FileClaims        = "claims.parquet"
	FileCurves        = "curves.parquet"
	FilePairs         = "pairs.parquet"
	FileLimits        = "limits.parquet"
	FileReport        = "report.html"
	partsFolder       = "parts"
	idLayout          = "20060102T150405Z"
	commitDigits      = 7
	maxRunsPerSecond  = 1000
	folderPermissions = 0o777 // before umask
)

// DefaultRoot is the folder of the runs where none is named.
const DefaultRoot = "reports/runs"

// A Run is one run's folder.
type Run struct {
	dir    string
	env    result.Environment
	lock   *os.File                      // whose lock this process has
	tables atomic.Pointer[[]result.File] // what Finish or Fill has written of all units; nil before
}

// Create makes the folder of a new run below root, which is made when it is not
// there. The run's ID is the time of id.Started and the first digits of
// env.Commit, with -2, -3 ... behind it where another run has taken it. The
// identity in env becomes that of the run, which is locked (see Lock).
func Create(root string, id result.Identity, env result.Environment) (*Run, error) {
	if err := atomicfile.MakeFolder(root, folderPermissions); err != nil {
		return nil, unwritable(root, err)
	}
	started := id.Started.UTC().Truncate(time.Microsecond)
	base := started.Format(idLayout)
	if commit := alphanumeric(env.Commit); commit != "" {
		base += "-" + commit[:min(len(commit), commitDigits)]
	}
	name := base
	for n := 2; ; n++ {
		err := os.Mkdir(filepath.Join(root, name), folderPermissions)
		if err == nil {
			atomicfile.SyncFolder(root)
			break
		}
		if !errors.Is(err, fs.ErrExist) || n > maxRunsPerSecond {
			return nil, unwritable(root, err)
		}
		name = base + "-" + strconv.Itoa(n)
	}
	r := &Run{dir: filepath.Join(root, name)}
	if err := r.takeLock(); err != nil {
		_ = os.Remove(r.dir) // where it is empty
		return nil, err
	}
	if err := r.start(name, id, env); err != nil {
		return nil, err
	}
	return r, nil
}

// alphanumeric keeps what can stand in a folder's name on every system.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

func unwritable(root string, err error) error {
	return fmt.Errorf("%s: %w; name a folder that can be written to with --out", root, rowfile.Cause(err))
}

// Open opens the run named id below root: to read it, or, after Lock, to resume it. A complete run whose
// files are not all there is an error.
func Open(root, id string) (*Run, error) {
	dir, err := Find(root, id)
	if err != nil {
		return nil, err
	}
	env, err := EnvironmentOf(dir)
	if err != nil {
		return nil, err
	}
	return &Run{dir: dir, env: env}, whole(dir, env)
}

// ID returns the run's ID, which is the name of its folder.
func (r *Run) ID() string { return r.env.RunID }

// Dir returns the run's folder.
func (r *Run) Dir() string { return r.dir }

// Path returns the path of a file in the run's folder.
func (r *Run) Path(file string) string { return filepath.Join(r.dir, file) }

// Environment returns the machine and build the run was made on.
func (r *Run) Environment() result.Environment { return r.env }

// GoOn returns the command that goes on with a run that is not complete, in the folder dir.
func GoOn(dir string, env result.Environment) string {
	words := []string{"runs", "join"}
	switch {
	case len(env.Joined) > 0:
		words = append(slices.Concat(words, joinedOf(env)), "--id", env.RunID)
	case len(env.Command) > 0:
		words = []string{env.Command[0], "--resume", env.RunID}
	default: // nobody knows which
		words = []string{"COMMAND", "--resume", env.RunID}
	}
	return CommandFor(dir, words...)
}

// CommandFor returns a command about the run in the folder dir, which names the folder of the runs where that is not the default.
func CommandFor(dir string, words ...string) string {
	if root := filepath.Dir(dir); filepath.ToSlash(root) != DefaultRoot {
		words = append(words, "--out", root)
	}
	return result.CommandLine(words)
}

// Identity returns what every row of the run begins with.
func (r *Run) Identity() result.Identity {
	return result.Identity{RunID: r.env.RunID, Host: r.env.Host, Started: r.env.Started}
}

func (r *Run) writeEnvironment() error {
	return atomicfile.Write(r.Path(FileEnvironment), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r.env)
	})
}

// ErrNoRun is the error of a folder that has no environment.
var ErrNoRun = errors.New("no " + FileEnvironment + ": not the folder of a run")

// EnvironmentOf returns the environment of the run in the folder dir, whether or not its tables are there.
func EnvironmentOf(dir string) (result.Environment, error) {
	env, err := environmentAt(filepath.Join(dir, FileEnvironment))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", dir, ErrNoRun)
	}
	return env, err
}

// environmentAt reads the file at path.
func environmentAt(path string) (result.Environment, error) {
	var env result.Environment
	data, err := os.ReadFile(path)
	if err != nil {
		return env, err
	}
	if err := json.Unmarshal(data, &env); err != nil {
		return env, fmt.Errorf("%s: damaged: %w", path, err)
	}
	if env.RunID == "" || env.Started.IsZero() {
		return env, fmt.Errorf("%s: no run_id or started: not written by actinit", path)
	}
	for _, id := range slices.Concat([]string{env.RunID}, joinedOf(env)) { // files are named after them
		if !plainName(id) {
			return env, fmt.Errorf("%s: not written by actinit: a run called %q: want %s", path, id, plainNames)
		}
	}
	for _, f := range env.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return env, fmt.Errorf("%s: not written by actinit: a file called %q", path, f.Name)
		}
	}
	return env, nil
}

// An Entry is one run in a list.
type Entry struct {
	ID          string
	Dir         string
	Environment result.Environment
	Files       []string // tables, text and report it has, in the order of the package comment
	Err         error    // why Environment could not be read
	Passed      []Entry  // of Latest, LatestComplete and Previous: the newer runs that were passed over, newest first
}

// List returns the runs below root, oldest first. Folders that hold no run are
// left out; a run whose environment cannot be read has an Err and comes first.
// A root that does not exist holds no runs.
func List(root string) ([]Entry, error) {
	folders, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if info, statErr := os.Stat(root); err != nil && statErr == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: it is a file: name the folder that holds the runs with --out", root)
	}
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, f := range folders {
		dir := filepath.Join(root, f.Name())
		if _, err := os.Stat(filepath.Join(dir, FileEnvironment)); err != nil || isRemoved(f.Name()) {
			continue
		}
		entry := Entry{ID: f.Name(), Dir: dir}
		entry.Environment, entry.Err = EnvironmentOf(dir)
		entry.Files = filesOf(dir, entry.Environment)
		entries = append(entries, entry)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return a.Environment.Started.Compare(b.Environment.Started)
	})
	return entries, nil
}

// filesOf returns the files that a run has, or has by its list: that one of these is missing is for whoever reads it to say.
func filesOf(dir string, env result.Environment) []string {
	var files []string
	for _, name := range []string{FileBench, FileBenchText, FileAccuracy, FileDistribution, FileLayers, FileLayersArrow, FileClaims, FileCurves, FilePairs, FileLimits, FileReport} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() || lists(env, name) {
			files = append(files, name)
		}
	}
	return files
}

// Latest returns the newest run below root that has all of files. A shard is a part of a run and never
// the one: those that are newer, and not in the run that was joined of them, are in Passed, as are those that may be newer and whose
// environment cannot be read.
func Latest(root string, files ...string) (Entry, error) {
	return newest(root, "", files, false)
}

// LatestComplete returns the newest complete run below root that has all of files. Newer ones that are not
// complete are in Passed too.
func LatestComplete(root string, files ...string) (Entry, error) {
	return newest(root, "", files, true)
}

// Previous returns, as LatestComplete does, the newest complete run before the run id that has all of files.
func Previous(root, id string, files ...string) (Entry, error) {
	return newest(root, id, files, true)
}

// newest returns the newest run before the run named before, or of all where
// before is empty.
func newest(root, before string, files []string, complete bool) (Entry, error) {
	entries, err := List(root)
	if err != nil {
		return Entry{}, err
	}
	found, until := before == "", time.Time{}
	var passed []Entry
	readable := func(e Entry) bool { return e.Err == nil }
	damaged := slices.DeleteFunc(slices.Clone(entries), readable)
	for _, e := range slices.Backward(slices.DeleteFunc(entries, func(e Entry) bool { return !readable(e) })) {
		switch {
		case !found:
			found, until = e.ID == before, e.Environment.Started
		case slices.ContainsFunc(files, func(f string) bool { return !slices.Contains(e.Files, f) }):
		case e.Shard() != "" || complete && !e.Environment.Complete:
			passed = append(passed, e)
		default:
			passed = slices.DeleteFunc(passed, func(p Entry) bool {
				return slices.ContainsFunc(e.Environment.Joined, func(s result.Shard) bool { return s.RunID == p.ID })
			})
			damaged = slices.DeleteFunc(damaged, func(d Entry) bool {
				at := d.mayHaveBegun()
				return at.Before(e.Environment.Started.Truncate(time.Second)) || before != "" && at.After(until)
			})
			e.Passed = slices.Concat(damaged, passed)
			return e, nil
		}
	}
	what := "run"
	if complete {
		what = "complete run"
	}
	if len(files) > 0 {
		what += " with " + strings.Join(files, " and ")
	}
	if before != "" {
		what += " before " + before
	}
	return Entry{}, none(root, what, slices.Concat(passed, damaged))
}

// mayHaveBegun is the latest at which a run began whose environment cannot be read: the time in its ID, to the second, or, of one
// that has a name, when its environment was last written.
func (e Entry) mayHaveBegun() time.Time {
	stamp, _, _ := strings.Cut(e.ID, "-")
	if at, err := time.Parse(idLayout, stamp); err == nil {
		return at
	}
	info, err := os.Stat(filepath.Join(e.Dir, FileEnvironment))
	if err != nil {
		return time.Now()
	}
	return info.ModTime()
}

// none says that there is no run of that kind, and what those that were passed over are good for.
func none(root, what string, passed []Entry) error {
	if len(passed) == 0 { // else those that cannot be read come last
		return fmt.Errorf("%s: no %s; make one with actinit bench", root, what)
	}
	if i := slices.IndexFunc(passed, func(e Entry) bool { return e.Err == nil && e.Shard() == "" }); i >= 0 {
		return fmt.Errorf("%s: no %s, only unfinished ones, such as %s: go on with %s, or name it", root, what, passed[i].ID, GoOn(passed[i].Dir, passed[i].Environment))
	}
	if passed[0].Err == nil {
		return fmt.Errorf("%s: no %s but shards, such as %s: name one, or make a run of them with actinit runs join", root, what, passed[0].ID)
	}
	return fmt.Errorf("%s: no %s, only damaged ones, such as %s: actinit runs check says what is wrong", root, what, passed[0].ID)
}

// Find returns the folder of a run given as an ID, as the name of a baseline, or as a path to
// its folder. What is an ID and the name of a baseline of another run is an error. The name may stand after "run:".
func Find(root, name string) (string, error) {
	id := strings.TrimPrefix(name, "run:")
	folder := func(dir string) bool {
		info, err := os.Stat(dir)
		return err == nil && info.IsDir()
	}
	run := filepath.Join(root, id)
	switch dir, found, err := findBaseline(root, id); {
	case id == "" || id == baselinesFolder:
	case folder(run) && found && dir != run: // copied here, or older than the baseline
		return "", fmt.Errorf("%q is a run in %s and a baseline too: give the path %s for the run, or delete the baseline", id, root, run)
	case folder(run):
		return run, nil
	case found:
		return dir, err
	case folder(id):
		return id, nil
	}
	return "", fmt.Errorf("no run %q in %s: want the name of a folder there, a baseline, or a path to a folder", id, root)
}
