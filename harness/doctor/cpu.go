package doctor

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

const cpuFolder = "sys/devices/system/cpu/"

func (x *examination) cpus() Check {
	c := Check{Name: "CPUs", Means: "With one CPU the system's own work, and kernels on two workers, wait for one another."}
	online := listed(x.line(cpuFolder + "online"))
	c.Found = fmt.Sprintf("%d for this program", x.live.CPUs)
	if len(online) > 0 {
		c.Found += fmt.Sprintf(", of %d", len(online))
	}
	c.Verdict = verdict(x.live.CPUs < 2)
	switch {
	case c.Verdict == Warns && len(online) > 1:
		c.Do = "give it more: the affinity (taskset) or the container's cpuset allows one"
	case c.Verdict == Warns:
		c.Do = "compare kernels on one worker only, by paired runs: actinit bench --against"
	}
	return c
}

func (x *examination) siblings() Check {
	c := Check{Name: "hyper-threads", Means: "Two threads of a core share its caches and units: a kernel is up to twice as slow while the other thread works."}
	pairs := map[string]bool{}
	known := false
	for _, cpu := range listed(x.line(cpuFolder + "online")) {
		list := x.line(fmt.Sprintf(cpuFolder+"cpu%d/topology/thread_siblings_list", cpu))
		known = known || list != ""
		if len(listed(list)) > 1 {
			pairs[list] = true
		}
	}
	switch {
	case !known:
		c.Verdict, c.Found = Unknown, "the machine does not say which CPUs share a core"
	case len(pairs) == 0:
		c.Verdict, c.Found = OK, "each CPU that the system knows is a core"
		if x.live.Hypervisor {
			c.Found += ", as far as the hypervisor tells"
		}
	default:
		c.Verdict, c.Found = Warns, fmt.Sprintf("cores with more than one thread: %d", len(pairs))
		c.Do = "keep the others of a core idle: echo off > /sys/devices/system/cpu/smt/control, or taskset this program to one thread of each core"
	}
	return c
}

func (x *examination) governor() Check {
	c := Check{Name: "governor", Means: "The clock follows the load, and the first samples run slower than the later ones."}
	governors := map[string]bool{}
	for _, cpu := range listed(x.line(cpuFolder + "online")) {
		if g := x.line(fmt.Sprintf(cpuFolder+"cpu%d/cpufreq/scaling_governor", cpu)); g != "" {
			governors[g] = true
		}
	}
	c.Found = sortedNames(governors)
	switch {
	case len(governors) == 0:
		c.Verdict, c.Found = Unknown, "no cpufreq here, as in most virtual machines: the host decides"
		c.Do = "look at the frequency in the report's section Noise; it is measured before each sample"
	case len(governors) == 1 && governors["performance"]:
		c.Verdict = OK
	default:
		c.Verdict = Warns
		c.Do = "cpupower frequency-set -g performance"
	}
	return c
}

func (x *examination) turbo() Check {
	c := Check{Name: "turbo", Means: "The frequency depends on how many cores are busy, on the instructions and on the temperature: two runs need not have the same one."}
	noTurbo, boost := x.line(cpuFolder+"intel_pstate/no_turbo"), x.line(cpuFolder+"cpufreq/boost")
	switch {
	case noTurbo == "1" || boost == "0":
		c.Verdict, c.Found = OK, "off"
	case noTurbo == "0":
		c.Verdict, c.Found, c.Do = Warns, "on", "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo"
	case boost == "1":
		c.Verdict, c.Found, c.Do = Warns, "on", "echo 0 > /sys/devices/system/cpu/cpufreq/boost"
	default:
		c.Verdict, c.Found = Unknown, "the machine does not say whether it is on"
		c.Do = "compare by paired runs, whose two sides share whatever frequency there is: actinit bench --against"
	}
	if x.live.FrequencyHz != nil {
		c.Found += fmt.Sprintf("; the core runs at %.2f GHz now", *x.live.FrequencyHz/1e9)
	}
	return c
}

func (x *examination) isolated() Check {
	c := Check{Name: "isolated CPUs", Means: "On an isolated CPU nothing runs that was not put there."}
	text, err := fs.ReadFile(x.root, cpuFolder+"isolated")
	switch list := strings.TrimSpace(string(text)); {
	case err != nil:
		c.Verdict, c.Found = Unknown, "the machine does not say"
	case list == "":
		c.Verdict, c.Found = OK, "none; for less noise than usual there is isolcpus= on the kernel's command line"
	default:
		c.Verdict, c.Found = OK, list+": taskset -c puts this program there, and --pin the processes of paired runs"
	}
	return c
}

func (x *examination) numa() Check {
	c := Check{Name: "NUMA nodes", Means: "Memory of another node is slower to reach, and which node the operands are on changes from run to run."}
	nodes := listed(x.line("sys/devices/system/node/online"))
	switch {
	case len(nodes) == 0:
		c.Verdict, c.Found = Unknown, "the machine does not say"
	default:
		c.Verdict, c.Found = verdict(len(nodes) > 1), fmt.Sprint(len(nodes))
	}
	if c.Verdict == Warns {
		c.Do = "numactl --cpunodebind=0 --membind=0 actinit bench"
	}
	return c
}

// listed reads a list such as 0-3,8: nothing if it is none.
func listed(list string) (numbers []int) {
	const most = 1 << 16
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || from < 0 || to < from || to > most {
			return nil
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
