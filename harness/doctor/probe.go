package doctor

import (
	"cmp"
	"context"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"actinit/datasets/buildinfo"
	"actinit/harness/counters"
	"actinit/harness/noise"
)

// Live is what had to be tried.
type Live struct {
	CPUs        int  // that this program may use
	Hypervisor  bool // the processor says that there is one
	Commit      string
	Modified    bool
	FrequencyHz *float64 // nil if unknown
	ClockStep   time.Duration
	Gaps        Gaps
	Flushes     bool // subnormals are taken for zero
	Absent      []counters.Absence
	Processes   []Process // others, the busiest first; nil if unknown
	Steal       float64   // share of all CPUs' time while this was tried; negative if unknown
}

// Gaps are what a busy loop missed.
type Gaps struct {
	Total   time.Duration // how long it ran
	Longest time.Duration // between two readings of the clock
	Lost    time.Duration // in all gaps longer than shortGap
}

// A Process is another process.
type Process struct {
	PID   int
	Name  string
	Share float64 // of one CPU; 2 is two CPUs
}

const (
	watched  = 500 * time.Millisecond // how long processes are watched
	busyLoop = 200 * time.Millisecond // of which so long is the loop that looks for gaps

	// shortGap is longer than any reading of a fast clock.
	shortGap = 2 * time.Microsecond
)

// Probe tries what has to be tried, for half a second. root is the machine's file system.
func Probe(ctx context.Context, root fs.FS) (Live, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set := counters.Open()
	defer set.Close()
	live := Live{
		CPUs: runtime.NumCPU(), Hypervisor: cpuid.CPU.Supports(cpuid.HYPERVISOR), FrequencyHz: noise.Frequency(),
		ClockStep: clockStep(), Flushes: flushes(), Absent: set.Absent(),
	}
	live.Commit, live.Modified = buildinfo.Commit()
	before := snapshotOf(root)
	live.Gaps = gapsIn(busyLoop)
	select {
	case <-ctx.Done():
		return live, context.Cause(ctx)
	case <-time.After(watched - busyLoop):
	}
	after := snapshotOf(root)
	live.Processes, live.Steal = since(before, after, os.Getpid())
	return live, nil
}

// clockStep is the shortest time between two readings of the clock that differ.
func clockStep() time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for range 1000 {
		start := time.Now()
		elapsed := time.Since(start)
		for elapsed == 0 {
			elapsed = time.Since(start)
		}
		shortest = min(shortest, elapsed)
	}
	return shortest
}

// gapsIn reads the clock over and over.
func gapsIn(total time.Duration) (g Gaps) {
	start := time.Now()
	for last := time.Duration(0); last < total; {
		now := time.Since(start)
		gap := now - last
		if gap > shortGap {
			g.Lost += gap
		}
		g.Longest = max(g.Longest, gap)
		g.Total, last = now, now
	}
	return g
}

// Variables, as the compiler computes constants with subnormals.
var (
	smallestNormal  = float32(0x1p-126)
	aSubnormal      = float32(0x1p-130)
	half, large     = float32(.5), float32(0x1p100)
	smallestDoubles = [2]float64{0x1p-1022, 0x1p-1040}
)

// flushes reports whether subnormal results or operands are taken for zero.
func flushes() bool {
	return smallestNormal*half == 0 || aSubnormal*large == 0 ||
		smallestDoubles[0]*float64(half) == 0 || smallestDoubles[1]*float64(large) == 0
}

// A snapshot is the CPU time used up to now, in ticks of 10 ms.
type snapshot struct {
	processes    map[int]Process // Share is the ticks
	all, stolen  float64         // of all CPUs together
	cpus         int
	knowsTheTime bool
}

// snapshotOf reads /proc.
func snapshotOf(root fs.FS) snapshot {
	var s snapshot
	stat, err := fs.ReadFile(root, "proc/stat")
	if err != nil {
		return s
	}
	for line := range strings.Lines(string(stat)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 8 && fields[0] == "cpu":
			for i, f := range fields[1:9] { // guests' time behind them is in the first already
				ticks, err := strconv.ParseFloat(f, 64)
				if err != nil {
					return s
				}
				s.all += ticks
				if i == 7 {
					s.stolen = ticks
				}
			}
			s.knowsTheTime = true
		case len(fields) > 0 && strings.HasPrefix(fields[0], "cpu"):
			s.cpus++
		}
	}
	entries, err := fs.ReadDir(root, "proc")
	if err != nil {
		return s
	}
	s.processes = map[int]Process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := fs.ReadFile(root, "proc/"+e.Name()+"/stat")
		if err != nil {
			continue // it has ended
		}
		if p, ok := processOf(pid, string(text)); ok {
			s.processes[pid] = p
		}
	}
	return s
}

// processOf reads a process's stat: its name is in parentheses, and may have some of its own.
func processOf(pid int, stat string) (Process, bool) {
	open, shut := strings.Index(stat, "("), strings.LastIndex(stat, ")")
	if open < 0 || shut < open {
		return Process{}, false
	}
	const user, system = 11, 12 // fields behind the name
	fields := strings.Fields(stat[shut+1:])
	if len(fields) <= system {
		return Process{}, false
	}
	inUser, err1 := strconv.ParseFloat(fields[user], 64)
	inSystem, err2 := strconv.ParseFloat(fields[system], 64)
	return Process{PID: pid, Name: stat[open+1 : shut], Share: inUser + inSystem}, err1 == nil && err2 == nil
}

// since returns what other processes than self used between two snapshots, as shares of one CPU, and which share of
// the CPUs' time was stolen. The CPUs' own time is the clock. Without the time all is unknown.
func since(before, after snapshot, self int) (processes []Process, steal float64) {
	elapsed := after.all - before.all
	if !before.knowsTheTime || !after.knowsTheTime || after.cpus == 0 || elapsed <= 0 {
		return nil, -1
	}
	processes = []Process{}
	for pid, p := range after.processes {
		if used := p.Share - before.processes[pid].Share; pid != self && used > 0 {
			processes = append(processes, Process{PID: pid, Name: p.Name, Share: used / (elapsed / float64(after.cpus))})
		}
	}
	slices.SortFunc(processes, func(a, b Process) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.PID, b.PID))
	})
	return processes, (after.stolen - before.stolen) / elapsed
}
