package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// WriteNew is Write for a file that is to be new: where something is at path, be it since a moment ago, it
// stays as it is and the error is fs.ErrExist.
func WriteNew(path string, fill func(io.Writer) error) error {
	return failure(path, put(path, 0, fill, publishNew))
}

// publishNew is publish that replaces nothing. Where the file system has no links, another process could
// still come between looking and renaming.
func publishNew(f *os.File, target string) error {
	err := os.Link(f.Name(), target)
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process has swept it
		}
		return err
	}
	if _, there := os.Lstat(target); errors.Is(err, fs.ErrExist) || there == nil {
		return fs.ErrExist
	}
	return publish(f, target)
}
