package verify

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// errorCap bounds the errors that are added up: beyond it a result has nothing
// to do with the exact value, and a sum of larger ones would not be exact.
const errorCap = 0x1p60

// sumUnit is the grain of the errors in a sum, 2^-20 ULP, so that sums of 2^32
// errors of half an ULP are exact and merging them has no order.
const sumUnit = 0x1p20

// bin returns the bin of result.HistogramEdges an error belongs to.
func bin(err float64) int {
	for i, edge := range result.HistogramEdges {
		if err <= edge {
			return i
		}
	}
	return result.HistogramBins - 1
}

// A block is a run of inputs with their expected values.
type block[T kernels.Float] struct {
	in       [][]T
	expected []expected[T] // Outputs * n, piece after piece
	correct  []T           // the correctly rounded results, again
	inputs   int

	// What every variant shares that gets all results of the block right.
	right         spread
	worst         int // index of the largest error, -1 if there is none
	zeros         int64
	outsideDomain int64
}

// resize makes room for n inputs with n*outputs expected values.
func (b *block[T]) resize(n, outputs int) {
	b.inputs = n
	b.expected = slices.Grow(b.expected[:0], n*outputs)[:n*outputs]
	b.correct = slices.Grow(b.correct[:0], n*outputs)[:n*outputs]
}

// binade returns the binade of the last input of output element i.
func (b *block[T]) binade(f *format[T], i int) int {
	return f.binade(b.in[len(b.in)-1][i%b.inputs])
}

// distinctLimit is where counting distinct results stops.
const distinctLimit = 1000

// A census counts what the exact results look like, for MISTRUSTED.
// A kernel with several outputs per input tuple, maxout's backward, counts a
// tuple once for each.
type census[T kernels.Float] struct {
	inputs, outside        int64
	zeros, paired, decided int64
	distinct               map[uint64]struct{}
}

func (c *census[T]) count(b *block[T]) {
	c.inputs += int64(len(b.expected))
	c.outside += b.outsideDomain
	c.zeros += b.zeros
	if c.distinct == nil {
		c.distinct = make(map[uint64]struct{}, distinctLimit)
	}
	var last T
	for i := range b.expected {
		e := &b.expected[i]
		if len(c.distinct) == distinctLimit {
			return
		}
		if e.kind == outside || i > 0 && e.correct == last { // skip runs of one value
			continue
		}
		last = e.correct
		c.distinct[bitsOf(e.correct)] = struct{}{}
	}
}

// weigh sums up the expected values of the block: what add and raise would do
// one by one, knowing that right results err by half an ULP at most.
func (b *block[T]) weigh(f *format[T]) {
	const magic = 0x1.8p52 // rounds what is added to it to an integer
	right := &b.right
	right.clear()
	b.worst, b.zeros, b.outsideDomain = -1, 0, 0
	var compared, exact, quarter int64
	units, largest := 0.0, -1.0
	binade, highest := -1, 0.0
	last := b.in[len(b.in)-1]
	for lo := 0; lo < len(b.expected); lo += b.inputs {
		for i, x := range last[:b.inputs] {
			e := &b.expected[lo+i]
			if e.kind > undecided {
				if e.kind == outside {
					b.outsideDomain++
				}
				continue
			}
			err := rightError(e)
			if e.correct == 0 {
				b.zeros++
			}
			compared++
			switch {
			case err == 0:
				exact++
			case err <= .25:
				quarter++
			}
			units += (err*sumUnit + magic) - magic
			if err > largest {
				largest, b.worst = err, lo+i
			}
			if in := f.binade(x); in != binade {
				if binade >= 0 {
					right.raise(binade, f.binades(), highest)
				}
				binade, highest = in, 0
			}
			highest = max(highest, err)
		}
	}
	if compared == 0 {
		return
	}
	right.raise(binade, f.binades(), highest)
	right.compared, right.max, right.unwidened, right.sum = compared, largest, largest, units/sumUnit
	right.histogram[0], right.histogram[1], right.histogram[2] = exact, quarter, compared-exact-quarter
}

// rightError returns the error of the correctly rounded result.
func rightError[T kernels.Float](e *expected[T]) float64 {
	if e.correct-e.correct != 0 { // an infinity
		return 0
	}
	return math.Abs(e.residual)
}

// A tally adds up what one variant did.
type tally[T kernels.Float] struct {
	id      result.Kernel
	format  *format[T]
	promise ops.Promise
	judge   *judge[T]
	param   string // ",alpha=0.5": part of the worst input where it is not the default

	errors     spread
	correct    int64
	unfaithful int64
	nan, inf   int64
	zeroSign   int64
	overBound  int64
	differs    int64
	layout     int64
	worst      worst
	partial    bool // of one block, to be added to another tally: the worst input is not written out
}

// worst is the input that is shown: the worst failure, or else the largest error.
type worst struct {
	known, failed        bool
	ulp                  float64
	index                int // in its block
	input, result, exact string
}

// block adds what grade found in a block, or, where all results are right, what
// weigh did.
func (t *tally[T]) block(b *block[T], out []T, graded *tally[T]) {
	if graded == nil {
		t.errors.merge(&b.right)
		t.correct += int64(len(out))
		if b.worst >= 0 {
			t.note(b, b.worst, b.correct[b.worst], b.right.max, false)
		}
		return
	}
	t.errors.merge(&graded.errors)
	t.correct += graded.correct
	t.unfaithful += graded.unfaithful
	t.nan += graded.nan
	t.inf += graded.inf
	t.zeroSign += graded.zeroSign
	t.overBound += graded.overBound
	if w := graded.worst; w.known {
		t.note(b, w.index, out[w.index], w.ulp, w.failed)
	}
}

// differ counts the results whose bits are not the scalar variant's.
func (t *tally[T]) differ(b *block[T], out, scalar []T) {
	for i := range out {
		if !same(out[i], scalar[i]) {
			t.differs++
			t.note(b, i, out[i], math.Inf(1), true)
		}
	}
}

// grade empties the tally and judges a block's results.
func (t *tally[T]) grade(b *block[T], out []T) {
	t.empty()
	if t.mostlyRight(b, out) {
		return
	}
	t.empty()
	for i := range out {
		t.one(b, i, out[i])
	}
}

func (t *tally[T]) empty() {
	t.errors.clear()
	*t = tally[T]{format: t.format, promise: t.promise, judge: t.judge, partial: true, errors: t.errors}
}

// mostlyRight judges the results that are not correctly rounded, and takes weigh's word
// for the others. It reports whether that was possible: whether all that is wrong is a
// finite number with an error in ULP, as all is that a faithful kernel gives.
func (t *tally[T]) mostlyRight(b *block[T], out []T) bool {
	if b.outsideDomain > 0 || t.promise.Underflow != 0 {
		return false
	}
	t.errors.merge(&b.right)
	t.correct = int64(len(out))
	if b.worst >= 0 {
		t.note(b, b.worst, b.correct[b.worst], b.right.max, false)
	}
	for i, r := range out {
		if same(r, b.correct[i]) {
			continue
		}
		e := &b.expected[i]
		if e.kind > undecided || r-r != 0 || e.correct-e.correct != 0 || r == 0 && e.correct == 0 {
			return false
		}
		// The right result is the nearest: taking its error out changes no maximum.
		t.errors.remove(rightError(e))
		t.correct--
		t.one(b, i, r)
	}
	return true
}

// one judges one result.
func (t *tally[T]) one(b *block[T], i int, r T) {
	e := &b.expected[i]
	f := t.format
	switch e.kind {
	case outside:
		return
	case notANumber, infinite:
		switch {
		case same(r, e.correct):
			t.correct++
		case r != r || e.kind == notANumber:
			t.nan++
			t.broken(b, i, r, math.Inf(1))
		default:
			t.inf++
			t.broken(b, i, r, math.Inf(1))
		}
		return
	}
	if same(r, e.correct) {
		err := rightError(e)
		t.correct++
		t.errors.at(b.binade(f, i), f.binades(), err)
		t.note(b, i, r, err, false)
		return
	}
	if r != r {
		t.nan++
		t.broken(b, i, r, math.Inf(1))
		return
	}
	err := math.Abs(f.inULP(r, e.ulp) - f.inULP(e.correct, e.ulp) - e.residual)
	faithful := t.faithful(b, i, r)
	if !faithful {
		t.unfaithful++
	}
	if err > t.promise.ULP && err <= t.promise.ULP+t.allowance(b, i, e) && (r != 0 || e.correct != 0) {
		t.errors.widen(err)
		t.note(b, i, r, err, false)
		return
	}
	t.errors.at(b.binade(f, i), f.binades(), min(err, errorCap))
	kept := false
	switch t.promise.Rounding {
	case ops.Faithful:
		kept = faithful
	case ops.Bounded:
		kept = err <= t.promise.ULP
	}
	switch {
	case r == 0 && e.correct == 0 && t.promise == unpromised:
		t.zeroSign++
		t.note(b, i, r, err, false)
	case r == 0 && e.correct == 0:
		t.zeroSign++
		t.broken(b, i, r, math.Inf(1))
	case kept:
		t.note(b, i, r, err, false)
	case math.IsInf(float64(r), 0) || math.IsInf(float64(e.correct), 0):
		t.inf++
		t.broken(b, i, r, math.Inf(1))
	default:
		t.broken(b, i, r, err)
	}
}

// allowance returns by how many ULP of the product the promise is wider because its
// factor is subnormal: see ops.Promise.Underflow.
func (t *tally[T]) allowance(b *block[T], i int, e *expected[T]) float64 {
	if t.promise.Underflow == 0 {
		return 0
	}
	others := 1.
	for _, in := range b.in[:len(b.in)-1] {
		others *= math.Abs(float64(in[i%b.inputs]))
	}
	exact := math.Abs(t.format.inULP(e.correct, 1) + e.residual*e.ulp)
	if exact >= others*math.Ldexp(1, t.format.minExp) {
		return 0
	}
	return others * t.promise.Underflow * t.format.subnormal / e.ulp
}

// faithful reports whether r, which is not the correctly rounded result, is the
// exact value rounded the other way.
func (t *tally[T]) faithful(b *block[T], i int, r T) bool {
	e := b.expected[i]
	if math.IsInf(float64(e.correct), 0) {
		return same(r, t.format.next(e.correct, -sign(float64(e.correct))))
	}
	if !same(r, t.format.next(e.correct, 1)) && !same(r, t.format.next(e.correct, -1)) {
		return false // without asking the oracle which side the exact value is on
	}
	precision := uint(maxPrecision)
	if t.promise == unpromised {
		precision = remotePrecision
	}
	toward := t.judge.side(b.tuple(i, t.judge.args), i/b.inputs, e, precision)
	return toward != 0 && same(r, t.format.next(e.correct, toward))
}

// tuple fills args with the inputs of output element i.
func (b *block[T]) tuple(i int, args []float64) []float64 {
	for k, in := range b.in {
		args[k] = float64(in[i%b.inputs])
	}
	return args
}

// broken counts a broken promise; where nothing is promised it only keeps the input.
func (t *tally[T]) broken(b *block[T], i int, r T, err float64) {
	if t.promise == unpromised {
		t.note(b, i, r, err, false)
		return
	}
	t.overBound++
	t.note(b, i, r, err, true)
}

// note keeps the worst input.
func (t *tally[T]) note(b *block[T], i int, r T, err float64, failed bool) {
	w := &t.worst
	if w.known && (w.failed && !failed || w.failed == failed && err <= w.ulp) {
		return
	}
	if t.partial {
		*w = worst{known: true, failed: failed, ulp: err, index: i}
		return
	}
	inputs := make([]string, len(b.in))
	for k, in := range b.in {
		inputs[k] = t.format.hex(in[i%b.inputs])
	}
	*w = worst{
		known: true, failed: failed, ulp: err, index: i,
		input:  strings.Join(inputs, ",") + t.param,
		result: t.format.hex(r),
		exact:  t.format.hex(b.expected[i].correct),
	}
}

// row returns the tally as a result row.
func (t *tally[T]) row(c *census[T]) result.Accuracy {
	a := result.Accuracy{
		Op: t.id.Op, Direction: t.id.Direction, Type: t.id.Type, Variant: t.id.Variant, ISA: t.id.ISA,
		Inputs: c.inputs, Rounding: string(t.promise.Rounding), BoundULP: t.promise.ULP,
		MaxULP: t.errors.max, SumULP: t.errors.sum, Compared: t.errors.compared,
		OutsideDomain: c.outside, Widened: t.errors.widened, MaxUnwidenedULP: t.errors.unwidened,
		CorrectlyRounded: t.correct, Unfaithful: t.unfaithful, Histogram: t.errors.histogram[:],
		NaNDisagree: t.nan, InfDisagree: t.inf, ZeroSignDisagree: t.zeroSign, OverBound: t.overBound,
		PairDecided: c.paired, OracleDecided: c.decided, ZeroResults: c.zeros, DistinctResults: int64(len(c.distinct)),
		WorstInput: t.worst.input, WorstResult: t.worst.result, WorstExact: t.worst.exact, WorstULP: t.worst.ulp, BinadeMaxULP: t.errors.binades,
		BitwiseDiffers: t.differs, LayoutFailures: t.layout,
	}
	conclude(&a)
	if a.Failed() {
		a.Reproduce = reproduce(t.id, t.worst.input)
	}
	return a
}

// reproduce returns the command that shows a kernel at an input, or that
// repeats the kernel's whole check where no single input shows the failure.
func reproduce(id result.Kernel, input string) string {
	command := fmt.Sprintf("go run . verify --filter 'op:%s dir:%s type:%s variant:%s'", id.Op, id.Direction, id.Type, id.Variant)
	if input != "" {
		command += " --input " + input
	}
	return command
}

// paramSuffix writes a parameter that is not the default behind an input.
func paramSuffix[T kernels.Float](row *ops.Row, f *format[T], param T) string {
	if row.Param == nil || param == T(row.Param.Default) {
		return ""
	}
	return "," + row.Param.Name + "=" + strconv.FormatFloat(float64(param), 'g', -1, int(max(f.bits, 32)))
}
