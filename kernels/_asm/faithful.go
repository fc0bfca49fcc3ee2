package main

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
)

// The descriptions of faithfully rounded float32 kernels. They are plain sequences of float32
// operations, each rounded once, so that every instruction set gives the same bits;
// package kernels has the same sequences in Go. The error a result has before its last
// rounding must stay below half an ULP, 2^-25 of it where that is least. What
// would take too much of that is carried as a sum of two float32.

// shift32 rounds t to an integer in t+shift32-shift32, and leaves that integer in the low bits
// of t+shift32.
const shift32 = 0x1.8p23

// ln2Single is ln2 rounded to float32. It happens to be good to 2^-28.4, and its product
// with an integer n is exact enough where 2^n is not to have all its bits.
const ln2Single = 0x1.62e43p-1

// ln2Rest is ln2 - ln2Single.
const ln2Rest = -0x1.05c61p-29

// The quarters of a power of two: e^z = S*e^r with S = 2^(n/4), z = n*ln2/4 + r and |r| <= ln2/8.
//
// quarterReach is ln2/8 and what the rounding of z*4/ln2 can add to it.
const quarterReach = math.Ln2 / 8 * (1 + 0x1p-11)

// A quarterScale is a factor k such that k*2^(j/4) is nearly a float32 for all j: there
// are few, found by trying all float32 of an interval. With S and e^-r both times
// k, the table needs no second part, and quotients of the two do not know k.
type quarterScale float32

// The scales in use, the best from .85 to .957 but for those farther from 1, and from 1 to 2. Their errors
// are 2^-30.6 and 2^-31.1, relative.
const (
	logisticScale quarterScale = 0x1.e888cp-1
	tanhScale     quarterScale = 0x1.7fbbbap+0
)

// table returns the bits of scale*k*2^(j/4) less j<<21, so that adding n<<21 for n = 4i+j
// gives the bits of scale*k*2^(n/4).
func (k quarterScale) table(scale float64) (bits [4]uint32) {
	root := newFloat(2)
	root.Sqrt(root.Sqrt(root))
	power := newFloat(float64(k) * scale)
	for j := range bits {
		nearest, _ := power.Float32()
		bits[j] = math.Float32bits(nearest) - uint32(j)<<21
		power.Mul(power, root)
	}
	return bits
}

// coefficients returns scale*k*step*g, lowest first, e^-r = 1 + r*g(r), as a polynomial in r/step,
// which is plus or minus a power of two. r*g has an error of 2^-28.3.
func (k quarterScale) coefficients(scale, step float64) []float32 {
	c := fitSingle(
		series(func(k int) *big.Float { // (e^-r - 1)/r
			c := inverseFactorial(k + 1)
			if k%2 == 0 {
				c.Neg(c)
			}
			return c
		}).listed().at,
		func(r *big.Float) *big.Float { return new(big.Float).Abs(r) },
		-quarterReach, quarterReach, 4, float64(k)*scale, math.Exp2(-28.3))
	factor := float32(1)
	for i := range c {
		factor *= float32(step)
		c[i] *= factor
	}
	return c
}

// logisticUp scales numerators, and so quotients and remainders, that are normal then where results are
// subnormal: an operation with a subnormal operand or result is 150 cycles of microcode. It
// reaches further, to quotients that, scaled back, are nothing at once: a product
// below 2^-169 is quick again.
const logisticUp = 0x1p72

var (
	logisticPowers       = logisticScale.table(logisticUp)
	logisticCoefficients = logisticScale.coefficients(1, -1)
)

// reciprocalMagic - d is, as integers, the bits of 1/d with an error of up to 6%.
const reciprocalMagic = 0x7ef311c3

// A logistic makes quotients of S and of S + share*E, where S/E is e^-a at a = |x|, and share is 1
// or 2. It reduces a in place of -a, so that r is minus that in the comments above. S comes
// times logisticUp, and quotients do.
//
// The denominator is share + u with u = S + share*E - share. S and E are scaled to be such that
// a quotient y of n is between n/2/share and 2n/share, whence n - y*share is exact, and u below
// share, where its rounding costs least.
type logistic struct {
	inStep
	table, shift, share, beyond, highest, down vectors
	coefficients                               []float32
}

// newLogistic takes a to be highest where it is above.
func newLogistic(m inStep, share, highest float32) logistic {
	scaled := make([]float32, len(logisticCoefficients))
	for i, c := range logisticCoefficients {
		scaled[i] = share * c
	}
	return logistic{
		inStep:       m,
		table:        m.keep(vectors{m.m.table4(logisticPowers)}),
		shift:        m.constant(shift32),
		share:        m.constant(share),
		beyond:       m.constant(share * float32(logisticScale-1)),
		highest:      m.constant(highest),
		down:         m.constant(1 / logisticUp),
		coefficients: scaled,
	}
}

// parts returns a, S, u and d = share + u, rounded.
func (m logistic) parts(x vectors) (a, s, u, d vectors) {
	a = m.sizeUpTo(x, m.highest)
	t := m.addMul(m.shift, a, m.constant(-4/math.Ln2))
	n := m.sub(t, m.shift)
	q := m.addMul(m.copy(a), n, m.constant(ln2Single/4))
	r := m.addMul(m.copy(q), n, m.constant(ln2Rest/4))
	s = m.addBits(m.shiftBits(t, 21), m.lookup(m.table, t))
	u = m.addMul(m.mulAdd(m.polynomial(q, m.coefficients), r, m.beyond), s, m.down)
	return a, s, u, m.add(u, m.share)
}

// remainder is n - y*(share + u). It consumes n.
func (m logistic) remainder(n, y, u vectors) vectors {
	return m.subMul(m.subMul(n, y, m.share), y, u)
}

// inverse is nearly 1/d.
func (m logistic) inverse(d vectors) vectors { return m.subBits(m.bits(reciprocalMagic), d) }

// sigmoidHighest is where sigmoid(-a) has become 0 and is below 2^-169.
const sigmoidHighest = 118

// sigmoidFaithful is S/(S + E) where x is negative, and 1 minus that elsewhere. The quotient is corrected by
// its remainder. It is faithful before it is scaled back, and then so is a subnormal result, which
// is rounded once more: what lies between two of those stays between them.
func sigmoidFaithful(in inStep) func(x vectors) vectors {
	m := newLogistic(in, 1, sigmoidHighest)
	return func(x vectors) vectors {
		_, s, u, d := m.parts(x)
		y := m.div(s, d)
		y = m.addMul(y, m.remainder(s, y, u), m.inverse(d))
		return m.complement(x, y, m.down)
	}
}

// From tanhSwitch on tanh is 1 - 2S/(S + e^-r) at -2|x|, below it x + x^3*p(x^2).
const tanhSwitch = .85

// tanhHighest is beyond where tanh rounds to 1.
const tanhHighest = 9.1

// tanhSmall are p, lowest first. x^3*p has an error of 2^-26.8 of tanh(x).
var tanhSmall = func() []float32 {
	sinhLessCosh := series(func(k int) *big.Float { return sub(inverseFactorial(2*k+3), inverseFactorial(2*k+2)) }).listed()
	cosh := series(func(k int) *big.Float { return inverseFactorial(2 * k) }).listed()
	return fitSingle(
		func(s *big.Float) *big.Float { return quo(sinhLessCosh.at(s), cosh.at(s)) },
		func(s *big.Float) *big.Float { return s },
		0, tanhSwitch*tanhSwitch, 6, 1, math.Exp2(-26.8))
}()

var (
	tanhPowers       = tanhScale.table(1)
	tanhCoefficients = tanhScale.coefficients(1, -2)
)

// tanhFaithful reduces |x| in place of -2|x|: r is -1/2 of that in the comment above.
func tanhFaithful(m inStep) func(x vectors) vectors {
	table := m.keep(vectors{m.m.table4(tanhPowers)})
	shift, highest := m.keep(m.constant(shift32)), m.keep(m.constant(tanhHighest))
	return func(x vectors) vectors {
		a := m.and(x, m.bits(^uint32(signBit)))
		z := m.min(highest, a)
		t := m.addMul(shift, z, m.constant(-8/math.Ln2))
		r := m.addMul(z, m.sub(t, shift), m.constant(ln2Single/8))
		s := m.addBits(m.shiftBits(t, 21), m.lookup(table, t))
		d := m.mulAdd(m.polynomial(r, tanhCoefficients), r, s)
		large := m.addMul(m.constant(1), m.div(s, m.add(d, m.constant(float32(tanhScale)))), m.constant(-2))
		q := m.mul(x, x)
		p := m.polynomial(q, tanhSmall)
		small := m.mulAdd(p, m.mul(q, a), a)
		return m.orSign(m.selectLess(a, m.constant(tanhSwitch), small, large), x)
	}
}

// eluLowest is where e^x - 1 has become -1 and seluLowest where SELU has become constant.
const (
	eluLowest  = -17.4
	seluLowest = -18
)

// halfReach is ln2/2 and what the rounding of x/ln2 can add to it.
const halfReach = math.Ln2 / 2 * (1 + 0x1p-11)

// eluCoefficients and seluCoefficients are q = (e^r-1-r)/r^2, lowest first. r^2*q has an error of 2^-28 or 2^-30 for
// negative r and of twice that for positive ones, which are scaled by a half at least. The parameters of SELU
// bring further roundings, which leave less for this one.
var (
	eluCoefficients  = expm1Fit(5, math.Exp2(-28))
	seluCoefficients = expm1Fit(6, math.Exp2(-30))
)

func expm1Fit(terms int, bound float64) []float32 {
	return fitSingle(
		series(func(k int) *big.Float { return inverseFactorial(k + 2) }).listed().at,
		func(r *big.Float) *big.Float {
			if r.Sign() > 0 {
				return mul(mul(r, r), newFloat(.5))
			}
			return mul(r, r)
		},
		-halfReach, halfReach, terms, 1, bound)
}

// eluFaithful is e^x - 1 = 2^n*(e^r - 1) + (2^n - 1) for x below 0, for alpha = 1. It is never below x,
// which is the value above 0 and of -0 and NaN: the larger of the two is the
// result. n*ln2Single is good enough, because 2^n makes up for its error.
func eluFaithful(m inStep) func(x vectors) vectors {
	// The exponent's bias rides on the shift, so that shifting leaves 2^n.
	const biased = shift32 + 127
	shift, zero, lowest := m.keep(m.constant(biased)), m.keep(m.constant(0)), m.keep(m.constant(eluLowest))
	return func(x vectors) vectors {
		z := m.max(lowest, m.min(zero, x))
		t := m.addMul(shift, z, m.constant(1/math.Ln2))
		r := m.subMul(z, m.sub(t, shift), m.constant(ln2Single))
		s := m.shiftBits(t, 23)
		p := m.mulAdd(m.polynomial(r, eluCoefficients), m.mul(r, r), r)
		quiet := m.sub(x, zero) // x itself, but of a NaN, which max would hand on as it is
		return m.max(m.mulAdd(p, s, m.sub(s, m.constant(1))), quiet)
	}
}

// SELU's parameters. lambda is the sum of two float32 of one sign, so that products of them with an
// infinity do not cancel. scaleRest is what rounding lambda*alpha took away, as a multiple of the rounded one.
var (
	lambdaSingle = math.Nextafter32(float32(seluLambda), 0)
	lambdaRest   = float32(seluLambda - float64(lambdaSingle))
	scaleSingle  = float32(seluScale)
	scaleRest    = float32(seluScale/float64(scaleSingle) - 1)
)

// seluFaithful is s*(e^r - 1) + (s - scale) with s = scale*2^n for x below 0: b + bl is s - scale,
// y + yl is b + s*r, and the rest is small.
func seluFaithful(m inStep) func(x vectors) vectors {
	shift, scale := m.keep(m.constant(shift32)), m.keep(m.constant(scaleSingle))
	return func(x vectors) vectors {
		z := m.max(m.constant(seluLowest), x)
		t := m.addMul(shift, z, m.constant(1/math.Ln2))
		r := m.subMul(z, m.sub(t, shift), m.constant(ln2Single))
		s := m.addBits(m.shiftBits(t, 23), scale)
		b := m.sub(s, scale)
		bl := m.sub(s, m.add(b, scale))
		q := m.mul(m.polynomial(r, seluCoefficients), m.mul(r, r))
		y := m.addMul(m.copy(b), s, r)
		yl := m.addMul(m.sub(b, y), s, r)
		yl = m.addMul(m.add(yl, bl), s, q)
		yl = m.addMul(yl, y, m.constant(scaleRest))
		below := m.or(m.add(y, yl), m.bits(signBit)) // which -0 has lost
		above := m.addMul(m.mul(x, m.constant(lambdaRest)), x, m.constant(lambdaSingle))
		return m.selectNegative(x, below, above)
	}
}

// faithfulTables is the file of package kernels with the tables and coefficients.
func faithfulTables() []byte {
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\npackage kernels\n\nvar (\n")
	powers := func(name string, bits [4]uint32) {
		fmt.Fprintf(&w, "%s = [...]uint32{", name)
		for _, u := range bits {
			fmt.Fprintf(&w, "%#08x, ", u)
		}
		fmt.Fprintln(&w, "}")
	}
	coefficients := func(name string, c []float32) {
		fmt.Fprintf(&w, "%s = [...]float32{", name)
		for _, x := range c {
			fmt.Fprintf(&w, "%x, ", x)
		}
		fmt.Fprintln(&w, "}")
	}
	powers("logisticPowers", logisticPowers)
	coefficients("logisticCoefficients", logisticCoefficients)
	powers("tanhPowers", tanhPowers)
	coefficients("tanhCoefficients", tanhCoefficients)
	coefficients("tanhSmall", tanhSmall)
	coefficients("eluCoefficients", eluCoefficients)
	coefficients("seluCoefficients", seluCoefficients)
	coefficients("softplusCoefficients", softplusCoefficients)
	coefficients("expCoefficients", expCoefficients)
	fmt.Fprint(&w, ")\n")
	return w.Bytes()
}
