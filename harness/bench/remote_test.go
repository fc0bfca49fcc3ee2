package bench

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/remote"
	"actinit/harness/result"
)

// TestMain serves this program's kernels when a test has started it as another process,
// under a library's name where it is to be a peer.
func TestMain(m *testing.M) {
	as := os.Getenv("ACTINIT_TEST_SERVE")
	if as == "" {
		os.Exit(m.Run())
	}
	all := Serve()
	if as != "itself" {
		all = slices.DeleteFunc(all, func(k remote.Kernel) bool { return k.Variant != "scalar" || k.Op == "constant" })
		for i := range all {
			all[i].Variant = as
		}
	}
	if err := remote.Serve(os.Stdin, os.Stdout, []remote.Library{{Name: as, Version: "1"}}, all); err != nil {
		os.Exit(2)
	}
}

// served is a command that serves this program's kernels.
func served(t testing.TB, as string) remote.Command {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return remote.Command{Name: as, Args: []string{program}, Env: []string{"ACTINIT_TEST_SERVE=" + as}, CPU: -1}
}

func started(t testing.TB, c remote.Command) *remote.Process {
	t.Helper()
	if m, err := remote.NewMemory(64); err != nil {
		t.Skip("Linux only: ", err)
	} else {
		m.Close()
	}
	p, err := remote.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestRemoteCellsCompute: a kernel of another process, on the shared memory, gives the
// bits that the same kernel gives here, for every operation, direction and type.
func TestRemoteCellsCompute(t *testing.T) {
	p := started(t, served(t, "guest"))
	o := Options{Sizes: []int{4096}, Workers: []int{1}, Filter: parse(t, "variant:(guest OR scalar)"), All: true, Remote: []*remote.Process{p}}
	s := plan(t, o)
	memory, release, err := memoryFor(s.layout().bytes, o.Remote)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	operands := newOperands(s.layout(), memory, 1)
	compared := 0
	for i, c := range s.Cells {
		if c.subject.remote == nil || c.Direction == result.SlopeGrad { // whose sum stays with its process
			continue
		}
		ours := s.Cells[slices.IndexFunc(s.Cells, func(other Cell) bool {
			return other.Variant == "scalar" && sameButVariant(other.Kernel, c.Kernel)
		})]
		out := func() []byte {
			if c.Type == result.Float64 {
				return bytesOf(operands.float64s.out[:c.subject.footprint.out*c.N])
			}
			return bytesOf(operands.float32s.out[:c.subject.footprint.out*c.N])
		}
		clear(out())
		call(ours, operands)
		want := slices.Clone(out())
		clear(out())
		tm := newTimer(c, operands)
		if _, err := tm.sample(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(want, out()) {
			t.Errorf("cell %d, %s: other bits in the other process", i, c.Name())
		}
		compared++
	}
	if compared < 100 {
		t.Errorf("only %d kernels compared", compared)
	}
}

// TestRemoteRun: a peer's cells are in every round beside ours.
func TestRemoteRun(t *testing.T) {
	p := started(t, served(t, "guest"))
	j := &memory{}
	o := Options{Filter: parse(t, "op:relu dir:forward type:float32"), Sizes: []int{64}, SampleTime: 20 * time.Microsecond, Journal: j, Remote: []*remote.Process{p}}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	samples := map[string]int{}
	for _, row := range j.rows {
		samples[row.Variant]++
	}
	if samples["guest"] != MinSamples || samples["scalar"] != MinSamples {
		t.Errorf("samples by variant: %v", samples)
	}
}

// TestRemoteNames: a library may not take our names, nor bring what has nothing beside it.
func TestRemoteNames(t *testing.T) {
	for want, k := range map[string]result.Kernel{
		"variant avx2 is one of actinit's own names":         {Op: "relu", Direction: result.Forward, Type: result.Float32, Variant: "avx2"},
		"kernel frobnicate forward float32 has none of ours": {Op: "frobnicate", Direction: result.Forward, Type: result.Float32, Variant: "x"},
	} {
		_, err := Plan(Options{Remote: []*remote.Process{{Name: "lib", Kernels: []result.Kernel{k}}}})
		if err == nil || !strings.HasPrefix(err.Error(), "lib: "+want) {
			t.Errorf("error %v, want lib: %s", err, want)
		}
	}
}
