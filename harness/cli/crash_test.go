//go:build unix

package cli

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"actinit/reports/runstore"
)

var kills = flag.Int("kills", 10, "how many times TestKill kills a command")

// A writing is a command that writes. In its arguments FOLDER is a folder of its own, and GIVEN
// one with runs to read, which it shares with the others.
type writing struct {
	name  string
	args  []string
	run   string // the run it makes below FOLDER/runs, if it makes one
	old   string // a run that is copied from GIVEN to FOLDER/runs beforehand
	fixed bool   // its files have the same bytes each time
}

var small64 = []string{"--filter", "op:relu type:float32", "--sizes", "64", "--depth", "2", "--width", "32", "--batch", "16"}

var writings = []writing{
	{name: "bench", run: "mine", args: append([]string{"bench", "--quiet", "--out", "FOLDER/runs", "--id", "mine"}, small64...)},
	{name: "verify", run: "mine", args: []string{"verify", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--filter", "op:(relu OR normal) type:float32", "--effort", ".3"}},
	{name: "layers", run: "mine", args: []string{"layers", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--grid", "act=tanh,relu depth=4 width=64 batch=32 seed=1:6"}},
	{name: "reproduce", run: "mine", args: []string{"reproduce", "kraehenbuehl", "--quiet", "--out", "FOLDER/runs", "--id", "mine"}},
	{name: "bench --against", run: "mine", args: []string{"bench", "--against", "self", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--filter", "op:relu dir:forward type:float32", "--sizes", "64", "--samples", "10", "--budget", "1s", "--thresholds", "GIVEN/thresholds.txt"}},
	{name: "runs join", run: "mine", args: []string{"runs", "join", "GIVEN/s1", "GIVEN/s2", "--out", "FOLDER/runs", "--id", "mine"}},
	{name: "report", old: "old", args: []string{"report", "old", "--out", "FOLDER/runs"}},
	{name: "baseline save", old: "old", args: []string{"baseline", "save", "main", "old", "--out", "FOLDER/runs"}},
	{name: "runs merge", args: []string{"runs", "merge", "FOLDER/data", "old", "new", "--out", "GIVEN"}},
	{name: "export", fixed: true, args: []string{"export", "old", "--out", "GIVEN", "--to", "FOLDER/old.txt"}},
	{name: "compare", args: []string{"compare", "old", "new", "--out", "GIVEN", "--threshold", "1000", "--junit", "FOLDER/compare.xml"}},
	{name: "init npz", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.npz"}},
	{name: "init safetensors", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.safetensors"}},
	{name: "init parquet", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.parquet"}},
	{name: "data convert", fixed: true, args: []string{"data", "convert", "digits", "FOLDER/digits.arrow"}},
	{name: "data generate", fixed: true, args: []string{"data", "convert", "normal", "FOLDER/normal.csv.gz", "--rows", "200000"}},
}

// kill -9 at any moment of any command that writes loses nothing that was finished, leaves nothing
// that looks finished and is not, and the same command again ends as if nothing had happened.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each command several times in a process of its own: too slow for -short")
	}
	given := givenRuns(t)
	rng := rand.New(rand.NewPCG(1, 9))
	usual := map[string]*reference{}
	var sum tally
	for sum.kills < *kills {
		w := writings[sum.kills%len(writings)]
		if usual[w.name] == nil {
			usual[w.name] = w.reference(t, given)
		}
		if usual[w.name].survive(t, rng, &sum); t.Failed() {
			return
		}
	}
	t.Logf("%d kills: %s", sum.kills, sum.String())
	if sum.kills >= 200 && (sum.halfWritten == 0 || sum.resumed == 0) {
		t.Error("no kill fell into the writing of a file, or between two units: they prove little")
	}
}

// A tally says where the kills fell.
type tally struct {
	kills       int
	nothing     int // before anything was there
	halfWritten int // into the writing of a file
	unfinished  int // into a run that was begun
	resumed     int // after its first unit of work
	complete    int // after the run was complete, or the file was there
}

func (s tally) String() string {
	return fmt.Sprintf("%d before anything was written, %d while a file was written, %d in unfinished runs, %d of them after a finished unit, %d after the last byte",
		s.nothing, s.halfWritten, s.unfinished, s.resumed, s.complete)
}

// givenRuns makes the runs and files that commands read.
func givenRuns(t *testing.T) string {
	given := t.TempDir()
	for name, text := range map[string]string{"net.json": lenet, "thresholds.txt": "* slower=100000%\n"} {
		if err := os.WriteFile(filepath.Join(given, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"old", "new"} {
		mustRun(t, append([]string{"bench", "--quiet", "--out", given, "--id", id}, small64...)...)
	}
	for _, shard := range []string{"1", "2"} {
		mustRun(t, "layers", "--quiet", "--out", given, "--id", "s"+shard, "--shard", shard+"/2", "--grid", "act=tanh depth=3 width=32 batch=16 seed=1:4")
	}
	return given
}

// A reference is what a command does when it is left alone.
type reference struct {
	writing
	given  string
	folder string
	took   time.Duration
	events int // files that came, temporary ones too
}

// start copies what the command is given and returns it, ready to start in a folder of its own.
func (w writing) start(t *testing.T, given, folder string) *exec.Cmd {
	t.Helper()
	if w.old != "" {
		if err := os.CopyFS(filepath.Join(folder, "runs", w.old), os.DirFS(filepath.Join(given, w.old))); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	var args []string
	for _, a := range w.args {
		args = append(args, strings.NewReplacer("FOLDER", folder, "GIVEN", given).Replace(a))
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // paired runs have processes of their own
	return cmd
}

func (w writing) reference(t *testing.T, given string) *reference {
	t.Helper()
	r := &reference{writing: w, given: given, folder: t.TempDir()}
	began := time.Now()
	cmd := w.start(t, given, r.folder)
	watch := newWatch(r.folder)
	out, err := cmd.CombinedOutput()
	r.took, r.events = time.Since(began), watch.stop()
	if err != nil {
		t.Fatalf("%s: %v\n%s", w.name, err, out)
	}
	return r
}

// survive kills the command once, and sometimes again when it goes on, looks at what is left, and
// lets it end.
func (r *reference) survive(t *testing.T, rng *rand.Rand, sum *tally) {
	t.Helper()
	folder, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for again := true; again; again = rng.IntN(3) == 0 {
		kept, killed, when := r.kill(t, rng, folder)
		if !killed {
			break // it was faster than usual
		}
		sum.kills++
		r.inspect(t, folder, when, kept, sum)
		if t.Failed() {
			return
		}
	}
	var said bytes.Buffer
	cmd := r.start(t, r.given, folder)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		t.Errorf("%s after the kill: %v\n%s", r.name, err, said.String())
		return
	}
	r.sameAs(t, folder)
}

// kill starts the command and kills it at a random moment: of the time it usually takes, or just
// after one of the files has come that usually come. It returns the finished units seen before.
func (r *reference) kill(t *testing.T, rng *rand.Rand, folder string) (kept []string, killed bool, when string) {
	t.Helper()
	cmd := r.start(t, r.given, folder)
	watch := newWatch(folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if after := time.Duration(rng.Int64N(int64(r.took) + 1)); rng.IntN(2) == 0 || r.events == 0 {
		when = fmt.Sprintf("after %v", after)
		select {
		case <-time.After(after):
		case err := <-ended:
			ended <- err
		}
	} else {
		file, late := 1+rng.IntN(r.events), time.Duration(rng.Int64N(int64(2*time.Millisecond)))
		when = fmt.Sprintf("%v after file %d", late, file)
		select {
		case <-watch.seen(file):
			time.Sleep(late)
		case err := <-ended:
			ended <- err
		}
	}
	kept = watch.units() // on the disk before the kill
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	err := <-ended
	watch.stop()
	var exit *exec.ExitError
	return kept, errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL, when
}

// A watch looks at which files come below a folder.
type watch struct {
	folder string
	quit   chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	names   map[string]bool
	waiting map[int]chan struct{}
}

func newWatch(folder string) *watch {
	w := &watch{folder: folder, quit: make(chan struct{}), names: map[string]bool{}, waiting: map[int]chan struct{}{}}
	before := w.files()
	w.done.Go(func() {
		for {
			select {
			case <-w.quit:
				return
			case <-time.After(200 * time.Microsecond):
			}
			w.note(before)
		}
	})
	return w
}

func (w *watch) files() map[string]bool {
	found := map[string]bool{}
	_ = filepath.WalkDir(w.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			found[path] = true
		}
		return nil // files may go while we look
	})
	return found
}

func (w *watch) note(before map[string]bool) {
	found := w.files()
	w.mu.Lock()
	defer w.mu.Unlock()
	for path := range found {
		if !before[path] {
			w.names[path] = true
		}
	}
	for n, c := range w.waiting {
		if len(w.names) >= n {
			close(c)
			delete(w.waiting, n)
		}
	}
}

// seen is closed when n files have come.
func (w *watch) seen(n int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{})
	w.waiting[n] = c
	return c
}

// units returns the finished units of work that have been seen.
func (w *watch) units() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.names)), func(path string) bool {
		return !strings.Contains(path, "/parts/") || strings.HasPrefix(filepath.Base(path), ".")
	})
}

// stop ends the watch and returns how many files came.
func (w *watch) stop() int {
	close(w.quit)
	w.done.Wait()
	return len(w.names)
}

// inspect looks at what a kill has left.
func (r *reference) inspect(t *testing.T, folder, when string, kept []string, sum *tally) {
	t.Helper()
	what := fmt.Sprintf("%s, killed %s", r.name, when)
	files, temporary := 0, 0
	for path := range (&watch{folder: folder}).files() {
		name, err := filepath.Rel(folder, path)
		if err != nil {
			t.Fatal(err)
		}
		switch base := filepath.Base(path); {
		case base == ".lock" || strings.HasPrefix(name, "runs/old/") && base != runstore.FileReport:
			continue
		case strings.HasSuffix(base, ".tmp"):
			temporary++
			continue
		}
		files++
		if err := readable(path); err != nil {
			t.Errorf("%s: half a file: %v", what, err)
		}
		if r.fixed && !bytes.Equal(content(t, path), content(t, filepath.Join(r.folder, name))) {
			t.Errorf("%s: %s is not what it is to be", what, name)
		}
	}
	switch {
	case temporary > 0:
		sum.halfWritten++
	case files == 0:
		sum.nothing++
	}
	if r.run == "" {
		if files > 0 && temporary == 0 {
			sum.complete++
		}
		return
	}
	run, err := runstore.Open(filepath.Join(folder, "runs"), r.run)
	if err != nil {
		return // not begun: readable has seen that there is no damaged environment
	}
	if run.Environment().Complete {
		sum.complete++
		sameRows(t, what+", complete", load(t, filepath.Join(r.folder, "runs", r.run)), load(t, run.Dir()))
		return
	}
	sum.unfinished++
	if len(kept) > 0 {
		sum.resumed++
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: a finished unit is lost: %v", what, err)
		}
	}
}

// sameAs holds what the command has made after kills against what it makes without.
func (r *reference) sameAs(t *testing.T, folder string) {
	t.Helper()
	want, got := (&watch{folder: r.folder}).files(), (&watch{folder: folder}).files()
	for path := range want {
		name, err := filepath.Rel(r.folder, path)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(folder, name)
		if !got[at] {
			t.Errorf("%s, killed and gone on with: %s is missing", r.name, name)
			continue
		}
		if err := readable(at); err != nil {
			t.Errorf("%s, killed and gone on with: %v", r.name, err)
		}
		if r.fixed && !bytes.Equal(content(t, path), content(t, at)) {
			t.Errorf("%s, killed and gone on with: %s has other bytes", r.name, name)
		}
	}
	for path := range got {
		if strings.HasSuffix(path, ".tmp") {
			t.Errorf("%s, killed and gone on with: %s is left behind", r.name, path)
		}
	}
	if r.run == "" {
		return
	}
	entries, err := runstore.List(filepath.Join(folder, "runs"))
	if err != nil || len(entries) != 1 || !entries[0].Environment.Complete {
		t.Errorf("%s, killed and gone on with: runs %v, %v", r.name, entries, err)
		return
	}
	if problems := runstore.Check(entries[0]); len(problems) > 0 {
		t.Errorf("%s, killed and gone on with: %q", r.name, problems)
	}
	sameRows(t, r.name+", killed and gone on with", load(t, filepath.Join(r.folder, "runs", r.run)), load(t, entries[0].Dir))
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
