package kernels

import "math"

// The exponential all smooth activations are built on.
//
// Both forms write x = n*ln2/16 + r with an integer n and |r| <= ln2/32, and
// e^x = 2^(n/16) * e^r, the power from a table of 16 entries and e^r-1 from
// r + r^2*q(r). The polynomials q interpolate (e^r-1-r)/r^2 in the Chebyshev
// nodes of [-ln2/32, ln2/32], and the tables are rounded from exact powers: kernels/_asm
// writes them to exp_tables.go, and TestExpTables computes all of them again.
//
//   - expQuick is plain float64, good to 2^-40 relative to e^x-1: enough to
//     round to float32 all results but one in some ten thousand (see doubtful32).
//   - expPair is a pair of float64, good to 2^-60 or better: it decides the
//     doubtful float32 results, and gives float64 results with an error of
//     little over half an ULP.

const (
	// steps of x's logarithm between 1 and e
	expSteps = 16.0 / math.Ln2

	// shift rounds t to an integer in t+shift-shift, and leaves that integer
	// in the low bits of t+shift.
	shift = 0x1.8p52

	ln2By16 = math.Ln2 / 16
)

// expQuick returns s = 2^(n/16) and p with e^x = s + s*p, for |x| < 700. The
// sum (s-1) + s*p is e^x-1 to 2^-40 relative, near 0 too.
// The product n*ln2/16 is rounded, which costs |x|*2^-53 absolute.
func expQuick(x float64) (s, p float64) {
	t := float64(x*expSteps) + shift
	r := float64(x) - float64((t-shift)*ln2By16)
	q := (expQuick2 + float64(expQuick3*r)) + float64(float64(r*r)*(expQuick4+float64(expQuick5*r)))
	n := math.Float64bits(t)
	return math.Float64frombits(exp2Bits[n%16] + n<<48), r + float64(float64(r*r)*q)
}

// expReduced returns the bits of s = 2^(n/16) and the pair eh+el with
// e^(x+xl) = s * (1 + eh + el), for |x| <= 800 and |xl| <= ulp(x). For x near 0,
// s is 1 and eh+el is e^x-1 with an error of 2^-62 relative. For |x| > 708 the
// exponent of s may have wrapped; adding a multiple of 1<<52 brings it back.
func expReduced(x, xl float64) (s uint64, eh, el float64) {
	t := float64(x*expSteps) + shift
	n := t - shift
	bits := math.Float64bits(t)
	x -= float64(n * ln2By16Hi) // exact
	lo := float64(n * ln2By16Lo)
	r := x - lo
	rl := ((x - r) - lo) + (xl + exp2Rest[bits%16])
	r2 := float64(r * r)
	q := math.FMA(r, math.FMA(r, math.FMA(r, expPair8, expPair7), expPair6), expPair5)
	q = math.FMA(r2, math.FMA(r, q, expPair4), math.FMA(r, expPair3, expPair2))
	c := math.FMA(r2, q, math.FMA(r, rl, rl))
	eh = r + c
	return exp2Bits[bits%16] + bits<<48, eh, (r - eh) + c
}

// expPair returns e^(x+xl) as hi+lo with an error of 2^-63 relative, for
// |x| <= 708.
func expPair(x, xl float64) (hi, lo float64) {
	s, eh, el := expReduced(x, xl)
	return expOf(math.Float64frombits(s), eh, el)
}

// expm1Pair returns e^(x+xl)-1 as hi+lo with an error of 2^-58 relative, for
// |x| <= 708.
func expm1Pair(x, xl float64) (hi, lo float64) {
	s, eh, el := expReduced(x, xl)
	return expm1Of(math.Float64frombits(s), eh, el)
}

// expOf returns s * (1 + eh + el).
func expOf(s, eh, el float64) (hi, lo float64) {
	p := float64(s * eh)
	pl := math.FMA(s, eh, -p)
	hi = s + p
	return hi, ((s - hi) + p) + math.FMA(s, el, pl)
}

// expm1Of returns s * (1 + eh + el) - 1.
func expm1Of(s, eh, el float64) (hi, lo float64) {
	a, al := twoSum(s, -1)
	p := float64(s * eh)
	pl := math.FMA(s, eh, -p)
	// |a| > |p| or a = 0: s is 1 or at least 2^(1/16)-1 away from it.
	hi = a + p
	lo = ((a - hi) + p) + (al + math.FMA(s, el, pl))
	return fastTwoSum(hi, lo)
}

// expScaled returns factor * e^x, rounded to a normal float64 and then to
// what the result's exponent allows, for x in [-800, 0] where e^x may be
// subnormal or 0, and 0 or 1 <= |factor| <= 800.
func expScaled(x, factor float64) float64 {
	const up, down = 512 << 52, 0x1p-512
	s, eh, el := expReduced(x, 0)
	hi, lo := expOf(math.Float64frombits(s+up), eh, el)
	p := float64(hi * factor)
	return (p + (math.FMA(hi, factor, -p) + float64(lo*factor))) * down
}
