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
)

// lockFile is the file in the parts' folder whose lock the process has that writes the run.
const lockFile = ".lock"

// Lock makes this process the only one that writes the run, until Unlock, until the run is
// complete or until the process ends. It removes what a process that was killed left half
// written. A run that another process writes is refused with a WrittenError. A run
// that is complete has no lock, as nothing is written to it.
func (r *Run) Lock() error {
	if r.env.Complete || r.lock != nil {
		return nil
	}
	if err := r.takeLock(); err != nil {
		return err
	}
	env, err := readEnvironment(r.dir) // the other process may have gone on, or to the end
	if err != nil {
		return errors.Join(err, r.Unlock())
	}
	r.env = env
	if env.Complete {
		return r.removeParts()
	}
	return nil
}

// takeLock locks the folder, which need not hold a run yet. Where another process completes the run meanwhile the folder
// goes that is to be locked: it is made again, so that what the other has done can be looked at.
func (r *Run) takeLock() (err error) {
	for range lockTries {
		if err = r.tryLock(); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return err
}

func (r *Run) tryLock() error {
	folder := r.Path(partsFolder)
	if err := atomicfile.MakeFolder(folder, folderPermissions); err != nil {
		return unwritable(r.dir, err)
	}
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return unwritable(r.dir, err)
	}
	taken, err := waitForLook(f)
	switch {
	case taken:
		err = &WrittenError{r.dir, noted(f)}
	case err != nil:
		err = unwritable(r.dir, err)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return err
	}
	r.lock = f
	note(f)
	if err := atomicfile.Clean(r.dir); err != nil {
		return errors.Join(err, r.Unlock())
	}
	return nil
}

// Who only looks at a lock (see Running) holds it for some microseconds, in which it can be taken for a
// writer: taking it is tried a few times before anyone is refused.
const (
	lockTries = 5
	lockPause = 10 * time.Millisecond
)

// waitForLook takes the lock of an open file, and reports whether a writer has it.
func waitForLook(f *os.File) (taken bool, err error) {
	for try := range lockTries {
		if try > 0 {
			time.Sleep(lockPause)
		}
		if taken, err = atomicfile.TryLock(f); !taken {
			break
		}
	}
	return taken, err
}

// Running reports whether a process is writing the run in the folder dir, and which, "123 on host",
// where that is known. It is false where the system or the file system has no locks, and of a process on
// another machine where they do not work across machines.
func Running(dir string) (process string, running bool) {
	f, err := os.Open(filepath.Join(dir, partsFolder, lockFile))
	if err != nil {
		return "", false // no lock, no writer
	}
	defer f.Close()
	if taken, err := atomicfile.TryShared(f); err != nil || !taken {
		return "", false
	}
	return noted(f), true
}

// note writes who has the lock to its file, for the message that refuses another. On a full disk
// the message has to do without.
func note(f *os.File) {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if f.Truncate(0) == nil {
		_, _ = fmt.Fprintf(f, "%d on %s", os.Getpid(), host)
	}
}

// noted returns what note wrote.
func noted(f *os.File) string {
	text := make([]byte, 300)
	n, _ := f.ReadAt(text, 0) // a short read is the usual one
	return strings.Join(strings.Fields(string(text[:n])), " ")
}

// A WrittenError is the error of a run that another process is writing.
type WrittenError struct {
	Dir     string // of the run
	Process string // "123 on host", where that is known
}

func (e *WrittenError) Error() string {
	process := ""
	if e.Process != "" {
		process = ", " + e.Process + ","
	}
	return fmt.Sprintf("%s: another process%s writes this run: wait for it, or stop it and go on then", e.Dir, process)
}

// Unlock lets other processes write the run.
func (r *Run) Unlock() error {
	if r.lock == nil {
		return nil
	}
	err := r.lock.Close()
	r.lock = nil
	return err
}

// removeParts unlocks a run that is complete and removes its parts. The lock is closed first:
// NFS keeps a file that is open under another name.
func (r *Run) removeParts() error {
	if err := r.Unlock(); err != nil {
		return err
	}
	err := os.RemoveAll(r.Path(partsFolder))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) { // not empty again: whoever locks it removes it
		return nil
	}
	return err
}
