package verify

import (
	"context"
	"math"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// A trial is what stands for a sweep where the inputs are too many: 2^30 inputs of
// a float64 kernel, in units of trialUnit, spread over all binades.
const (
	trialBits = 22
	trialUnit = 1 << trialBits
	// slowTrialUnit is the size where every input takes the oracle's time.
	slowTrialUnit = 1 << 14
)

// triable reports whether a trial makes sense: the kernel is a float64 kernel.
func (s *subject[T]) triable() bool { return s.typeName == result.Float64 }

// slow reports whether the oracle is the only one to decide a float64 result.
func slow(fn *ops.Function) bool { return fn.Oracle != nil && fn.Pair == nil }

// trialInputs returns the number of inputs of a unit of a trial.
func (s *subject[T]) trialInputs() int64 {
	if slow(s.function()) {
		return slowTrialUnit
	}
	return trialUnit
}

// trial tries one unit's inputs, three in four of the units at the default parameter.
func (s subject[T]) trial(ctx context.Context, o *Options, unit string, chunk int) ([]result.Accuracy, error) {
	b := newBench(s, s.variants(o))
	param := params[T](s.row)[0]
	if list := params[T](s.row); chunk%4 == 3 {
		param = list[chunk/4%len(list)]
	}
	j := b.use(param)
	src := newSource(s.format, s.row, param, o, unit)
	columns := make([][]T, s.function().Inputs)
	for k := range columns {
		columns[k] = make([]T, sweepBlock)
	}
	copy(b.block.in, columns)
	first := 0
	if s.direction == ops.Backward {
		first = 1
	}
	for done := int64(0); done < s.trialInputs(); done += sweepBlock {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for i := range sweepBlock {
			x := src.spread(done + int64(i))
			if first == 1 {
				columns[0][i] = src.gradient()
				x = within(x, s.function().Domain)
			}
			columns[first][i] = x
		}
		for k := first + 1; k < len(columns); k++ {
			copy(columns[k], src.partners(columns[first]))
		}
		b.judge(j, sweepBlock)
		o.Progress.Add(sweepBlock)
	}
	return b.rows(), nil
}

// spread returns input i of a trial. Of each four, two are of binade i/2 of all
// binades in turn, the subnormal ones cut to random lengths; one is uniform in
// [-20, 20); and one has a size between 2^-60 and 2^10, all sizes being as
// likely, and every other one of these few bits, as round numbers have.
func (s *source[T]) spread(i int64) T {
	f := s.format
	random := s.rng.Uint64()
	mantissa := random & (1<<f.mantissa - 1)
	switch i & 3 {
	case 1:
		return s.uniform()
	case 3:
		exponent := uint64(-f.minExp+1) - 60 + random>>(f.mantissa)%70
		if random>>63 != 0 {
			mantissa &^= 1<<(f.mantissa-10) - 1
		}
		return f.fromBits(random>>62&1<<(f.bits-1) | exponent<<f.mantissa | mantissa)
	}
	binade := uint64(i/2) % uint64(f.binades())
	if exponents := uint64(f.binades() / 2); binade%exponents == 0 || binade%exponents == exponents-1 {
		binade &^= exponents - 1 // infinities and NaN have no binade: subnormal numbers take theirs
		mantissa >>= random >> 58 % uint64(f.mantissa)
	}
	return f.fromBits(binade<<f.mantissa | mantissa)
}

// within returns x, or, where that is outside the domain of saved outputs, its
// inverse or what the sign makes of either.
func within[T kernels.Float](x T, domain [2]float64) T {
	for _, y := range []T{x, 1 / x, -x, -1 / x} {
		if float64(y) >= domain[0] && float64(y) <= domain[1] {
			return y
		}
	}
	return T(max(domain[0], min(domain[1], math.Copysign(1, float64(x)))))
}
