package noise

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// BenchmarkWatch is what watching adds to each sample, outside of its timing.
func BenchmarkWatch(b *testing.B) {
	w := NewWatch()
	defer w.Close()
	for b.Loop() {
		w.Begin()
		w.End()
	}
}

// BenchmarkFrequency is the largest part of it.
func BenchmarkFrequency(b *testing.B) {
	for b.Loop() {
		Frequency()
	}
	if f := Frequency(); f != nil {
		b.ReportMetric(*f/1e9, "GHz")
	}
}

var sink []*[64]byte

// The allocations of a sample are counted to a span, and the watch counts none of its own.
func TestWatchCountsAllocations(t *testing.T) {
	span := int64(runtime.GOMAXPROCS(0) * 8 << 10 / 64) // objects of 64 bytes that the Ps have yet to report
	w := NewWatch()
	defer w.Close()
	for _, n := range []int64{0, 1, 1000, 100_000} {
		sink = make([]*[64]byte, n)
		least := int64(1 << 62) // of several: the process may allocate elsewhere meanwhile
		for range 20 {
			w.Begin()
			for i := range sink {
				sink[i] = new([64]byte)
			}
			least = min(least, *w.End().Allocs)
		}
		if n == 0 && least != 0 || least < n-span || least > n+span {
			t.Errorf("%d allocations counted as %d", n, least)
		}
	}
}

func TestWatchOnLinux(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells of switches, steal and load")
	}
	w := NewWatch()
	w.Begin()
	s := w.End()
	if s.Switches == nil || *s.Switches < 0 || s.Load == nil || *s.Load < 0 {
		t.Errorf("switches %v, load %v", s.Switches, s.Load)
	}
	if s.StealNs != nil && *s.StealNs%tickNs != 0 {
		t.Errorf("%d ns stolen: no whole ticks", *s.StealNs)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	w.Begin()
	if s := w.End(); s.StealNs != nil {
		t.Errorf("a closed watch sees %d ns stolen", *s.StealNs)
	}
	if err := w.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestFrequencyIsPossible(t *testing.T) {
	f := Frequency()
	if (f != nil) != haveChain {
		t.Fatalf("frequency %v, with assembly: %v", f, haveChain)
	}
	if f != nil && (*f < 1e6 || *f > 2e10) {
		t.Errorf("%g Hz", *f)
	}
}

func TestStolen(t *testing.T) {
	for text, want := range map[string]int64{
		"cpu  3323696 2657079 342204 665399 7836 0 2670 3021 0 0\ncpu0 1 2\n": 30210000000,
		"cpu 1 2 3 4 5 6 7 0\n":                    0,
		"cpu 1 2 3 4 5 6 7 8":                      80000000,
		"cpu 1 2 3 4\n":                            -1, // kernels before 2.6.11
		"cpu 1 2 3 4 5 6 7 x\n":                    -1,
		"cpu 1 2 3 4 5 6 7 99999999999999999999\n": -1,
		"intr 1 2 3 4 5 6 7 8\n":                   -1,
		"":                                         -1,
	} {
		if got := stolen([]byte(text)); got != want {
			t.Errorf("%q: %d ns, want %d", text, got, want)
		}
	}
}

func TestStolenReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.Int64Range(0, 1e11).Draw(t, "ticks")
		if got := stolen(fmt.Appendf(nil, "cpu  1 2 3 4 5 6 7 %d 9 10\n", ticks)); got != ticks*tickNs {
			t.Fatalf("%d ticks read as %d ns", ticks, got)
		}
	})
}

func FuzzStolen(f *testing.F) {
	if text, err := os.ReadFile("/proc/stat"); err == nil {
		f.Add(text)
	}
	f.Add([]byte("cpu  1 2 3 4 5 6 7 8 9 10\n"))
	f.Add([]byte("cpu  \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if ns := stolen(text); ns < -1 || ns >= 0 && !bytes.HasPrefix(text, []byte("cpu ")) {
			t.Errorf("%q: %d ns", text, ns)
		}
	})
}

func TestLoadOf(t *testing.T) {
	for text, want := range map[string]string{"0.52 0.58 0.59 2/1065 12345\n": "0.52", "": "nil", "x y": "nil", "-1 0 0": "nil", "NaN 0": "nil"} {
		got := "nil"
		if load := loadOf([]byte(text)); load != nil {
			got = fmt.Sprint(*load)
		}
		if got != want {
			t.Errorf("%q: load %s, want %s", text, got, want)
		}
	}
}
