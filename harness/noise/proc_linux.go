package noise

import (
	"os"

	"golang.org/x/sys/unix"
)

// system is what the kernel tells.
type system struct {
	stat int // /proc/stat, kept open; negative if there is none
	buf  []byte
}

// firstLine is room for the first line of /proc/stat and of /proc/loadavg.
const firstLine = 512

func openSystem() system {
	fd, err := unix.Open("/proc/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		fd = -1
	}
	return system{stat: fd, buf: make([]byte, firstLine)}
}

func (s *system) switches() int64 {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return -1
	}
	return int64(usage.Nivcsw)
}

func (s *system) stealNs() int64 {
	n, err := unix.Pread(s.stat, s.buf, 0)
	if err != nil || n <= 0 {
		return -1
	}
	return stolen(s.buf[:n])
}

func (s *system) load() *float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return nil
	}
	return loadOf(text)
}

func (s *system) close() error {
	if s.stat < 0 {
		return nil
	}
	err := unix.Close(s.stat)
	s.stat = -1
	return err
}
