//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"os"
)

// Locks says whether this system has locks of files.
const Locks = false

// TryLock does nothing: this system has no flock.
func TryLock(*os.File) (taken bool, err error) { return false, nil }

// TryShared does nothing either.
func TryShared(*os.File) (taken bool, err error) { return false, nil }

// Rename closes f and renames what is at from, f or a folder that holds it, in the order that Windows asks for.
func Rename(f *os.File, from, to string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove closes the file f and removes it, in the order that Windows asks for.
func Remove(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
