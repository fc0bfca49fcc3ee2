package environment

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"actinit/harness/result"
)

func TestCapture(t *testing.T) {
	id := result.Identity{RunID: "20260102T150405Z-1a2b3c4", Host: "bee", Started: time.Unix(1, 0).UTC()}
	env := Capture(id, []string{"actinit", "bench"}, 7, "portable")
	if env.RunID != id.RunID || env.Host != id.Host || !env.Started.Equal(id.Started) || env.Seed != 7 || env.ISA != "portable" {
		t.Errorf("what was given is not kept: %+v", env)
	}
	if env.GoVersion != runtime.Version() || env.GOOS != runtime.GOOS || env.GOARCH != runtime.GOARCH {
		t.Errorf("wrong build: %+v", env)
	}
	if told := env.Commit != "" && !env.Modified; told != (env.Executable == "") { // tests are built without a commit
		t.Errorf("commit %q, modified %v, executable %q", env.Commit, env.Modified, env.Executable)
	}
	if env.GOMAXPROCS < 1 || env.LogicalCores < 1 || env.PhysicalCores > env.LogicalCores {
		t.Errorf("impossible cores: %+v", env)
	}
	for name, size := range env.CacheBytes {
		if size < 1<<10 || size > 1<<34 {
			t.Errorf("cache %s of %d bytes", name, size)
		}
	}
	if env.Complete || !env.Finished.IsZero() {
		t.Error("the run has finished before it began")
	}
	text, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	var back result.Environment
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(env, back); diff != "" {
		t.Errorf("JSON loses something:\n%s", diff)
	}
}

func TestMachine(t *testing.T) {
	env := machine(fstest.MapFS{
		"proc/sys/kernel/osrelease":                            {Data: []byte("6.1.0-18-amd64\n")},
		"proc/loadavg":                                         {Data: []byte("0.52 0.58 0.59 2/1065 12345\n")},
		"sys/kernel/mm/transparent_hugepage/enabled":           {Data: []byte("always [madvise] never\n")},
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": {Data: []byte("performance\n")},
	})
	got := []any{env.Kernel, env.Load, env.HugePages, env.Governor}
	want := []any{"6.1.0-18-amd64", []float64{.52, .58, .59}, "madvise", "performance"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMachineUnknown: absent or odd files leave empty fields.
func TestMachineUnknown(t *testing.T) {
	for name, root := range map[string]fstest.MapFS{
		"absent": {},
		"odd": {
			"proc/loadavg": {Data: []byte("a b c\n")},
			"sys/kernel/mm/transparent_hugepage/enabled": {Data: []byte("always [madvise")},
		},
		"empty": {
			"proc/sys/kernel/osrelease":                  {},
			"proc/loadavg":                               {},
			"sys/kernel/mm/transparent_hugepage/enabled": {},
		},
	} {
		env := machine(root)
		if env.Kernel != "" || env.Load != nil || env.HugePages != "" || env.Governor != "" {
			t.Errorf("%s: invented %q %v %q %q", name, env.Kernel, env.Load, env.HugePages, env.Governor)
		}
	}
}

func TestModules(t *testing.T) {
	self, deps := modules(&debug.BuildInfo{
		Main: debug.Module{Path: "actinit", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "gonum.org/v1/gonum", Version: "v0.17.0"},
			{Path: "a", Version: "v1.0.0", Replace: &debug.Module{Path: "../a"}},
		},
	})
	want := map[string]string{"gonum.org/v1/gonum": "v0.17.0", "a": "v1.0.0 => ../a"}
	if diff := cmp.Diff(want, deps); diff != "" || self != "actinit (devel)" {
		t.Error(self, diff)
	}
}
