package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
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
		want := "actinit: " + in + ": it became shorter while it was read (replace a file by renaming another to it)\n"
		if status != ExitUsage || stderr != want {
			t.Errorf("status %d, %q\nwant %d, %q", status, stderr, ExitUsage, want)
		}
	}
}

// TestShrunkData: the same of commands that write no file; the file shrinks as soon as it is mapped.
func TestShrunkData(t *testing.T) {
	net := writeSpec(t, `{"input": [1], "layers": [{"name": "fc", "dense": 2}]}`)
	for _, command := range [][]string{
		{"diagnose", "--net", net, "--init", "he_normal", "--data"},
		{"diagnose", "--net", net, "--init", "he_normal", "--standardize", "--data"},
		{"advise", "--net", net, "--data"},
		{"data", "describe"},
		{"data", "describe", "--normalize", "minmax"},
	} {
		in, status, stderr := shrunkUnder(t, command)
		for try := 1; status == ExitOK && try < 20; try++ { // on a busy machine it can be done before the file is short
			in, status, stderr = shrunkUnder(t, command)
		}
		want := "actinit: " + in + ": it became shorter while it was read (replace a file by renaming another to it)\n"
		if status != ExitUsage || stderr != want {
			t.Errorf("%v: status %d, %q\nwant %d, %q", command, status, stderr, ExitUsage, want)
		}
	}
}

// shrunkUnder runs a command on a file that becomes shorter when it is mapped.
func shrunkUnder(t *testing.T, command []string) (in string, status int, stderr string) {
	t.Helper()
	in, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in = filepath.Join(in, "in.arrow")
	if status, _, stderr := invoke(t.Context(), "data", "convert", "normal", in, "--rows", "4000000"); status != ExitOK {
		t.Fatal(stderr)
	}
	running, ended := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- shrinkMapped(running, in) }()
	status, _, stderr = invoke(t.Context(), slices.Concat(command, []string{in})...)
	ended()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return in, status, stderr
}

// shrinkMapped shortens a file when this process has mapped it, unless the command that is to has ended before.
func shrinkMapped(running context.Context, path string) error {
	for running.Err() == nil {
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil || bytes.Contains(maps, []byte(path)) {
			return errors.Join(err, os.Truncate(path, 4096))
		}
	}
	return nil
}
