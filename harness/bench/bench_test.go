package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"actinit/harness/filter"
	"actinit/harness/noise"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// BenchmarkKernel times the same cells under go test:
//
//	go test -bench 'Kernel/op=sigmoid/dir=forward' ./harness/bench
//
// Its names are those of the run's bench.txt, so benchstat compares the two.
func BenchmarkKernel(b *testing.B) {
	s := plan(b, Options{})
	o := sync.OnceValue(func() *operands { return operandsOf(s, 0) })
	for _, c := range s.Cells {
		b.Run(c.Name()[len("Kernel/"):], func(b *testing.B) {
			prepare, loop := c.subject.bind(o(), c.N, c.Workers)
			if prepare != nil {
				prepare()
			}
			b.SetBytes(c.BytesPerOp())
			for b.Loop() {
				loop(1)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.N), "ns/elem")
		})
	}
}

// BenchmarkCallOverhead is the loop around a kernel that does nothing: what
// every row's NsPerOp has too much.
func BenchmarkCallOverhead(b *testing.B) {
	buffer := make([]float32, 64)
	empty := forwardLoop(func(_, _ []float32, _ float32) {}, buffer, buffer, 0, 1)
	for b.Loop() {
		empty(1000)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/call")
}

// memory is a journal in memory. After each save it calls saved, if set.
type memory struct {
	units []string
	rows  []result.Bench
	saved func() error
}

func (m *memory) Done(unit string) bool { return slices.Contains(m.units, unit) }

func (m *memory) Save(unit string, rows []result.Bench) error {
	m.units = append(m.units, unit)
	m.rows = append(m.rows, rows...)
	if m.saved != nil {
		return m.saved()
	}
	return nil
}

func ExampleRun() {
	f, err := filter.Parse("op:constant type:float32")
	if err != nil {
		fmt.Println(err)
		return
	}
	var rows memory // keeps the finished rounds
	err = Run(context.Background(), Options{Filter: f, Sizes: []int{64}, SampleTime: time.Microsecond, Journal: &rows})
	fmt.Println(err, len(rows.units), "rounds", len(rows.rows), "samples")
	// Output: <nil> 10 rounds 10 samples
}

// small is a run of a few cells and short samples.
func small(t testing.TB, j result.Journal[result.Bench]) Options {
	return Options{
		Filter: parse(t, "op:(constant OR uniform OR relu)"), Sizes: []int{64, 1000}, Seed: 3,
		SampleTime: 20 * time.Microsecond, Journal: j,
		Identity: result.Identity{RunID: "run", Host: "bee", Started: time.Unix(9, 0).UTC()},
	}
}

func TestRun(t *testing.T) {
	var j memory
	o := small(t, &j)
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	s := plan(t, o)
	if want := MinSamples * len(s.Cells); len(j.rows) != want || len(j.units) != MinSamples {
		t.Fatalf("%d rows in %d units, want %d in %d", len(j.rows), len(j.units), want, MinSamples)
	}
	for i, r := range j.rows {
		round, position := i/len(s.Cells), i%len(s.Cells)
		c := s.Cells[s.Order(round)[position]]
		got := []any{r.Kernel(), r.Workers, r.N, r.Sample, r.Order, r.RunID, r.Host, r.Started, r.BytesPerOp}
		want := []any{c.Kernel, int64(c.Workers), int64(c.N), int64(round), int64(i), "run", "bee", o.Identity.Started, c.BytesPerOp()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("row %d:\n%s", i, diff)
		}
		if r.ElapsedNs <= 0 || r.Iterations <= 0 {
			t.Errorf("row %d: %d iterations in %d ns", i, r.Iterations, r.ElapsedNs)
		}
		perOp := float64(r.ElapsedNs) / float64(r.Iterations)
		for name, ratio := range map[string]float64{
			"ns/op":   r.NsPerOp / perOp,
			"ns/elem": r.NsPerElem / (perOp / float64(r.N)),
			"B/s":     r.BytesPerS / (float64(r.BytesPerOp) / perOp * 1e9),
		} {
			if math.Abs(ratio-1) > 1e-12 {
				t.Errorf("row %d: %s is off by a factor %v", i, name, ratio)
			}
		}
	}
}

// Every sample says what the machine did meanwhile, and no kernel allocates.
func TestRunObserves(t *testing.T) {
	var j memory
	if err := Run(context.Background(), small(t, &j)); err != nil {
		t.Fatal(err)
	}
	least := map[string]int64{}
	for _, r := range j.rows {
		if r.Allocs == nil || runtime.GOOS == "linux" && (r.Switches == nil || r.Load == nil) {
			t.Fatalf("allocations %v, switches %v, load %v", r.Allocs, r.Switches, r.Load)
		}
		if f := noise.Frequency(); (f == nil) != (r.FrequencyHz == nil) {
			t.Fatalf("frequency %v, want one like %v", r.FrequencyHz, f)
		}
		if r.Cycles != nil && *r.Cycles == 0 || r.Instructions != nil && *r.Instructions == 0 {
			t.Error("a sample without a cycle or an instruction")
		}
		name := result.Name(r)
		if have, ok := least[name]; !ok || *r.Allocs < have {
			least[name] = *r.Allocs
		}
	}
	for name, allocs := range least {
		if allocs != 0 {
			t.Errorf("%s: %d allocations in its best sample", name, allocs)
		}
	}
}

func TestResume(t *testing.T) {
	j := &memory{}
	o := small(t, j)
	s := plan(t, o)
	j.units = []string{s.Unit(0), s.Unit(4)}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	var rounds []int64
	for _, r := range j.rows {
		if !slices.Contains(rounds, r.Sample) {
			rounds = append(rounds, r.Sample)
		}
		if r.Order/int64(len(s.Cells)) != r.Sample {
			t.Errorf("round %d has the order %d", r.Sample, r.Order)
		}
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 5, 6, 7, 8, 9}, rounds); diff != "" {
		t.Error(diff)
	}
	before := len(j.rows)
	if err := Run(context.Background(), o); err != nil || len(j.rows) != before {
		t.Errorf("a complete run goes on: %v, %d rows more", err, len(j.rows)-before)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j := &memory{}
	j.saved = func() error {
		if len(j.units) == 2 {
			cancel()
		}
		return nil
	}
	o := small(t, j)
	if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run returns %v", err)
	}
	if len(j.units) != 2 {
		t.Errorf("%d rounds are saved, want 2", len(j.units))
	}
	if err := Run(context.Background(), o); err != nil || len(j.units) != MinSamples {
		t.Errorf("resumed: %v, %d rounds", err, len(j.units))
	}
}

func TestJournalError(t *testing.T) {
	full := errors.New("disk full")
	j := &memory{saved: func() error { return full }}
	if err := Run(context.Background(), small(t, j)); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// notes records progress.
type notes struct {
	mu          sync.Mutex
	lines       []string
	total, done int64
}

func (n *notes) Begin(_ string, total int64) { n.total += total }
func (n *notes) Add(d int64)                 { n.mu.Lock(); n.done += d; n.mu.Unlock() }
func (n *notes) Note(line string)            { n.lines = append(n.lines, line) }
func (n *notes) End()                        {}

func TestProgressAndNotes(t *testing.T) {
	n := &notes{}
	o := small(t, &memory{})
	o.Progress = n
	o.Wrong = func(k result.Kernel) bool { return k.Op == "uniform" && k.Type == result.Float64 }
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, v := range ops.Selected() {
		if kernels.FillsIn[float64](v) != nil && (v == kernels.Scalar || v == ops.Selected()[len(ops.Selected())-1]) {
			want = append(want, "not timed, because verification found it wrong: uniform fill float64 "+v.String())
		}
	}
	if diff := cmp.Diff(want, n.lines); diff != "" {
		t.Error(diff)
	}
	if n.done != n.total || n.total == 0 {
		t.Errorf("%d of %d units done", n.done, n.total)
	}
}

// TestBytes pins down what is counted as read and written.
func TestBytes(t *testing.T) {
	want := map[string]int64{ // per element
		"constant fill float32": 4, "constant fill float64": 8,
		"relu forward float32": 8, "relu forward float64": 16,
		"relu backward float32": 12, "relu backward float64": 24,
		"sigmoid backward float32": 12,
		"prelu slopegrad float32":  8,
		"maxout forward float32":   2*4 + 4 + 1, "maxout backward float64": 8 + 2*8 + 1,
	}
	for _, c := range plan(t, Options{Sizes: []int{1000}}).Cells {
		name := c.Op + " " + c.Direction + " " + c.Type
		if w, ok := want[name]; ok && c.BytesPerOp() != 1000*w {
			t.Errorf("%s: %d bytes for 1000 elements, want %d", name, c.BytesPerOp(), 1000*w)
		}
	}
}

// TestEveryCellRuns calls every kernel once: it must write its whole result
// and the same with more workers, also at sizes that fill no cache line.
func TestEveryCellRuns(t *testing.T) {
	sizes := []int{1, 63, 40_000} // the last is enough for Parallel to split
	one := plan(t, Options{All: true, Sizes: sizes, Workers: []int{1}, Modes: []string{result.Warm}})
	many := plan(t, Options{All: true, Sizes: sizes, Workers: []int{3}, Modes: []string{result.Warm}})
	o := operandsOf(one, 1)
	for i, c := range one.Cells {
		serial, parallel := runOnce(c, o), runOnce(many.Cells[i], o)
		want := c.subject.footprint.out * c.N * elementSize(c.Type)
		if c.Direction == result.SlopeGrad {
			want = 8
		}
		if len(serial) != want {
			t.Errorf("%s: %d bytes of results, want %d", c.Name(), len(serial), want)
		}
		if !slices.Equal(serial, parallel) {
			t.Errorf("%s: other bits with more workers", c.Name())
		}
	}
}

// operandsOf returns operands for all cells of a schedule.
func operandsOf(s *Schedule, seed uint64) *operands {
	return newOperands(s.layout(), goMemory(s.layout().bytes), seed)
}

// call prepares a cell's operands and calls its kernel once.
func call(c Cell, o *operands) {
	prepare, loop := c.subject.bind(o, c.N, c.Workers)
	if prepare != nil {
		prepare()
	}
	loop(1)
}

// runOnce returns the bytes of the cell's result.
func runOnce(c Cell, o *operands) []byte {
	results := func() []byte {
		n := c.subject.footprint.out * c.N
		if c.Type == result.Float64 {
			return bytesOf(o.float64s.out[:n])
		}
		return bytesOf(o.float32s.out[:n])
	}
	for i := range results() {
		results()[i] = 0xff // NaN, which no kernel makes of these inputs
	}
	o.float32s.sum, o.float64s.sum = 0, 0
	call(c, o)
	if c.Direction == result.SlopeGrad {
		return bytesOf([]float64{o.float32s.sum + o.float64s.sum})
	}
	out := slices.Clone(results())
	size := elementSize(c.Type)
	for i := 0; i < len(out); i += size {
		if out[i+size-1] == 0xff && out[i+size-2] == 0xff {
			return out[:i] // not written
		}
	}
	return out
}

func TestOperands(t *testing.T) {
	const n = 2*inputPeriod + 100
	s := plan(t, Options{Sizes: []int{n}, Workers: []int{1}})
	o := operandsOf(s, 1)
	for i, operand := range [][]float32{o.float32s.x, o.float32s.grad, o.float32s.saved, o.float32s.out} {
		if len(operand) == 0 {
			continue // no operation of the table needs it
		}
		if past := uintptr(unsafe.Pointer(&operand[0])) % 4096; past != uintptr(i*stagger) || past%64 != 0 {
			t.Errorf("operand %d begins %d bytes into its page", i, past)
		}
	}
	for _, x := range slices.Concat(o.float32s.x, o.float32s.grad) {
		if a := math.Abs(float64(x)); !(a >= 0x1p-126 && a < 100) {
			t.Fatalf("input %v is not a normal number of ordinary size", x)
		}
	}
	// Saved outputs are the forward kernel's, at every position.
	for _, c := range s.Cells {
		row, ok := ops.Find(c.Op)
		if !ok || c.Direction != ops.Backward || row.Saved != ops.SavedOutput || c.Type != result.Float64 {
			continue
		}
		call(c, o)
		want := make([]float64, n)
		var param float64
		if row.Param != nil {
			param = row.Param.Default
		}
		forward := row.Kernel64(ops.Forward, ops.Selected()[0])
		forward(want, [][]float64{o.float64s.x[:n]}, param)
		if !slices.Equal(o.float64s.saved[:n], want) {
			t.Errorf("%s: the saved outputs are not those of the inputs", c.Name())
		}
	}
}

// TestCalibrate: an iteration that takes at least so long bounds the number of
// iterations from above, however busy the machine is.
func TestCalibrate(t *testing.T) {
	const call, sample = 10 * time.Microsecond, time.Millisecond
	prepared := 0
	tm := &timer{prepare: func() { prepared++ }, run: here(Cell{Workers: 1}, func(iterations int) {
		for range iterations {
			for start := time.Now(); time.Since(start) < call; {
			}
		}
	}, newObservation())}
	if err := tm.calibrate(sample); err != nil {
		t.Fatal(err)
	}
	if tm.iterations < 1 || tm.iterations > int(sample/call) {
		t.Errorf("%d iterations of %v to fill %v", tm.iterations, call, sample)
	}
	if a, err := tm.sample(); err != nil || a.ElapsedNs < int64(tm.iterations)*int64(call) {
		t.Errorf("%d iterations of %v took %d ns, error %v", tm.iterations, call, a.ElapsedNs, err)
	}
	if prepared != 2 {
		t.Errorf("operands prepared %d times, want once to calibrate and once to sample", prepared)
	}
	if err := tm.calibrate(call / 10); err != nil {
		t.Fatal(err)
	}
	if tm.iterations != 1 {
		t.Errorf("%d iterations of a call that is longer than the sample", tm.iterations)
	}
}
