package bench

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// modesOf counts the cells of a plan by mode.
func modesOf(t *testing.T, o Options) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, c := range plan(t, o).Cells {
		found[c.Mode]++
	}
	return found
}

// Other modes than warm are timed when they are asked for, and only then.
func TestModesAreAskedFor(t *testing.T) {
	if got := modesOf(t, Options{}); len(got) != 1 || got[result.Warm] == 0 {
		t.Errorf("the default plan has %v", got)
	}
	if got := modesOf(t, Options{All: true}); len(got) != 1 || got[result.Warm] == 0 {
		t.Errorf("every variant, size and worker count without a word of modes is %v", got)
	}
	all := modesOf(t, Options{All: true, Modes: result.Modes()})
	if len(all) != 3 || all[result.InPlace] >= all[result.Cold] || all[result.Cold] >= all[result.Warm] {
		t.Errorf("the whole plan has %v", all)
	}
	if got := modesOf(t, Options{Filter: parse(t, "mode:cold")}); len(got) != 1 || got[result.Cold] == 0 {
		t.Errorf("the filter mode:cold selects %v", got)
	}
	if got := modesOf(t, Options{Modes: []string{result.InPlace, result.Warm}, Filter: parse(t, "op:(sigmoid OR softmax OR constant)")}); len(got) != 2 || got[result.InPlace] == 0 {
		t.Errorf("in-place and warm are %v", got)
	}
	if _, err := Plan(Options{Modes: []string{"lukewarm"}}); err == nil || !strings.Contains(err.Error(), `"lukewarm": want some of warm, cold, in-place`) {
		t.Errorf("error %v", err)
	}
	for _, o := range []Options{{Filter: parse(t, "mode:cold")}, {Modes: []string{result.Warm, result.Cold}}} {
		if _, err := PlanPaired(PairedOptions{Options: o}); err == nil {
			t.Errorf("a paired run takes cold cells: %v %v", o.Filter, o.Modes)
		}
	}
}

// Only kernels that may write over their input do.
func TestInPlaceCells(t *testing.T) {
	for _, c := range plan(t, Options{All: true, Modes: []string{result.InPlace}, Sizes: []int{64}}).Cells {
		row, found := ops.Find(c.Op)
		if !found || row.Pieces != 1 || c.Direction != ops.Forward && c.Direction != ops.Backward || c.Workers != 1 || c.Variant == Reference {
			t.Errorf("%s", c.Name())
		}
	}
}

// warmResult is what a cell's kernel makes of the first n elements of the operands.
func warmResult(c Cell, o *operands) []byte {
	c.Mode = result.Warm
	return runOnce(c, o)
}

// Each call works on a stretch of its own, writes all of it, and in place gives what the
// kernel gives beside its input, also in the second round.
func TestRoundsGiveTheKernelsResults(t *testing.T) {
	for _, mode := range []string{result.Cold, result.InPlace} {
		kinds := "op:(relu OR sigmoid OR prelu OR gelu OR maxout OR swiglu OR softmax OR uniform) -isa:avx2"
		s := plan(t, Options{All: true, Modes: []string{mode}, Sizes: []int{63, 70_001}, Filter: parse(t, kinds)})
		o := newOperands(s.layout(), goMemory(s.layout().bytes), 1)
		for _, c := range s.Cells {
			if c.Direction == result.SlopeGrad {
				continue // writes no elements
			}
			r, size := c.rounds(o), elementSize(c.Type)
			if len(r.calls) != c.stretches() {
				t.Fatalf("%s: %d calls, want %d", c.Name(), len(r.calls), c.stretches())
			}
			var out []byte
			if size == 8 {
				out = bytesOf(o.float64s.out)
			} else {
				out = bytesOf(o.float32s.out)
			}
			out = out[:c.need().out*size]
			for range 2 {
				for i := range out {
					out[i] = 0xff
				}
				r.run(len(r.calls))
				stride, length := c.stride().out*size, c.subject.footprint.out*c.N*size
				stretches := make([][]byte, len(r.calls))
				for i := range stretches {
					stretches[i] = slices.Clone(out[i*stride:][:length])
				}
				want := warmResult(c, o)
				for i, got := range stretches {
					same := bytes.Equal(got, want)
					if written := !bytes.Contains(got, bytes.Repeat([]byte{0xff}, size)); !written || !same && (mode == result.InPlace || i == 0) {
						t.Fatalf("%s: stretch %d of %d: written %v, as warm %v", c.Name(), i, len(stretches), written, same)
					}
				}
			}
		}
	}
}

func TestEvictKeepsWhatIsThere(t *testing.T) {
	memory := kernels.AlignedSlice[float32](10_000)
	for i := range memory {
		memory[i] = float32(i)
	}
	want := slices.Clone(memory)
	whole := bytesOf(memory)
	evict([][]byte{whole[3:5], nil, whole[60:70], whole, whole[len(whole)-1:]})
	if !slices.Equal(memory, want) {
		t.Error("evicting changes memory")
	}
	sweep()
}

// A run in all modes has rows of each, without counts that would be of more than the calls.
func TestRunInModes(t *testing.T) {
	var j memory
	o := Options{
		Filter: parse(t, "op:(sigmoid OR constant) type:float32"), Sizes: []int{64}, Modes: result.Modes(),
		SampleTime: 20 * time.Microsecond, Journal: &j,
	}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, r := range j.rows {
		found[r.Mode]++
		if r.Mode != result.Warm && (r.Cycles != nil || r.LLCMisses != nil) {
			t.Errorf("%s: counts of a sample in pieces", result.Name(r))
		}
		if r.Mode != result.Warm && *r.Allocs > 100 {
			t.Errorf("%s: %d allocations", result.Name(r), *r.Allocs)
		}
	}
	if len(found) != 3 {
		t.Errorf("rows by mode: %v", found)
	}
}
