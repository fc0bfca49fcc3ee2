package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

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
	all := Serve(0)
	if as == "lacking" {
		all, as = slices.DeleteFunc(all, func(k remote.Kernel) bool {
			return k.Kernel == result.Kernel{Op: "sigmoid", Direction: result.Forward, Type: result.Float32, Variant: "scalar", ISA: "portable"}
		}), "itself"
	}
	if as == "slower" {
		all, as = Serve(3), "itself"
	}
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
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
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
		tm := newTimer(c, operands, newObservation())
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

// pairs is a journal of pairs in memory.
type pairs struct {
	units []string
	rows  []result.Pair
	saved func() error
}

func (p *pairs) Done(unit string) bool { return slices.Contains(p.units, unit) }

func (p *pairs) Save(unit string, rows []result.Pair) error {
	p.units, p.rows = append(p.units, unit), append(p.rows, rows...)
	if p.saved != nil {
		return p.saved()
	}
	return nil
}

func pairedOptions(t *testing.T, j *pairs) PairedOptions {
	started(t, served(t, "itself")) // skips where there is no shared memory
	return PairedOptions{
		Options: Options{Filter: parse(t, "op:(relu OR sigmoid) dir:forward type:float32"), Seed: 5, SampleTime: 20 * time.Microsecond},
		Old:     Side{Name: "before", Command: served(t, "itself")}, New: Side{Name: "after", Command: served(t, "slower")},
		Blocks: 12, Pairs: j,
	}
}

// TestPaired: a side that takes four times as long is slower in the pairs, and the old
// side is not slower than itself; every block has each side before the other as often as after it.
func TestPaired(t *testing.T) {
	j := &pairs{}
	o := pairedOptions(t, j)
	if err := RunPaired(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if len(j.units) != o.Blocks {
		t.Errorf("%d rounds, want %d", len(j.units), o.Blocks)
	}
	ratios, firsts, cells := map[string][]float64{}, map[string]int{}, map[string]bool{}
	for _, row := range j.rows {
		ratios[row.Comparison] = append(ratios[row.Comparison], row.LogRatio)
		firsts[row.Comparison+row.First]++
		cells[row.Name()] = true
		if row.Old != "before" || (row.New == "after") != (row.Comparison == result.Change) || row.OldNs < 1 || row.NewNs < 1 || row.Iterations < 1 {
			t.Fatalf("row %+v", row)
		}
	}
	if want := 4 * o.Blocks * len(cells); len(j.rows) != want || len(cells) < 4 {
		t.Errorf("%d rows of %d cells, want %d", len(j.rows), len(cells), want)
	}
	for _, comparison := range []string{result.Change, result.Floor} {
		if firsts[comparison+"old"] != firsts[comparison+"new"] {
			t.Errorf("%s: the old side is first %d times, the new one %d times", comparison, firsts[comparison+"old"], firsts[comparison+"new"])
		}
		slices.Sort(ratios[comparison])
	}
	median := func(comparison string) float64 { return ratios[comparison][len(ratios[comparison])/2] }
	if change, floor := median(result.Change), median(result.Floor); change < .7 || change < floor+.7 { // log 4 is 1.39
		t.Errorf("median log ratio %.3f of a side that takes four times as long, %.3f of one that takes as long", change, floor)
	}
}

// TestStretched: by a clock that only the calls and its own readings move, the loop takes longer by the share that it
// was given, however short the kernel and however many calls, and never by more than a few readings beyond it.
func TestStretched(t *testing.T) {
	const reading = 40 * time.Nanosecond
	for _, call := range []time.Duration{7, 90, 1500} {
		for _, calls := range []int{1, 7, 1000, 12_000} {
			for _, share := range []float64{0, 1e-6, .01, .02, .05, .1, 1} {
				var at time.Time
				now := func() time.Time {
					at = at.Add(reading)
					return at
				}
				loop := stretched(func(n int) { at = at.Add(time.Duration(n) * call) }, share, now)
				begun := at
				loop(calls)
				alone := time.Duration(calls) * call
				extra, want := at.Sub(begun)-alone, time.Duration(share*float64(alone))
				if beyond := extra - want; beyond < 0 || beyond > 4*reading+time.Duration(share*float64(reading)) {
					t.Errorf("%d calls of %v, slower by %v: %v more than without, want %v and a few readings of %v", calls, call, share, extra, want, reading)
				}
			}
		}
	}
}

// TestStretchedStack: what is called lies at the same place of the stack, whether it is made slower or not.
func TestStretchedStack(t *testing.T) {
	var at uintptr
	loop := func(int) {
		var here byte
		at = uintptr(unsafe.Pointer(&here))
	}
	var places []uintptr
	for _, share := range []float64{0, 0, .02} { // at the first the stack may grow
		stretched(loop, share, time.Now)(1)
		places = append(places, at%2048) // to which even a stack that the runtime has moved meanwhile is aligned
	}
	if places[1] != places[2] {
		t.Errorf("the calls of the slower side lie %d bytes away", int(places[2])-int(places[1]))
	}
}

// TestPlaces: 64 rounds of a paired run have the operands at every place of a page, the first 16 in each eighth
// of it, as far from each other as they always are.
func TestPlaces(t *testing.T) {
	o := PairedOptions{Options: Options{Filter: parse(t, "op:(relu OR maxout)"), Sizes: []int{64}}}
	s, err := PlanPaired(o)
	if err != nil {
		t.Fatal(err)
	}
	first := s.layout()
	r := &pairedRun{PairedOptions: o, schedule: s, memory: &remote.Memory{Bytes: goMemory(first.bytes + page)}}
	seen, eighths := map[int]bool{}, map[int]bool{}
	for round := range page / cacheLine {
		r.place(round)
		places := r.operands.float32s.places
		moved := places.X - first.float32s.X
		if moved%cacheLine != 0 || places.Out-first.float32s.Out != moved || r.operands.float64s.places.Grad-first.float64s.Grad != moved {
			t.Fatalf("round %d: %+v, of %+v", round, places, first.float32s)
		}
		if seen[places.X%page] = true; round < 16 {
			eighths[places.X%page/(page/8)] = true
		}
	}
	if len(seen) != page/cacheLine || len(eighths) != 8 {
		t.Errorf("%d places of %d, the first 16 rounds in %d eighths", len(seen), page/cacheLine, len(eighths))
	}
}

// TestPairedPlan: the reference has no part in paired runs, and where any variant stands for
// the fastest there is one cell for each operation, direction, type and size, however sizes are given.
func TestPairedPlan(t *testing.T) {
	for _, o := range []PairedOptions{
		{}, {AnyVariant: true}, {Options: Options{Sizes: []int{64, 4096}}}, {AnyVariant: true, Options: Options{Sizes: []int{64, 4096}}}, {AnyVariant: true, Options: Options{All: true}},
	} {
		s, err := PlanPaired(o)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range s.Cells {
			place := fmt.Sprint(unnamed(c.Kernel), c.N, c.Workers, c.Mode)
			if seen[place] || c.Variant == Reference {
				t.Errorf("%+v: %s is there twice, or the reference", o, c.Name())
			}
			seen[place] = true
		}
	}
	all, err := PlanPaired(PairedOptions{Options: Options{All: true, Filter: parse(t, "op:relu dir:forward type:float32 n:4096 workers:1")}})
	if err != nil || len(all.Cells) < 2 {
		t.Errorf("every variant is %d cells, %v", len(all.Cells), err)
	}
}

// TestPairedLost: a kernel that the new side no longer has ends the run in one line.
func TestPairedLost(t *testing.T) {
	o := pairedOptions(t, &pairs{})
	o.New.Command = served(t, "lacking")
	err := RunPaired(context.Background(), o)
	if err == nil || !strings.HasPrefix(err.Error(), "after has lost 1 kernels that before has, such as sigmoid forward float32 scalar: ") {
		t.Errorf("error %v", err)
	}
}

// TestPairedResume: an interrupted paired run goes on where it was, and stops for cells that are decided.
func TestPairedResume(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	j := &pairs{}
	j.saved = func() error {
		if len(j.units) == 3 {
			cancel()
		}
		return nil
	}
	o := pairedOptions(t, j)
	if err := RunPaired(ctx, o); err == nil || len(j.units) != 3 {
		t.Fatalf("interrupted: %v after %d rounds", err, len(j.units))
	}
	o.Saved = j.rows
	o.Undecided = func(rows []result.Pair) func(string) bool {
		return func(name string) bool { return strings.Contains(name, "op=relu") && len(rows) > 0 }
	}
	if err := RunPaired(context.Background(), o); err != nil || len(j.units) != o.Blocks {
		t.Fatalf("resumed: %v, %d rounds", err, len(j.units))
	}
	for _, row := range j.rows {
		if row.Block >= MinSamples && row.Op != "relu" {
			t.Errorf("block %d of %s, which was decided", row.Block, row.Name())
		}
	}
	o.Budget, o.Blocks = 0, 0
	if err := RunPaired(context.Background(), o); err == nil {
		t.Error("a run without an end began")
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

// A derivative that is taken at the input has the input for what was saved.
func TestSavedPlace(t *testing.T) {
	p := started(t, served(t, "guest"))
	o := Options{Sizes: []int{64}, Workers: []int{1}, Filter: parse(t, "op:(relu OR sigmoid) dir:backward variant:guest"), Remote: []*remote.Process{p}}
	s := plan(t, o)
	if len(s.Cells) == 0 {
		t.Fatal("no cells")
	}
	operands := newOperands(s.layout(), make([]byte, s.layout().bytes), 1)
	for _, c := range s.Cells {
		at := c.subject.remote.request(c, operands).Places
		if input := at.Saved == at.X; input != (c.Op == "relu") {
			t.Errorf("%s: saved values at %d, inputs at %d", c.Name(), at.Saved, at.X)
		}
	}
}

// That a library changed the floating-point environment is said once.
func TestControlRegisterIsReported(t *testing.T) {
	changes := &timer{iterations: 1, observed: &observation{}, run: func(int, int) (remote.Answer, error) {
		return remote.Answer{ElapsedNs: 1, ControlBefore: 0x1f80, ControlAfter: 0x9f80}, nil
	}}
	s := &Schedule{Cells: []Cell{{Kernel: result.Kernel{Op: "relu", Variant: "flusher"}, N: 1, subject: &subject{}}}}
	n := &notes{}
	for round := range 2 {
		if _, err := s.round(context.Background(), round, []*timer{changes}, []int{0}, func() {}, Options{Journal: discard[result.Bench]{}, Progress: n}); err != nil {
			t.Fatal(err)
		}
	}
	if len(n.lines) != 1 || !strings.Contains(n.lines[0], "flusher") || !strings.Contains(n.lines[0], "from 1f80 to 9f80") {
		t.Errorf("said %q", n.lines)
	}
}
