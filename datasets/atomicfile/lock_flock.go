//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Locks says whether this system has locks of files.
const Locks = true

// TryLock takes the lock of an open file, which goes when the file is closed or its
// process ends, however it ends. It reports whether another process has it. Where the system has no
// such locks it does nothing.
func TryLock(f *os.File) (taken bool, err error) { return flock(f, unix.LOCK_EX) }

// TryShared takes the lock for looking: others may look at the same time, and need not be able to write the file.
func TryShared(f *os.File) (taken bool, err error) { return flock(f, unix.LOCK_SH) }

func flock(f *os.File, how int) (taken bool, err error) {
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// Rename renames what is at from, the file f or a folder that holds it, and then closes f: its lock is held until the
// new name is there.
func Rename(f *os.File, from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return f.Close()
}

// Remove removes the file f and then closes it: its lock is held until its name has gone.
func Remove(f *os.File) error { return errors.Join(os.Remove(f.Name()), f.Close()) }
