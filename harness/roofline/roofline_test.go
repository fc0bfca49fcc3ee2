package roofline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"actinit/harness/result"
	"actinit/kernels"
)

// memory is a journal in memory.
type memory struct {
	units []string
	rows  []result.Limit
	err   error
}

func (m *memory) Done(unit string) bool { return slices.Contains(m.units, unit) }

func (m *memory) Save(unit string, rows []result.Limit) error {
	m.units, m.rows = append(m.units, unit), append(m.rows, rows...)
	return m.err
}

func options(j *memory) Options {
	return Options{
		Demands: []Demand{
			{ISA: kernels.Portable, Workers: 1, Bytes: 1000},
			{ISA: kernels.ISA(), Workers: 2, Bytes: 100_000},
			{ISA: kernels.ISA(), Workers: 1, Bytes: pastFrom, InPlace: true},
		},
		Rounds: 3, SampleTime: time.Microsecond, Journal: j,
		Identity: result.Identity{RunID: "run", Host: "bee", Started: time.Unix(9, 0).UTC()},
	}
}

func TestMeasure(t *testing.T) {
	j := &memory{}
	o := options(j)
	if err := Measure(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	keys := Plan(o.Demands)
	if len(j.units) != 1 || len(j.rows) != o.Rounds*len(keys) {
		t.Fatalf("%d rows in %d units for %d limits", len(j.rows), len(j.units), len(keys))
	}
	for i, r := range j.rows {
		if r.RunID != "run" || r.Host != "bee" || !r.Started.Equal(o.Identity.Started) || r.Sample != int64(i/len(keys)) || r.ElapsedNs <= 0 || !(r.PerS > 0) || math.IsInf(r.PerS, 0) {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	for round := range o.Rounds {
		var got []result.Limit
		for _, r := range j.rows[round*len(keys) : (round+1)*len(keys)] {
			got = append(got, result.Limit{Name: r.Name, Type: r.Type, ISA: r.ISA, Workers: r.Workers, Bytes: r.Bytes})
		}
		for _, k := range keys {
			if !slices.Contains(got, k) {
				t.Errorf("round %d has no %+v", round, k)
			}
		}
	}
	if err := Measure(t.Context(), o); err != nil || len(j.units) != 1 {
		t.Errorf("limits that are there are measured again: %v", err)
	}
	o.Seed++
	if err := Measure(t.Context(), o); err != nil || len(j.units) != 2 {
		t.Errorf("another seed is another unit: %v", err)
	}
	o.Identity.Host = "ant"
	if err := Measure(t.Context(), o); err != nil || len(j.units) != 3 || j.rows[len(j.rows)-1].Host != "ant" {
		t.Errorf("another machine is measured, too: %v", err)
	}
}

// What shards have measured on one machine becomes one set: nothing is lost, and each limit's samples are numbered
// from 0 on.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.Custom(func(t *rapid.T) result.Limit {
			return result.Limit{
				Host: rapid.SampledFrom([]string{"ant", "bee"}).Draw(t, "host"), Name: rapid.SampledFrom([]string{"load", "fma"}).Draw(t, "name"),
				Bytes: rapid.SampledFrom([]int64{0, 4096}).Draw(t, "bytes"), Sample: rapid.Int64Range(0, 3).Draw(t, "sample"), PerS: rapid.Float64Range(1, 9).Draw(t, "rate"),
			}
		})).Draw(t, "rows")
		merged := Merge(rows)
		seen := map[result.Limit]int64{}
		for i, r := range merged {
			back := r
			back.Sample = rows[i].Sample
			if back != rows[i] {
				t.Fatalf("row %d is %+v, and was %+v", i, r, rows[i])
			}
			k := result.Limit{Host: r.Host, Name: r.Name, Bytes: r.Bytes}
			if r.Sample != seen[k] {
				t.Fatalf("row %d: sample %d of %+v, want %d", i, r.Sample, k, seen[k])
			}
			seen[k]++
		}
		if len(merged) != len(rows) {
			t.Fatalf("%d rows of %d", len(merged), len(rows))
		}
	})
}

func TestMeasureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j := &memory{}
	if err := Measure(ctx, options(j)); !errors.Is(err, context.Canceled) || len(j.units) > 0 {
		t.Errorf("cancelled: %v, %d units", err, len(j.units))
	}
	full := errors.New("disk full")
	if err := Measure(t.Context(), options(&memory{err: full})); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := Measure(t.Context(), Options{Journal: j}); err != nil || len(j.units) > 0 {
		t.Errorf("nothing to measure: %v, %d units", err, len(j.units))
	}
}

func TestPlan(t *testing.T) {
	isa := kernels.ISA()
	names := func(demands ...Demand) (all []string) {
		for _, k := range Plan(demands) {
			all = append(all, fmt.Sprint(k.Name, k.Type, " ", k.ISA, " ", k.Workers, " ", k.Bytes))
		}
		return all
	}
	arithmetic := []string{
		fmt.Sprint("fmafloat32 ", isa, " 2 0"), fmt.Sprint("fmafloat64 ", isa, " 2 0"),
		fmt.Sprint("dividefloat32 ", isa, " 2 0"), fmt.Sprint("dividefloat64 ", isa, " 2 0"),
	}
	if loopsOf(isa).mixed != nil {
		arithmetic = append(arithmetic, fmt.Sprint("vector ", isa, " 2 0"))
	}
	at := func(bytes int, names ...string) (all []string) {
		for _, name := range names {
			all = append(all, fmt.Sprint(name, " ", isa, " 2 ", bytes))
		}
		return all
	}
	want := slices.Concat(arithmetic, at(4096, "load", "store", "copy", "add"))
	if diff := cmp.Diff(want, names(Demand{ISA: kernels.Portable, Workers: 2, Bytes: 100}, Demand{ISA: isa, Workers: 2, Bytes: 5000})); diff != "" {
		t.Errorf("small:\n%s", diff)
	}
	want = slices.Concat(arithmetic, at(8<<20, "load", "store", "update"))
	if loopsOf(isa).storePast != nil {
		want = slices.Concat(arithmetic, at(8<<20, "load", "store", "store-nt", "update"))
	}
	if diff := cmp.Diff(want, names(Demand{ISA: isa, Workers: 2, Bytes: 9 << 20, InPlace: true})); diff != "" {
		t.Errorf("in place:\n%s", diff)
	}
}

func TestStep(t *testing.T) {
	for bytes, want := range map[int64]int64{0: 4096, 4095: 4096, 6143: 4096, 6144: 6144, 8191: 6144, 8192: 8192, 49152: 49152, 65535: 49152, Most - 1: Most / 4 * 3, Most: Most, 1 << 40: Most} {
		if got := step(bytes); got != want {
			t.Errorf("step(%d) = %d, want %d", bytes, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.Int64Range(Least, Most).Draw(t, "bytes")
		if s := step(bytes); s > bytes || 3*s <= 2*bytes && s*4/3 <= bytes && s*3/2 <= bytes {
			t.Errorf("step(%d) = %d", bytes, s)
		}
	})
}

// made are limits of one worker in the instruction set in use: rates in bytes and operations per second.
func made(rates map[result.Limit]float64) *Limits {
	var rows []result.Limit
	for k, rate := range rates {
		k.ISA, k.Workers, k.PerS = kernels.ISA(), 1, rate
		rows = append(rows, k)
		k.PerS, k.Sample = rate/2, 1 // a disturbed sample
		rows = append(rows, k)
	}
	return NewLimits(rows, kernels.ISA())
}

// Bounds by another machine's limits need nothing of this one's instruction sets.
func TestBoundsOfAnotherMachine(t *testing.T) {
	l := NewLimits([]result.Limit{{Name: "load", ISA: "sve", Workers: 1, Bytes: 4096, PerS: 1e9}, {Name: "load", ISA: "neon", Workers: 1, Bytes: 4096, PerS: 5e8}}, "sve")
	for isa, want := range map[string]float64{"sve": 4, kernels.Portable: 4, "neon": 8} {
		b := l.Of(Work{Kernel: result.Kernel{Op: "relu", Direction: "forward", Type: "float32", ISA: isa}, Workers: 1, N: 1000, Loaded: 4000, Stored: 4000, Bytes: 8000})
		if b.Name != "load" || b.Ns == nil || math.Abs(*b.Ns-want) > 1e-9 {
			t.Errorf("%s: %+v, want %v ns", isa, b, want)
		}
	}
}

func TestRate(t *testing.T) {
	l := made(map[result.Limit]float64{
		{Name: "load", Bytes: 4096}: 100, {Name: "load", Bytes: 8192}: 40, {Name: "load", Bytes: 65536}: 50,
	})
	for bytes, want := range map[int64]float64{64: 100, 4096: 100, 8191: 100, 8192: 50, 65535: 50, 65536: 50, 1 << 40: 50} {
		if got := l.Rate("load", "", kernels.ISA(), 1, bytes); got != want {
			t.Errorf("%d bytes: %v, want %v", bytes, got, want)
		}
	}
	if got := l.Rate("load", "", kernels.ISA(), 2, 4096); got != 100 {
		t.Errorf("two workers: %v, want at least what one can", got)
	}
	if got := l.Rate("load", "", kernels.ISA(), 0, 4096); got != 0 {
		t.Errorf("fewer workers than were measured: %v", got)
	}
	if got := l.Rate("store", "", kernels.ISA(), 1, 4096); got != 0 {
		t.Errorf("a limit that was not measured has the rate %v", got)
	}
	var none *Limits
	if b := none.Of(Work{N: 1, Loaded: 4, Stored: 4}); b.Ns != nil || b.Name != "" {
		t.Errorf("no limits give %+v", b)
	}
}

func TestBoundOfMemory(t *testing.T) {
	const n = 1000
	scalar := result.Kernel{Op: "relu", Direction: "forward", Type: result.Float32, Variant: "scalar", ISA: kernels.Portable}
	rates := func() map[result.Limit]float64 {
		return map[result.Limit]float64{
			{Name: "load", Bytes: 4096}: 8e9, {Name: "store", Bytes: 4096}: 4e9, {Name: "copy", Bytes: 4096}: 10e9, {Name: "add", Bytes: 4096}: 10e9,
		}
	}
	work := func(loads, stores int) Work {
		return Work{Kernel: scalar, Workers: 1, N: n, Loaded: int64(4 * loads * n), Stored: int64(4 * stores * n), Bytes: int64(4 * (loads + stores) * n)}
	}
	check := func(what string, b Bound, name string, ns float64) {
		t.Helper()
		if b.Name != name || b.Ns == nil || math.Abs(*b.Ns-ns) > 1e-12 || b.Intensity != nil {
			t.Errorf("%s: %+v, want %s, %v ns", what, b, name, ns)
		}
	}
	l := made(rates())
	// A store alone goes at 4 GB/s, in a copy at 5.
	check("fill", l.Of(work(0, 1)), "store", 4./5)
	// Loads go at 8 GB/s alone and at 6.7 in an add.
	check("sum", l.Of(work(1, 0)), "load", 4./8)
	check("forward", l.Of(work(1, 1)), "copy", 8./10)
	// An add at 10 GB/s moves 12 bytes in 1.2 ns, and the copy in it, at 10, 8 in .8.
	check("backward", l.Of(work(2, 1)), "add", 12./10)
	// Of three arrays and two, an add of half as many elements again.
	check("gated backward", l.Of(work(3, 2)), "add", 18./10)
	in := work(1, 1)
	in.InPlace, in.Bytes = true, 4*n
	check("in place, update unknown", l.Of(in), "store", 4./4)
	with := rates()
	with[result.Limit{Name: "update", Bytes: 4096}] = 2e9
	check("in place", made(with).Of(in), "update", 8./2)
	// Two arrays load faster than one.
	with = rates()
	with[result.Limit{Name: "add", Bytes: 4096}] = 30e9
	check("sum beside add", made(with).Of(work(1, 0)), "load", 4./20)
	// Past the caches, where kernels would go past them.
	with = rates()
	for _, bytes := range []int64{4096, pastFrom} {
		with[result.Limit{Name: "copy-nt", Bytes: bytes}] = 40e9
	}
	with[result.Limit{Name: "copy", Bytes: pastFrom}] = 5e9
	far := work(1, 1)
	check("in cache", made(with).Of(far), "copy", 8./10)
	far.Bytes = pastFrom
	check("far", made(with).Of(far), "copy-nt", 8./40)
}

func TestBoundOfArithmetic(t *testing.T) {
	if kernels.ISA() == kernels.Portable {
		t.Skip("operations are counted in assembly, which this CPU or build does not run")
	}
	k := result.Kernel{Op: "sigmoid", Direction: "forward", Type: result.Float32, Variant: kernels.ISA(), ISA: kernels.ISA()}
	o, known := OperationsOf(k)
	if !known || o.Float64.Divide == 0 || o.Float64.FMA == 0 || o.Vector == 0 {
		t.Fatalf("operations of sigmoid: %+v", o)
	}
	w := Work{Kernel: k, Workers: 1, N: 10, Loaded: 40, Stored: 40, Bytes: 80}
	for name, want := range map[string]float64{
		"copy":   8,
		"fma":    2 * max(o.Float64.FMA+o.Float64.Multiply, o.Float64.Add),
		"divide": o.Float64.Divide,
		"vector": o.Vector,
	} {
		rates := map[result.Limit]float64{
			{Name: "copy", Bytes: 4096}: 1e15, {Name: "fma", Type: result.Float64}: 1e15, {Name: "divide", Type: result.Float64}: 1e15, {Name: "vector"}: 1e15,
			{Name: "fma", Type: result.Float32}: 1, {Name: "divide", Type: result.Float32}: 1, // which sigmoid has none of
		}
		for r := range rates {
			if r.Name == name && rates[r] > 1 {
				rates[r] = 1e9
			}
		}
		b := made(rates).Of(w)
		if b.Name != name || math.Abs(*b.Ns-want) > 1e-9*want {
			t.Errorf("%+v, want %s and %v ns", b, name, want)
		}
		if intensity := (2*o.Float64.FMA + o.Float64.Multiply + o.Float64.Add + o.Float64.Divide) / 8; *b.Intensity != intensity {
			t.Errorf("intensity %v, want %v", *b.Intensity, intensity)
		}
	}
}

// TestOperations holds the generated table to what is plain from a kernel's formula.
func TestOperations(t *testing.T) {
	for code, o := range operations {
		if o.Vector < 0 || o.Loads <= 0 || o.Stores <= 0 {
			t.Errorf("%+v: %+v", code, o)
		}
		if lanes := map[string]float64{"avx2": 32, "avx512": 64}[code.isa] / map[string]float64{"float32": 4, "float64": 8}[code.of]; o.Stores*lanes != 1 && (code.direction == result.Forward || code.direction == result.Backward) {
			t.Errorf("%+v stores %v vectors of its elements", code, o.Stores*lanes)
		}
	}
	for _, isa := range []string{"avx2", "avx512"} {
		grad, _ := OperationsOf(result.Kernel{Op: "sigmoid", Direction: "backward", Type: "float64", Variant: isa, ISA: isa})
		if diff := cmp.Diff(Arithmetic{Multiply: 2, Add: 1}, grad.Float64); diff != "" || grad.Float32 != (Arithmetic{}) {
			t.Errorf("%s: grad * ((1 - y) * y):\n%s", isa, diff)
		}
		leaky, _ := OperationsOf(result.Kernel{Op: "leakyrelu", Direction: "forward", Type: "float32", Variant: isa, ISA: isa})
		if diff := cmp.Diff(Arithmetic{Multiply: 1}, leaky.Float32); diff != "" {
			t.Errorf("%s: slope * x:\n%s", isa, diff)
		}
	}
	if _, known := OperationsOf(result.Kernel{Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "scalar", ISA: kernels.Portable}); known {
		t.Error("the operations of a loop in Go are known")
	}
}

func ExampleMeasure() {
	var rows memory // keeps the samples
	err := Measure(context.Background(), Options{
		Demands: []Demand{{ISA: kernels.ISA(), Workers: 1, Bytes: 32 << 10}},
		Rounds:  10, SampleTime: 10 * time.Microsecond, Journal: &rows,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	bound := NewLimits(rows.rows, kernels.ISA()).Of(Work{
		Kernel:  result.Kernel{Op: "relu", Direction: "forward", Type: result.Float32, Variant: "scalar", ISA: kernels.Portable},
		Workers: 1, N: 4096, Loaded: 16 << 10, Stored: 16 << 10, Bytes: 32 << 10,
	})
	fmt.Println(bound.Name != "", *bound.Ns > 0)
	// Output: true true
}
