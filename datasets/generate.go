package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// Float is the set of element types.
type Float interface{ float32 | float64 }

// A Generator is a named, seeded distribution of kernel inputs.
type Generator struct {
	Name     string
	Sentence string // what it draws

	fill32 func(dst []float32, rng *rand.PCG)
	fill64 func(dst []float64, rng *rand.PCG)
}

// generators is the list that Generators shows, in its order.
var generators = []Generator{
	{"normal", "Normal values of mean 0 and variance 1, as a unit's input in a well-initialised net.",
		fillNormal[float32], fillNormal[float64]},
	{"uniform", "Uniform values in [-20, 20], where every activation has both its bend and its saturation.",
		fillUniform[float32](-20, 40), fillUniform[float64](-20, 40)},
	{"unit", "Uniform values in [0, 1], the saved outputs of sigmoid.",
		fillUniform[float32](0, 1), fillUniform[float64](0, 1)},
	{"bits", "Random bit patterns: every exponent alike, NaN and infinities among them.",
		fillBits32, fillBits64},
	{"binades", "Every binade in turn with both signs: its first value, its last, then random ones.",
		fillBinades32, fillBinades64},
	{"subnormal", "Subnormal numbers of both signs, the smallest and the largest first.",
		fillSubnormal32, fillSubnormal64},
	{"special", "Zeros, infinities, NaNs, the ends of the range, kinks and overflow thresholds with their neighbours, repeated.",
		fillSpecial32, fillSpecial64},
}

// Generators returns every generator.
func Generators() []Generator { return append([]Generator(nil), generators...) }

// Generate returns n values of the named generator. The same name, seed and n
// give the same bits on every platform, and a shorter n gives a prefix of a longer one.
func Generate[T Float](name string, seed uint64, n int) ([]T, error) {
	if n < 0 {
		return nil, fmt.Errorf("generator %s: %d values asked for, 0 or more are possible", name, n)
	}
	for i := range generators {
		if g := &generators[i]; g.Name == name {
			dst := make([]T, n)
			fill(g, dst, rand.NewPCG(seed, uint64(i)))
			return dst, nil
		}
	}
	names := make([]string, len(generators))
	for i, g := range generators {
		names[i] = g.Name
	}
	return nil, fmt.Errorf("unknown generator %q: there are %s", name, strings.Join(names, ", "))
}

func fill[T Float](g *Generator, dst []T, rng *rand.PCG) {
	switch dst := any(dst).(type) {
	case []float32:
		g.fill32(dst, rng)
	case []float64:
		g.fill64(dst, rng)
	}
}

// uniform01 returns a multiple of 2^-53 in [0, 1).
func uniform01(rng *rand.PCG) float64 { return float64(rng.Uint64()>>11) * 0x1p-53 }

// fillUniform draws lo + width*u. The product is rounded before the sum, so
// that no platform fuses the two.
func fillUniform[T Float](lo, width float64) func([]T, *rand.PCG) {
	return func(dst []T, rng *rand.PCG) {
		for i := range dst {
			dst[i] = T(lo + float64(width*uniform01(rng)))
		}
	}
}

// fillNormal is the polar method of Marsaglia and Bray (1964). It does not use
// rand.NormFloat64, whose tail calls math.Log, which differs between platforms
// in the last bit.
func fillNormal[T Float](dst []T, rng *rand.PCG) {
	for i := 0; i < len(dst); {
		u := 2*uniform01(rng) - 1 // exact: a multiple of 2^-52
		v := 2*uniform01(rng) - 1
		s := float64(u*u) + float64(v*v)
		if s >= 1 || s == 0 {
			continue
		}
		r := math.Sqrt(-2 * logarithm(s) / s)
		dst[i] = T(u * r)
		if i+1 < len(dst) {
			dst[i+1] = T(v * r)
		}
		i += 2
	}
}

// logarithm returns ln(s) of a positive normal s to about 1e-15, with the same
// bits on every platform: s = m*2^e with m in [sqrt(1/2), sqrt(2)), and
// ln(m) = 2*atanh(f) = 2f(1 + f^2/3 + f^4/5 + ...), f = (m-1)/(m+1), |f| < .172.
func logarithm(s float64) float64 {
	m, e := math.Frexp(s)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	f := (m - 1) / (m + 1)
	ff := f * f
	sum := 0.0
	for odd := 21.0; odd >= 1; odd -= 2 {
		sum = float64(sum*ff) + 1/odd
	}
	return float64(2*f*sum) + float64(float64(e)*math.Ln2)
}
