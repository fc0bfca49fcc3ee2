package main

import (
	"math"
	"math/big"
)

// Lambert's continued fraction of the hyperbolic tangent as far as 15 is
// x*lambertTanh(s)/lambertDenominator(s), s = x^2, and x less that is
// x*s*lambertShrink(s)/lambertDenominator(s), for |x| <= 1 with an error of 2^-45.
var (
	lambertTanh        = []float64{2027025, 270270, 6930, 36}
	lambertShrink      = []float64{675675, 45045, 594, 1}
	lambertDenominator = []float64{2027025, 945945, 51975, 630, 1}
)

// tanhEnd is an |x| whose tanh is 1 or -1 to 2^-56.
const tanhEnd = 20

// tanhshrink is, for |x| <= 1, Lambert's quotient and else (x*(e+1) + (e-1))/(e+1) with
// e = e^-2x: the quotient of what is chosen. x from 2^24 on, whose results are ties, and
// those that give subnormal results are in doubt.
func tanhshrink(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.widen(x)
		over, minus1, under := newSignedPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), -2).minus1()
		divisor := m.add(over, under)
		dividend := m.addMul(minus1, z, divisor)
		s := m.mul(z, z)
		near := m.mul(m.mul(z, s), polynomial(m, s, lambertShrink))
		far := m.greater(s, m.const64(1))
		dividend = m.choose(far, dividend, near)
		y := m.div(dividend, m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		m.doubt(m.tiny32(x, (127-41)<<23))
		m.doubt(m.greater32(m.and32(x, m.constBits(1<<31-1)), m.const32(1<<24-1)))
		return m.round(y)
	}
}

// tanhshrinkGrad is grad * tanh(x)^2. The square doubles the relative error. Derivatives that
// may be subnormal are in doubt.
func tanhshrinkGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		z := m.widen(x)
		over, dividend, under := newSignedPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), 2).minus1()
		divisor := m.add(over, under)
		s := m.mul(z, z)
		far := m.greater(s, m.const64(1))
		dividend = m.choose(far, dividend, m.mul(z, polynomial(m, s, lambertTanh)))
		t := m.div(dividend, m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		m.doubt(m.tiny32(x, (127-62)<<23))
		return m.mul32(grad, m.round(m.mul(t, t)))
	}
}

// Where the float64 forms change and where they end, as in package kernels, and 1/3 as a sum.
const (
	shrinkNear                  = .75
	shrinkTiny, shrinkTinySlope = 0x1p-300, 0x1p-500

	third     = 0x1.5555555555555p-2
	thirdRest = 0x1.5555555555555p-56
)

// shrinkSeries are ((a - tanh(a))/a^3 - 1/3)/a^2 in powers of a^2, for 0 <= a <= shrinkNear, with an
// error of 2^-54, which is 2^-56 of a - tanh(a).
var shrinkSeries = fit(func(k int) *big.Float { return new(big.Float).Neg(tanhSeries[k+2]) },
	0, shrinkNear*shrinkNear, 12, math.Exp2(-54))

// tanhSeries are the coefficients of tanh(a)/a in powers of a^2: tanh' = 1 - tanh^2.
var tanhSeries = func() []*big.Float {
	c := []*big.Float{newFloat(1)}
	for k := 1; k < terms+2; k++ {
		sum := newFloat(0)
		for i := range k {
			sum.Sub(sum, mul(c[i], c[k-1-i]))
		}
		c = append(c, quo(sum, newFloat(float64(2*k+1))))
	}
	return c
}()

// shrinkProduct returns two sums whose product is a - tanh(a), for 0 <= a <= shrinkNear.
func shrinkProduct(m lanes, a f64) (c, cl, p, pl f64) {
	s := m.mul(a, a)
	sl := m.mulSub(a, a, m.copy(s))
	q := inPairs(m, s, m.mul(s, s), shrinkSeries)
	v := m.mul(s, q)
	p, pl = fastTwoSum(m, m.const64(third), v)
	pl = m.add(m.add(pl, m.const64(thirdRest)), m.addMul(m.mulSub(s, q, v), sl, q))
	c = m.mul(s, a)
	return c, m.addMul(m.mulSub(s, a, m.copy(c)), sl, a), p, pl
}

// tanhFar returns tanh(a) as t+tl = 1 - 2/(e^2a + 1), for a > shrinkNear.
func tanhFar(e exponential64, a f64) (t, tl f64) {
	a = e.min(e.const64(30), a)
	s, exact, rest := e.split(e.add(a, a))
	p, pl := e.long(exact, rest)
	plus := e.add(s, e.const64(1))
	d := e.addMul(e.copy(plus), s, p)
	dl := e.addMul(e.addMul(e.sub(plus, d), s, p), s, pl)
	inverse := e.div(e.const64(1), d)
	q := e.add(inverse, inverse)
	t, tl = fastTwoSum(e.lanes, e.const64(1), e.xor(q, e.constBits64(1<<63)))
	return t, e.subMul(tl, remainder(e.lanes, e.copy(e.const64(2)), nil, d, dl, q), inverse)
}

// doubtTiny leaves elements with 0 < a < least to the scalar code.
func doubtTiny(m lanes, a f64, least float64) {
	m.doubt64(m.greater(m.and(a, m.bits(m.less(a, m.const64(least)))), m.const64(0)))
}

// tanhshrink64 is x^3/3 and a series up to shrinkNear and the difference beyond, and x far out.
func tanhshrink64(m lanes) func(x f64) f64 {
	e, magnitude := newExponential64(m), m.constBits64(1<<63-1)
	return func(x f64) f64 {
		a := m.and(x, magnitude)
		doubtTiny(m, a, shrinkTiny)
		c, cl, p, pl := shrinkProduct(m, a)
		near := m.addMul(m.addMul(m.mul(cl, p), c, pl), c, p)
		t, tl := tanhFar(e, a)
		hi, lo := fastTwoSum(m, a, m.xor(t, m.constBits64(1<<63)))
		y := m.choose(m.greater(a, m.const64(shrinkNear)), m.add(m.sub(lo, tl), hi), near)
		y = m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
		return m.choose(m.greater(a, m.const64(0x1p60)), m.again(x), y)
	}
}

// tanhshrinkGrad64 is grad * (t+tl)^2 with t+tl = tanh(|x|), near 0 by what tanhshrink is there.
func tanhshrinkGrad64(m lanes) func(grad, x f64) f64 {
	e := newExponential64(m)
	return func(grad, x f64) f64 {
		a := m.and(x, m.constBits64(1<<63-1))
		doubtTiny(m, a, shrinkTinySlope)
		c, cl, p, pl := shrinkProduct(m, a)
		h, hl := productOf(m, c, cl, p, pl)
		near, nearRest := fastTwoSum(m, a, m.xor(h, m.constBits64(1<<63)))
		nearRest = m.sub(nearRest, hl)
		t, tl := tanhFar(e, a)
		far := m.greater(a, m.const64(shrinkNear))
		t, tl = m.choose(far, t, near), m.choose(far, tl, nearRest)
		return m.mul(m.addMul(m.mul(m.add(t, t), tl), t, t), m.again(grad))
	}
}

// tanhshrinkFused is Tanhshrink and its derivative: two quotients with one divisor.
func tanhshrinkFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		z := m.widen(x)
		over, minus1, under := newSignedPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), 2).minus1()
		divisor := m.add(over, under)
		s := m.mul(z, z)
		far := m.greater(s, m.const64(1))
		distant := m.sub(m.mul(m.widen(x), divisor), minus1)
		inverse := m.div(m.const64(1), m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		near := m.mul(m.mul(m.widen(x), s), polynomial(m, s, lambertShrink))
		y = m.round(m.mul(m.choose(far, distant, near), inverse))
		tangent := m.choose(far, minus1, m.mul(m.widen(x), polynomial(m, s, lambertTanh)))
		t := m.mul(tangent, inverse)
		d = m.round(m.mul(t, t))
		m.doubt(m.tiny32(x, (127-41)<<23))
		m.doubt(m.greater32(m.and32(x, m.constBits(1<<31-1)), m.const32(1<<24-1)))
		return y, d
	}
}
