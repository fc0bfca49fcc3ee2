package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"actinit/harness/counters"
)

var update = flag.Bool("update", false, "write the golden files again")

// machine makes a file system of small files.
func machine(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

// quietFiles are those of a machine on which nothing disturbs.
func quietFiles() map[string]string {
	files := map[string]string{
		cpuFolder + "online":                                              "0-3\n",
		cpuFolder + "isolated":                                            "2-3\n",
		cpuFolder + "intel_pstate/no_turbo":                               "1\n",
		"sys/devices/system/node/online":                                  "0\n",
		"proc/loadavg":                                                    "0.02 0.31 1.16 1/86 30607\n",
		"proc/self/cgroup":                                                "0::/user.slice\n",
		"sys/fs/cgroup/user.slice/cpu.max":                                "max 100000\n",
		"proc/meminfo":                                                    "MemTotal: 24683652 kB\nMemAvailable:   20971520 kB\nSwapTotal:  0 kB\nSwapFree:  0 kB\n",
		"proc/sys/kernel/randomize_va_space":                              "0\n",
		"sys/kernel/mm/transparent_hugepage/enabled":                      "always [madvise] never\n",
		"sys/kernel/mm/transparent_hugepage/shmem_enabled":                "always within_size [advise] never deny force\n",
		"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
	}
	for cpu := range 4 {
		files[fmt.Sprintf(cpuFolder+"cpu%d/topology/thread_siblings_list", cpu)] = fmt.Sprintln(cpu)
		files[fmt.Sprintf(cpuFolder+"cpu%d/cpufreq/scaling_governor", cpu)] = "performance\n"
	}
	return files
}

func quietLive() Live {
	hz := 3.2e9
	return Live{
		CPUs: 4, Commit: "1a2b3c4d5e6f7a8b", FrequencyHz: &hz, ClockStep: 25 * time.Nanosecond, Processes: []Process{{1, "init", .001}},
		Gaps: Gaps{Total: 200 * time.Millisecond, Longest: 9 * time.Microsecond, Lost: 90 * time.Microsecond},
	}
}

// noisy is a machine on which everything disturbs that can.
func noisy() (map[string]string, Live) {
	files := quietFiles()
	for name, text := range map[string]string{
		cpuFolder + "isolated": "\n", cpuFolder + "intel_pstate/no_turbo": "0\n", "sys/devices/system/node/online": "0-1\n",
		"proc/loadavg":                                                    "3.50 2 1 5/900 77\n",
		"sys/fs/cgroup/user.slice/cpu.max":                                "50000 100000\n",
		"proc/meminfo":                                                    "MemAvailable: 512000 kB\nSwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n",
		"proc/sys/kernel/randomize_va_space":                              "2\n",
		"sys/kernel/mm/transparent_hugepage/enabled":                      "always madvise [never]\n",
		"sys/kernel/mm/transparent_hugepage/shmem_enabled":                "always within_size advise [never] deny force\n",
		"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
		cpuFolder + "cpu2/cpufreq/scaling_governor":                       "powersave\n",
		cpuFolder + "cpu0/topology/thread_siblings_list":                  "0,2\n",
		cpuFolder + "cpu2/topology/thread_siblings_list":                  "0,2\n",
	} {
		files[name] = text
	}
	live := quietLive()
	live.CPUs, live.Hypervisor, live.Steal, live.Modified, live.Flushes = 1, true, .034, true, true
	live.ClockStep = 10 * time.Microsecond
	live.Gaps = Gaps{Total: 200 * time.Millisecond, Longest: 4 * time.Millisecond, Lost: 22 * time.Millisecond}
	live.Processes = []Process{{4242, "updatedb", .97}, {77, "a (b) c", .06}, {1, "init", .01}}
	live.Absent = []counters.Absence{
		{Counter: "cycles", Reason: "the kernel forbids it: perf_event_paranoid is 4, want 2 or less"},
		{Counter: "LLC misses", Reason: "this processor does not count it"},
		{Counter: "instructions", Reason: "the kernel forbids it: perf_event_paranoid is 4, want 2 or less"},
	}
	return files, live
}

func TestGolden(t *testing.T) {
	files, live := noisy()
	for name, checks := range map[string][]Check{
		"quiet": Examine(machine(quietFiles()), quietLive()),
		"noisy": Examine(machine(files), live),
		"mute":  Examine(machine(nil), Live{CPUs: 2, Steal: -1}),
	} {
		var got bytes.Buffer
		if err := Write(&got, checks); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s differs (go test -update writes it again):\n%s", golden, diff)
		}
	}
}

// A quiet machine is quiet, on a noisy one every check warns that can, and a machine that tells
// nothing has nothing that is fine but what this program finds out by itself.
func TestVerdicts(t *testing.T) {
	files, live := noisy()
	never := []string{"isolated CPUs", "counters"} // for information, and the row's columns are nil
	for _, c := range Examine(machine(quietFiles()), quietLive()) {
		if c.Verdict != OK {
			t.Errorf("quiet: %+v", c)
		}
	}
	for _, c := range Examine(machine(files), live) {
		if c.Verdict != Warns && !slices.Contains(never, c.Name) {
			t.Errorf("noisy: %+v", c)
		}
		if c.Verdict == Warns && c.Do == "" && c.Name != "clock resolution" {
			t.Errorf("noisy: %s says nothing to do", c.Name)
		}
	}
	tried := []string{"CPUs", "hypervisor", "counters", "subnormals"}
	for _, c := range Examine(machine(nil), Live{CPUs: 2, Steal: -1}) {
		if c.Verdict != Unknown && !slices.Contains(tried, c.Name) {
			t.Errorf("mute: %+v", c)
		}
		if c.Found == "" || c.Means == "" {
			t.Errorf("mute: %s has no words: %+v", c.Name, c)
		}
	}
}

// Odd files are unknown, not fine, and no crash.
func TestOddFiles(t *testing.T) {
	for _, text := range []string{"", "\n", "-", "x y z w", "9999999999999999999999", "0-", "[", "-1 -1", "\x00"} {
		files := quietFiles()
		for name := range files {
			files[name] = text
		}
		files["proc/stat"], files["proc/7/stat"] = text, text
		Examine(machine(files), Live{})
		since(snapshotOf(machine(files)), snapshotOf(machine(files)), 1)
	}
}

func TestListed(t *testing.T) {
	for text, want := range map[string][]int{
		"0": {0}, "0-3": {0, 1, 2, 3}, "0,2-3,8": {0, 2, 3, 8},
		"": nil, "x": nil, "3-1": nil, "-1": nil, "0-": nil, "0-999999999999": nil, "0-99999999": nil,
	} {
		if got := listed(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestQuota(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  Verdict
	}{
		{"version 2, in a group above", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "50000 100000\n"}, Warns},
		{"version 2, of the container's root", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "100000 100000\n"}, Warns},
		{"version 2, the tightest holds", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "100000 100000\n", "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n"}, Warns},
		{"version 2, enough", map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "200000 100000\n"}, OK},
		{"version 1", map[string]string{"proc/self/cgroup": "4:memory:/m\n1:cpu,cpuacct:/a\n",
			"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "150000\n", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n"}, Warns},
		{"version 1, none", map[string]string{"proc/self/cgroup": "1:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, OK},
		{"another controller's", map[string]string{"proc/self/cgroup": "3:cpuset:/a\n",
			"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n"}, OK},
		{"no groups", nil, Unknown},
	} {
		x := &examination{machine(c.files), Live{CPUs: 2}}
		if got := x.quota(); got.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

// stat is a line of /proc/PID/stat with the CPU time used, in ticks.
func stat(pid int, name string, user, system int) string {
	return fmt.Sprintf("%d (%s) R 1 2 3 4 5 6 7 8 9 10 %d %d 0 0 20 0 1 0 3705071 3133440\n", pid, name, user, system)
}

// Shares are of one CPU, by the CPUs' own time; this process and idle ones are left out.
func TestSince(t *testing.T) {
	before := machine(map[string]string{
		"proc/stat":   "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 50 0 50 400 0 0 0 0 0 0\ncpu1 50 0 50 400 0 0 0 0 0 0\nintr 7\n",
		"proc/1/stat": stat(1, "init", 5, 5), "proc/8/stat": stat(8, "a) (b", 10, 0), "proc/9/stat": stat(9, "self", 0, 0),
	})
	after := machine(map[string]string{ // one second of two CPUs
		"proc/stat":   "cpu  190 0 120 880 0 0 0 10 0 0\ncpu0 95 0 60 440 0 0 0 5 0 0\ncpu1 95 0 60 440 0 0 0 5 0 0\n",
		"proc/1/stat": stat(1, "init", 5, 5), "proc/8/stat": stat(8, "a) (b", 80, 5), "proc/9/stat": stat(9, "self", 20, 0),
		"proc/12/stat": stat(12, "fresh", 3, 4), "proc/self/stat": stat(9, "self", 20, 0), "proc/13/stat": "13 (odd",
	})
	processes, steal := since(snapshotOf(before), snapshotOf(after), 9)
	if want := []Process{{8, "a) (b", .75}, {12, "fresh", .07}}; !cmp.Equal(processes, want) {
		t.Errorf("processes %v, want %v", processes, want)
	}
	if steal != .05 {
		t.Errorf("%v stolen, want .05", steal)
	}
	if processes, steal := since(snapshot{}, snapshotOf(after), 9); processes != nil || steal >= 0 {
		t.Errorf("without a clock: %v, %v", processes, steal)
	}
}

// What is read of a process is what was written, whatever its name.
func TestProcessOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Process{PID: rapid.IntRange(1, 1<<22).Draw(t, "pid"), Name: rapid.StringMatching(`[ -~]{1,15}`).Draw(t, "name")}
		user, system := rapid.IntRange(0, 1e9).Draw(t, "user"), rapid.IntRange(0, 1e9).Draw(t, "system")
		want.Share = float64(user + system)
		if got, ok := processOf(want.PID, stat(want.PID, want.Name, user, system)); !ok || got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// FuzzSnapshot reads any /proc.
func FuzzSnapshot(f *testing.F) {
	f.Add("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n", stat(7, "x", 1, 2))
	f.Add("cpu", "7 () R")
	f.Fuzz(func(t *testing.T, all, one string) {
		s := snapshotOf(machine(map[string]string{"proc/stat": all, "proc/7/stat": one}))
		if processes, steal := since(snapshot{}, s, 1); processes != nil || steal >= 0 {
			t.Errorf("made %v, %v of nothing", processes, steal)
		}
		processes, _ := since(snapshot{knowsTheTime: true}, s, 1)
		for _, p := range processes {
			if !(p.Share > 0) || p.PID != 7 {
				t.Errorf("made %v of %q and %q", p, all, one)
			}
		}
	})
}

// This machine can be examined, and the result is JSON.
func TestProbe(t *testing.T) {
	root := os.DirFS("/")
	live, err := Probe(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if live.CPUs < 1 || live.ClockStep <= 0 || live.Gaps.Total < busyLoop || live.Gaps.Longest > live.Gaps.Total || live.Gaps.Lost > live.Gaps.Total {
		t.Errorf("impossible: %+v", live)
	}
	if live.Flushes {
		t.Error("Go flushes subnormals here")
	}
	text, err := json.Marshal(Examine(root, live))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name":"load"`, `"verdict":"`, `"means":"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Probe(ctx, root); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled probe returns %v", err)
	}
}
