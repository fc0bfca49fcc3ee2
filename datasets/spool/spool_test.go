package spool

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// TestSpool: what was written is read, whether it lies in memory, in the file or in both, and nothing stays behind.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	random := rand.New(rand.NewPCG(1, 2))
	whole := make([]byte, 4*blockSize+12345)
	for i := range whole {
		whole[i] = byte(random.Uint32())
	}
	rapid.Check(t, func(t *rapid.T) {
		s := New(rapid.SampledFrom([]int64{0, 1, blockSize, 2*blockSize + 1, 4 * blockSize, 1 << 40}).Draw(t, "in memory"))
		size := rapid.IntRange(0, len(whole)).Draw(t, "size")
		for at := 0; at < size; {
			n := min(size-at, rapid.IntRange(1, 3*blockSize/2).Draw(t, "piece"))
			if m, err := s.Write(whole[at:][:n]); m != n || err != nil {
				t.Fatalf("%d of %d bytes are written, %v", m, n, err)
			}
			at += n
		}
		if s.Size() != int64(size) {
			t.Errorf("size %d, want %d", s.Size(), size)
		}
		from := rapid.IntRange(0, size).Draw(t, "from")
		got, err := io.ReadAll(io.NewSectionReader(s, int64(from), int64(size-from)))
		if err != nil || !bytes.Equal(got, whole[from:size]) {
			t.Errorf("%d bytes from %d on differ: %v", len(got), from, err)
		}
		if n, err := s.ReadAt(make([]byte, 2), int64(size-min(1, size))); n != min(1, size) || err != io.EOF {
			t.Errorf("beyond the end: %d bytes, %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v stay behind, %v", left, err)
	}
}

// TestNoFolder: where there is no room for the file, Write says so, and what fits into memory needs none.
func TestNoFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/none")
	s := New(blockSize)
	if _, err := s.Write(make([]byte, blockSize)); err != nil {
		t.Error(err)
	}
	if n, err := s.Write(make([]byte, 1)); n != 0 || !os.IsNotExist(err) {
		t.Errorf("%d bytes are written, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
