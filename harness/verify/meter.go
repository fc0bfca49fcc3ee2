package verify

import (
	"math"
	"sync"
	"time"

	"actinit/harness/progress"
)

// A meter passes a unit's progress on, in inputs, as the time that they are to take, so that it adds up to the unit's
// share of the plan, which is an estimate: it holds back what is more and makes up, at
// the end, for what is less.
type meter struct {
	progress.Reporter
	work *progress.Work
	cost time.Duration // of an input
	mu   sync.Mutex
	left int64
}

// Add says that n more inputs are done.
func (m *meter) Add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n = min(n, m.left)
	m.left -= n
	m.work.Add(time.Duration(n) * m.cost)
}

// finish adds what is left.
func (m *meter) finish() { m.Add(math.MaxInt64) }
