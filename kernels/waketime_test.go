package kernels

import (
	"math/rand/v2"
	"testing"
	"time"
)

// What is learnt follows what is measured, is not carried away by a single late
// helper, and fades while nothing is measured.
func TestWakeTime(t *testing.T) {
	var w wakeTime
	for range 20 {
		w.was(70 * time.Microsecond)
	}
	if got := w.time(); got < 65*time.Microsecond || got > 105*time.Microsecond {
		t.Errorf("%v where each took 70us", got)
	}
	w.was(time.Second)
	if got := w.time(); got > 160*time.Microsecond {
		t.Errorf("%v after one that took a second", got)
	}
	for range 100 {
		w.atLeast(time.Second)
	}
	if got := w.time(); got != mostWakeTime {
		t.Errorf("%v where each took a second, want %v", got, mostWakeTime)
	}
	w.atLeast(time.Microsecond) // says nothing
	if got := w.time(); got != mostWakeTime {
		t.Errorf("%v after a job of 1us that nobody helped, want %v", got, mostWakeTime)
	}
	for range 2000 {
		w.fades()
	}
	if got := w.time(); got != leastWakeTime {
		t.Errorf("%v after long, want %v", got, leastWakeTime)
	}
}

// One helper in seven takes longer than what is learnt.
func TestWakeTimeIsAQuantile(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var w wakeTime
	longer := 0
	const n = 100_000
	for range n {
		d := time.Duration(50_000 * (1 + .3*random.NormFloat64()))
		if d > w.time() {
			longer++
		}
		w.was(d)
	}
	if share := float64(longer) / n; share < .125 || share > .15 {
		t.Errorf("%.3f took longer, want one in seven", share)
	}
}
