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
	now      func() time.Time
	patience time.Duration // see NewLate

	mu          sync.Mutex
	w           io.Writer
	title       string // empty between stages
	shown       bool   // a line has told of the stage
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
	p.last = p.begun.Add(p.patience - plainInterval)
	p.shown = p.patience == 0
	if p.shown {
		p.last = p.begun
		fmt.Fprintln(p.w, title+": "+p.count())
	}
}

// count returns what is done of how much.
func (p *Plain) count() string {
	if p.total == Unknown {
		return fmt.Sprint(p.done)
	}
	return fmt.Sprintf("%d of %d", p.done, p.total)
}

// Add says that n more units are done.
func (p *Plain) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	now := p.now()
	if p.title == "" || now.Sub(p.last) < plainInterval || p.total != Unknown && p.done >= p.total {
		return
	}
	p.last, p.shown = now, true
	elapsed := now.Sub(p.begun)
	percent := ""
	if p.total != Unknown {
		percent = fmt.Sprintf(" (%.0f%%)", 100*float64(p.done)/float64(p.total))
	}
	fmt.Fprintf(p.w, "%s: %s%s in %s", p.title, p.count(), percent, elapsed.Round(time.Second))
	if p.total != Unknown && p.done > 0 {
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
	if p.title != "" && p.shown {
		fmt.Fprintf(p.w, "%s: %s in %.1fs\n", p.title, p.count(), p.now().Sub(p.begun).Seconds())
	}
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
