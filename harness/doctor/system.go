package doctor

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"actinit/harness/noise"
)

const (
	// busyShare is from which share of one CPU on another process is named.
	busyShare = .05

	// longGap is how long the program may stand still at once: 2% of a sample of 5 ms.
	longGap = 100 * time.Microsecond

	// lostShare is the share of the time that it may stand still altogether.
	lostShare = .01

	// enoughMemory is what the default run takes, and as much again for the tables and the page.
	enoughMemory = 1 << 30

	// coarseClock is a thousandth of a sample of 5 ms.
	coarseClock = 5 * time.Microsecond
)

func (x *examination) load() Check {
	c := Check{Name: "load", Means: "Other threads take CPUs, room in the caches and bandwidth of the memory while kernels are timed.", Verdict: Unknown, Found: "no /proc/loadavg"}
	fields := strings.Fields(x.line("proc/loadavg"))
	if len(fields) == 0 {
		return c
	}
	load, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return c
	}
	c.Verdict, c.Found = verdict(load > noise.MaxForeignLoad), fmt.Sprintf("%.2f threads wanted a CPU on average over the last minute", load)
	if c.Verdict == Warns {
		c.Do = "stop what else runs, and wait a minute"
	}
	return c
}

func (x *examination) processes() Check {
	c := Check{Name: "busy processes", Means: "They do what the load says.", Verdict: OK, Found: "none"}
	if x.live.Processes == nil {
		c.Verdict, c.Found = Unknown, "no processes in /proc"
		return c
	}
	var busy []string
	for _, p := range x.live.Processes {
		if p.Share >= busyShare && len(busy) < 5 {
			busy = append(busy, fmt.Sprintf("%s (%d) %.0f%%", p.Name, p.PID, 100*p.Share))
		}
	}
	if len(busy) > 0 {
		c.Verdict, c.Found = Warns, strings.Join(busy, ", ")+" of a CPU"
		c.Do = "stop them, or put them on other CPUs with taskset"
	}
	return c
}

func (x *examination) gaps() Check {
	c := Check{Name: "timer noise", Means: "Interrupts, other threads and the hypervisor take the CPU away: samples that are hit are longer."}
	g := x.live.Gaps
	if g.Total <= 0 {
		c.Verdict, c.Found = Unknown, "not tried"
		return c
	}
	lost := float64(g.Lost) / float64(g.Total)
	c.Verdict = verdict(g.Longest > longGap || lost > lostShare)
	c.Found = fmt.Sprintf("a busy loop of %v stood still for %v at once at most, and for %.2g%% of the time", g.Total.Round(time.Millisecond), g.Longest.Round(time.Microsecond), 100*lost)
	if c.Verdict == Warns {
		c.Do = "stop what else runs; take more samples (--samples 30), as medians bear it; see busy processes and hypervisor"
	}
	return c
}

func (x *examination) hypervisor() Check {
	c := Check{Name: "hypervisor", Means: "Other machines share the cores, caches and memory, and nobody here can see them or stop them. Steal time is only what the host admits to."}
	if !x.live.Hypervisor {
		c.Verdict, c.Found = OK, "none"
		return c
	}
	c.Verdict, c.Found = Warns, "this is a virtual machine"
	if x.live.Steal >= 0 {
		c.Found += fmt.Sprintf("; %.2g%% of its CPUs' time was given to others while this was tried", 100*x.live.Steal)
	}
	c.Do = "compare by paired runs only (actinit bench --against), and look at the report's section Noise; a machine of its own, or a dedicated host, is better"
	return c
}

// quota looks at every control group from this process's up: the tightest limit holds.
func (x *examination) quota() Check {
	c := Check{Name: "CPU quota", Means: "A control group that has used up its quota stands still until the period ends, 100 ms mostly, in the middle of a sample.", Verdict: OK, Found: "none"}
	text, err := fs.ReadFile(x.root, "proc/self/cgroup")
	if err != nil {
		c.Verdict, c.Found = Unknown, "no control groups in /proc"
		return c
	}
	tightest := 0.
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || fields[1] != "" && !slices.Contains(strings.Split(fields[1], ","), "cpu") {
			continue
		}
		for group := path.Join("/", fields[2]); ; group = path.Dir(group) {
			if cpus := x.quotaOf(fields[1], group); cpus > 0 && (tightest == 0 || cpus < tightest) {
				tightest = cpus
			}
			if group == "/" {
				break
			}
		}
	}
	if tightest > 0 {
		c.Found = fmt.Sprintf("%.3g CPUs, and this program has %d", tightest, x.live.CPUs)
		c.Verdict = verdict(tightest < float64(x.live.CPUs))
		if c.Verdict == Warns {
			c.Do = "lift it (docker: --cpus, Kubernetes: no CPU limit), or give whole CPUs by a cpuset instead"
		}
	}
	return c
}

// quotaOf returns the quota of a control group in CPUs, 0 if it has none.
func (x *examination) quotaOf(controllers, group string) float64 {
	quota, period := "", ""
	if controllers == "" { // version 2
		quota, period, _ = strings.Cut(x.line(path.Join("sys/fs/cgroup", group, "cpu.max")), " ")
	} else {
		folder := path.Join("sys/fs/cgroup/cpu", group)
		quota, period = x.line(path.Join(folder, "cpu.cfs_quota_us")), x.line(path.Join(folder, "cpu.cfs_period_us"))
	}
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || !(q > 0) || !(p > 0) {
		return 0 // max, or -1, is no quota
	}
	return q / p
}

// kib returns a number of /proc/meminfo in bytes, -1 if it is not there.
func (x *examination) kib(name string) int64 {
	text, err := fs.ReadFile(x.root, "proc/meminfo")
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			if n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
				return n << 10
			}
		}
	}
	return -1
}

func (x *examination) memory() Check {
	c := Check{Name: "memory", Means: "The largest operands do not fit, and a run that needs them is refused."}
	available := x.kib("MemAvailable")
	if available < 0 {
		c.Verdict, c.Found = Unknown, "no /proc/meminfo"
		return c
	}
	c.Verdict, c.Found = verdict(available < enoughMemory), fmt.Sprintf("%d MiB available", available>>20)
	if c.Verdict == Warns {
		c.Do = "leave out the largest sizes: actinit bench --sizes 64,4096,262144"
	}
	return c
}

func (x *examination) swap() Check {
	c := Check{Name: "swap", Means: "Pages that were put on the disk come back in the middle of a sample."}
	total, free := x.kib("SwapTotal"), x.kib("SwapFree")
	if total < 0 || free < 0 {
		c.Verdict, c.Found = Unknown, "no /proc/meminfo"
		return c
	}
	c.Verdict = verdict(total > free)
	c.Found = "none"
	if total > 0 {
		c.Found = fmt.Sprintf("%d of %d MiB used", (total-free)>>20, total>>20)
	}
	if c.Verdict == Warns {
		c.Do = "free memory, then swapoff -a"
	}
	return c
}

func (x *examination) hugePages() Check {
	c := Check{Name: "huge pages", Means: "Large operands lie on pages of 4 KiB, and every few cache lines the processor looks one up."}
	return x.pages(c, "sys/kernel/mm/transparent_hugepage/enabled", "madvise", "never")
}

func (x *examination) sharedHugePages() Check {
	c := Check{Name: "shared huge pages", Means: "Memory shared with other processes (--against, --peer) lies on pages of 4 KiB: beyond the caches all sides take longer than in other runs."}
	return x.pages(c, "sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise", "never", "deny")
}

// pages looks up the mode in brackets in a file; bad ones are to be replaced by want.
func (x *examination) pages(c Check, file, want string, bad ...string) Check {
	_, after, _ := strings.Cut(x.line(file), "[")
	mode, _, found := strings.Cut(after, "]")
	if !found {
		c.Verdict, c.Found = Unknown, "the machine does not say"
		return c
	}
	c.Verdict, c.Found = verdict(slices.Contains(bad, mode)), mode
	if c.Verdict == Warns {
		c.Do = "echo " + want + " > /" + file
	}
	return c
}

func (x *examination) addresses() Check {
	c := Check{Name: "address layout", Means: "Code, stack and heap lie elsewhere in each process: two runs of one program can differ by some percent, each with a narrow spread."}
	switch level := x.line("proc/sys/kernel/randomize_va_space"); level {
	case "":
		c.Verdict, c.Found = Unknown, "the machine does not say"
	case "0":
		c.Verdict, c.Found = OK, "the same for each process"
	default:
		c.Verdict, c.Found = Warns, "random for each process (randomize_va_space is "+level+")"
		c.Do = "do not trust small differences of two single runs; paired runs start their processes anew in each round; setarch -R runs without"
	}
	return c
}

// fastClocks are read without a call into the kernel.
var fastClocks = []string{"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"}

func (x *examination) clockSource() Check {
	c := Check{Name: "clock source", Means: "Reading the clock takes a call into the kernel or to a slow device, which is in every sample."}
	source := x.line("sys/devices/system/clocksource/clocksource0/current_clocksource")
	if source == "" {
		c.Verdict, c.Found = Unknown, "the machine does not say"
		return c
	}
	c.Verdict, c.Found = verdict(!slices.Contains(fastClocks, source)), source
	if c.Verdict == Warns {
		c.Do = "see why the kernel gave up tsc (dmesg | grep -i tsc)"
	}
	return c
}

func (x *examination) clockStep() Check {
	c := Check{Name: "clock resolution", Means: "Short samples are a few steps of the clock long."}
	if x.live.ClockStep <= 0 {
		c.Verdict, c.Found = Unknown, "not tried"
		return c
	}
	c.Verdict, c.Found = verdict(x.live.ClockStep > coarseClock), fmt.Sprintf("%v between two readings", x.live.ClockStep)
	return c
}

func (x *examination) counters() Check {
	c := Check{Name: "counters", Means: "Cycles, instructions and cache misses are not in the rows; times are.", Verdict: OK, Found: "cycles, instructions, L1 and LLC misses"}
	if len(x.live.Absent) == 0 {
		return c
	}
	c.Verdict = Unknown
	reasons := map[string][]string{}
	for _, a := range x.live.Absent {
		reasons[a.Reason] = append(reasons[a.Reason], a.Counter)
	}
	var said []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		said = append(said, "no "+strings.Join(reasons[reason], ", ")+": "+reason)
	}
	c.Found = strings.Join(said, "; ")
	if strings.Contains(c.Found, "perf_event_paranoid") {
		c.Do = "sysctl kernel.perf_event_paranoid=2; in a container, allow perf_event_open"
	}
	return c
}

func (x *examination) subnormals() Check {
	c := Check{Name: "subnormals", Means: "Subnormal numbers are taken for zero: results are other ones, and faster, than on other machines.", Found: "computed, not flushed to zero"}
	if x.live.Flushes {
		c.Found, c.Do = "flushed to zero", "find out which library set FTZ or DAZ in MXCSR: Go never does"
	}
	c.Verdict = verdict(x.live.Flushes)
	return c
}

func (x *examination) build() Check {
	c := Check{Name: "build", Means: "Nobody can build again what was measured."}
	switch commit := x.live.Commit[:min(len(x.live.Commit), 12)]; {
	case commit == "":
		c.Verdict, c.Found, c.Do = Unknown, "this program does not know its commit", "make build, in a git checkout"
	case x.live.Modified:
		c.Verdict, c.Found, c.Do = Warns, "commit "+commit+" with changes", "commit them, and make build"
	default:
		c.Verdict, c.Found = OK, "commit "+commit
	}
	return c
}

func sortedNames(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
