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

	mu        sync.Mutex
	container *mpb.Progress // nil between stages
	bar       *mpb.Bar
	late      []string // notes that wait for the stage's end
}

// NewTerminal returns a Terminal on w.
func NewTerminal(w io.Writer) *Terminal {
	return &Terminal{w: w, options: []mpb.ContainerOption{mpb.WithOutput(w), mpb.WithRefreshRate(refresh)}}
}

// Begin starts a stage and draws its bar.
func (t *Terminal) Begin(title string, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end()
	t.container = mpb.New(t.options...)
	done := decor.Elapsed(decor.ET_STYLE_GO)
	t.bar = t.container.AddBar(max(total, 1), // a bar without total would never be complete
		mpb.PrependDecorators(
			decor.Name(title, decor.WCSyncSpaceR),
			decor.CountersNoUnit("%d of %d", decor.WCSyncSpace),
		),
		mpb.AppendDecorators(
			decor.NewPercentage("%.0f "),
			decor.AverageSpeed(0, "%.1f/s ", decor.WC{}),
			decor.OnCompleteOrOnAbort(decor.AverageETA(decor.ET_STYLE_GO), ""),
			decor.OnComplete(decor.OnAbort(decor.Name(" left, "), ""), ""),
			done,
		),
	)
	if total <= 0 {
		t.bar.SetCurrent(1)
	}
}

// Add moves the bar by n units.
func (t *Terminal) Add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar != nil {
		t.bar.IncrInt64(n)
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
