//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package runstore

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of an open file, which goes when the file is closed or its
// process ends, however it ends. It reports whether another process has it.
func tryLock(f *os.File) (taken bool, err error) { return flock(f, unix.LOCK_EX) }

// tryShared takes the lock for looking: others may look at the same time, and need not be able to write the file.
func tryShared(f *os.File) (taken bool, err error) { return flock(f, unix.LOCK_SH) }

func flock(f *os.File, how int) (taken bool, err error) {
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
