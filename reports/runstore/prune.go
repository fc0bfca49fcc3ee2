package runstore

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"actinit/harness/result"
)

// PruneOptions say which runs may go. A run goes if every rule that is given lets it. A run that was joined is as
// old as its joining, and its shards go with it: they count as no runs. Some stay whatever the rules say (see Kept).
type PruneOptions struct {
	Keep       int           // so many of the newest complete runs stay, and what is newer than the oldest of them; 0: no rule
	OlderThan  time.Duration // runs less than so long old stay; 0: no rule
	Incomplete bool          // complete runs stay
	Now        time.Time
	Protected  map[string]string // runs that stay whatever the rules say, by ID, and why: "baseline main"
}

// A Kept is a run that the rules would let go, and why it stays nevertheless: it is protected, it cannot be read, a process
// is writing it, it is not complete and was written less than a day ago, so that a process on a machine whose locks are not seen here may be
// writing it, unless this machine has written it last since it was started, or it is a complete shard that no run there was joined of. Such shards go by their age alone: OlderThan
// without other rules, counted from when the last shard of their command began or ended.
type Kept struct {
	Entry
	Why string
}

// Prunable returns the runs that may go, oldest first and shards before the run that was joined of them, and those that
// only this package's care keeps.
func Prunable(runs []Entry, o PruneOptions) (gone []Entry, kept []Kept, err error) {
	if o.Keep == 0 && o.OlderThan == 0 && !o.Incomplete {
		return nil, nil, fmt.Errorf("nothing says which runs may go: want a number to keep, an age, or those that are not complete")
	}
	newer := 0
	for _, run := range slices.Backward(byAge(runs)) {
		counts := run.complete && run.Shard() == ""
		if counts {
			newer++
		}
		if o.Keep > 0 && (newer < o.Keep || newer == o.Keep && (counts || run.joined)) ||
			o.OlderThan > 0 && run.Err == nil && o.Now.Sub(run.at) < o.OlderThan ||
			o.Incomplete && run.complete {
			continue
		}
		if why := o.keeps(run); why != "" {
			kept = append(kept, Kept{run.Entry, why})
			continue
		}
		gone = append(gone, run.Entry)
	}
	slices.Reverse(gone)
	slices.Reverse(kept)
	return gone, kept, nil
}

// keeps says why a run stays that the rules let go, "" if nothing keeps it.
func (o PruneOptions) keeps(run aged) string {
	switch {
	case o.Protected[run.ID] != "":
		return o.Protected[run.ID]
	case run.Err != nil: // nobody knows what it is
		return "damaged: remove its folder if nothing in it is wanted"
	case !run.complete && run.running():
		return "a process is writing it"
	case !run.complete && o.Now.Sub(lastWritten(run.Entry)) < underWay && !writerEnded(run.Dir):
		return "not complete and written less than a day ago: a process on another machine may be writing it"
	case run.complete && run.Shard() != "" && !run.joined && o.Keep > 0:
		return "a shard that is not joined yet (actinit runs join)"
	}
	return ""
}

// lastWritten is when a run began that is not complete, or units of it were written, or a process began to write them.
func lastWritten(run Entry) time.Time {
	last := run.Environment.Started
	entries, _ := os.ReadDir(filepath.Join(run.Dir, partsFolder)) // none, nothing written
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// An aged is a run with what its age is counted from.
type aged struct {
	Entry
	at       time.Time
	complete bool
	joined   bool // it is a shard, and a run that was joined of it is there
}

// byAge sorts runs by their age, oldest first: joined shards before the newest run that was joined of them.
func byAge(runs []Entry) []aged {
	joined, sweeps := map[begun]time.Time{}, map[string]time.Time{}
	later := func(a, b time.Time) time.Time {
		if a.After(b) {
			return a
		}
		return b
	}
	for _, run := range runs {
		env := run.Environment
		if run.Shard() != "" {
			sweeps[sweepOf(env)] = later(sweeps[sweepOf(env)], later(env.Started, env.Finished))
		}
		if env.Complete && whole(run.Dir, env) == nil { // shards are all there is of a damaged one
			for _, s := range env.Joined {
				joined[shardBegun(s)] = later(joined[shardBegun(s)], joinedAt(env))
			}
		}
	}
	all := make([]aged, len(runs))
	for i, run := range runs {
		a := aged{Entry: run, at: joinedAt(run.Environment), complete: run.Err == nil && run.Environment.Complete}
		if at, found := joined[begunOf(run.Environment)]; found && a.complete {
			a.at, a.joined = at, true
		} else if a.complete && run.Shard() != "" {
			a.at = sweeps[sweepOf(run.Environment)]
		}
		all[i] = a
	}
	slices.SortStableFunc(all, func(a, b aged) int {
		switch order := a.at.Compare(b.at); {
		case order != 0 || a.joined == b.joined:
			return order
		case a.joined:
			return -1
		}
		return 1
	})
	return all
}

// joinedAt is when a joined run was joined, or its last shard ended, and when another began.
func joinedAt(env result.Environment) time.Time {
	if len(env.Joined) == 0 {
		return env.Started
	}
	at := env.Finished
	for _, s := range env.Joined {
		if s.Finished.After(at) {
			at = s.Finished
		}
	}
	return at
}

// sweepOf is the same of all shards of a command, and of no other.
func sweepOf(env result.Environment) string {
	command := slices.DeleteFunc(slices.Clone(env.Command), isShard)
	return fmt.Sprintf("%q %s %d", command, env.Source(), env.Seed)
}

// running reports whether a process is writing the run.
func (e Entry) running() bool {
	_, running := Running(e.Dir)
	return running
}

// Remove removes a run, unless a process is writing it, it is not any more what it was when it was listed, or a baseline
// names it. Its folder is renamed first, so that no half of it is taken for a run, and under its lock, so that no process that
// begins to write it at this moment loses what it writes.
func Remove(run Entry) error {
	r := &Run{dir: run.Dir}
	err := r.takeLock()
	if run.Environment.Complete && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) {
		// On a full disk there is no room for a lock, which a complete run has not; it goes to make some.
		if err := refuseBaseline(run); err != nil {
			return err
		}
		return remove(run.Dir, func(hidden string) error { return os.Rename(run.Dir, hidden) })
	}
	if err != nil {
		return err
	}
	env, err := EnvironmentOf(run.Dir)
	if err != nil && run.Err == nil || err == nil && (env.Complete != run.Environment.Complete || begunOf(env) != begunOf(run.Environment)) {
		err = fmt.Errorf("%s: %w", run.Dir, errChanged)
	} else {
		err = refuseBaseline(run)
	}
	switch {
	case err == nil:
		return r.Discard()
	case env.Complete:
		return errors.Join(err, r.removeParts())
	default:
		return errors.Join(err, r.Unlock())
	}
}

// errChanged is the error of a run that is not any more what was to be removed.
var errChanged = fmt.Errorf("%w has gone on with the run, or begun another of its name, meanwhile: it stays", ErrAnother)

// refuseBaseline refuses to remove a run that has become a baseline's since it was found to be none's.
func refuseBaseline(run Entry) error {
	baselines, err := Baselines(filepath.Dir(run.Dir))
	for _, b := range baselines {
		if b.RunID == run.ID {
			return fmt.Errorf("%s: %w has made it the baseline %s meanwhile: it stays", run.Dir, ErrAnother, b.Name)
		}
	}
	return err
}

// remove removes the run's folder dir, which rename gives a name that is no run's.
func remove(dir string, rename func(hidden string) error) error {
	hidden := filepath.Join(filepath.Dir(dir), fmt.Sprintf("%s%s-%016x", removed, filepath.Base(dir), rand.Uint64()))
	if err := rename(hidden); err != nil {
		return err
	}
	var err error
	for range removalsInARow {
		// Who was about to take the lock may have made its file meanwhile, found under the old name.
		if err = os.RemoveAll(hidden); !errors.Is(err, fs.ErrExist) { // not empty
			break
		}
	}
	return err
}

// Remains returns the folders below root that are left of runs whose removal was interrupted.
func Remains(root string) ([]string, error) {
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var remains []string
	for _, f := range folders {
		if f.IsDir() && isRemoved(f.Name()) {
			remains = append(remains, filepath.Join(root, f.Name()))
		}
	}
	return remains, nil
}

// underWay is how long ago a run that is not complete may have been written and still be one that is being made.
const underWay = 24 * time.Hour

// removed begins the names of folders that are being removed.
const removed = ".removed-"

// isRemoved reports whether a folder is what is left of a run whose removal was interrupted.
func isRemoved(name string) bool { return strings.HasPrefix(name, removed) }
