//go:build !linux

package remote

import "errors"

// A Memory is mapped by several processes at once.
type Memory struct {
	Bytes []byte
	path  string
}

var errNoMemory = errors.New("kernels in other processes need Linux: there is no memory to share here")

// NewMemory returns an error: only Linux has it.
func NewMemory(int) (*Memory, error) { return nil, errNoMemory }

func openMemory(string, int) (*Memory, error) { return nil, errNoMemory }

// Close does nothing.
func (*Memory) Close() error { return nil }
