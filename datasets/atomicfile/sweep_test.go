package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func needLocks(t *testing.T) {
	if !Locks {
		t.Skip("sweeping needs locks of files, which this system has not")
	}
}

// names returns what the folder holds.
func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

const hangPath = "ATOMICFILE_TEST_HANG"

// TestKilled: what a writer that is killed leaves is removed by the next one of the same file, and what
// a writer that lives is at work on is not.
func TestKilled(t *testing.T) {
	if path := os.Getenv(hangPath); path != "" {
		t.Fatal(Write(path, func(w io.Writer) error {
			fmt.Println("half way")
			_, err := io.Copy(w, os.Stdin) // until it is killed
			return err
		}))
	}
	needLocks(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), hangPath+"="+path)
	in, inErr := child.StdinPipe()
	out, outErr := child.StdoutPipe()
	if err := errors.Join(inErr, outErr, child.Start()); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "half way\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := Write(path, text("while it lives")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 2 || !temporary.MatchString(got[0]) {
		t.Errorf("while the other writes the folder holds %q", got)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("the one that was killed left nothing: %q", got)
	}
	if err := Write(path, text("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "f", "new")
}

// TestSweepsItsOwn: files of other names stay.
func TestSweepsItsOwn(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	const random = "0123456789abcdef"
	keep := []string{".f.tmp", ".f.old.tmp", ".f.backup2024.tmp", ".f.a." + random + ".tmp", ".g." + random + ".tmp", "f." + random + ".tmp",
		".f.A123456789abcdef.tmp", ".f." + random + ".tmp~", "f"}
	for _, name := range append(keep, ".f."+random+".tmp", ".f.0000000000000000.tmp") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".f.f01de2f01de2f01d.tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "f"), text("new")); err != nil {
		t.Fatal(err)
	}
	want := append(keep, ".f.f01de2f01de2f01d.tmp")
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

// TestWriteAtOnce: writers of one file do not sweep each other.
func TestWriteAtOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	contents := strings.Repeat("x", 1<<10)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 100 {
				if err := Write(path, text(contents)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	holds(t, dir, "f", contents)
}
