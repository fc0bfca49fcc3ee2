package verify

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// Softmax and its logarithm are functions of a row. Each result is held against its exact
// value to rowPrec bits.

// rowULP bounds the error of a normal result, subnormalRowULP that of others.
const (
	rowULP          = .51
	subnormalRowULP = 1
	rowPrec         = 140
)

// A rowKernel is a kernel that computes the rows of a matrix, from one or two matrices.
type rowKernel[T kernels.Float] struct {
	op, direction, typeName string
	variant                 kernels.Variant
	format                  *format[T]

	// run is the kernel; scalar is that of the plain loop, whose bits it has to have.
	run, scalar func(dst []T, in [][]T, cols int)

	// draw makes the inputs of a row: number says which kind, and the row which inputs.
	draw func(r *rand.Rand, number, cols int) [][]T

	// limits is the reference of a forward kernel, for rows with infinities and NaNs.
	limits func(dst, x []float64)

	// exact returns the values for finite inputs.
	exact func(prec uint, in [][]float64) []*big.Float

	// allowance is how much further off element j may be, where terms cancel.
	allowance func(in [][]float64, j int) float64
}

func (k rowKernel[T]) id() result.Kernel {
	return result.Kernel{Op: k.op, Direction: k.direction, Type: k.typeName, Variant: k.variant.String(), ISA: k.variant.ISA()}
}

// rowUnits lists a unit for each of the kernels that the filter lets through. All variants of a
// kernel get the same inputs.
func rowUnits[T kernels.Float](o *Options, all []rowKernel[T]) (units []Unit) {
	for _, k := range all {
		if !o.Filter(k.id()) {
			continue
		}
		inputs := k.op + "." + k.direction + "." + k.typeName
		units = append(units, Unit{
			Name: inputs + "." + k.variant.String(), Op: k.op, Direction: k.direction, Type: k.typeName, Chunk: -1, Inputs: k.inputs(o),
			run: func(ctx context.Context, o *Options) ([]result.Accuracy, error) { return k.verify(ctx, o, inputs) },
		})
	}
	return units
}

// rowWidths are the numbers of columns tried: all small ones, and around the blocks of the
// sums. Of the long ones there is one row of a kind each.
var rowWidths = func() []int {
	widths := []int{100, 4095, 4096, 4097}
	for n := range 40 {
		widths = append(widths, n+1)
	}
	return widths
}()

const (
	rowKinds  = 8
	manyWidth = 1000 // from it on, one kind of row at a time
)

func (k rowKernel[T]) inputs(o *Options) int64 {
	n := 0
	for i, cols := range rowWidths {
		n += cols * len(k.kinds(i, cols, o))
	}
	return int64(n)
}

// kinds lists the kinds of rows to try with the width of index i.
func (k rowKernel[T]) kinds(i, cols int, o *Options) (kinds []int) {
	n := max(1, int(rowKinds*o.Samples))
	if cols >= manyWidth {
		n = max(1, int(2*o.Samples))
	}
	for number := range n {
		kinds = append(kinds, (number+i)%rowKinds)
	}
	return kinds
}

// verify tries matrices; an input of its row is an element.
func (k rowKernel[T]) verify(ctx context.Context, o *Options, unit string) ([]result.Accuracy, error) {
	rng := newSource(k.format, new(ops.Row), 0, o, unit).rng
	t := &tally[T]{id: k.id(), format: k.format, promise: ops.Promise{Rounding: ops.Bounded, ULP: subnormalRowULP}}
	seen := census[T]{distinct: map[uint64]struct{}{}}
	for i, cols := range rowWidths {
		kinds := k.kinds(i, cols, o)
		var in [][]T
		for _, number := range kinds {
			for a, row := range k.draw(rng, number, cols) {
				if len(in) <= a {
					in = append(in, nil)
				}
				in[a] = append(in[a], row...)
			}
		}
		out := make([]T, len(in[0]))
		k.run(out, in, cols)
		t.layout += k.layouts(out, in, cols)
		for lo := 0; lo < len(out); lo += cols {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			k.row(t, &seen, out[lo:lo+cols], k.widened(in, lo, cols))
			o.Progress.Add(int64(cols))
		}
	}
	k.specials(t)
	row := t.row(&seen)
	if row.Reproduce != "" {
		row.Reproduce = fmt.Sprintf("%s --seed %d", reproduce(t.id, ""), o.Seed)
	}
	return []result.Accuracy{row}, nil
}

// widened returns the inputs of the row that begins at lo.
func (k rowKernel[T]) widened(in [][]T, lo, cols int) [][]float64 {
	wide := make([][]float64, len(in))
	for a := range in {
		wide[a] = make([]float64, cols)
		for j, x := range in[a][lo : lo+cols] {
			wide[a][j] = float64(x)
		}
	}
	return wide
}

// row judges the results of a row of finite inputs.
func (k rowKernel[T]) row(t *tally[T], seen *census[T], out []T, in [][]float64) {
	exact := k.exact(rowPrec, in)
	for j, r := range out {
		k.one(t, seen, r, exact[j], k.allowance(in, j))
	}
}

func (k rowKernel[T]) one(t *tally[T], seen *census[T], r T, exact *big.Float, allowance float64) {
	y, _ := exact.Float64() // no float32 result is so near to a tie that this matters
	correct := k.format.round(func(uint) (*big.Float, bool) { return exact, true })
	ulp, bound := k.format.ulp(y), rowULP
	if math.Abs(y) < math.Ldexp(1, k.format.minExp) {
		bound = subnormalRowULP
	}
	seen.inputs++
	seen.decided++
	if correct == 0 {
		seen.zeros++
	}
	if len(seen.distinct) < distinctLimit {
		seen.distinct[bitsOf(correct)] = struct{}{}
	}
	if same(r, correct) || r == 0 && exact.Sign() == 0 {
		t.correct++
	}
	if math.IsInf(float64(correct), 0) || r-r != 0 {
		if !same(r, correct) {
			if r != r {
				t.nan++
			} else {
				t.inf++
			}
			t.overBound++
		}
		return
	}
	difference := new(big.Float).Sub(big.NewFloat(float64(r)), exact)
	inULP, _ := difference.Quo(difference, big.NewFloat(ulp)).Float64() // which the difference may be too small for
	err := max(0, math.Abs(inULP)-allowance/ulp)
	t.errors.add(err)
	if allowance == 0 && exact.Sign() != 0 && r == 0 && math.Signbit(float64(r)) != exact.Signbit() {
		t.zeroSign++
		t.overBound++
	}
	if err > bound {
		t.overBound++
	}
	if err > t.worst.ulp {
		t.worst = worst{known: true, failed: err > bound, ulp: err, result: k.format.hex(r), exact: k.format.hex(correct)}
	}
}

// layouts counts the ways of computing a matrix that give other bits than out: by the plain loop, over
// several workers, in place, each row alone, and whatever writes outside of dst.
func (k rowKernel[T]) layouts(out []T, in [][]T, cols int) (failures int64) {
	plain := make([]T, len(out))
	k.scalar(plain, in, cols)
	if !sameBits(plain, out) {
		failures++
	}
	for _, workers := range []int{1, 2, 3, 7} {
		again := make([]T, len(out))
		kernels.ParallelRange(workers, len(out)/cols, 1, func(lo, hi int) { // which always splits
			part := make([][]T, len(in))
			for a := range in {
				part[a] = in[a][lo*cols : hi*cols]
			}
			k.run(again[lo*cols:hi*cols], part, cols)
		})
		if !sameBits(again, out) {
			failures++
		}
	}
	for a := range in {
		inputs := make([][]T, len(in))
		copy(inputs, in)
		inputs[a] = append([]T(nil), in[a]...)
		k.run(inputs[a], inputs, cols)
		if !sameBits(inputs[a], out) {
			failures++
		}
	}
	l := layoutCheck[T]{subject: &subject[T]{format: k.format}, guard: 7}
	for lo := 0; lo < len(out); lo += cols {
		whole, row := l.guarded(cols, 3)
		alone := make([][]T, len(in))
		for a := range in {
			alone[a] = in[a][lo : lo+cols]
		}
		k.run(row, alone, cols)
		if !l.intact(whole, row, 3) || !sameBits(row, out[lo:lo+cols]) {
			failures++
		}
	}
	return failures
}

// specials holds all rows of up to three elements out of a few, of which one is not finite
// at least, against the reference.
func (k rowKernel[T]) specials(t *tally[T]) {
	values := []float64{math.Inf(-1), -math.MaxFloat32, -1, math.Copysign(0, -1), 0, 1, math.MaxFloat32, math.Inf(1), math.NaN()}
	for cols, rows := 1, len(values); cols <= 3; cols, rows = cols+1, rows*len(values) {
		for number := range rows {
			x, finite := make([]float64, cols), true
			for j := range x {
				x[j] = values[number%len(values)]
				number /= len(values)
				finite = finite && x[j]-x[j] == 0
			}
			if !finite && k.limits != nil {
				k.special(t, x)
			}
		}
	}
}

// limitULP is how far the reference may be off in a row of three elements near each other.
const limitULP = 16

// special judges the results of one row.
func (k rowKernel[T]) special(t *tally[T], x []float64) {
	in, out, want := make([]T, len(x)), make([]T, len(x)), make([]float64, len(x))
	for j, v := range x {
		in[j] = T(v)
	}
	k.run(out, [][]T{in}, len(in))
	k.limits(want, x)
	for j, w := range want {
		switch correct := T(w); {
		case same(out[j], correct):
			continue
		case w == 0:
			t.zeroSign++
		case w != w || out[j] != out[j]:
			t.nan++
		case w-w != 0 || out[j]-out[j] != 0:
			t.inf++
		case math.Abs(float64(out[j]-correct)) <= limitULP*k.format.ulp(w):
			continue
		}
		t.overBound++
	}
}

// logits draws a row of inputs: of kinds that differ in spread, ties at the largest, and
// how much of the sum it is.
func logits[T kernels.Float](r *rand.Rand, number, cols int) [][]T {
	x := make([]T, cols)
	for j := range x {
		z := r.NormFloat64()
		switch number {
		case 1:
			z *= 30
		case 2: // results down to the subnormal and 0
			z *= 400
		case 3: // a large offset
			z = 1e4 + 10*z
		case 4: // ties
			z = float64(r.IntN(5))
		case 5: // near each other
			z = 3 + z*0x1p-20
		case 6: // all sizes
			z = math.Ldexp(z, r.IntN(140)-120)
		}
		x[j] = T(z)
	}
	if number == 7 { // one far above the others
		x[r.IntN(cols)] = T(20 + 800*r.Float64()*r.Float64())
	}
	return [][]T{x}
}

// gradients draws a row of gradients with outputs y of the forward kernel.
func gradients[T kernels.Float](f *format[T], forward func(dst, src []T, cols int)) func(r *rand.Rand, number, cols int) [][]T {
	return func(r *rand.Rand, number, cols int) [][]T {
		y := logits[T](r, r.IntN(rowKinds), cols)[0]
		forward(y, y, cols)
		g := make([]T, cols)
		for j := range g {
			z := r.NormFloat64()
			switch number {
			case 1: // of all sizes
				z = math.Ldexp(z, r.IntN(100)-50)
			case 2: // what sums to about 0
				z = 1 - 2*float64(j%2) + z*0x1p-30
			case 3: // all the same: the differences cancel
				z = 3
			case 4, 5: // a classifier's: see below
				z = 0
			case 6: // near the smallest numbers
				z *= math.Ldexp(1, f.minExp+r.IntN(30)-5)
			}
			g[j] = T(z)
		}
		if number == 4 || number == 5 {
			g[r.IntN(cols)] = -1
		}
		return [][]T{g, y}
	}
}

// rowKernels lists the kernels of a function of rows in one type, every selected variant.
func rowKernels[T kernels.Float](fn *ops.RowFunction, typeName string, f *format[T], forward func(kernels.Variant) kernels.RowForwardFunc[T], backward func(kernels.Variant) kernels.RowBackwardFunc[T], cancels func(grad, y []float64, j int) float64) (all []rowKernel[T]) {
	ahead := func(v kernels.Variant) func(dst []T, in [][]T, cols int) {
		kernel := forward(v)
		return func(dst []T, in [][]T, cols int) { kernel(dst, in[0], cols) }
	}
	back := func(v kernels.Variant) func(dst []T, in [][]T, cols int) {
		kernel := backward(v)
		return func(dst []T, in [][]T, cols int) { kernel(dst, in[0], in[1], cols) }
	}
	for _, v := range ops.Selected() {
		if forward(v) == nil {
			continue
		}
		all = append(all, rowKernel[T]{
			op: fn.Name, direction: result.Forward, typeName: typeName, variant: v, format: f,
			run: ahead(v), scalar: ahead(kernels.Scalar),
			draw:      logits[T],
			limits:    fn.Reference,
			exact:     func(prec uint, in [][]float64) []*big.Float { return fn.Exact(prec, in[0]) },
			allowance: func([][]float64, int) float64 { return 0 },
		})
	}
	for _, v := range ops.Selected() {
		if backward(v) == nil {
			continue
		}
		all = append(all, rowKernel[T]{
			op: fn.Name, direction: result.Backward, typeName: typeName, variant: v, format: f,
			run: back(v), scalar: back(kernels.Scalar),
			draw:      gradients(f, forward(kernels.Scalar)),
			exact:     func(prec uint, in [][]float64) []*big.Float { return fn.ExactGrad(prec, in[0], in[1]) },
			allowance: func(in [][]float64, j int) float64 { return cancels(in[0], in[1], j) },
		})
	}
	return all
}
