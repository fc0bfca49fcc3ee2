package remote

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Memory is mapped by several processes at once. Its pages are huge ones where
// /sys/kernel/mm/transparent_hugepage/shmem_enabled lets a program ask for them.
type Memory struct {
	Bytes []byte
	file  *os.File
	path  string
}

// NewMemory makes memory of the given size, all zeros and all touched.
func NewMemory(bytes int) (*Memory, error) {
	fd, err := unix.MemfdCreate("actinit", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("shared memory: %w", err)
	}
	file := os.NewFile(uintptr(fd), "actinit")
	if err := unix.Ftruncate(fd, int64(bytes)); err != nil {
		file.Close()
		return nil, fmt.Errorf("shared memory of %d bytes: %w", bytes, err)
	}
	m, err := mapFile(file, fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), bytes)
	if err != nil {
		return nil, err
	}
	clear(m.Bytes)
	return m, nil
}

// openMemory maps the memory of another process, or a file.
func openMemory(path string, bytes int) (*Memory, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || bytes < 1 || info.Size() < int64(bytes) {
		file.Close()
		return nil, fmt.Errorf("%s: not a file of %d bytes", path, bytes)
	}
	return mapFile(file, path, bytes)
}

func mapFile(file *os.File, path string, bytes int) (*Memory, error) {
	memory, err := unix.Mmap(int(file.Fd()), 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("mapping %d bytes: %w", bytes, err)
	}
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // advice: all is as before where it is not taken
	return &Memory{Bytes: memory, file: file, path: path}, nil
}

// Close unmaps the memory. It may be called on nil, and twice.
func (m *Memory) Close() error {
	if m == nil || m.Bytes == nil {
		return nil
	}
	err := unix.Munmap(m.Bytes)
	m.Bytes = nil
	m.file.Close()
	return err
}
