//go:build unix

package mapped

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// Maps says whether Open maps a file or reads it.
const Maps = true

// mapFile maps the whole file for reading.
func mapFile(f *os.File, size int64) (data []byte, unmap func() error, err error) {
	if size > math.MaxInt {
		return nil, nil, fmt.Errorf("its %d bytes do not fit this machine's address space", size)
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("it cannot be memory-mapped: %w", err)
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

// duplicate returns a file of its own for what f has open.
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("it cannot be kept open: %w", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
