package kernels

import (
	"sync/atomic"
	"time"
)

// A wakeTime is how long a goroutine takes to begin on another processor: 20 us on one
// machine, 70 on another, and much longer on one that is busy. It is learnt, such that
// one in seven takes longer.
type wakeTime struct{ ns atomic.Int64 }

// leastWakeTime is near the least that was measured anywhere, mostWakeTime what a
// goroutine that others have kept from running makes of it at most.
const (
	leastWakeTime = 10 * time.Microsecond
	mostWakeTime  = time.Millisecond
)

// waking is that of this process.
var waking wakeTime

func (w *wakeTime) time() time.Duration { return max(leastWakeTime, time.Duration(w.ns.Load())) }

func (w *wakeTime) was(d time.Duration) {
	if known := w.time(); d < known {
		w.ns.Store(int64(known - known/16))
		return
	}
	w.atLeast(d)
}

func (w *wakeTime) atLeast(d time.Duration) {
	if known := w.time(); d > known {
		w.ns.Store(int64(min(known+known/2, mostWakeTime)))
	}
}

// fades lets it be tried again some time, where work has been held too short to share.
func (w *wakeTime) fades() {
	if known := w.time(); known > leastWakeTime {
		w.ns.Store(int64(known - known/256))
	}
}
