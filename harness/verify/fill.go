package verify

import (
	"context"
	"fmt"
	"math/big"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/reference"
)

// fillElements is the number of elements of a fill that are held against their
// exact values: a quantile costs the oracle some 50 microseconds.
const fillElements = 6000

// fillVariants lists the variants of a fill that exist here and pass the filter.
func fillVariants[T kernels.Float](name, typeName string, kernel func(v kernels.Variant) ops.FillKernel[T], keep func(result.Kernel) bool) (all []fillVariant[T]) {
	for _, v := range ops.Variants() {
		id := result.Kernel{Op: name, Direction: result.Fill, Type: typeName, Variant: v.String(), ISA: v.ISA()}
		if run := kernel(v); run != nil && keep(id) {
			all = append(all, fillVariant[T]{id, run})
		}
	}
	return all
}

type fillVariant[T kernels.Float] struct {
	id  result.Kernel
	run ops.FillKernel[T]
}

// fillCheck holds the variants of a fill against the exact function of its random words, and
// any cut of it, at any alignment, against the whole.
type fillCheck[T kernels.Float] struct {
	fill     ops.Fill
	variants []fillVariant[T]
	promise  ops.Promise
	format   *format[T]
}

// unit adds the check to a plan.
func (c fillCheck[T]) unit(typeName string, kernel func(v kernels.Variant) ops.FillKernel[T], keep func(result.Kernel) bool, add addUnit) {
	c.variants = fillVariants(c.fill.Name, typeName, kernel, keep)
	var ids []result.Kernel
	for _, v := range c.variants {
		ids = append(ids, v.id)
	}
	add(c.fill.Name, result.Fill, typeName, fillElements, ids, c.verify)
}

// verify tries elements at the start of a stream, across the block number's
// carry from 32 to 64 bits, and at the end of the stream, where it wraps. An
// input of its row is a random word.
func (c fillCheck[T]) verify(ctx context.Context, o *Options, unit string) ([]result.Accuracy, error) {
	src := newSource(c.format, new(ops.Row), 0, o, unit)
	seed, stream := src.rng.Uint64(), src.rng.Uint64()
	tallies := make([]*tally[T], len(c.variants))
	for i, v := range c.variants {
		tallies[i] = &tally[T]{id: v.id, format: c.format, promise: c.promise}
	}
	seen := census[T]{distinct: map[uint64]struct{}{}}
	const span = 500
	starts := []uint64{0, 1<<34 - span/2, 1<<33 - span/2, ^uint64(0) - span/2, 3}
	for len(starts)*span < src.times(fillElements) {
		starts = append(starts, src.rng.Uint64())
	}
	for _, start := range starts {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		judges := make([]*judge[T], span)
		b := &block[T]{in: [][]T{make([]T, span)}, inputs: span}
		for i := range judges {
			word := wordAt(int(c.format.bits), seed, stream, start+uint64(i))
			judges[i] = c.judge(word)
			b.in[0][i] = c.format.fromBits(word)
			e := judges[i].ask(nil, 0)
			b.expected, b.correct = append(b.expected, e), append(b.correct, e.correct)
		}
		b.weigh(c.format)
		seen.count(b)
		seen.decided += span
		var first []T // the first variant's elements
		for k, v := range c.variants {
			t := tallies[k]
			whole := make([]T, span)
			v.run(whole, seed, stream, start)
			for i, r := range whole {
				t.judge = judges[i]
				t.one(b, i, r)
			}
			if first == nil {
				first = whole
			}
			t.differ(b, whole, first)
			t.layout += c.cuts(v.run, whole, seed, stream, start)
		}
		o.Progress.Add(span)
	}
	var rows []result.Accuracy
	for _, t := range tallies {
		t.errors.binades = nil // a word of random bits has none
		row := t.row(&seen)
		if row.Reproduce != "" {
			row.Reproduce = fmt.Sprintf("%s --seed %d", reproduce(t.id, ""), o.Seed)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// cuts counts the cuts of a fill that differ from the whole or write outside.
func (c fillCheck[T]) cuts(run ops.FillKernel[T], whole []T, seed, stream, start uint64) (failures int64) {
	for n := range 70 {
		for lo := range 9 {
			l := layoutCheck[T]{subject: &subject[T]{format: c.format}, guard: 7}
			buffer, part := l.guarded(n, lo)
			run(part, seed, stream, start+uint64(lo))
			bad := !l.intact(buffer, part, lo)
			for i, x := range part {
				bad = bad || c.format.toBits(x) != c.format.toBits(whole[lo+i])
			}
			if bad {
				failures++
			}
		}
	}
	return failures
}

// wordAt returns the random word of element e: kernels.Philox says how a stream
// is addressed.
func wordAt(bits int, seed, stream, e uint64) uint64 {
	perBlock := uint64(128 / bits)
	block := e / perBlock
	w := reference.Philox(
		[4]uint32{uint32(block), uint32(block >> 32), uint32(stream), uint32(stream >> 32)},
		[2]uint32{uint32(seed), uint32(seed >> 32)})
	if bits == 32 {
		return uint64(w[e%4])
	}
	return uint64(w[2*(e%2)+1])<<32 | uint64(w[2*(e%2)])
}

// judge returns the judge of the element made from a word. Words are no inputs a
// Function takes, so each has an oracle of its own.
func (c fillCheck[T]) judge(word uint64) *judge[T] {
	exact := func(prec uint, _ []float64, _ float64, _ int) (*big.Float, bool) {
		return c.fill.Exact(prec, word, int(c.format.bits))
	}
	return &judge[T]{format: c.format, fn: &ops.Function{Oracle: exact}, args: make([]float64, 1)}
}
