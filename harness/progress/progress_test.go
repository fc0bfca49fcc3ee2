package progress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8"
)

// clock is a time that tests move by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func TestPlain(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	p := NewPlain(&out)
	p.now = c.now

	p.Begin("bench", 100)
	p.Add(10) // too soon for a line
	c.advance(6 * time.Second)
	p.Add(10)
	p.Add(1) // too soon after the last
	p.Note("sigmoid float32: wrong, not timed")
	c.advance(24 * time.Second)
	p.Add(79) // the end has its own line
	p.End()
	p.End() // outside of a stage: nothing
	p.Begin("layers", 8)
	c.advance(1500 * time.Millisecond)
	p.Add(3)
	p.End()

	p.Begin("apply", Unknown)
	p.Add(40)
	c.advance(6 * time.Second)
	p.Add(2)
	p.End()

	want := `bench: 0 of 100
bench: 20 of 100 (20%) in 6s, about 24s left
sigmoid float32: wrong, not timed
bench: 100 of 100 in 30.0s
layers: 0 of 8
layers: 3 of 8 in 1.5s
apply: 0
apply: 42 in 6s
apply: 42 in 6.0s
`
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}
}

// TestLate: of a short stage nothing is shown, of a longer one the whole time.
func TestLate(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	p := NewPlain(&out)
	p.now, p.patience = c.now, patience
	for range 2 { // one after the other
		p.Begin("short", 10)
		c.advance(time.Second)
		p.Add(10)
		p.End()
	}
	p.Begin("long", 100)
	c.advance(time.Second)
	p.Add(10)
	c.advance(time.Second)
	p.Add(10)
	c.advance(8 * time.Second)
	p.Add(80)
	p.End()
	if want := "long: 20 of 100 (20%) in 2s, about 8s left\nlong: 100 of 100 in 10.0s\n"; out.String() != want {
		t.Errorf("got:\n%swant:\n%s", out.String(), want)
	}

	var drawn syncBuffer
	r := NewTerminal(&drawn)
	r.options = append(r.options, mpb.WithAutoRefresh(), mpb.WithRefreshRate(time.Millisecond))
	r.patience = time.Hour // short, however busy the machine is
	r.Begin("short", 10)
	r.Add(5)
	r.Note("note")
	r.End()
	r.patience = 20 * time.Millisecond
	r.Begin("long", 10)
	r.Add(3)
	time.Sleep(2 * r.patience)
	r.Add(4)
	r.End()
	if got := drawn.String(); strings.Contains(got, "short") || !strings.Contains(got, "note\n") || !strings.Contains(got, "7 of 10") {
		t.Errorf("drawn: %q", got)
	}
}

func TestPlainManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	p := NewPlain(&out)
	p.Begin("x", 400)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				p.Add(1)
				if i == 50 {
					p.Note(fmt.Sprint("note ", g))
				}
			}
		})
	}
	wg.Wait()
	p.End()
	if got := out.String(); !strings.Contains(got, "x: 400 of 400 in ") || strings.Count(got, "note ") != 4 {
		t.Errorf("got:\n%s", got)
	}
}

// syncBuffer may be read while mpb still writes.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestTerminal checks that no note is lost or torn, even one just before End.
func TestTerminal(t *testing.T) {
	var out syncBuffer
	r := NewTerminal(&out)
	r.options = append(r.options, mpb.WithAutoRefresh(), mpb.WithRefreshRate(time.Millisecond))
	r.Note("before")
	for _, done := range []int64{100, 40, 0} {
		r.Begin(fmt.Sprint("stage", done), 100)
		for i := range done {
			r.Add(1)
			if i == done/2 {
				r.Note(fmt.Sprintf("note in %d", done))
			}
		}
		r.Note(fmt.Sprintf("last note of %d", done))
		r.End()
	}
	r.Begin("endless", Unknown)
	for range 17 {
		r.Add(1)
	}
	r.Note("note without end")
	r.End()
	r.Begin("nothing to do", 0)
	r.End()
	r.Add(1) // outside of a stage: nothing
	r.End()
	r.Note("after")

	got := out.String()
	for _, line := range []string{"before", "note in 100", "last note of 100", "note in 40", "last note of 40", "last note of 0", "note without end", "after"} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("%q is missing in %q", line, got)
		}
	}
	for _, part := range []string{"stage100", "100 of 100", "40 of 100", "nothing to do", "endless", "17"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in %q", part, got)
		}
	}
}

func TestNew(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, ok := New(f, false).(*Plain); !ok {
		t.Error("a file does not get plain lines")
	}
	quiet := New(f, true)
	quiet.Begin("a", 1)
	quiet.Add(1)
	quiet.Note("important")
	quiet.End()
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "important\n" {
		t.Errorf("quiet writes %q", got)
	}
}
