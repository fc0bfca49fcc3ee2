package counters

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel's own counters work where the processor's are hidden, and go the same way: the
// first touch of a page is a fault, and an event that does not exist loses no other.
func TestSoftwareEvents(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	faults := event{unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_PAGE_FAULTS}
	if fd, err := faults.open(-1); err != nil {
		t.Skipf("perf_event_open is refused here: %v", err)
	} else {
		unix.Close(fd)
	}
	nonsense := event{unix.PERF_TYPE_SOFTWARE, 1 << 40}
	minor := event{unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_PAGE_FAULTS_MIN} // those that wait for no disk
	set := open([len(names)]event{nonsense, faults, nonsense, minor})
	defer set.Close()

	const pages = 100
	memory, err := unix.Mmap(-1, 0, pages*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if err := unix.Madvise(memory, unix.MADV_NOHUGEPAGE); err != nil && !errors.Is(err, unix.EINVAL) {
		t.Fatal(err)
	}
	set.Start()
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	r := set.Stop()
	if r.Instructions == nil || *r.Instructions < pages {
		t.Errorf("%s faults of %d pages touched", show(r.Instructions), pages)
	}
	if r.LLCMisses == nil || *r.LLCMisses < pages {
		t.Errorf("%s minor faults of %d pages touched", show(r.LLCMisses), pages)
	}
	if r.Cycles != nil || r.L1Misses != nil {
		t.Errorf("events that do not exist counted %s and %s", show(r.Cycles), show(r.L1Misses))
	}
	if got := len(set.Absent()); got != 2 {
		t.Errorf("%d counters absent, want 2", got)
	}
	set.Start()
	if again := set.Stop(); again.Instructions == nil || *again.Instructions > *r.Instructions {
		t.Errorf("%s faults when nothing was touched: Start does not begin anew", show(again.Instructions))
	}
}

func TestReason(t *testing.T) {
	for err, want := range map[error]string{
		unix.EACCES: "the kernel forbids it",
		unix.ENOENT: "does not count it",
		unix.ENOSYS: "no perf_event_open",
		unix.EMFILE: "perf_event_open: too many open files",
	} {
		if got := reason(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want it to say %q", err, got, want)
		}
	}
}
