package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"actinit/harness/result"
)

// made are runs of m kernels over n runs, with noise of 1% between runs and heavy-tailed noise of 1% between kernels; the time
// of every tenth kernel is multiplied by step from run at on.
func made(seed uint64, n, m, at int, step float64) []Run {
	r := rand.New(rand.NewPCG(seed, 1))
	runs := make([]Run, n)
	for i := range runs {
		run := Run{ID: fmt.Sprintf("run%02d", i), Host: "box", Started: time.Unix(int64(i), 0), Commit: fmt.Sprintf("%040d", i)}
		machine := .01 * r.NormFloat64() // of the whole run
		for k := range m {
			ns := math.Exp(machine + .01*r.NormFloat64()/math.Sqrt(r.ExpFloat64()))
			if i >= at && k%10 == 0 {
				ns *= step
			}
			run.Medians = append(run.Medians, result.Median{Kernel: result.Kernel{Op: fmt.Sprintf("op%d", k), Direction: "forward", Type: "float32", Variant: "avx2"}, Workers: 1, N: 4096, Mode: result.Warm, NsPerElem: ns})
		}
		runs[i] = run
	}
	return runs
}

func of(t *testing.T, runs []Run) *History {
	t.Helper()
	h, err := Of(runs, Options{Effect: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Without a change at most one table in twenty shows one.
func TestNoFalseAlarms(t *testing.T) {
	for _, c := range []struct{ runs, kernels, tables int }{{12, 1, 2000}, {30, 1, 2000}, {30, 50, 1000}} {
		if testing.Short() {
			c.tables /= 10
		}
		yes := 0
		for seed := range c.tables {
			for _, s := range of(t, made(uint64(seed), c.runs, c.kernels, 0, 1)).Series {
				if len(s.Changes) > 0 {
					yes++
					break
				}
			}
		}
		t.Logf("%d kernels over %d runs: %.1f%% of %d tables have a false change point", c.kernels, c.runs, 100*float64(yes)/float64(c.tables), c.tables)
		if 1-(distuv.Binomial{N: float64(c.tables), P: .05}).CDF(float64(yes)-1) < .001 {
			t.Errorf("%d kernels over %d runs: %d of %d", c.kernels, c.runs, yes, c.tables)
		}
	}
}

// A step of 10% is found where it is, or a run beside it.
func TestStep(t *testing.T) {
	const tables, kernels, at = 20, 50, 18
	found, exact, close := 0, 0, 0
	for seed := range uint64(tables) {
		h, err := Of(made(seed, 30, kernels, at, 1.1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for k, s := range h.Series {
			if k%10 != 0 || len(s.Changes) == 0 {
				continue
			}
			found++
			for _, c := range s.Changes {
				if c.Index == at {
					exact++
				}
				if c.Index >= at-1 && c.Index <= at+1 {
					close++
					if math.Abs(float64(c.Delta)-.1) > .05 || c.Run != s.Points[c.Index].Run || c.Commit != s.Points[c.Index].Commit {
						t.Errorf("%+v", c)
					}
				}
			}
		}
	}
	total := tables * kernels / 10
	t.Logf("of %d steps of 10%% after %d of 30 runs among %d kernels %d were found, %d at the run itself, %d at it or beside it", total, at, kernels, found, exact, close)
	if float64(found) < .95*float64(total) || float64(close) < .9*float64(total) {
		t.Errorf("found %d, beside it %d, of %d", found, close, total)
	}
}

// Two changes are both found.
func TestTwoSteps(t *testing.T) {
	runs := made(1, 60, 1, 20, 1.3)
	for i := 40; i < 60; i++ {
		runs[i].Medians[0].NsPerElem /= 1.3
	}
	h := of(t, runs)
	if c := h.Series[0].Changes; len(c) != 2 || c[0].Index != 20 || c[1].Index != 40 || !(c[0].Delta > 0) || !(c[1].Delta < 0) {
		t.Errorf("%+v", c)
	}
}

// Machines are series of their own, and time sorts the runs.
func TestHostsAndOrder(t *testing.T) {
	runs := made(1, 20, 1, 10, 2)
	for i := range runs {
		if i%2 == 1 {
			runs[i].Host = "other"
		}
	}
	runs[0], runs[19] = runs[19], runs[0]
	h := of(t, runs)
	if len(h.Series) != 2 || len(h.Series[0].Points) != 10 || h.Series[0].Host != "box" || h.Series[0].Points[0].Run != "run00" {
		t.Fatalf("%+v", h)
	}
	for _, s := range h.Series {
		if len(s.Changes) != 1 || s.Changes[0].Index != 5 {
			t.Errorf("%s: %+v", s.Host, s.Changes)
		}
	}
}

// The probability of the statistic is that over all orders.
func TestSplitByEnumeration(t *testing.T) {
	values := []float64{5, 3, 9, 1, 7, 2, 8}
	n := len(values)
	_, statistic := largest(ranks(values))
	asLarge, all := 0, 0
	var permute func(k int)
	permute = func(k int) {
		if k == n {
			all++
			if _, s := largest(ranks(values)); s >= statistic-1e-9 {
				asLarge++
			}
			return
		}
		for i := k; i < n; i++ {
			values[k], values[i] = values[i], values[k]
			permute(k + 1)
			values[k], values[i] = values[i], values[k]
		}
	}
	permute(0)
	want := float64(asLarge) / float64(all)
	if _, p := split(values, leastOrders); math.Abs(p-want) > .01 {
		t.Errorf("p %v, over all orders %v", p, want)
	}
	step := []float64{1, 2, 3, 4, 11, 12, 13, 14}
	if at, p := split(step, leastOrders); at != 4 || math.Abs(p-smallestP(8)) > .002 {
		t.Errorf("a step: at %d, p %v, want 4, %v", at, p, smallestP(8))
	}
	if _, p := split(step[:7], leastOrders); math.Abs(p-4./35) > .003 || math.Abs(smallestP(7)-4./35) > 1e-12 { // after 3 or after 4
		t.Errorf("seven ascending values: p %v, smallest %v, want 4/35", p, smallestP(7))
	}
	if at, p := split([]float64{1, 1, 1, 1}, leastOrders); at != 0 || p != 1 {
		t.Errorf("equal values: at %d, p %v", at, p)
	}
}

func TestPowerless(t *testing.T) {
	h := of(t, made(1, 5, 20, 0, 1))
	if h.Powerless != 20 || h.Needed < 8 || smallestP(h.Needed) >= .05/20 || smallestP(h.Needed-1) < .05/20 {
		t.Errorf("%d powerless, needed %d", h.Powerless, h.Needed)
	}
	for _, o := range []Options{{Alpha: 2}, {Effect: -1}, {Effect: math.Inf(1)}} {
		if _, err := Of(nil, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

// Among more series than the least number of orders could tell from chance, a change is found; among
// more than any number could, that is said.
func TestManySeries(t *testing.T) {
	const runs, many = 24, 6000 // .05/6000 < 1/leastOrders
	change := made(4, runs, 1, 12, 1.5)
	for i := range change {
		for k := range many {
			m := change[i].Medians[0]
			m.Op, m.NsPerElem = fmt.Sprint("still", k), 1
			change[i].Medians = append(change[i].Medians, m)
		}
	}
	h := of(t, change)
	if h.TooMany || len(h.Series) != many+1 || len(h.Series[0].Changes) != 1 || h.Series[0].Changes[0].P >= .05 {
		t.Errorf("too many: %v; of %d series the first changed %+v", h.TooMany, len(h.Series), h.Series[0].Changes)
	}
	for m, want := range map[float64]bool{1: true, 5000: true, 49_000: true, 51_000: false, 1e9: false} {
		if orders, enough := ordersFor(.05 / m); enough != want || orders < leastOrders || orders > mostOrders {
			t.Errorf("%v series: %d orders, enough %v", m, orders, enough)
		}
	}
	var b bytes.Buffer
	h.TooMany = true
	if err := h.WriteText(&b, false); err != nil || !strings.Contains(b.String(), "warning: no change can be significant among so many series") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestText(t *testing.T) {
	h, err := Of(made(2, 24, 2, 12, 1.5), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := h.WriteText(&b, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"op0 forward", "op1 forward", "run12", "0000000", "▁", "█", "1 of 2 series over 24 runs changed (by 2% or more, p < 0.05 after Holm's correction)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Series []struct {
			Points []struct {
				NsPerElem float64 `json:"ns_per_elem"`
			}
			Changes []struct{ Run string }
		}
	}
	if err := json.Unmarshal(encoded, &back); err != nil || len(back.Series) != 2 || len(back.Series[0].Points) != 24 || len(back.Series[0].Changes) != 1 {
		t.Errorf("%v: %s", err, encoded)
	}
}

func TestSparkline(t *testing.T) {
	if got := Sparkline([]float64{0, 1, 2, 3, 4, 5, 6, 7}); got != "▁▂▃▄▅▆▇█" {
		t.Errorf("%s", got)
	}
	if got := Sparkline([]float64{3, 3}); got != "▁▁" {
		t.Errorf("%s", got)
	}
	if got := Sparkline(nil); got != "" {
		t.Errorf("%q", got)
	}
	if got := []rune(Sparkline(make([]float64, 100))); len(got) != sparkWidth {
		t.Errorf("%d bars", len(got))
	}
}

func ExampleOf() {
	h, err := Of(made(3, 20, 1, 10, 1.2), Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range h.Series[0].Changes {
		fmt.Printf("%s: from %.2f to %.2f ns per element\n", c.Run, c.Before, c.After)
	}
	// Output:
	// run10: from 1.01 to 1.20 ns per element
}

// Runs of one ID on several machines are counted each, what several machines measured for one run once.
func TestNamesakes(t *testing.T) {
	at := time.Unix(1, 0)
	h, err := Of([]Run{{ID: "nightly", Host: "a", Started: at}, {ID: "nightly", Host: "b", Started: at.Add(time.Second)}, {ID: "joined", Host: "a", Started: at}, {ID: "joined", Host: "b", Started: at}}, Options{})
	if err != nil || h.Runs != 3 {
		t.Errorf("%d runs, want 3; %v", h.Runs, err)
	}
}
