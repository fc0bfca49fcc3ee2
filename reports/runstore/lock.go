package runstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/reports/rowfile"
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
	env, err := EnvironmentOf(r.dir) // the other process may have gone on, or to the end
	if err != nil {
		return errors.Join(err, r.Unlock())
	}
	r.env = env
	if env.Complete {
		return r.removeParts()
	}
	return nil
}

// ErrAnother is in the errors of what another process does to a run at the same time, or did since it was looked at: the same
// command may succeed later.
var ErrAnother = errors.New("another process")

// errRemoved is the error of a run whose folder, or what was in it, is removed while its lock is taken.
var errRemoved = fmt.Errorf("%w has removed the run", ErrAnother)

// removalsInARow is how many removals of a run or of its parts may come between taking its lock and having it.
const removalsInARow = 100

// takeLock locks the folder, which need not hold a run yet, but must be there: of a run that has just been removed
// nothing is made again.
func (r *Run) takeLock() (err error) {
	for range removalsInARow {
		if r.lock, err = lockIn(r.dir); !errors.Is(err, errRemoved) {
			break
		}
		if _, statErr := os.Stat(r.dir); statErr != nil {
			break
		}
	}
	if err != nil {
		return err
	}
	note(r.lock)
	if err := atomicfile.Clean(r.dir); err != nil {
		return errors.Join(err, r.Unlock())
	}
	return nil
}

// lockIn takes the lock of the run in the folder dir.
func lockIn(dir string) (*os.File, error) {
	f, err := openLock(dir)
	if err != nil {
		return nil, err
	}
	if err := hold(f, dir); err != nil {
		return nil, err
	}
	return f, nil
}

// openLock opens the file of the lock of the run in the folder dir, and makes it where it is not there.
func openLock(dir string) (*os.File, error) {
	parts := filepath.Join(dir, partsFolder)
	err := os.Mkdir(parts, folderPermissions)
	if err == nil {
		atomicfile.SyncFolder(dir)
	}
	var f *os.File
	if err == nil || errors.Is(err, fs.ErrExist) {
		f, err = os.OpenFile(filepath.Join(parts, lockFile), os.O_RDWR|os.O_CREATE, 0o666)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", dir, errRemoved)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", dir, rowfile.Cause(err))
	}
	return f, nil
}

// hold takes the lock of the run in the folder dir, whose file f is closed where it cannot be had.
func hold(f *os.File, dir string) error {
	taken, err := waitForLook(f, dir)
	switch {
	case taken:
		process, _ := noted(f)
		err = &WrittenError{dir, process}
	case err != nil:
		err = fmt.Errorf("%s: %w", dir, rowfile.Cause(err))
	case !atomicfile.InPlace(f): // removed between its opening and its lock
		err = fmt.Errorf("%s: %w", dir, errRemoved)
	default:
		return nil
	}
	_ = f.Close() // nothing was written
	return err
}

// Who only looks at a lock (see Running) holds it for some microseconds, unless the system stops it just then, and who is about to
// remove the run, or is refused, not much longer: taking it is tried again, often beside those who look, before anyone is refused.
const (
	lockTries = 5
	lookTries = 1000
	lockPause = 10 * time.Millisecond
)

// waitForLook takes the lock of the run in the folder dir, whose file is f, and reports whether a writer has it.
func waitForLook(f *os.File, dir string) (taken bool, err error) {
	writing := 0
	for range lookTries {
		if taken, err = atomicfile.TryLock(f); !taken {
			break
		}
		if _, running := Running(dir); running {
			writing++
		}
		if writing == lockTries {
			break
		}
		time.Sleep(lockPause)
	}
	return taken, err
}

// Running reports whether a process is writing the run in the folder dir, and which, "123 on host",
// where that is known. It is false where the system or the file system has no locks, and of a process on
// another machine where they do not work across machines.
func Running(dir string) (process string, running bool) {
	process, _, taken, err := lookAtLock(dir)
	if err != nil || !taken {
		return "", false // no lock, no writer
	}
	return process, true
}

// writerEnded reports whether the process that has written the run in the folder dir last was one of this machine since it was
// started, and writes it no more, as its lock is free. It is false where nobody knows.
func writerEnded(dir string) bool {
	process, system, taken, err := lookAtLock(dir)
	host, hostErr := os.Hostname()
	return atomicfile.Locks && err == nil && hostErr == nil && !taken && strings.HasSuffix(process, " on "+host) && system == runningSystem()
}

// lookAtLock returns who has the lock of the run in the folder dir, or had it last, on which system, and whether it is taken.
func lookAtLock(dir string) (process, system string, taken bool, err error) {
	f, err := os.Open(filepath.Join(dir, partsFolder, lockFile))
	if err != nil {
		return "", "", false, err
	}
	defer f.Close()
	taken, err = atomicfile.TryShared(f)
	process, system = noted(f)
	return process, system, taken, err
}

// note writes who has the lock to its file, for the message that refuses another, and on which system, a line each. On a full disk
// the message has to do without. It is synced, or another machine would see who had the lock before.
func note(f *os.File) {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if f.Truncate(0) == nil {
		_, _ = fmt.Fprintf(f, "%d on %s\n%s\n", os.Getpid(), host, runningSystem())
		_ = f.Sync()
	}
}

// noted returns what note wrote.
func noted(f *os.File) (process, system string) {
	text := make([]byte, 400)
	n, _ := f.ReadAt(text, 0) // a short read is the usual one
	process, system, _ = strings.Cut(string(text[:n]), "\n")
	return strings.Join(strings.Fields(process), " "), strings.TrimSpace(system)
}

// runningSystem names the running operating system, on Linux one start of it: machines may have the same name.
func runningSystem() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // none elsewhere
	return strings.TrimSpace(runtime.GOOS + " " + string(boot))
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
	return fmt.Sprintf("%s: %v%s writes this run: wait for it, or stop it and go on then", e.Dir, ErrAnother, process)
}

// Unwrap returns ErrAnother.
func (e *WrittenError) Unwrap() error { return ErrAnother }

// Unlock lets other processes write the run.
func (r *Run) Unlock() error {
	if r.lock == nil {
		return nil
	}
	err := r.lock.Close()
	r.lock = nil
	return err
}

// hasParts reports whether there is something in which finished units of the run could be.
func (r *Run) hasParts() bool {
	_, err := os.Lstat(r.Path(partsFolder))
	return !errors.Is(err, fs.ErrNotExist)
}

// removeParts removes the parts of a run that is complete, whose lock this process has, and unlocks it.
func (r *Run) removeParts() error {
	parts, err := os.ReadDir(r.Path(partsFolder))
	if errors.Is(err, fs.ErrNotExist) { // somebody else has removed it all
		return r.Unlock()
	}
	if err != nil {
		return errors.Join(err, r.Unlock())
	}
	for _, part := range parts {
		if part.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(r.Path(partsFolder), part.Name())); err != nil {
			return errors.Join(err, r.Unlock())
		}
	}
	return r.removeLock()
}

// removeLock unlocks a run of which no parts are left, and removes the lock's file and its folder. Who has that file open
// then takes the lock anew (see takeLock): where one has done so already, the folder stays.
func (r *Run) removeLock() error {
	err := atomicfile.Remove(r.lock)
	r.lock = nil
	_ = os.Remove(r.Path(partsFolder)) // after the file is closed: NFS keeps one that is open under another name
	return err
}
