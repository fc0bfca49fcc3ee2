// Package spool keeps bytes until they are read again: the first in memory, those beyond in a temporary file.
package spool

import (
	"io"
	"os"
)

// blockSize is the size of the pieces of memory: to make room no byte is moved.
const blockSize = 1 << 20

// A Spool is written to its end and read anywhere. It must be closed.
type Spool struct {
	limit  int64 // bytes in memory, a multiple of blockSize
	blocks [][]byte
	file   *os.File // nil: there is nothing beyond
	size   int64
}

// New returns a spool that keeps about so many bytes in memory.
func New(inMemory int64) *Spool { return &Spool{limit: inMemory / blockSize * blockSize} }

// Size returns the number of bytes written.
func (s *Spool) Size() int64 { return s.size }

// Write appends p. Where it needs the file, the folder that it lies in, os.TempDir, must have room.
func (s *Spool) Write(p []byte) (n int, err error) {
	for n < len(p) && s.size < s.limit {
		at := s.size % blockSize
		if at == 0 {
			s.blocks = append(s.blocks, make([]byte, blockSize))
		}
		m := copy(s.blocks[len(s.blocks)-1][at:], p[n:])
		n, s.size = n+m, s.size+int64(m)
	}
	if n == len(p) {
		return n, nil
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "actinit-*.tmp"); err != nil {
			return n, err
		}
		_ = os.Remove(s.file.Name()) // so that a killed process leaves nothing; where that is not allowed yet, Close does it
	}
	m, err := s.file.Write(p[n:])
	s.size += int64(m)
	return n + m, err
}

// ReadAt is that of io.ReaderAt.
func (s *Spool) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < min(s.size, s.limit) {
		block := s.blocks[off/blockSize]
		m := copy(p[n:], block[off%blockSize:min(blockSize, s.size-off/blockSize*blockSize)])
		n, off = n+m, off+int64(m)
	}
	switch {
	case n == len(p):
		return n, nil
	case s.file == nil:
		return n, io.EOF
	}
	m, err := s.file.ReadAt(p[n:], off-s.limit)
	return n + m, err
}

// Close gives memory and file back.
func (s *Spool) Close() error {
	s.blocks = nil
	if s.file == nil {
		return nil
	}
	_ = os.Remove(s.file.Name()) // mostly it has no name anymore
	file := s.file
	s.file = nil
	return file.Close()
}
