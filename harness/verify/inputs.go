package verify

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"actinit/harness/ops"
	"actinit/kernels"
)

// A source draws the inputs of one unit. It depends on the seed and the unit's
// name only.
type source[T kernels.Float] struct {
	format *format[T]
	row    *ops.Row
	param  T
	rng    *rand.Rand
	scale  float64
}

func newSource[T kernels.Float](f *format[T], row *ops.Row, param T, o *Options, unit string) *source[T] {
	h := fnv.New64a()
	h.Write([]byte(unit))
	return &source[T]{f, row, param, rand.New(rand.NewPCG(o.Seed, h.Sum64())), o.Samples}
}

// times scales a number of samples.
func (s *source[T]) times(n float64) int { return max(1, int(n*s.scale)) }

// specials returns the values at which kernels go wrong: zeros, infinities, NaNs
// with payloads, the ends of the normal and subnormal ranges, ones, and the
// parameter, each with both signs.
func (s *source[T]) specials() []T {
	f := s.format
	inf, quiet := f.infinity(), uint64(1)<<(f.mantissa-1)
	patterns := []uint64{
		0, inf,
		inf | quiet, inf | quiet | 1, inf | 1, inf | (1<<f.mantissa - 1), inf | quiet>>1,
		inf - 1,                            // largest
		1 << f.mantissa, 1<<f.mantissa + 1, // smallest normal
		1<<f.mantissa - 1, 1, 2, 3, quiet >> 3, // subnormal
	}
	for _, x := range []T{1, 2, .5, 20, s.param} {
		b := f.toBits(x) &^ f.signBit()
		patterns = append(patterns, b-min(b, 1), b, b+1)
	}
	values := make([]T, 0, 2*len(patterns))
	for _, b := range patterns {
		values = append(values, f.fromBits(b), f.fromBits(b|f.signBit()))
	}
	return values
}

// near returns values around x: every one within reach places, then at
// distances of powers of two.
func (s *source[T]) near(x T, reach int) []T {
	f := s.format
	values := []T{x}
	for _, direction := range []int{-1, 1} {
		y := x
		for range reach {
			y = f.next(y, direction)
			values = append(values, y)
		}
		b := int64(f.toBits(x) &^ f.signBit())
		for k := 4; k < int(f.mantissa)+2; k++ {
			if c := b + int64(direction)<<k; c >= 0 && uint64(c) < f.infinity() {
				values = append(values, T(math.Copysign(float64(f.fromBits(uint64(c))), float64(x))))
			}
		}
	}
	return values
}

// finiteBits returns a random finite value, every exponent being as likely.
func (s *source[T]) finiteBits() T {
	for {
		x := s.format.fromBits(s.rng.Uint64() >> (64 - s.format.bits))
		if !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) {
			return x
		}
	}
}

// uniform returns a value of [-20, 20), where activations do what they are for.
func (s *source[T]) uniform() T { return T(40*s.rng.Float64() - 20) }

// density says how many values of each kind values draws, once over. A float64
// result that needs the oracle costs as much as three hundred float32 results.
type density struct {
	binade, bits, subnormal, uniform float64
	reach                            int
}

func (s *source[T]) density() density {
	if s.format.bits == 32 {
		return density{binade: 400, bits: 200e3, subnormal: 10e3, uniform: 400e3, reach: 300}
	}
	return density{binade: 3, bits: 10e3, subnormal: 1e3, uniform: 50e3, reach: 8}
}

// values returns a list of single inputs: special values, every binade with both
// signs, random bits, subnormals, the neighbourhoods of kinks and thresholds,
// and [-20, 20).
func (s *source[T]) values() []T {
	f, d := s.format, s.density()
	list := s.specials()
	points := append(append([]float64{0, float64(s.param)}, s.row.Kinks...), s.row.Points...)
	for _, x := range points {
		list = append(list, s.near(T(x), d.reach)...)
		list = append(list, s.near(T(-x), d.reach)...)
	}
	for exponent := f.minExp; exponent < f.maxExp; exponent++ {
		base := uint64(exponent-f.minExp+1) << f.mantissa
		list = append(list, f.fromBits(base), f.fromBits(base|f.signBit()))
		for range s.times(d.binade) {
			b := base | s.rng.Uint64()>>(64-f.mantissa)
			list = append(list, f.fromBits(b), f.fromBits(b|f.signBit()))
		}
	}
	for range s.times(d.bits) {
		list = append(list, f.fromBits(s.rng.Uint64()>>(64-f.bits)))
	}
	for range s.times(d.subnormal) {
		b := s.rng.Uint64() >> (64 - f.mantissa)
		b >>= s.rng.Uint64() % uint64(f.mantissa)
		list = append(list, f.fromBits(b), f.fromBits(b|f.signBit()))
	}
	for range s.times(d.uniform) {
		list = append(list, s.uniform())
	}
	return list
}

// forward returns the input columns of the forward function.
func (s *source[T]) forward() [][]T {
	first := s.values()
	columns := [][]T{first}
	for range s.row.Forward.Inputs - 1 {
		columns = append(columns, s.partners(first))
	}
	return s.crossed(columns)
}

// partners returns a second piece for each value: unrelated, equal, or next to it.
func (s *source[T]) partners(first []T) []T {
	second := make([]T, len(first))
	for i, x := range first {
		switch s.rng.IntN(6) {
		case 0:
			second[i] = x
		case 1:
			second[i] = s.format.next(x, 1-2*s.rng.IntN(2))
		case 2:
			second[i] = -x
		case 3:
			second[i] = s.uniform()
		default:
			second[i] = first[s.rng.IntN(len(first))]
		}
		if x != x || math.IsInf(float64(x), 0) { // which have no next value
			second[i] = s.uniform()
		}
	}
	return second
}

// backward returns the input columns of the backward function: the gradient,
// then what was saved. Saved outputs that no input gives are replaced by
// outputs.
func (s *source[T]) backward() [][]T {
	fn := &s.row.Backward
	columns := make([][]T, 1, fn.Inputs)
	first := s.values()
	if s.row.Saved == ops.SavedOutput {
		for i, y := range first {
			if y := float64(y); y < fn.Domain[0] || y > fn.Domain[1] {
				z, _ := s.row.Forward.Value([]float64{float64(s.uniform())}, float64(s.param), 0)
				first[i] = T(z)
			}
		}
	}
	columns = append(columns, first)
	for len(columns) < fn.Inputs {
		columns = append(columns, s.partners(first))
	}
	grad := make([]T, len(first))
	for i := range grad {
		grad[i] = s.gradient()
	}
	columns[0] = grad
	return s.crossed(columns)
}

// gradient returns a gradient from a mix: ones, the sizes that occur in nets,
// and any finite value.
func (s *source[T]) gradient() T {
	switch s.rng.IntN(8) {
	case 0:
		return 1
	case 1:
		return -1
	case 2:
		return s.finiteBits()
	case 3:
		return T(math.Ldexp(s.rng.NormFloat64(), -s.rng.IntN(40)))
	default:
		return T(s.rng.NormFloat64())
	}
}

// crossed appends every pair of special values of the first two columns.
func (s *source[T]) crossed(columns [][]T) [][]T {
	if len(columns) < 2 {
		return columns
	}
	special := s.specials()
	for _, a := range special {
		for _, b := range special {
			columns[0] = append(columns[0], a)
			columns[1] = append(columns[1], b)
			for k := 2; k < len(columns); k++ {
				columns[k] = append(columns[k], special[s.rng.IntN(len(special))])
			}
		}
	}
	return columns
}
