package paired

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"actinit/harness/result"
	"actinit/reports/gate"
)

// A noise draws the logarithm of one timing after the other, scaled so that the block ratios
// of quiet Gaussian noise have standard deviation 1.
type noise struct {
	name string
	make func(r *rand.Rand) func() float64
}

var noises = []noise{
	{"gaussian", func(r *rand.Rand) func() float64 { return r.NormFloat64 }},
	{"heavy tails (t, 2 degrees of freedom)", func(r *rand.Rand) func() float64 {
		return func() float64 { return r.NormFloat64() / math.Sqrt(r.ExpFloat64()) }
	}},
	{"skewed (exponential)", func(r *rand.Rand) func() float64 { return r.ExpFloat64 }},
	{"autocorrelated (.95) and drifting", func(r *rand.Rand) func() float64 {
		level, slope := 0., .05*r.NormFloat64()
		return func() float64 {
			level = .95*level + r.NormFloat64() + slope
			return level + .5*r.NormFloat64()
		}
	}},
	{"outliers (5%, up to a hundredfold)", func(r *rand.Rand) func() float64 {
		return func() float64 {
			x := r.NormFloat64()
			if r.Float64() < .05 {
				x += 100 * r.Float64()
			}
			return x
		}
	}},
	{"bursts of a neighbour", func(r *rand.Rand) func() float64 {
		busy := false
		return func() float64 {
			if r.Float64() < .1 {
				busy = !busy
			}
			if busy {
				return 10 + 3*r.NormFloat64()
			}
			return r.NormFloat64()
		}
	}},
	{"the first of a block slower", func(r *rand.Rand) func() float64 {
		sample := 0
		return func() float64 {
			sample++
			if sample%6 == 1 {
				return r.NormFloat64() + 5
			}
			return r.NormFloat64()
		}
	}},
}

// A world is what a simulated machine does to a table of kernels.
type world struct {
	scale  float64                  // of the noise's log timings
	noise  func(kernel int) noise   // of each kernel
	shift  func(kernel int) float64 // true log ratio
	offset float64                  // standard deviation of what a process is off, log
	fresh  bool                     // processes are new in each block
	blocks int                      // of each kernel
}

// series draws the blocks of a kernel: of old and new, and if floor of old and old again.
func (w world) series(seed uint64, kernel int, floor bool) series {
	r := rand.New(rand.NewPCG(seed, uint64(kernel)))
	next := w.noise(kernel).make(r)
	for range 24 {
		next() // autocorrelated noise forgets that it began at 0
	}
	s := series{subject: subject(kernel)}
	var offsets [3]float64 // old, new, old again
	for b := range w.blocks {
		if b == 0 || w.fresh {
			for i := range offsets {
				offsets[i] = w.offset * r.NormFloat64()
			}
		}
		// Six samples, as harness/bench takes them: the processes in some order, and then in the opposite one.
		var ns [3]float64
		order := [3]int{0, 1, 2}
		for i := 2; i > 0; i-- {
			j := r.IntN(i + 1)
			order[i], order[j] = order[j], order[i]
		}
		for range 2 {
			for _, process := range order {
				ns[process] += w.scale * next() / 2
			}
			slices.Reverse(order[:])
		}
		s.change = append(s.change, ns[1]-ns[0]+offsets[1]-offsets[0]+w.shift(kernel))
		if floor {
			s.floor = append(s.floor, ns[2]-ns[0]+offsets[2]-offsets[0])
		}
	}
	return s
}

func subject(kernel int) gate.Subject {
	return gate.Subject{Kernel: result.Kernel{Op: fmt.Sprintf("op%d", kernel), Direction: "forward", Type: "float32", Variant: "avx2"}, Workers: 1, N: 4096, Mode: result.Warm}
}

// judged is the verdicts about a table of m kernels.
func (w world) judged(seed uint64, m int) *Comparison {
	all := make([]series, m)
	for k := range all {
		all[k] = w.series(seed, k, true)
	}
	o, _ := Options{}.complete()
	c := &Comparison{Alpha: o.Alpha, Effect: o.Effect}
	c.judge(all, o)
	return c
}

// called reports whether a change of any of m kernels is called. Where Holm's correction
// leaves none below alpha, which it does when the smallest p times m is not, the rest of the
// work is saved.
func (w world) called(seed uint64, m int) bool {
	smallest := 1.
	for k := range m {
		smallest = min(smallest, signedRank(w.series(seed, k, false).change))
	}
	if smallest*float64(m) >= gate.DefaultAlpha {
		return false
	}
	for _, row := range w.judged(seed, m).Rows {
		if row.Verdict == gate.Regressed || row.Verdict == gate.Improved {
			return true
		}
	}
	return false
}

// count runs f for seeds 0 .. n-1 on all processors and returns how often it is true.
func count(n int, f func(seed uint64) bool) int {
	var yes, next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < int64(n); seed = next.Add(1) - 1 {
				if f(uint64(seed)) {
					yes.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return int(yes.Load())
}

// tooMany reports whether yes of n is more than a rate of 5% gives in 999 of 1000 simulations.
func tooMany(yes, n int) bool {
	return 1-distuv.Binomial{N: float64(n), P: gate.DefaultAlpha}.CDF(float64(yes)-1) < .001
}

func none(int) float64 { return 0 }

func all(n noise) func(int) noise { return func(int) noise { return n } }

func mixed(kernel int) noise { return noises[kernel%len(noises)] }

// Tables of kernels that did not change: any call is false, and at most one table in twenty
// may have one.
func TestNoFalseAlarms(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "| noise of the timings | kernels | tables | with a false call |\n| --- | ---: | ---: | ---: |\n")
	checks := uint64(0)
	check := func(label string, w world, m, tables int) {
		checks++ // each has random numbers of its own
		w.shift, w.blocks = none, 40
		if testing.Short() {
			tables = max(tables/20, 20)
		}
		yes := count(tables, func(seed uint64) bool { return w.called(checks<<32|seed, m) })
		fmt.Fprintf(&b, "| %s | %d | %d | %.1f%% |\n", label, m, tables, 100*float64(yes)/float64(tables))
		if tooMany(yes, tables) {
			t.Errorf("%s, %d kernels: %d of %d tables have a false call", label, m, yes, tables)
		}
	}
	// The noise is large against the threshold, so that the statistics have to hold alone.
	for _, n := range noises {
		check(n.name, world{scale: .05, noise: all(n)}, 1, 4000)
		check(n.name, world{scale: .05, noise: all(n)}, 50, 2000)
	}
	check("all of these", world{scale: .05, noise: mixed}, 600, 2000)
	check("all of these; fresh processes off by 2%", world{scale: .02, noise: mixed, offset: .02, fresh: true}, 50, 2000)
	check("all of these; lasting processes off by .5%", world{scale: .01, noise: mixed, offset: .005}, 50, 1000)
	check("all of these; lasting processes off by 2%", world{scale: .01, noise: mixed, offset: .02}, 50, 1000)
	check("all of these; lasting processes off by .5%", world{scale: .01, noise: mixed, offset: .005}, 600, 500)
	document(t, "false-calls", b.String())
}

// run makes a run with the default budget: blocks for the kernels that are not finished yet,
// in steps, up to MaxBlocks. It returns the comparison and the number of blocks per kernel.
func (w world) run(seed uint64, m int, finished func(Row) bool) (*Comparison, float64) {
	o, _ := Options{}.complete()
	w.blocks = MaxBlocks
	all, blocks := make([]series, m), make([]int, m)
	for k := range all {
		all[k], blocks[k] = w.series(seed, k, true), FirstBlocks
	}
	for {
		table := make([]series, m)
		sum := 0
		for k, s := range all {
			table[k] = series{s.subject, s.change[:blocks[k]], s.floor[:blocks[k]]}
			sum += blocks[k]
		}
		c := &Comparison{Alpha: o.Alpha, Effect: o.Effect}
		c.judge(table, o)
		going := false
		for k, row := range c.Rows {
			if blocks[k] < MaxBlocks && !finished(row) {
				blocks[k] = min(blocks[k]+StepBlocks, MaxBlocks)
				going = true
			}
		}
		if !going {
			return c, float64(sum) / float64(m)
		}
	}
}

func narrow(r Row) bool { return r.More == 0 }

// A true shift of 2% is found nine times in ten with the default budget, where block ratios
// spread by up to 2%.
func TestPower(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "| noise of the timings | spread of block ratios | kernels | 2%% found | blocks per kernel |\n| --- | ---: | ---: | ---: | ---: |\n")
	repeats := 300
	if testing.Short() {
		repeats = 60
	}
	for _, m := range []int{1, 50, 600} {
		for _, spread := range []float64{.005, .01, .02} {
			for _, n := range noises[:6] {
				// A tenth of the table has changed.
				w := world{noise: all(n), scale: spread / spreadOf(n), shift: func(k int) float64 {
					if k%10 == 0 {
						return math.Log(1.02)
					}
					return 0
				}}
				shifted := (m + 9) / 10
				tables := (repeats + shifted - 1) / shifted
				var found, blocks atomic.Int64
				count(tables, func(seed uint64) bool {
					c, each := w.run(seed, m, narrow)
					for k := 0; k < m; k += 10 {
						if c.Rows[k].Verdict == gate.Regressed {
							found.Add(1)
						}
					}
					blocks.Add(int64(1000 * each))
					return false
				})
				share := float64(found.Load()) / float64(tables*shifted)
				fmt.Fprintf(&b, "| %s | %.1f%% | %d | %.0f%% | %.0f |\n", n.name, 100*spread, m, 100*share, float64(blocks.Load())/1000/float64(tables))
				if share < .9 {
					t.Errorf("%s, spread %.1f%%, %d kernels: found %.1f%%", n.name, 100*spread, m, 100*share)
				}
			}
		}
	}
	document(t, "power", b.String())
}

// spreadOf is the spread of a noise's block ratios at scale 1.
func spreadOf(n noise) float64 {
	w := world{scale: 1, noise: all(n), shift: none, blocks: 40000}
	return spread(sortedCopy(w.series(1, 0, false).change))
}

// Stopping by the width of intervals keeps false calls as rare; stopping by significance does not.
func TestStopping(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "| more blocks until | noise | kernels | tables | with a false call |\n| --- | ---: | ---: | ---: | ---: |\n")
	significant := func(r Row) bool { return r.P < gate.DefaultAlpha }
	for _, c := range []struct {
		rule     string
		finished func(Row) bool
		scale    float64
		m        int
		tables   int
	}{
		{"the interval is narrow", narrow, .02, 1, 2000},
		{"the interval is narrow", narrow, .02, 50, 400},
		{"the interval is narrow", narrow, .02, 600, 60},
		{"the interval is narrow", narrow, .1, 1, 2000},
		{"something is significant (not to be done)", significant, .1, 1, 2000},
	} {
		if testing.Short() {
			c.tables /= 20
		}
		yes := count(c.tables, func(seed uint64) bool {
			w := world{scale: c.scale, shift: none, noise: func(k int) noise { return mixed(k + int(seed)) }}
			result, _ := w.run(seed, c.m, c.finished)
			return slices.ContainsFunc(result.Rows, func(r Row) bool { return r.Verdict == gate.Regressed || r.Verdict == gate.Improved })
		})
		fmt.Fprintf(&b, "| %s | %g%% | %d | %d | %d, %.1f%% |\n", c.rule, 100*c.scale, c.m, c.tables, yes, 100*float64(yes)/float64(c.tables))
		if ours := c.rule == "the interval is narrow"; ours == tooMany(yes, c.tables) && (ours || !testing.Short()) {
			t.Errorf("%s, %d kernels: %d of %d tables have a false call", c.rule, c.m, yes, c.tables)
		}
	}
	document(t, "stopping", b.String())
}

// document holds a simulated table against SIMULATIONS.md; -update writes it there.
func document(t *testing.T, name, table string) {
	t.Log("\n" + table)
	if testing.Short() || runtime.GOARCH != "amd64" { // others may fuse products and sums
		return
	}
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->"
	const path = "SIMULATIONS.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s: no place for the table %s", path, name)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if old != table {
		t.Errorf("%s: the table %s is another now; go test -update writes it again", path, name)
	}
}
