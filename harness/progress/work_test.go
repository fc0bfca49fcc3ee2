package progress

import (
	"sync"
	"testing"
	"time"
)

// A recorder is a Reporter that keeps what it is told.
type recorder struct {
	Silent
	title       string
	total, done int64
}

func (r *recorder) Begin(title string, total int64) { r.title, r.total = title, total }
func (r *recorder) Add(n int64)                     { r.done += n }

// Work is told of in whole seconds, none is lost, and all of it fills the bar.
func TestWork(t *testing.T) {
	r := &recorder{}
	w := BeginWork(r, "nets: seconds", 2500*time.Millisecond)
	if r.title != "nets: seconds" || r.total != 3 {
		t.Errorf("begun as %q of %d", r.title, r.total)
	}
	for i, want := range []int64{0, 0, 1, 1, 2} {
		w.Add(400 * time.Millisecond)
		if r.done != want {
			t.Errorf("after part %d %d, want %d", i, r.done, want)
		}
	}
	w.Add(500 * time.Millisecond)
	if r.done != 3 {
		t.Errorf("all of it is %d of %d", r.done, r.total)
	}

	r = &recorder{}
	w = BeginWork(r, "", 100*time.Second)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2500 {
				w.Add(10 * time.Millisecond)
			}
		})
	}
	all.Wait()
	if r.done != 100 {
		t.Errorf("many small parts are %d s of 100", r.done)
	}
}
