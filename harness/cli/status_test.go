package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"actinit/reports/runstore"
)

// What the machine or another process is in the way of is no bad usage, and one line as well.
func TestMachineErrors(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err == nil {
		full := filepath.Join(t.TempDir(), "full.csv")
		if err := os.Symlink("/dev/full", full); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := invoke(t.Context(), "data", "convert", "digits", full)
		if status != ExitMachine || stderr != "actinit: write "+full+": no space left on device\n" {
			t.Errorf("a full disk: status %d, %q", status, stderr)
		}
	}
	if full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		defer full.Close()
		for _, args := range [][]string{{"data", "describe", "digits"}, {"data", "convert", "normal", "-", "--rows", "100000"}, {"apply", "--op", "tanh", "digits", "-"}, {"list", "--json"}} {
			var stderr bytes.Buffer
			status := Run(t.Context(), args, full, &stderr)
			if status != ExitMachine || stderr.String() != "actinit: standard output: no space left on device\n" {
				t.Errorf("%v to a full disk: status %d, %q", args, status, stderr.String())
			}
		}
	}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("write x: %w", syscall.EIO), true},
		{errors.Join(errors.New("other"), &fs.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}), true},
		{fmt.Errorf("%w; go on", &runstore.WrittenError{Dir: "x"}), true},
		{fmt.Errorf("x: %w has removed it", runstore.ErrAnother), true},
		{syscall.EACCES, false},
		{fs.ErrNotExist, false},
		{errors.New("no space left on device"), false},
	} {
		if got := mayPass(c.err); got != c.want {
			t.Errorf("%v may pass: %v", c.err, got)
		}
	}
}
