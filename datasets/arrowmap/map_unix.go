//go:build unix

package arrowmap

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// mapsFiles says whether mapFile maps or reads.
const mapsFiles = true

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
