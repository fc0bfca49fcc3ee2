package cli

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestShrunkFile: a mapped file that becomes shorter while it is read is one line and status 2. The
// output is a pipe, so that the file shrinks when a part of it was read.
func TestShrunkFile(t *testing.T) {
	for _, command := range [][]string{{"apply", "--op", "gelu"}, {"data", "convert"}} {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in.arrow"), filepath.Join(dir, "out.arrows")
		if status, _, stderr := invoke(t.Context(), "data", "convert", "normal", in, "--rows", "1000000"); status != ExitOK {
			t.Fatal(stderr)
		}
		if err := unix.Mkfifo(out, 0o666); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			done <- func() error {
				f, err := os.Open(out)
				if err != nil {
					return err
				}
				defer f.Close()
				if _, err := io.CopyN(io.Discard, f, 100_000); err != nil {
					return err
				}
				if err := os.Truncate(in, 4096); err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, f)
				return err
			}()
		}()
		status, _, stderr := invoke(t.Context(), append(command, in, out)...)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := "actinit: write " + out + ": " + in + ": it became shorter while it was read (replace a file by renaming another to it)\n"
		if status != ExitUsage || stderr != want {
			t.Errorf("status %d, %q\nwant %d, %q", status, stderr, ExitUsage, want)
		}
	}
}
