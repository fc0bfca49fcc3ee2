package runstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
)

// A run is running while its lock is held, and then neither prunable nor removed. Files that are half written are
// no fault of a run that is not complete.
func TestRunning(t *testing.T) {
	root := t.TempDir()
	run, _, err := Begin(root, "mine", result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"bench"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.Path(".bench.parquet.tmp"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	save(t, JournalOf[result.Bench](run, "bench"), "all", benchRows(run, "relu", 1)...)
	if err := errors.Join(run.Finish(merging), os.Remove(run.Path(FileBenchText))); err != nil { // between the table and its text
		t.Fatal(err)
	}
	old := PruneOptions{Incomplete: true, Now: started.AddDate(1, 0, 0)}
	for _, want := range []bool{true, false} {
		process, running := Running(run.Dir())
		if running != want || want && !strings.HasPrefix(process, fmt.Sprintf("%d on ", os.Getpid())) || !want && process != "" {
			t.Errorf("running %v by %q, want %v", running, process, want)
		}
		runs, err := List(root)
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		gone, _, err := Prunable(runs, old)
		if err != nil || (len(gone) == 0) != want {
			t.Errorf("running %v: %d runs may go, %v", want, len(gone), err)
		}
		if problems := Check(runs[0]); len(problems) > 0 {
			t.Errorf("running %v: check finds %q", want, problems)
		}
		err = Remove(runs[0])
		if _, left := os.Stat(run.Dir()); want != (err != nil) || want != (left == nil) || want && !strings.Contains(err.Error(), "another process, ") {
			t.Errorf("running %v: removed with %v, still there: %v", want, err, left == nil)
		}
		if err := run.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	if _, running := Running(filepath.Join(root, "nothing")); running {
		t.Error("a run that is not there is running")
	}
}

// A run that is not complete goes at once where this machine has written it last and writes it no more; one of another machine, or of nobody
// knows which, stays for a day.
func TestPrunableByLastWriter(t *testing.T) {
	host, err := os.Hostname()
	if err != nil || !atomicfile.Locks {
		t.Skip("nobody knows here who has written a run")
	}
	run := create(t, t.TempDir())
	o := PruneOptions{Incomplete: true, Now: run.Environment().Started.Add(time.Minute)}
	may := func() string {
		gone, kept := prunable(t, []Entry{{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}}, o, " ")
		return gone + " " + kept
	}
	if got := may(); got != " "+run.ID() {
		t.Errorf("while it is written: %q", got)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	if got := may(); got != run.ID()+" " {
		t.Errorf("when the writer has ended: %q", got)
	}
	lock := filepath.Join(run.Dir(), partsFolder, lockFile)
	for _, note := range []string{
		"123 on not-" + host + "\n" + runningSystem(), "123 on " + host + "-2\n" + runningSystem(), "",
		"123 on " + host, "123 on " + host + "\n" + runningSystem() + "-2", // another machine of the same name, or before this start of it
	} {
		if err := os.WriteFile(lock, []byte(note), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := may(); got != " "+run.ID() {
			t.Errorf("last written by %q: %q", note, got)
		}
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if got := may(); got != " "+run.ID() {
		t.Errorf("without a lock: %q", got)
	}
}

// A run that is not complete, and that another machine has written last, stays for a day after that, however old it is: it may have been
// gone on with there.
func TestPrunableByLastWriting(t *testing.T) {
	run := create(t, t.TempDir())
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	now := run.Environment().Started.AddDate(0, 0, 9)
	written := func(name, note string, ago time.Duration) {
		t.Helper()
		path := filepath.Join(run.Dir(), partsFolder, name)
		if note == "" {
			if err := os.MkdirAll(path, 0o777); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(note), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-ago), now.Add(-ago)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, goes bool) {
		t.Helper()
		gone, _ := prunable(t, []Entry{{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}}, PruneOptions{Incomplete: true, Now: now}, " ")
		if (gone == run.ID()) != goes {
			t.Errorf("%s: %q may go", what, gone)
		}
	}
	written(lockFile, "123 on another\nlinux 1\n", 25*time.Hour)
	check("begun to be written a day ago", true)
	written("bench", "", time.Hour)
	check("with a unit of an hour ago", false)
	written("bench", "", 26*time.Hour)
	check("with a unit of a day ago", true)
	written(lockFile, "123 on another\nlinux 1\n", time.Hour)
	check("gone on with an hour ago", false)
}

// Who only looks does not keep a writer out, and a writer keeps others out at once.
func TestLookingDoesNotRefuseWriters(t *testing.T) {
	run := create(t, t.TempDir())
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	look, err := os.Open(filepath.Join(run.Dir(), partsFolder, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	if taken, err := atomicfile.TryShared(look); taken || err != nil {
		t.Fatalf("taken %v, %v", taken, err)
	}
	if _, running := Running(run.Dir()); running {
		t.Error("a run that others look at is running")
	}
	locked := make(chan error)
	go func() { locked <- run.Lock() }()
	for range 2 * lockTries { // more than a writer is waited for
		select {
		case err := <-locked:
			t.Fatalf("beside one who looks: %v", err)
		case <-time.After(lockPause):
		}
	}
	if err := look.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-locked; err != nil {
		t.Error(err)
	}
}

// Who begins a run while another process completes it is refused, or finds it complete; and the other completes it.
func TestBeginWhileAnotherCompletes(t *testing.T) {
	for range 50 {
		root := t.TempDir()
		begin := func() (*Run, error) {
			run, _, err := Begin(root, "mine", result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"bench"}})
			return run, err
		}
		first, err := begin()
		if err != nil {
			t.Fatal(err)
		}
		var second sync.WaitGroup
		second.Go(func() {
			var refused *WrittenError
			for {
				run, err := begin()
				switch {
				case errors.As(err, &refused):
					continue
				case err != nil:
					t.Error(err)
				case !run.Environment().Complete:
					t.Error("it goes on with a run that is complete")
				}
				return
			}
		})
		if err := errors.Join(first.Finish(merging), first.Complete()); err != nil {
			t.Error(err)
		}
		second.Wait()
		if _, err := os.Stat(first.Path(partsFolder)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("parts are left: %v", err)
		}
	}
}

// A process that has just completed a run removes its parts: until it has, they are not left behind.
func TestCheckWhilePartsAreRemoved(t *testing.T) {
	entry := finishedRun(t, t.TempDir(), "box", started)
	remover := &Run{dir: entry.Dir}
	if err := remover.takeLock(); err != nil {
		t.Fatal(err)
	}
	if problems := Check(entry); len(problems) > 0 {
		t.Errorf("while they are removed: %q", problems)
	}
	if err := remover.Unlock(); err != nil {
		t.Fatal(err)
	}
	if problems := Check(entry); len(problems) != 1 || !strings.HasPrefix(problems[0], "parts: left behind") {
		t.Errorf("when the process was killed: %q", problems)
	}
}
