package verify

import (
	"fmt"

	"actinit/harness/ops"
	"actinit/kernels"
)

const (
	layoutLengths = 68 // every length below: past four times sixteen lanes
	layoutOffsets = 16 // every alignment within a cache line of float32
	layoutGuard   = 32 // guard elements on both sides of every slice
)

// longLengths are tried at a few alignments: around powers of two, where
// blocked kernels change over.
var longLengths = []int{127, 128, 129, 255, 256, 257, 1023, 1024, 1025}

// layout runs a kernel at every short length and alignment, out of place and
// in place, between guard values. It counts the calls that panic, write outside
// the output, change an input, or give other bits than the same inputs give in
// the middle of a long slice; detail describes the first.
func (s *subject[T]) layout(v variant[T], src *source[T]) (failures int64, detail string) {
	l := newLayoutCheck(s, v, src)
	try := func(n, offset int) {
		for place := -1; place < l.places(); place++ {
			if err := l.try(n, offset, (offset+n)%layoutOffsets, place); err != "" {
				failures++
				if detail == "" {
					detail = fmt.Sprintf("%s %s %s %s: length %d, offset %d, %s: %s",
						v.id.Op, v.id.Direction, v.id.Type, v.id.Variant, n, offset, l.placeName(place), err)
				}
			}
		}
	}
	if l.middle == nil {
		return 1, fmt.Sprintf("%s %s %s %s: the kernel panicked at length %d", v.id.Op, v.id.Direction, v.id.Type, v.id.Variant, 3*l.period)
	}
	for n := range layoutLengths {
		for offset := range layoutOffsets {
			try(n, offset)
		}
	}
	for _, n := range longLengths {
		for offset := range 3 {
			try(n, offset)
		}
	}
	return failures, detail
}

// A layoutCheck holds the inputs and results that a kernel must reproduce in
// every layout.
type layoutCheck[T kernels.Float] struct {
	subject *subject[T]
	run     ops.Kernel[T]
	param   T
	period  int
	in      [][]T // period inputs
	middle  []T   // Outputs*period results from the middle of a long slice; nil if the kernel panicked
	guard   T
}

func newLayoutCheck[T kernels.Float](s *subject[T], v variant[T], src *source[T]) *layoutCheck[T] {
	fn := s.function()
	l := &layoutCheck[T]{subject: s, run: v.run, param: src.param, period: longLengths[len(longLengths)-1]}
	l.guard = src.format.fromBits(uint64(0x3fc0_1234_5678_9abc) >> (64 - src.format.bits))
	special := src.specials()
	long := make([][]T, fn.Inputs)
	for k := range fn.Inputs {
		column := make([]T, l.period)
		for i := range column {
			switch {
			case src.rng.IntN(3) == 0:
				column[i] = special[src.rng.IntN(len(special))]
			case src.rng.IntN(4) == 0:
				column[i] = src.finiteBits()
			default:
				column[i] = src.uniform()
			}
		}
		l.in = append(l.in, column)
		long[k] = append(append(append([]T(nil), column...), column...), column...)
	}
	out := make([]T, 3*l.period*fn.Outputs)
	if !call(v.run, out, long, l.param) {
		return l
	}
	for piece := range fn.Outputs {
		start := (3*piece + 1) * l.period
		l.middle = append(l.middle, out[start:start+l.period]...)
	}
	return l
}

// places returns how many inputs the output may share its memory with: every
// one of an element-wise kernel, none of maxout's. A fused kernel has one input that
// may be either output.
func (l *layoutCheck[T]) places() int {
	if l.fused() {
		return l.subject.function().Outputs
	}
	if l.subject.row.Pieces > 1 {
		return 0
	}
	return len(l.in)
}

func (l *layoutCheck[T]) fused() bool { return l.subject.direction == ops.Fused }

func (l *layoutCheck[T]) placeName(place int) string {
	switch {
	case place < 0:
		return "out of place"
	case l.fused() && place == 1:
		return "in place of the derivative"
	case l.subject.direction == ops.Backward && place == 0:
		return "in place of the gradient"
	case l.subject.direction == ops.Backward:
		return "in place of the saved values"
	}
	return "in place"
}

// guarded returns n elements at an offset between guard values.
func (l *layoutCheck[T]) guarded(n, offset int) (whole, slice []T) {
	whole = make([]T, n+2*layoutGuard+offset)
	for i := range whole {
		whole[i] = l.guard
	}
	start := layoutGuard + offset
	return whole, whole[start : start+n : start+n]
}

// try makes one call and returns what is wrong with it.
func (l *layoutCheck[T]) try(n, offset, outOffset, place int) string {
	f, outputs := l.subject.format, l.subject.function().Outputs
	wholes := make([][]T, len(l.in))
	in := make([][]T, len(l.in))
	for k := range l.in {
		wholes[k], in[k] = l.guarded(n, (offset+3*k)%layoutOffsets)
		copy(in[k], l.in[k])
	}
	outWhole, out := l.guarded(n*outputs, outOffset)
	start := outOffset
	switch {
	case place >= 0 && l.fused():
		in[0] = out[place*n : (place+1)*n]
		copy(in[0], l.in[0])
	case place >= 0:
		outWhole, out = wholes[place], in[place]
		start = (offset + 3*place) % layoutOffsets
	}
	if !call(l.run, out, in, l.param) {
		return "the kernel panicked"
	}
	for k := range in {
		if k == place || l.fused() && place >= 0 {
			continue
		}
		for i, x := range in[k] {
			if f.toBits(x) != f.toBits(l.in[k][i]) {
				return fmt.Sprintf("input %d changed at element %d", k, i)
			}
		}
		if !l.intact(wholes[k], in[k], (offset+3*k)%layoutOffsets) {
			return fmt.Sprintf("wrote outside input %d", k)
		}
	}
	if !l.intact(outWhole, out, start) {
		return "wrote outside the output"
	}
	for piece := range outputs {
		for i := range n {
			if got, want := out[piece*n+i], l.middle[piece*l.period+i]; !same(got, want) {
				return fmt.Sprintf("element %d is %s, and %s in the middle of a long slice", i, f.hex(got), f.hex(want))
			}
		}
	}
	return ""
}

// intact reports whether the guards around a slice are unchanged.
func (l *layoutCheck[T]) intact(whole, slice []T, offset int) bool {
	f, guard := l.subject.format, l.subject.format.toBits(l.guard)
	start := layoutGuard + offset
	for i, x := range whole {
		if (i < start || i >= start+len(slice)) && f.toBits(x) != guard {
			return false
		}
	}
	return true
}
