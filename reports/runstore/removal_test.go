package runstore

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"actinit/harness/result"
)

// A process that has opened the lock's file before the run was removed, and gets the lock after that, does not take
// the run for its own.
func TestHoldLockOfRemovedRun(t *testing.T) {
	run := create(t, t.TempDir())
	f, err := openLock(run.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Discard(); err != nil {
		t.Fatal(err)
	}
	if err := hold(f, run.Dir()); !errors.Is(err, errRemoved) || !errors.Is(err, ErrAnother) {
		t.Errorf("%v, want %v", err, errRemoved)
	}
}

// Of a run that is removed while a process waits for its lock, Lock makes nothing again, and Begin makes a new run.
func TestLockOfRemovedRun(t *testing.T) {
	root := t.TempDir()
	id, env := result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"bench"}}
	for _, c := range []struct {
		name string
		take func(run *Run) error
		want error
	}{
		{"Lock", func(run *Run) error { return run.Lock() }, errRemoved},
		{"Begin", func(run *Run) error {
			again, there, err := Begin(root, "mine", id, env)
			if err == nil && (there || again.Unlock() != nil) {
				t.Error("the removed run is there")
			}
			return err
		}, nil},
	} {
		run, _, err := Begin(root, "mine", id, env)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Open(root, "mine")
		if err != nil {
			t.Fatal(err)
		}
		taken := make(chan error)
		go func() {
			err := c.take(other)
			for written := new(WrittenError); errors.As(err, &written); { // the run is removed late
				err = c.take(other)
			}
			taken <- err
		}()
		time.Sleep(lockPause / 2) // in which the other process comes to wait, as a rule
		if err := run.Discard(); err != nil {
			t.Error(err)
		}
		if err := <-taken; !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if _, err := os.Stat(run.Dir()); (err == nil) != (c.want == nil) {
			t.Errorf("%s: the run's folder: %v", c.name, err)
		}
		if remains, err := Remains(root); err != nil || len(remains) != 0 {
			t.Errorf("%s: remains %v, %v", c.name, remains, err)
		}
	}
}

// A run that has become a baseline's since it was listed stays, and is whole.
func TestRemoveBaselineRun(t *testing.T) {
	root := t.TempDir()
	run := finishedRun(t, root, "bee", started)
	if _, err := SaveBaseline(root, "main", run.ID, started); err != nil {
		t.Fatal(err)
	}
	if err := Remove(run); !errors.Is(err, ErrAnother) || !strings.Contains(err.Error(), "the baseline main") {
		t.Errorf("removed: %v", err)
	}
	if problems := Check(run); len(problems) != 0 {
		t.Errorf("it is harmed: %q", problems)
	}
	if err := errors.Join(DeleteBaseline(root, "main"), Remove(run)); err != nil {
		t.Error(err)
	}
}

// Processes begin, go on with, finish, discard and remove runs of one name at the same time: one writes at a time, and
// what it writes is there as long as it has the lock.
func TestRemovalsBesideWriters(t *testing.T) {
	root := t.TempDir()
	end := time.Now().Add(2 * time.Second)
	if testing.Short() {
		end = time.Now().Add(500 * time.Millisecond)
	}
	var writers sync.WaitGroup
	var inside, wrote, removals atomic.Int64
	write := func() {
		run, _, err := Begin(root, "mine", result.Identity{Host: "box", Started: started}, result.Environment{})
		if written := new(WrittenError); errors.As(err, &written) {
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		if run.env.Complete {
			return
		}
		if n := inside.Add(1); n != 1 {
			t.Errorf("%d write the run", n)
		}
		const saved = partsFolder + "/saved" // a journal's Save would wait for the disk, with few turns
		if err := os.WriteFile(run.Path(saved), nil, 0o666); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
		for _, file := range []string{FileEnvironment, saved} {
			if _, err := os.Stat(run.Path(file)); err != nil {
				t.Error(err)
			}
		}
		wrote.Add(1)
		inside.Add(-1)
		switch rand.IntN(3) {
		case 0:
			err = run.Discard()
		case 1:
			err = complete(run, merging)
		default:
			err = run.Unlock()
		}
		if err != nil {
			t.Error(err)
		}
	}
	remove := func() {
		runs, err := List(root)
		if err != nil {
			t.Error(err)
			return
		}
		for _, run := range runs {
			err := Remove(run)
			written := new(WrittenError)
			switch {
			case err == nil:
				removals.Add(1)
			case errors.As(err, &written), errors.Is(err, errRemoved), errors.Is(err, errChanged), errors.Is(err, fs.ErrNotExist):
			default:
				t.Error(err)
			}
		}
	}
	for _, work := range []func(){write, write, write, remove, remove} {
		writers.Go(func() {
			for !t.Failed() && (time.Now().Before(end) || wrote.Load() < 3 || removals.Load() < 3) {
				work()
			}
		})
	}
	writers.Wait()
	if remains, err := Remains(root); err != nil || len(remains) != 0 {
		t.Errorf("remains %v, %v", remains, err)
	}
}

// A run that was gone on with, or made anew, since it was listed is not the one that was to go.
func TestRemoveChangedRun(t *testing.T) {
	root := t.TempDir()
	env := result.Environment{Command: []string{"bench"}}
	run, _, err := Begin(root, "mine", result.Identity{Host: "box", Started: started}, env)
	if err != nil {
		t.Fatal(err)
	}
	listed := func() Entry {
		t.Helper()
		runs, err := List(root)
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		return runs[0]
	}
	unfinished := listed()
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 1)...)
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}
	if err := Remove(unfinished); !errors.Is(err, errChanged) {
		t.Errorf("completed since: %v", err)
	}
	whole := listed()
	if problems := Check(whole); len(problems) != 0 {
		t.Errorf("it is harmed: %q", problems)
	}
	if err := Remove(whole); err != nil {
		t.Fatal(err)
	}
	again, _, err := Begin(root, "mine", result.Identity{Host: "box", Started: started.Add(time.Second)}, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := Remove(whole); !errors.Is(err, errChanged) {
		t.Errorf("made anew since: %v", err)
	}
	if err := Remove(listed()); err != nil {
		t.Error(err)
	}
}
