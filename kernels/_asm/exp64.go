package main

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
)

// An exponential64 has what the exponential of the float64 kernels needs in registers
// throughout a loop. exp64.go of package kernels has the same operations in Go, one for one,
// says what they are and derives the errors.
type exponential64 struct {
	lanes
	powers, rests table
}

func newExponential64(m lanes) exponential64 {
	power, rest := powers64()
	var restBits [expSteps]uint64
	for j := range rest {
		restBits[j] = math.Float64bits(rest[j])
	}
	return exponential64{m, m.table("powers64", power), m.table("rests64", restBits)}
}

// split returns s, the exact x - n*lnStep and the rest that is to be added to it. It consumes x.
func (e exponential64) split(x f64) (s, exact, rest f64) {
	t := e.addMul(e.const64(shift), x, e.const64(stepsPerUnit))
	n := e.sub(t, e.const64(shift))
	exact = e.subMul(x, n, e.const64(lnStep))
	return e.power64(t), exact, e.rest(t, n)
}

// splitNegative is split for -x.
func (e exponential64) splitNegative(x f64) (s, exact, rest f64) {
	t := e.addMul(e.const64(shift), x, e.const64(-stepsPerUnit))
	n := e.sub(t, e.const64(shift))
	exact = e.negMulSub(n, e.const64(lnStep), x)
	return e.power64(t), exact, e.rest(t, n)
}

func (e exponential64) power64(t f64) f64 { return e.addEighths(e.lookup(e.powers, t), t) }

func (e exponential64) rest(t, n f64) f64 {
	return e.subMul(e.lookup(e.rests, t), n, e.const64(lnStepRest))
}

// short is expm1Short of the sum.
func (e exponential64) short(exact, rest f64) f64 {
	r := e.add(exact, rest)
	r2 := e.mul(r, r)
	return e.addMul(r, r2, inPairs(e.lanes, r, r2, shortExp))
}

// long is expm1Long of the sum.
func (e exponential64) long(exact, rest f64) (p, pl f64) {
	r := e.add(exact, rest)
	rl := e.add(e.sub(exact, r), rest)
	r2 := e.mul(r, r)
	return fastTwoSum(e.lanes, r, e.addMul(rl, r2, inPairs(e.lanes, r, r2, longExp)))
}

// onePlusExp returns 1 + e^-x as d+dl, for -end64 <= x <= 60. It consumes x.
func (e exponential64) onePlusExp(x f64) (d, dl f64) {
	s, exact, rest := e.splitNegative(x)
	return e.onePlus(s, e.short(exact, rest))
}

// onePlus returns 1 + s*(1+p) as d+dl.
func (e exponential64) onePlus(s, p f64) (d, dl f64) {
	one := e.const64(1)
	hi := e.add(s, one)
	lo := e.sub(e.min(s, one), e.sub(hi, e.max(s, one))) // twoSum, the larger number first
	d = e.addMul(e.copy(hi), s, p)
	return d, e.add(e.addMul(e.sub(hi, d), s, p), lo)
}

// expMinus1 returns e^x - 1 as u+ul, for -40 <= x <= 0. It consumes x.
func (e exponential64) expMinus1(x f64) (u, ul f64) {
	s, exact, rest := e.split(x)
	p, pl := e.long(exact, rest)
	minus, low := fastTwoSum(e.lanes, e.const64(-1), s)
	return plusScaled(e.lanes, minus, low, s, p, pl)
}

// plusScaled returns a+al + s*(p+pl), for |a| > |s*p| or a = 0. It consumes al.
func plusScaled(m lanes, a, al, s, p, pl f64) (hi, lo f64) {
	hi = m.addMul(m.copy(a), s, p)
	return hi, m.add(m.addMul(m.sub(a, hi), s, p), m.addMul(al, s, pl))
}

// productOf returns (a+al) * (b+bl), but for al*bl.
func productOf(m lanes, a, al, b, bl f64) (hi, lo f64) {
	hi = m.mul(a, b)
	return hi, m.addMul(m.addMul(m.mulSub(a, b, m.copy(hi)), a, bl), al, b)
}

// quotient returns (a+al)/(d+dl) given 1/d, with one rounding but for the errors of its
// arguments; al may be nil for 0. It consumes a.
func quotient(m lanes, a, al, d, dl, inverse f64) f64 {
	y := m.mul(a, inverse)
	return m.addMul(y, remainder(m, a, al, d, dl, y), inverse)
}

// remainder returns a+al - y*(d+dl). It consumes a.
func remainder(m lanes, a, al, d, dl, y f64) f64 {
	r := m.subMul(m.subMul(a, y, d), y, dl)
	if al != nil {
		r = m.add(r, al)
	}
	return r
}

// inverse returns 1/(d+dl), one being 1 in a register.
func inverse(m lanes, one, d, dl f64) f64 {
	y := m.div(one, d)
	return m.mulAdd(remainder(m, m.copy(one), nil, d, dl, y), y, y)
}

// logOnePlus returns ln(1+w) as q+tail, w = e^-a and q = w/(1+w/2). It consumes a.
func (e exponential64) logOnePlus(a f64) (q, tail f64) {
	s, exact, rest := e.splitNegative(a)
	p := e.short(exact, rest)
	w := e.addMul(e.copy(s), s, p)
	wl := e.addMul(e.sub(s, w), s, p)
	one, half := e.const64(1), e.const64(.5)
	d := e.addMul(e.copy(one), w, half)
	dl := e.addMul(e.addMul(e.sub(one, d), w, half), wl, half)
	inverse := e.div(one, d)
	q = e.mul(w, inverse)
	ql := e.mul(remainder(e.lanes, w, wl, d, dl, q), inverse)
	z := e.mul(q, q)
	series := inPairs(e.lanes, z, e.mul(z, z), lnRatio)
	return q, e.addMul(ql, e.mul(z, q), series)
}

// fastTwoSum returns a+b rounded and the rounding error, for |a| >= |b| or a = 0.
func fastTwoSum(m lanes, a, b f64) (hi, lo f64) {
	hi = m.add(a, b)
	return hi, m.add(m.sub(a, hi), b)
}

// twoSum is fastTwoSum for any a and b.
func twoSum(m lanes, a, b f64) (hi, lo f64) {
	hi = m.add(a, b)
	t := m.sub(hi, a)
	return hi, m.add(m.sub(a, m.sub(hi, t)), m.sub(b, t))
}

const stepsPerUnit = expSteps / math.Ln2

// lnStep and lnStepRest are ln2/8 as a sum.
var lnStep, lnStepRest = twoPart(quo(ln2(), newFloat(expSteps)))

// powers64 returns the bits of s for n = 0..7, less n<<49, and the rests.
func powers64() (power [expSteps]uint64, rest [expSteps]float64) {
	root := newFloat(2)
	for steps := 1; steps < expSteps; steps *= 2 {
		root.Sqrt(root)
	}
	exact := newFloat(1)
	for j := range power {
		nearest, _ := exact.Float64()
		bits := (math.Float64bits(nearest) + 1<<31) >> 32 << 32
		power[j] = bits - uint64(j)<<49
		rest[j], _ = logNear1(quo(exact, newFloat(math.Float64frombits(bits)))).Float64()
		exact = mul(exact, root)
	}
	return power, rest
}

// reducedEnd is the largest |r|.
const reducedEnd = math.Ln2/(2*expSteps) + 0x1p-21

// Coefficients of (e^r-1-r)/r^2, lowest first. The short ones have an error of 2^-46.4, which
// is 2^-56.4 of e^r; the long ones one of 2^-55.1, which is 2^-60.6 of e^r-1.
var (
	shortExp = fit(afterTwo, -reducedEnd, reducedEnd, 5, math.Exp2(-46.4))
	longExp  = fit(afterTwo, -reducedEnd, reducedEnd, 6, math.Exp2(-50))
)

// lnRatio are (ln((2+q)/(2-q)) - q)/q^3 in powers of q^2, lowest first, for 0 <= q <= 2/3, with an
// error of 2^-52, which is 2^-56.8 of the logarithm.
var lnRatio = fit(func(k int) *big.Float {
	return quo(newFloat(1), mul(newFloat(float64(2*k+3)), newFloat(math.Ldexp(1, 2*k+2))))
}, 0, 4./9, 9, math.Exp2(-52))

func afterTwo(k int) *big.Float { return inverseFactorial(k + 2) }

// ln2 is 2*atanh(1/3).
func ln2() *big.Float {
	third := quo(newFloat(1), newFloat(3))
	return mul(mul(newFloat(2), third), series(func(k int) *big.Float { return quo(newFloat(1), newFloat(float64(2*k+1))) }).at(mul(third, third)))
}

// logNear1 is ln(y) for y near 1.
func logNear1(y *big.Float) *big.Float {
	t := sub(y, newFloat(1))
	return mul(t, series(func(k int) *big.Float { return quo(newFloat(float64(1-2*(k%2))), newFloat(float64(k+1))) }).at(t))
}

// twoPart returns the float64 nearest to x, and the one nearest to what remains.
func twoPart(x *big.Float) (hi, lo float64) {
	hi, _ = x.Float64()
	lo, _ = sub(x, newFloat(hi)).Float64()
	return hi, lo
}

// tables64 is the Go file of what descriptions and Go code have in common.
func tables64() []byte {
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\npackage kernels\n\n")
	fmt.Fprintf(&w, "// The step of the exponential's table, as a sum, and its inverse.\nconst (\nlnStep = %x\nlnStepRest = %x\nstepsPerUnit = %x\n)\n\n", lnStep, lnStepRest, stepsPerUnit)
	constants(&w, "(e^r-1-r)/r^2 with an error of 2^-46.4, which is 2^-56.4 of e^r.", "shortExp", 2, shortExp)
	constants(&w, "(e^r-1-r)/r^2 with an error of 2^-55.1, which is 2^-60.6 of e^r-1.", "longExp", 2, longExp)
	constants(&w, "(ln((2+q)/(2-q)) - q)/q^3 in powers of q^2, with an error of 2^-52, which is 2^-56.8 of the logarithm.", "lnRatio", 0, lnRatio)
	constants(&w, "((a - tanh(a))/a^3 - 1/3)/a^2 in powers of a^2, with an error of 2^-54, which is 2^-56 of a - tanh(a).", "shrinkSeries", 0, shrinkSeries)
	constants(&w, "e^v at the zero of GELUTanh's derivative, as a sum.", "geluTanhAtRoot", 0, []float64{geluTanhAtRoot64, geluTanhAtRoot64Rest})
	constants(&w, "The square of that zero, as a sum.", "geluTanhRootSquare", 0, []float64{geluTanhRootSquare, geluTanhRootSquareRest})
	power, rest := powers64()
	fmt.Fprint(&w, "// expPowers[j] has the bits of s, which is 2^(j/8) rounded to 21 bits, less j<<49, and ln(2^(j/8)/s).\nvar expPowers = [8]struct {\nbits uint64\nrest float64\n}{\n")
	for j := range power {
		fmt.Fprintf(&w, "{%#x, %x},\n", power[j], rest[j])
	}
	fmt.Fprint(&w, "}\n")
	return formatted(w.Bytes())
}

// constants writes coefficients as constants called name with a number, from on.
func constants(w *bytes.Buffer, comment, name string, from int, coefficients []float64) {
	fmt.Fprintf(w, "// %s\nconst (\n", comment)
	for i, c := range coefficients {
		fmt.Fprintf(w, "%s%d = %x\n", name, from+i, c)
	}
	fmt.Fprint(w, ")\n\n")
}

// inPairs evaluates a polynomial by Horner's scheme in x2 = x*x, over pairs of terms: the chain of
// dependent operations is half as long.
func inPairs(m lanes, x, x2 f64, coefficients []float64) f64 {
	var y f64
	for i := (len(coefficients) - 1) / 2 * 2; i >= 0; i -= 2 {
		pair := m.const64(coefficients[i])
		if i+1 < len(coefficients) {
			pair = m.mulAdd(m.const64(coefficients[i+1]), x, pair)
		}
		if y == nil {
			y = pair
		} else {
			y = m.mulAdd(y, x2, pair)
		}
	}
	return y
}
