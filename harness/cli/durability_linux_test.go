package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"actinit/reports/runstore"
)

// ownDisk mounts a disk in memory for one test, which may fill it or make it read-only.
func ownDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("mounts a disk of its own, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
	return dir
}

// fill leaves so many bytes of the disk free and returns the file that takes the others.
func fill(t *testing.T, disk string, free int64) string {
	t.Helper()
	path := filepath.Join(disk, ".filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 1<<16))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	size, err := f.Seek(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size - free); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused starts the command, which is to end with that status and one line that says what happened.
func (r *reference) refused(t *testing.T, folder string, want int, because ...string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := r.start(t, r.given, folder)
	cmd.Stderr = &stderr
	err := cmd.Run()
	unsaid := func(word string) bool { return !strings.Contains(stderr.String(), word) }
	if status := cmd.ProcessState.ExitCode(); err == nil || status != want || strings.Count(stderr.String(), "\n") != 1 || !strings.HasPrefix(stderr.String(), "actinit: ") || slices.ContainsFunc(because, unsaid) {
		t.Errorf("%s: status %d, %q, want %d and one line with %q", r.name, status, stderr.String(), want, because)
	}
}

// On a full disk every command says so in one line and leaves nothing half written. When there is
// room again, the same command ends as if nothing had happened.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each command three times in a process of its own: too slow for -short")
	}
	disk := ownDisk(t)
	given := givenRuns(t)
	for i, w := range writings {
		if w.removes != "" {
			continue // it takes no room
		}
		t.Run(w.name, func(t *testing.T) {
			r := w.reference(t, given)
			folder, err := os.MkdirTemp(disk, "")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(folder)
			r.start(t, given, folder) // copies what it reads
			room, goOn := int64(0), ""
			if w.run != "" && i%2 == 1 { // room to begin the run, but not to finish a unit of it, so that it is removed
				room = 12 << 10
				if w.name == "runs join" {
					goOn = "join them again"
				}
			}
			filler := fill(t, disk, room)
			r.refused(t, folder, ExitMachine, "no space left on device", goOn)
			var sum tally
			r.inspect(t, folder, "for want of room", nil, &sum)
			if sum.halfWritten > 0 || w.run != "" && sum.complete > 0 {
				t.Errorf("complete, or temporary files are left: %v", sum)
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			if out, err := r.start(t, given, folder).CombinedOutput(); err != nil {
				t.Fatalf("with room again: %v\n%s", err, out)
			}
			r.sameAs(t, folder)
		})
	}
}

// In a folder that is read-only every command says so in one line.
func TestReadOnlyFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("runs each command in a process of its own: too slow for -short")
	}
	disk := ownDisk(t)
	given := givenRuns(t)
	for _, w := range writings {
		if len(w.old) == 0 {
			continue
		}
		(&reference{writing: w, given: given}).start(t, given, disk) // copies what it reads
	}
	if status, _, stderr := invoke(t.Context(), "verify", "--quiet", "--out", filepath.Join(disk, "runs"), "--id", "begun", "--filter", "op:relu type:float32", "--effort", ".01"); status != ExitOK {
		t.Fatal(stderr)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, w := range writings {
		t.Run(w.name, func(t *testing.T) {
			(&reference{writing: w, given: given}).refused(t, disk, ExitUsage, "read-only file system")
		})
	}
	if runs, err := runstore.List(filepath.Join(disk, "runs")); err != nil || len(runs) != 3 {
		t.Errorf("%v, %v", runs, err)
	}
}

// Two processes in one store, or at one run: both end, or one is told of the other, and what
// comes out is whole.
func TestTwoAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("runs commands in processes of their own: too slow for -short")
	}
	given := givenRuns(t)
	for _, w := range writings {
		if w.name != "layers" && w.name != "verify" && w.name != "runs join" && w.name != "runs merge" {
			continue
		}
		t.Run(w.name, func(t *testing.T) {
			r := w.reference(t, given)
			folder := t.TempDir()
			var said [2]bytes.Buffer
			a, b := w.start(t, given, folder), w.start(t, given, folder)
			a.Stderr, b.Stderr = &said[0], &said[1]
			if err := errors.Join(a.Start(), b.Start()); err != nil {
				t.Fatal(err)
			}
			_, _ = a.Wait(), b.Wait() // their status is looked at
			ended := 0
			for i, cmd := range []int{a.ProcessState.ExitCode(), b.ProcessState.ExitCode()} {
				switch {
				case cmd == ExitOK:
					ended++
				case cmd != ExitMachine || !strings.Contains(said[i].String(), "another process"):
					t.Errorf("status %d, %q", cmd, said[i].String())
				}
			}
			if ended == 0 {
				t.Errorf("none has ended: %q, %q", said[0].String(), said[1].String())
			}
			r.sameAs(t, folder)
		})
	}

	// Without a name each has a run of its own.
	runs := t.TempDir()
	unnamed := writing{args: []string{"layers", "--quiet", "--out", runs, "--grid", "act=tanh depth=2 width=16 batch=8"}}
	a, b := unnamed.start(t, "", runs), unnamed.start(t, "", runs)
	if err := errors.Join(a.Start(), b.Start(), a.Wait(), b.Wait()); err != nil {
		t.Fatal(err)
	}
	entries, err := runstore.List(runs)
	if err != nil || len(entries) != 2 || !entries[0].Environment.Complete || !entries[1].Environment.Complete {
		t.Errorf("%v, %v", entries, err)
	}
}
