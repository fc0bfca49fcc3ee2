//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import "os"

// locks says whether files have locks.
const locks = false

// TryLock does nothing: this system has no flock.
func TryLock(*os.File) (taken bool, err error) { return false, nil }

// TryShared does nothing either.
func TryShared(*os.File) (taken bool, err error) { return false, nil }

// publish closes f and renames it to target, in the order that Windows asks for.
func publish(f *os.File, target string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}
