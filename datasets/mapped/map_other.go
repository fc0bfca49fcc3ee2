//go:build !unix

package mapped

import (
	"fmt"
	"io"
	"math"
	"os"
)

// Maps says whether Open maps a file or reads it.
const Maps = false

// mapFile reads the whole file: the fallback where there is no mmap. The bytes
// are aligned as a mapping's are.
func mapFile(f *os.File, size int64) (data []byte, unmap func() error, err error) {
	if size > math.MaxInt {
		return nil, nil, fmt.Errorf("its %d bytes do not fit this machine's address space", size)
	}
	data = AlignedBytes(size)
	if _, err := io.ReadFull(io.NewSectionReader(f, 0, size), data); err != nil {
		return nil, nil, fmt.Errorf("it cannot be read: %w", err)
	}
	return data, func() error { return nil }, nil
}

// duplicate returns no file: what was read cannot become shorter.
func duplicate(*os.File) (*os.File, error) { return nil, nil }
