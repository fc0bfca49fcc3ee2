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
	"syscall"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

var (
	kills    = flag.Int("kills", 10, "how many times TestKill kills a command")
	killSeed = flag.Uint64("killseed", 0, "seed of TestKill's commands and moments; 0: another one each time")
)

// A writing is a command that writes. In its arguments FOLDER is a folder of its own, and GIVEN
// one with runs to read, which it shares with the others.
type writing struct {
	name    string
	args    []string
	run     string   // the run it makes below FOLDER/runs, if it makes one
	old     []string // what is copied from GIVEN to FOLDER/runs beforehand
	removes string   // what of that it removes
	fixed   bool     // its files have the same bytes each time
}

var small64 = []string{"--filter", "op:relu type:float32", "--sizes", "64", "--depth", "2", "--width", "32", "--batch", "16"}

var writings = []writing{
	{name: "bench", run: "mine", args: append([]string{"bench", "--quiet", "--out", "FOLDER/runs", "--id", "mine"}, small64...)},
	{name: "verify", run: "mine", args: []string{"verify", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--filter", "op:(relu OR normal) type:float32", "--effort", ".3"}},
	{name: "layers", run: "mine", args: []string{"layers", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--grid", "act=tanh,relu depth=4 width=64 batch=32 seed=1:6"}},
	{name: "reproduce", run: "mine", args: []string{"reproduce", "kraehenbuehl", "--quiet", "--out", "FOLDER/runs", "--id", "mine"}},
	{name: "bench --against", run: "mine", args: []string{"bench", "--against", "self", "--quiet", "--out", "FOLDER/runs", "--id", "mine", "--filter", "op:relu dir:forward type:float32", "--sizes", "64", "--samples", "10", "--budget", "1s", "--thresholds", "GIVEN/thresholds.txt"}},
	{name: "runs join", run: "mine", args: []string{"runs", "join", "GIVEN/s1", "GIVEN/s2", "--out", "FOLDER/runs", "--id", "mine"}},
	{name: "report", old: []string{"old"}, args: []string{"report", "old", "--out", "FOLDER/runs"}},
	{name: "baseline save", old: []string{"old"}, args: []string{"baseline", "save", "main", "old", "--out", "FOLDER/runs"}},
	{name: "baseline delete", old: []string{"baselines"}, removes: "baselines/first.json", args: []string{"baseline", "delete", "first", "--out", "FOLDER/runs"}},
	{name: "runs prune", old: []string{"old", "new"}, removes: "old", args: []string{"runs", "prune", "--keep", "1", "--yes", "--out", "FOLDER/runs"}},
	{name: "runs merge", fixed: true, args: []string{"runs", "merge", "FOLDER/data", "old", "new", "--out", "GIVEN"}},
	{name: "export", fixed: true, args: []string{"export", "old", "--out", "GIVEN", "--to", "FOLDER/old.txt"}},
	{name: "compare", args: []string{"compare", "old", "new", "--out", "GIVEN", "--threshold", "1000", "--junit", "FOLDER/compare.xml"}},
	{name: "diagnose", args: []string{"diagnose", "--net", "GIVEN/own.json", "--init", "lecun_uniform", "--data", "digits", "--rows", "FOLDER/layers.parquet"}},
	{name: "advise", fixed: true, args: []string{"advise", "--net", "GIVEN/own.json", "--out", "FOLDER/spec.json"}},
	{name: "init npz", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.npz"}},
	{name: "init safetensors", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.safetensors"}},
	{name: "init parquet", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.parquet"}},
	{name: "init arrow", fixed: true, args: []string{"init", "--spec", "GIVEN/net.json", "--out", "FOLDER/w.arrow"}},
	converts("digits", "arrow"), converts("digits", "parquet"), converts("digits", "arrows"),
	converts("normal", "csv.gz", many...), converts("normal", "npy", many...), converts("normal", "npz", many...),
	converts("normal", "safetensors", many...), converts("normal", "idx", many...),
	{name: "apply arrow", fixed: true, args: []string{"apply", "--op", "gelu", "GIVEN/normal.npy", "FOLDER/gelu.arrow"}},
	{name: "apply parquet", fixed: true, args: []string{"apply", "--op", "gelu", "GIVEN/normal.npy", "FOLDER/gelu.parquet"}},
}

// many are the flags of a generator whose file takes a while to write.
var many = []string{"--rows", "200000"}

// converts is data convert to a file of a format.
func converts(data, ending string, flags ...string) writing {
	args := append([]string{"data", "convert", data, "FOLDER/" + data + "." + ending}, flags...)
	return writing{name: "data convert " + ending, fixed: true, args: args}
}

// kill -9 at any moment of any command that writes loses nothing that was finished, leaves nothing
// that looks finished and is not, and the same command again ends as if nothing had happened.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each command several times in a process of its own: too slow for -short")
	}
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("the same commands and moments again: -run TestKill -args -kills %d -killseed %d", *kills, seed)
	given := givenRuns(t)
	rng := rand.New(rand.NewPCG(seed, 9))
	order := slices.Clone(writings)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	usual := map[string]*reference{}
	sum := tally{of: map[string]int{}}
	for sum.kills < *kills {
		w := slices.MinFunc(order, func(a, b writing) int { return sum.of[a.name] - sum.of[b.name] })
		if usual[w.name] == nil {
			usual[w.name] = w.reference(t, given)
		}
		if usual[w.name].survive(t, rng, &sum); t.Failed() {
			return
		}
	}
	t.Logf("%d kills: %s", sum.kills, sum.String())
	if sum.kills < 200 {
		return
	}
	if sum.halfWritten == 0 || sum.resumed == 0 {
		t.Error("no kill fell into the writing of a file, or between two units: they prove little")
	}
	for _, w := range writings {
		if sum.of[w.name] < sum.kills/len(writings)/2 {
			t.Errorf("%s was killed %d times of %d", w.name, sum.of[w.name], sum.kills)
		}
	}
}

// A tally says where the kills fell.
type tally struct {
	kills       int
	of          map[string]int // each command, by name
	nothing     int            // before anything was there
	halfWritten int            // into the writing of a file
	unfinished  int            // into a run that was begun
	resumed     int            // after its first unit of work
	complete    int            // after the run was complete, or the file was there
}

func (s tally) String() string {
	return fmt.Sprintf("%d before anything was written, %d while a file was written, %d in unfinished runs, %d of them after a finished unit, %d after the last byte",
		s.nothing, s.halfWritten, s.unfinished, s.resumed, s.complete)
}

// givenRuns makes the runs and files that commands read.
func givenRuns(t *testing.T) string {
	given := t.TempDir()
	for name, text := range map[string]string{"net.json": lenet, "own.json": reluNet, "thresholds.txt": "* slower=100000%\n"} {
		if err := os.WriteFile(filepath.Join(given, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"old", "new"} {
		mustRun(t, append([]string{"bench", "--quiet", "--out", given, "--id", id}, small64...)...)
	}
	if err := os.Remove(filepath.Join(given, "old", runstore.FileReport)); err != nil { // it is made
		t.Fatal(err)
	}
	mustRun(t, "baseline", "save", "first", "old", "--out", given)
	mustRun(t, "data", "convert", "normal", filepath.Join(given, "normal.npy"), "--rows", "200000")
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

// copied begins the names of files that say what was copied to a folder.
const copied = ".copied-"

// start copies what the command is given and returns it, ready to start in a folder of its own.
func (w writing) start(t *testing.T, given, folder string) *exec.Cmd {
	t.Helper()
	for _, old := range w.old {
		mark := filepath.Join(folder, copied+old) // what the command has removed is not copied again
		if _, err := os.Stat(mark); err == nil {
			continue
		}
		if err := errors.Join(os.CopyFS(filepath.Join(folder, "runs", old), os.DirFS(filepath.Join(given, old))), os.WriteFile(mark, nil, 0o666)); err != nil {
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
	finished := map[string][]byte{}
	for again := true; again; again = rng.IntN(3) == 0 {
		kept, killed, when := r.kill(t, rng, folder)
		if !killed {
			break // it was faster than usual
		}
		sum.kills++
		sum.of[r.name]++
		r.inspect(t, folder, when, kept, sum)
		if t.Failed() {
			return
		}
		maps.Copy(finished, kept)
		if r.removed(folder) {
			break // there is nothing left to do
		}
	}
	var said bytes.Buffer
	cmd := r.start(t, r.given, folder)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil && !r.removed(folder) {
		t.Errorf("%s after the kill: %v\n%s", r.name, err, said.String())
		return
	}
	r.sameAs(t, folder)
	if r.run != "" {
		hasRows(t, r.name+", killed and gone on with", load(t, filepath.Join(folder, "runs", r.run)), finished)
	}
}

// removed reports whether what the command is to remove is gone.
func (r *reference) removed(folder string) bool {
	if r.removes == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(folder, "runs", r.removes))
	return errors.Is(err, fs.ErrNotExist)
}

// kill starts the command and kills it at a random moment: of the time it usually takes, or just
// after one of the files has come that usually come. It returns the finished units seen before,
// and what was in them.
func (r *reference) kill(t *testing.T, rng *rand.Rand, folder string) (kept map[string][]byte, killed bool, when string) {
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

// inspect looks at what a kill has left.
func (r *reference) inspect(t *testing.T, folder, when string, kept map[string][]byte, sum *tally) {
	t.Helper()
	what := fmt.Sprintf("%s, killed %s", r.name, when)
	files, temporary := 0, 0
	r.untouched(t, what, folder)
	for path := range filesBelow(folder) {
		name, err := filepath.Rel(folder, path)
		if err != nil {
			t.Fatal(err)
		}
		switch base := filepath.Base(path); {
		case base == ".lock" || r.copies(name):
			continue
		case strings.HasSuffix(base, ".tmp"):
			temporary++
			continue
		}
		files++
		if err := r.whole(name, path); err != nil {
			t.Errorf("%s: half a file: %v", what, err)
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
	for path, data := range kept {
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, data) {
			t.Errorf("%s: a finished unit is lost: %s: %v", what, path, err)
		}
	}
}

// whole says why a file that the command has made is not one that it makes.
func (r *reference) whole(name, path string) error {
	if !r.fixed {
		return readable(path)
	}
	want, err := os.ReadFile(filepath.Join(r.folder, name))
	if err != nil {
		return err
	}
	have, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(have, want) {
		err = fmt.Errorf("%s: other bytes than it is to have", path)
	}
	return err
}

// copies reports whether a file in the command's folder was copied there.
func (r *reference) copies(name string) bool {
	if strings.HasPrefix(name, copied) {
		return true
	}
	given, found := strings.CutPrefix(name, "runs/")
	_, err := os.Stat(filepath.Join(r.given, given))
	return found && err == nil
}

// untouched sees that what was copied to a folder is as it was, but for what the command removes, which is whole
// or gone.
func (r *reference) untouched(t *testing.T, what, folder string) {
	t.Helper()
	for _, old := range r.old {
		for path := range filesBelow(filepath.Join(r.given, old)) {
			name, err := filepath.Rel(r.given, path)
			if err != nil {
				t.Fatal(err)
			}
			if r.removed(folder) && (name == r.removes || strings.HasPrefix(name, r.removes+"/")) {
				continue
			}
			if have, err := os.ReadFile(filepath.Join(folder, "runs", name)); err != nil || !bytes.Equal(have, content(t, path)) {
				t.Errorf("%s: %s is not as it was: %v", what, name, err)
			}
		}
	}
}

// sameAs holds what the command has made after kills against what it makes without.
func (r *reference) sameAs(t *testing.T, folder string) {
	t.Helper()
	what := r.name + ", killed and gone on with"
	r.untouched(t, what, folder)
	want, got := filesBelow(r.folder), filesBelow(folder)
	for path := range want {
		name, err := filepath.Rel(r.folder, path)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(folder, name)
		if !got[at] {
			t.Errorf("%s: %s is missing", what, name)
			continue
		}
		delete(got, at)
		if r.copies(name) {
			continue
		}
		if err := r.whole(name, at); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if filepath.Dir(name) == "." && filepath.Ext(name) == ".parquet" && !r.fixed {
			sameRows(t, what, &runstore.Data{Layers: rowsOf[result.Layer](t, path)}, &runstore.Data{Layers: rowsOf[result.Layer](t, at)})
		}
	}
	for path := range got {
		t.Errorf("%s: %s is left behind", what, path)
	}
	if r.run == "" {
		return
	}
	entries, err := runstore.List(filepath.Join(folder, "runs"))
	if err != nil || len(entries) != 1 || !entries[0].Environment.Complete {
		t.Errorf("%s: runs %v, %v", what, entries, err)
		return
	}
	if problems := runstore.Check(entries[0]); len(problems) > 0 {
		t.Errorf("%s: %q", what, problems)
	}
	sameRows(t, what, load(t, filepath.Join(r.folder, "runs", r.run)), load(t, entries[0].Dir))
}

func rowsOf[R rowfile.Row](t *testing.T, path string) []R {
	t.Helper()
	rows, err := rowfile.ReadParquet[R](path)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
