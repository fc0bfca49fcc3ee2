package mapped

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open(t *testing.T, pages int) (path string, f *File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, pages*os.Getpagesize()), 0o666); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err = Open(in, int64(pages*os.Getpagesize()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return path, f
}

func sum(b []byte) (total int) {
	for _, x := range b {
		total += int(x)
	}
	return total
}

// TestShrunk: pages that are gone, and the zeros behind the end in the last page, are an error.
func TestShrunk(t *testing.T) {
	if !Maps {
		t.Skip("tests what happens to a mapped file that shrinks, and this system's files are read, not mapped")
	}
	for _, size := range []int{0, 100, 3*os.Getpagesize() - 1} {
		path, f := open(t, 3)
		total := 0
		read := func() error { total = sum(f.Bytes()); return nil }
		if err := f.Guard(read); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, int64(size)); err != nil {
			t.Fatal(err)
		}
		if err := f.Guard(read); !errors.Is(err, ErrShrunk) {
			t.Errorf("shortened to %d bytes: %v (total %d), want %v", size, err, total, ErrShrunk)
		}
	}
}

func TestGuardPassesOn(t *testing.T) {
	_, f := open(t, 1)
	want := errors.New("own")
	for _, f := range []*File{f, nil} {
		if err := f.Guard(func() error { return want }); err != want {
			t.Errorf("%v, want %v", err, want)
		}
		func() {
			defer func() {
				if r := recover(); r == nil {
					t.Error("a panic that is no fault of the mapping is swallowed")
				}
			}()
			_ = f.Guard(func() error { var none *int; *none = 1; return nil })
		}()
	}
}

func TestHolds(t *testing.T) {
	_, f := open(t, 1)
	for _, test := range []struct {
		b    []byte
		want bool
	}{{f.Bytes()[5:7], Maps}, {f.Bytes()[:0], false}, {make([]byte, 3), false}, {nil, false}} {
		if got := f.Holds(test.b); got != test.want {
			t.Errorf("%v, want %v", got, test.want)
		}
	}
}
