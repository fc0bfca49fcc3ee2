package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// plainInterval is the least time between two lines about the same stage: long
// enough for a log, short enough for a person who watches one.
const plainInterval = 5 * time.Second

// Plain reports in whole lines: one when a stage begins, one every few seconds
// of progress, one when it ends.
//
//	bench: samples: 0 of 4120
//	bench: samples: 824 of 4120 (20%) in 12s, about 48s left
//	bench: samples: 4120 of 4120 in 60.2s
type Plain struct {
	now func() time.Time

	mu          sync.Mutex
	w           io.Writer
	title       string // empty between stages
	total, done int64
	begun, last time.Time
}

// NewPlain returns a Plain that writes to w. Errors of w are ignored: nothing
// but the report itself would be lost.
func NewPlain(w io.Writer) *Plain { return &Plain{now: time.Now, w: w} }

// Begin starts a stage.
func (p *Plain) Begin(title string, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.title, p.total, p.done = title, total, 0
	p.begun = p.now()
	p.last = p.begun
	fmt.Fprintf(p.w, "%s: 0 of %d\n", title, total)
}

// Add says that n more units are done.
func (p *Plain) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	now := p.now()
	if p.title == "" || now.Sub(p.last) < plainInterval || p.done >= p.total {
		return
	}
	p.last = now
	elapsed := now.Sub(p.begun)
	fmt.Fprintf(p.w, "%s: %d of %d (%.0f%%) in %s", p.title, p.done, p.total,
		100*float64(p.done)/float64(p.total), elapsed.Round(time.Second))
	if p.done > 0 {
		left := time.Duration(float64(elapsed) / float64(p.done) * float64(p.total-p.done))
		fmt.Fprintf(p.w, ", about %s left", left.Round(time.Second))
	}
	fmt.Fprintln(p.w)
}

// Note writes one line.
func (p *Plain) Note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, line)
}

// End ends the stage.
func (p *Plain) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.title == "" {
		return
	}
	fmt.Fprintf(p.w, "%s: %d of %d in %.1fs\n", p.title, p.done, p.total, p.now().Sub(p.begun).Seconds())
	p.title = ""
}

// notes shows notes only.
type notes struct {
	Silent
	mu sync.Mutex
	w  io.Writer
}

func (n *notes) Note(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintln(n.w, line)
}
