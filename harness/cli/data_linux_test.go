package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
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

// TestPipeOfPlaces: formats that cannot be read front to back say so of a pipe.
func TestPipeOfPlaces(t *testing.T) {
	for _, format := range []string{"npy", "npz", "safetensors", "parquet"} {
		whole := filepath.Join(t.TempDir(), "whole."+format)
		if status, _, stderr := invoke(t.Context(), "data", "convert", "normal", whole); status != ExitOK {
			t.Fatal(stderr)
		}
		contents, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		in := filepath.Join(t.TempDir(), "in")
		if err := unix.Mkfifo(in, 0o666); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- os.WriteFile(in, contents, 0) }()
		status, _, stderr := invoke(t.Context(), "data", "describe", in)
		if err := <-done; err != nil && !errors.Is(err, unix.EPIPE) {
			t.Fatal(err)
		}
		if status != ExitUsage || !strings.HasPrefix(stderr, "actinit: "+in+": it is a pipe, and a file of format ") || !strings.HasSuffix(stderr, " is read in several places: write it to a file first\n") {
			t.Errorf("%s: status %d, %q", format, status, stderr)
		}
	}
}
