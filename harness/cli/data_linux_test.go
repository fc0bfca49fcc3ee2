package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestInterruptedPipe: Ctrl-C ends the programs at both ends of a pipe, and what came through it is no whole table.
func TestInterruptedPipe(t *testing.T) {
	for _, text := range []string{"", "x\n", "x\n1\n"} {
		for _, command := range [][]string{{"apply", "--op", "relu"}, {"data", "convert"}} {
			ctx, cancel := context.WithCancel(t.Context())
			in, out := filepath.Join(t.TempDir(), "in.csv"), filepath.Join(t.TempDir(), "out.arrow")
			if err := unix.Mkfifo(in, 0o666); err != nil {
				t.Fatal(err)
			}
			go func() {
				f, err := os.OpenFile(in, os.O_WRONLY, 0)
				if err != nil {
					t.Error(err)
				}
				_, err = f.WriteString(text)
				cancel()
				if err := errors.Join(err, f.Close()); err != nil {
					t.Error(err)
				}
			}()
			status, stdout, stderr := invoke(ctx, append(command, in, out)...)
			if status != ExitInterrupted || stdout != "" || stderr != "actinit: interrupted\n" {
				t.Errorf("%v, %q: status %d, %q, %q", command, text, status, stdout, stderr)
			}
			if names := filesIn(t, filepath.Dir(out)); len(names) != 0 {
				t.Errorf("%v, %q: the folder holds %v", command, text, names)
			}
		}
	}
}
