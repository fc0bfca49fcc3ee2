package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// refresh is how often the bar is drawn. It is slow on purpose: drawing takes
// time from what is being measured.
const refresh = 400 * time.Millisecond

// Terminal draws one bar for each stage, with the pace and the time left.
// Notes scroll by above it.
type Terminal struct {
	w       io.Writer
	options []mpb.ContainerOption

	patience time.Duration // see NewLate

	mu        sync.Mutex
	container *mpb.Progress // nil between stages
	bar       *mpb.Bar
	late      []string // notes that wait for the stage's end
	waiting   *stage   // of a stage that is not drawn yet, for patience
}

// NewTerminal returns a Terminal on w.
func NewTerminal(w io.Writer) *Terminal {
	return &Terminal{w: w, options: []mpb.ContainerOption{mpb.WithOutput(w), mpb.WithRefreshRate(refresh)}}
}

// A stage is what a bar is drawn of.
type stage struct {
	title       string
	total, done int64
	begun       time.Time
}

// Begin starts a stage and draws its bar.
func (t *Terminal) Begin(title string, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
	s := stage{title, total, 0, time.Now()}
	if t.patience > 0 {
		t.waiting = &s
		return
	}
	t.draw(s)
}

func (t *Terminal) draw(s stage) {
	t.container = mpb.New(t.options...)
	elapsed := decor.NewElapsed(decor.ET_STYLE_GO, s.begun)
	speed := decor.NewAverageSpeed(0, "%.1f/s ", s.begun)
	if s.total == Unknown {
		t.bar = t.container.AddSpinner(0,
			mpb.PrependDecorators(decor.Name(s.title, decor.WCSyncSpaceR), decor.CurrentNoUnit("%d", decor.WCSyncSpace)),
			mpb.AppendDecorators(speed, elapsed),
		)
		t.bar.IncrInt64(s.done)
		return
	}
	t.bar = t.container.AddBar(max(s.total, 1), // a bar without total would never be complete
		mpb.PrependDecorators(
			decor.Name(s.title, decor.WCSyncSpaceR),
			decor.CountersNoUnit("%d of %d", decor.WCSyncSpace),
		),
		mpb.AppendDecorators(
			decor.NewPercentage("%.0f "),
			speed,
			decor.OnCompleteOrOnAbort(decor.NewAverageETA(decor.ET_STYLE_GO, s.begun, nil), ""),
			decor.OnComplete(decor.OnAbort(decor.Name(" left, "), ""), ""),
			elapsed,
		),
	)
	if s.total <= 0 {
		t.bar.SetCurrent(1)
	}
	t.bar.IncrInt64(s.done)
}

// Add moves the bar by n units.
func (t *Terminal) Add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.bar != nil:
		t.bar.IncrInt64(n)
	case t.waiting != nil:
		t.waiting.done += n
		if time.Since(t.waiting.begun) > t.patience {
			t.draw(*t.waiting)
			t.waiting = nil
		}
	}
}

// Note shows one line: above the bar while it moves, below it once it is full.
func (t *Terminal) Note(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.container == nil:
		fmt.Fprintln(t.w, line)
	case t.bar.Completed():
		t.late = append(t.late, line) // mpb may not draw again, and would lose it
	default:
		fmt.Fprintln(t.container, line)
	}
}

// End leaves the bar where it is and ends the stage.
func (t *Terminal) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
}

func (t *Terminal) end() {
	t.waiting = nil
	if t.container == nil {
		return
	}
	t.bar.Abort(false) // without effect if the bar is complete
	t.container.Wait()
	t.container, t.bar = nil, nil
	for _, line := range t.late {
		fmt.Fprintln(t.w, line)
	}
	t.late = nil
}
