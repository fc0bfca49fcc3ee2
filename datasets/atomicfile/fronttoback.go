package atomicfile

import (
	"errors"
	"io"
)

// FrontToBack gives w the one kind of seeking that a writer of Arrow files does, which is
// to ask for the position.
func FrontToBack(w io.Writer) io.WriteSeeker { return &frontToBack{w: w} }

type frontToBack struct {
	w io.Writer
	n int64
}

func (f *frontToBack) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.n += int64(n)
	return n, err
}

func (f *frontToBack) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("the file is written from front to back")
	}
	return f.n, nil
}
