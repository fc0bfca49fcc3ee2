package runstore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// PruneOptions say which runs may go. A run goes if every rule that is given lets it. One
// that a process is writing stays, and so does one that is not complete and less than a day old: a
// process on a machine whose locks are not seen here may be writing it.
type PruneOptions struct {
	Keep       int           // so many of the newest complete runs stay, shards not counted, and what is newer than the oldest of them; 0: no rule
	OlderThan  time.Duration // runs that began less than so long ago stay; 0: no rule
	Incomplete bool          // complete runs stay
	Now        time.Time
	Protected  map[string]string // runs that stay whatever the rules say, by ID, and why: "baseline main"
}

// Prunable returns the runs that may go, oldest first, and those that are protected from it.
func Prunable(runs []Entry, o PruneOptions) (gone, protected []Entry, err error) {
	if o.Keep == 0 && o.OlderThan == 0 && !o.Incomplete {
		return nil, nil, fmt.Errorf("nothing says which runs may go: want a number to keep, an age, or those that are not complete")
	}
	newer := 0
	for _, run := range slices.Backward(runs) {
		complete := run.Err == nil && run.Environment.Complete
		counts := complete && run.Shard() == "" // shards begin later than the run that is joined of them, and would take its place
		if counts {
			newer++
		}
		if run.Err != nil || // nobody knows what it is
			!complete && (o.Now.Sub(run.Environment.Started) < underWay || run.running()) ||
			o.Keep > 0 && (newer < o.Keep || counts && newer == o.Keep) ||
			o.OlderThan > 0 && o.Now.Sub(run.Environment.Started) < o.OlderThan ||
			o.Incomplete && complete {
			continue
		}
		if o.Protected[run.ID] != "" {
			protected = append(protected, run)
			continue
		}
		gone = append(gone, run)
	}
	slices.Reverse(gone)
	slices.Reverse(protected)
	return gone, protected, nil
}

// running reports whether a process is writing the run.
func (e Entry) running() bool {
	_, running := Running(e.Dir)
	return running
}

// Remove removes a run, unless a process is writing it. Its folder is renamed first, so that no half of it
// is taken for a run.
func Remove(run Entry) error {
	if process, running := Running(run.Dir); running {
		return &WrittenError{run.Dir, process}
	}
	hidden := filepath.Join(filepath.Dir(run.Dir), removed+run.ID)
	if err := os.RemoveAll(hidden); err != nil { // of a run of that name whose removal was interrupted
		return err
	}
	if err := os.Rename(run.Dir, hidden); err != nil {
		return err
	}
	return os.RemoveAll(hidden)
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

// underWay is how old a run that is not complete may be and still be one that is being made.
const underWay = 24 * time.Hour

// removed begins the names of folders that are being removed.
const removed = ".removed-"

// isRemoved reports whether a folder is what is left of a run whose removal was interrupted.
func isRemoved(name string) bool { return strings.HasPrefix(name, removed) }
