package progress

import (
	"sync"
	"time"
)

// Work is a stage whose units take unlike times: it goes by the time each is estimated to take, in whole seconds.
type Work struct {
	reporter Reporter
	total    time.Duration

	mu   sync.Mutex
	done time.Duration
	told int64 // seconds that reporter knows of
}

// BeginWork starts a stage on r that takes about total. The title is to say that seconds are counted.
func BeginWork(r Reporter, title string, total time.Duration) *Work {
	r.Begin(title, ceil(total))
	return &Work{reporter: r, total: total}
}

func ceil(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// Add says that work is done that was to take so long.
func (w *Work) Add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done += d
	seconds := int64(w.done / time.Second)
	if w.done >= w.total {
		seconds = ceil(w.done)
	}
	if seconds > w.told {
		w.reporter.Add(seconds - w.told)
		w.told = seconds
	}
}

// End ends the stage.
func (w *Work) End() { w.reporter.End() }
