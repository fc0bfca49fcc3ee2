//go:build !unix

package arrowmap

import (
	"fmt"
	"io"
	"math"
	"os"
)

// mapsFiles says whether mapFile maps or reads.
const mapsFiles = false

// mapFile reads the whole file: the fallback where there is no mmap. The bytes
// are aligned as a mapping's are.
func mapFile(f *os.File, size int64) (data []byte, unmap func() error, err error) {
	if size > math.MaxInt {
		return nil, nil, fmt.Errorf("its %d bytes do not fit this machine's address space", size)
	}
	data = alignedBytes(size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), data); err != nil {
		return nil, nil, fmt.Errorf("it cannot be read: %w", err)
	}
	return data, func() error { return nil }, nil
}
