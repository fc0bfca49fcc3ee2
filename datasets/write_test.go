package datasets

import (
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteFile: an error of the input keeps the input's name, whatever its cause is; others have the output's.
func TestWriteFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, test := range []struct {
		err  error
		want string
	}{
		{badFileCause("in", &fs.PathError{Op: "read", Path: "in", Err: syscall.EIO}, "it cannot be read"), "in: it cannot be read: read in: input/output error"},
		{badFileCause("in", fs.ErrNotExist, "it cannot be read"), "in: it cannot be read: file does not exist"},
		{&fs.PathError{Op: "write", Path: "a temporary name", Err: syscall.ENOSPC}, "write " + out + ": no space left on device"},
	} {
		if err := WriteFile(out, func(io.Writer) error { return test.err }); err == nil || err.Error() != test.want {
			t.Errorf("%v\nwant %s", err, test.want)
		}
	}
}
