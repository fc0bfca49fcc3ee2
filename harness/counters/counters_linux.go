package counters

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An event is what a counter counts, as perf_event_open names it.
type event struct {
	kind   uint32
	config uint64
}

// cacheReadMiss is the event of loads that miss a cache.
func cacheReadMiss(cache uint64) event {
	return event{unix.PERF_TYPE_HW_CACHE, cache | unix.PERF_COUNT_HW_CACHE_OP_READ<<8 | unix.PERF_COUNT_HW_CACHE_RESULT_MISS<<16}
}

// processorEvents are the events of names.
var processorEvents = [len(names)]event{
	{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CPU_CYCLES},
	{unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS},
	cacheReadMiss(unix.PERF_COUNT_HW_CACHE_L1D),
	cacheReadMiss(unix.PERF_COUNT_HW_CACHE_LL),
}

// A Set is the counters of one thread.
type Set struct {
	groups []group
	start  [len(names)]count
	absent []Absence
}

// A group is counters that the kernel schedules together and gives in one read.
type group struct {
	files   []int // the first is the leader's
	members []int // indices into names
}

// Open opens the counters of the calling thread. It never fails: counters that cannot be had are
// absent.
func Open() *Set { return open(processorEvents) }

func open(events [len(names)]event) *Set {
	s := &Set{}
	for i, e := range events {
		// First beside the others, and if the kernel does not let it, alone.
		if len(s.groups) > 0 {
			first := &s.groups[0]
			if fd, err := e.open(first.files[0]); err == nil {
				first.files, first.members = append(first.files, fd), append(first.members, i)
				continue
			}
		}
		fd, err := e.open(-1)
		if err != nil {
			s.absent = append(s.absent, Absence{names[i], reason(err)})
			continue
		}
		s.groups = append(s.groups, group{files: []int{fd}, members: []int{i}})
	}
	s.Start()
	return s
}

// open opens the event for the calling thread on any CPU, in user space.
func (e event) open(leader int) (fd int, err error) {
	attributes := unix.PerfEventAttr{
		Type:        e.kind,
		Size:        uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Config:      e.config,
		Read_format: unix.PERF_FORMAT_GROUP | unix.PERF_FORMAT_TOTAL_TIME_ENABLED | unix.PERF_FORMAT_TOTAL_TIME_RUNNING,
		Bits:        unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	return unix.PerfEventOpen(&attributes, 0, -1, leader, unix.PERF_FLAG_FD_CLOEXEC)
}

// reason says in words why the kernel refused a counter.
func reason(err error) string {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		if level, readErr := os.ReadFile("/proc/sys/kernel/perf_event_paranoid"); readErr == nil {
			return fmt.Sprintf("the kernel forbids it: perf_event_paranoid is %s, want 2 or less, or a container's seccomp profile refuses perf_event_open", strings.TrimSpace(string(level)))
		}
		return "the kernel forbids it"
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENODEV):
		return "this processor does not count it, or its hypervisor hides the counter"
	case errors.Is(err, unix.ENOSYS):
		return "this kernel has no perf_event_open"
	}
	return "perf_event_open: " + err.Error()
}

// Absent lists the counters that cannot be had here.
func (s *Set) Absent() []Absence { return s.absent }

// Start begins a Reading.
func (s *Set) Start() { s.read(&s.start) }

// Stop returns what was counted since Start.
func (s *Set) Stop() Reading {
	var now [len(names)]count
	s.read(&now)
	var values [len(names)]*int64
	for _, g := range s.groups {
		for _, i := range g.members {
			values[i] = between(s.start[i], now[i])
		}
	}
	return reading(values)
}

// read reads every group. The counters of one that cannot be read are zero.
func (s *Set) read(into *[len(names)]count) {
	*into = [len(names)]count{}
	for _, g := range s.groups {
		var words [3 + len(names)]uint64 // number of counters, time enabled, time running, values
		n, err := unix.Read(g.files[0], unsafe.Slice((*byte)(unsafe.Pointer(&words)), len(words)*8))
		if err != nil || n < 8*(3+len(g.members)) {
			continue
		}
		for k, i := range g.members {
			into[i] = count{value: words[3+k], enabled: words[1], running: words[2]}
		}
	}
}

// Close gives the counters back. A Set that is not closed keeps them until the program ends.
func (s *Set) Close() error {
	var all []error
	for _, g := range s.groups {
		for _, fd := range g.files {
			all = append(all, unix.Close(fd))
		}
	}
	s.groups = nil
	return errors.Join(all...)
}
