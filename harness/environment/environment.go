// Package environment records the machine and the build that a run was made
// on. What cannot be found out is left empty, never guessed.
package environment

import (
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"actinit/datasets/buildinfo"
	"actinit/harness/result"
)

// Capture describes this process on this machine. The command is what the user
// typed; isa is the instruction set in use, as kernels.ISA gives it. Started
// comes from the identity; Finished and Complete are for the end of the run.
func Capture(id result.Identity, command []string, seed uint64, isa string) result.Environment {
	build, _ := debug.ReadBuildInfo()
	env := machine(os.DirFS("/"))
	env.RunID = id.RunID
	env.Host = id.Host
	env.Started = id.Started
	env.Command = slices.Clone(command)
	env.Seed = seed
	env.ISA = isa
	if env.Commit, env.Modified = buildinfo.Commit(); env.Commit == "" || env.Modified {
		env.Executable = buildinfo.Executable()
	}
	env.GoVersion = runtime.Version()
	env.GOOS = runtime.GOOS
	env.GOARCH = runtime.GOARCH
	env.GOAMD64 = buildinfo.Setting("GOAMD64")
	env.GOMAXPROCS = runtime.GOMAXPROCS(0)
	env.Module, env.Modules = modules(build)
	return env
}

// modules returns this module as "path version" and the versions of those it
// was built with. A replaced module is "version => path version".
func modules(build *debug.BuildInfo) (self string, deps map[string]string) {
	deps = make(map[string]string)
	if build == nil {
		return "", deps
	}
	for _, m := range build.Deps {
		deps[m.Path] = m.Version
		if r := m.Replace; r != nil {
			deps[m.Path] = strings.TrimSpace(m.Version + " => " + r.Path + " " + r.Version)
		}
	}
	return strings.TrimSpace(build.Main.Path + " " + build.Main.Version), deps
}

// machine describes the machine; root is its file system.
func machine(root fs.FS) result.Environment {
	cpu := &cpuid.CPU
	env := result.Environment{
		CPU:           strings.TrimSpace(cpu.BrandName),
		CPUFeatures:   cpu.FeatureSet(),
		PhysicalCores: cpu.PhysicalCores,
		LogicalCores:  runtime.NumCPU(),
		CacheBytes:    make(map[string]int),
		Kernel:        line(root, "proc/sys/kernel/osrelease"),
		HugePages:     chosen(line(root, "sys/kernel/mm/transparent_hugepage/enabled")),
		Governor:      line(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		Load:          load(line(root, "proc/loadavg")),
	}
	slices.Sort(env.CPUFeatures)
	for name, size := range map[string]int{"l1d": cpu.Cache.L1D, "l2": cpu.Cache.L2, "l3": cpu.Cache.L3} {
		if size > 0 {
			env.CacheBytes[name] = size
		}
	}
	return env
}

// line returns a small file's first line, or nothing.
func line(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

// chosen returns the word in brackets of "always [madvise] never".
func chosen(s string) string {
	_, after, _ := strings.Cut(s, "[")
	word, _, found := strings.Cut(after, "]")
	if !found {
		return ""
	}
	return word
}

// load returns the load averages over 1, 5 and 15 minutes.
func load(s string) []float64 {
	fields := strings.Fields(s)
	if len(fields) < 3 {
		return nil
	}
	var averages []float64
	for _, f := range fields[:3] {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil
		}
		averages = append(averages, v)
	}
	return averages
}
