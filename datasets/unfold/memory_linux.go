package unfold

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memory returns the least of what the machine has, what the process may map (ulimit -v), and what its control group
// and those above it may have.
func memory() int64 {
	least := int64(unlimited)
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		least = min(least, int64(uint64(info.Totalram)*uint64(info.Unit)))
	}
	var mappings unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &mappings) == nil && mappings.Cur < unlimited {
		least = min(least, int64(mappings.Cur))
	}
	own, _ := os.ReadFile("/proc/self/cgroup") // where there is none, there is no control group
	for line := range strings.Lines(string(own)) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for ; ok; group = path.Dir(group) {
			least = min(least, groupMemory(group))
			ok = group != "/" && group != "."
		}
	}
	return least
}

// groupMemory returns what a control group of version 2 may have.
func groupMemory(group string) int64 {
	text, _ := os.ReadFile(path.Join("/sys/fs/cgroup", group, "memory.max"))
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil { // "max", or no such file
		return unlimited
	}
	return n
}
