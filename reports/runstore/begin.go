package runstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
)

// Begin opens the run of this name below root for writing, or makes it where it is not there
// or was killed before it had an environment. Of a run that is made, env becomes the environment
// as it does in Create; a baseline's name is refused. A run that was there keeps its own, and there says so: whether it is of
// the same command, and whether it is complete, is for the caller to look at. The run is locked
// (see Lock) unless it is complete.
func Begin(root, name string, id result.Identity, env result.Environment) (r *Run, there bool, err error) {
	if err := checkName(name); err != nil {
		return nil, false, err
	}
	for range removalsInARow {
		if r, there, err = begin(root, name, id, env); !errors.Is(err, errRemoved) {
			break
		}
	}
	return r, there, err
}

// begin is Begin, with errRemoved where another process removes the run at this moment.
func begin(root, name string, id result.Identity, env result.Environment) (r *Run, there bool, err error) {
	r = &Run{dir: filepath.Join(root, name)}
	if _, err := os.Stat(r.dir); errors.Is(err, fs.ErrNotExist) {
		if err := refuseBaselineName(root, name); err != nil {
			return nil, false, err
		}
	}
	switch err := atomicfile.MakeFolder(r.dir, folderPermissions); {
	case errors.Is(err, fs.ErrExist): // and gone when it was looked at
		return nil, false, fmt.Errorf("%s: %w", r.dir, errRemoved)
	case err != nil:
		return nil, false, unwritable(root, err)
	}
	if r.env, err = EnvironmentOf(r.dir); err == nil && r.env.Complete && !r.hasParts() {
		return r, true, nil
	}
	switch err := r.onlyBegun(); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("%s: %w", r.dir, errRemoved)
	case err != nil:
		return nil, false, err
	}
	if err := r.takeLock(); err != nil {
		if written := new(WrittenError); r.env.Complete && errors.As(err, &written) {
			return r, true, nil // the other process removes the parts
		}
		return nil, false, err
	}
	r.env, err = EnvironmentOf(r.dir) // the other process may have been here
	switch {
	case err == nil && r.env.Complete:
		return r, true, r.removeParts()
	case err == nil:
		return r, true, nil
	case !errors.Is(err, ErrNoRun):
		return nil, false, errors.Join(err, r.Unlock())
	}
	return r, false, r.start(name, id, env)
}

// start gives a run that has a folder and its lock its environment.
func (r *Run) start(name string, id result.Identity, env result.Environment) error {
	env.RunID, env.Host, env.Started = name, id.Host, id.Started.UTC().Truncate(time.Microsecond)
	env.Finished, env.Complete, env.Files = time.Time{}, false, nil
	r.env = env
	err := r.writeEnvironment()
	if err == nil {
		return nil
	}
	err = errors.Join(err, r.removeLock())
	_ = os.Remove(r.dir) // where it is empty: the failed write leaves nothing
	return err
}

// Discard removes a run of which nothing was saved, and that this process has begun.
func (r *Run) Discard() error {
	lock := r.lock
	r.lock = nil
	defer lock.Close() // where it could not be renamed
	return remove(r.dir, func(hidden string) error { return atomicfile.Rename(lock, r.dir, hidden) })
}

// onlyBegun refuses a folder that has files but no environment.json: it is no run's.
func (r *Run) onlyBegun() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	foreign := ""
	for _, e := range entries {
		switch name := e.Name(); {
		case name == FileEnvironment:
			return nil
		case name != partsFolder && !strings.HasPrefix(name, "."):
			foreign = name
		}
	}
	if foreign != "" {
		return fmt.Errorf("%s: it holds %s and no %s: not the folder of a run; give another --id", r.dir, foreign, FileEnvironment)
	}
	return nil
}

// checkName refuses names that are no plain folder names everywhere.
func checkName(name string) error {
	if name == baselinesFolder {
		return fmt.Errorf("--id %s: that folder holds the baselines: give another name", name)
	}
	if !plainName(name) {
		return fmt.Errorf("--id %q: want %s", name, plainNames)
	}
	return nil
}

// plainNames says in words which names plainName takes.
var plainNames = fmt.Sprintf("up to %d letters, digits, -, _, ., = and +, no . in front", maxFileName)

// plainName reports whether the name can be that of a folder or a file on every system, and of one in the
// folder that it is joined to, which matters where it comes from a file that anyone may have written.
func plainName(name string) bool {
	return name != "" && len(name) <= maxFileName && name[0] != '.' && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.=+", c))
	})
}
