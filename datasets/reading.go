package datasets

import (
	"io"
	"sync/atomic"
)

// A Reading says how far a table has been read, in rows or, where they cannot be counted
// beforehand, in bytes of its file.
type Reading struct {
	Done  int64
	Total int64 // 0: unknown, as of a pipe
	Bytes bool  // of the file, compressed if it is; else rows
}

// Watch has Next call f before each batch and at the end. An error of f becomes that of Next, so that f can end the
// reading. It is asked at the end because Ctrl-C may have ended the program at a pipe's other end, and then the table only
// seems to be whole.
func (b *Batches) Watch(f func(Reading) error) { b.watch = f }

func (b *Batches) watched() error {
	if b.watch == nil {
		return nil
	}
	return b.watch(b.reading())
}

func (b *Batches) reading() Reading {
	if b.rows == 0 && b.bytes != nil {
		return Reading{b.bytes.done.Load(), b.bytes.size, true}
	}
	return Reading{Done: b.read, Total: b.rows}
}

// counted counts what is read of a file.
type counted struct {
	r    io.Reader
	size int64 // of the file; 0: unknown
	done atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done.Add(int64(n))
	return n, err
}
