//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// locks says whether files have locks.
const locks = true

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

// publish renames f to target and closes it: until it has that name, its lock keeps it from being swept.
func publish(f *os.File, target string) error {
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	return f.Close()
}
