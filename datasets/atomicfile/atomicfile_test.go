package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// holds fails unless the folder holds exactly one file of that name and text.
func holds(t *testing.T, dir, name, want string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Fatalf("the folder holds %v, want %s alone", entries, name)
	}
	got, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("the file holds %q, want %q", got, want)
	}
}

func TestWriteCreatesAndReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, s := range []string{"first, and longer", "second", "", strings.Repeat("x", 1<<20)} {
		if err := Write(path, text(s)); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, "f", s)
	}
}

// A file that is to be new leaves alone what is there, a link to nowhere too.
func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := WriteNew(path, text("first")); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, text("second")); !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), "write "+path+": ") {
		t.Errorf("error %v", err)
	}
	holds(t, dir, "f", "first")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Skipf("no symbolic links can be made here: %v", err)
	}
	if err := WriteNew(link, text("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link to nowhere: %v", err)
	}
	holds(t, dir, "f", "first")
}

func TestWriteKeepsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, text("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestWriteFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(t.TempDir(), "link")
	if err := os.WriteFile(real, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skipf("no symbolic links can be made here: %v", err)
	}
	if err := Write(link, text("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "real", "new")
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

// TestWriteFollowsLinksToNothing: what a link points to is made where it is not there, and the link stays.
func TestWriteFollowsLinksToNothing(t *testing.T) {
	for _, test := range []struct{ first, second, made string }{
		{"ABSOLUTE/new", "", "new"},
		{"new", "", "real/new"},
		{"../new", "", "new"}, // up from where the folder really is
		{"second", "../other", "other"},
		{"none/new", "", ""},
	} {
		top, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"real", "below"} {
			if err := os.Mkdir(filepath.Join(top, name), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		link := func(to, name string) {
			if err := os.Symlink(strings.Replace(to, "ABSOLUTE", top, 1), filepath.Join(top, name)); err != nil {
				t.Skipf("no symbolic links can be made here: %v", err)
			}
		}
		link("../real", "below/folder")
		link(test.first, "real/first")
		if test.second != "" {
			link(test.second, "real/second")
		}
		path := filepath.Join(top, "below", "folder", "first")
		err = Write(path, text("x"))
		if test.made == "" {
			want := "write " + path + ": the folder " + filepath.Join(top, "real", "none") + " does not exist"
			if err == nil || err.Error() != want {
				t.Errorf("%s: %v\nwant %s", test.first, err, want)
			}
			continue
		}
		if got, readErr := os.ReadFile(filepath.Join(top, test.made)); err != nil || readErr != nil || string(got) != "x" {
			t.Errorf("%s: %v, the file holds %q, %v", test.first, err, got, readErr)
		}
		for _, name := range []string{"real/first", "real/second"} {
			info, err := os.Lstat(filepath.Join(top, name))
			if (name == "real/first" || test.second != "") && (err != nil || info.Mode()&fs.ModeSymlink == 0) {
				t.Errorf("%s: the link %s is gone: %v, %v", test.first, name, info, err)
			}
		}
	}
}

// TestWriteFails holds that whatever goes wrong leaves the old file and no other.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := Write(path, func(w io.Writer) error {
		if err := text("half")(w); err != nil {
			return err
		}
		return &fs.PathError{Op: "write", Path: "some temporary name", Err: syscall.ENOSPC}
	})
	if want := "write " + path + ": no space left on device"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error("the cause is lost")
	}
	holds(t, dir, "f", "old")

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_ = Write(path, func(w io.Writer) error { panic("half way") })
	}()
	holds(t, dir, "f", "old")
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none", "f")
	for _, test := range []struct{ path, want string }{
		{"", "write : the file name is empty"},
		{dir, "write " + dir + ": it is a folder, a file name is needed"},
		{none, "write " + none + ": the folder " + filepath.Dir(none) + " does not exist"},
		{filepath.Join(file, "f"), "write " + filepath.Join(file, "f") + ": not a directory"},
	} {
		err := Write(test.path, text("x"))
		if err == nil || err.Error() != test.want {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// TestFolderProblems: what is wrong with the folder is said of it, and the cause is known to callers.
func TestFolderProblems(t *testing.T) {
	for _, test := range []struct {
		path  string
		cause error
		want  string
	}{
		{"a/.f.0123456789abcdef.tmp", fs.ErrPermission, "write a/f: the folder a may not be written to; name a file in another"},
		{".f.0123456789abcdef.tmp", fs.ErrPermission, "write a/f: the folder . may not be written to; name a file in another"},
		{"a/f", syscall.EACCES, "write a/f: permission denied"},
		{"a/.f.0123456789abcdef.tmp", fs.ErrNotExist, "write a/f: the folder a does not exist"},
	} {
		err := failure("a/f", &fs.PathError{Op: "open", Path: test.path, Err: test.cause})
		if !errors.Is(err, test.cause) || test.want != err.Error() {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// TestWriteToDevice holds that a device is written to, not replaced.
func TestWriteToDevice(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("this system has no device that is always full: %v", err)
	}
	err := Write(full, text("x"))
	if want := "write /dev/full: no space left on device"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if info, err := os.Stat(full); err != nil || info.Mode()&fs.ModeDevice == 0 {
		t.Errorf("the device is gone: %v, %v", info, err)
	}
}

// Clean removes what killed processes left, and nothing else.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := create(filepath.Join(dir, "below", "table.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	keep := []string{".hidden", "a.tmp", ".lock", "below/table.parquet", ".a.B.tmp", ".a.old.tmp"}
	for _, name := range keep {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := Clean(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", f.Name(), err)
	}
	for _, name := range keep {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
	if err := Clean(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	if err := Check(filepath.Join(dir, "new")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	for _, path := range []string{"", dir, filepath.Join(dir, "none", "new")} {
		if Check(path) == nil {
			t.Errorf("Check(%q): no error", path)
		}
	}
}
