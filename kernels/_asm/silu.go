package main

// silu is x/(1 + e^-x). Results that may be subnormal are in doubt.
func silu(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-siluEnd), m.keep64(siluEnd)
	return func(x f32) f32 {
		z := m.max(lowest, m.widen(x))
		over, under := newPower(m, m.limit(m.min, highest, z), -1).quotient()
		return m.roundNormal(m.ratioUp(m.mul(z, under), m.add(over, under)), x, -siluEnd, -normal, halfBits)
	}
}

// halfBits are those of 2^-125, below whose |x| x/2 may be subnormal.
const halfBits = 2 << 23

// siluEnd is an |x| for which x*e^-|x| rounds to 0.
const siluEnd = 115

// The zero of SiLU's derivative, as in package kernels.
const (
	siluZero     = -0x1.474973c84120bp+0
	siluZeroRest = -0x1.f8d74bc9ac154p-54
	siluZeroLast = -0x1.44a50180ba780p-108
	expZero      = 0x1.1d25cf210482ep-2
	expZeroRest  = -0x1.ca2d0d94faaecp-60
)

// siluGrad is grad * d(x). With t = x - siluZero, w = expZero and e^x = v = w*e^t,
//
//	d = v * (t + w*(e^t-1)) / (1+v)^2
//
// of which e^t = over/under makes one quotient. d that may be subnormal are in doubt.
func siluGrad(m lanes) func(grad, x f32) f32 {
	lowest, highest := m.const64(-siluEnd), m.const64(end)
	return func(grad, x f32) f32 {
		t := m.sub(m.sub(m.max(lowest, m.min(highest, m.widen(x))), m.const64(siluZero)), m.const64(siluZeroRest))
		over, minus1, under := newSignedPower(m, t, 1).minus1()
		d := atZero(m, t, over, minus1, under, expZero)
		return m.mul32(grad, m.roundNormal(d, x, -siluEnd, -normal, 0))
	}
}

// silu64 is x/(d+dl) with d+dl = 1 + e^-x. Infinities are in doubt, and so is NaN.
func silu64(m lanes) func(x f64) f64 {
	e, highest := newExponential64(m), m.keep64(60)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		d, dl := e.onePlusExp(m.min(highest, x))
		y := quotient(m, m.copy(m.again(x)), nil, d, dl, m.div(m.const64(1), d))
		m.doubt64(m.unordered(y, y))
		return m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
	}
}

// siluGrad64 is grad * d(x), with t as in siluGrad, a sum of two.
func siluGrad64(m lanes) func(grad, x f64) f64 {
	e := newExponential64(m)
	return func(grad, x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		t, tl := twoSum(m, m.min(m.const64(45), x), m.const64(-siluZero))
		t, tl = fastTwoSum(m, t, m.sub(tl, m.const64(siluZeroRest)))
		tl = m.sub(tl, m.const64(siluZeroLast))
		s, exact, rest := e.split(m.copy(t))
		p, pl := e.long(exact, m.add(rest, tl))
		return m.mul(atZero64(m, t, tl, s, p, pl, m.const64(expZero), m.const64(expZeroRest)), m.again(grad))
	}
}

// atZero64 is v*g / (1+v)^2 with e = s*(1+p+pl), v = w*e and g = t + w*(e-1), each as a sum of two.
func atZero64(m lanes, t, tl, s, p, pl, w, wl f64) f64 {
	minus, low := twoSum(m, s, m.const64(-1))
	u, ul := plusScaled(m, minus, low, s, p, pl)
	product := m.mul(u, w)
	pr := m.mulSub(u, w, m.copy(product))
	pr = m.addMul(pr, ul, w)
	g, gl := twoSum(m, t, product)
	gl = m.add(m.add(m.addMul(pr, u, wl), tl), gl)

	f := m.addMul(m.copy(s), s, p)
	fl := m.addMul(m.addMul(m.sub(s, f), s, p), s, pl)
	v := m.mul(f, w)
	vl := m.addMul(m.addMul(m.mulSub(f, w, m.copy(v)), fl, w), f, wl)

	n := m.mul(v, g)
	nl := m.addMul(m.addMul(m.mulSub(v, g, m.copy(n)), v, gl), vl, g)
	b, bl := twoSum(m, v, m.const64(1))
	bl = m.add(bl, vl)
	d := m.mul(b, b)
	dl := m.addMul(m.mulSub(b, b, m.copy(d)), b, m.add(bl, bl))
	return quotient(m, n, nl, d, dl, m.div(m.const64(1), d))
}

// atZero is v * (t + w*(e-1)) / (1+v)^2 with v = w*e, e = over/under and
// e-1 = minus1/under. It consumes over and minus1.
func atZero(m lanes, t, over, minus1, under f64, w float64) f64 {
	v := m.mul(over, m.const64(w)) // times under
	sum := m.mulAdd(minus1, m.copy(m.const64(w)), m.mul(t, under))
	below := m.add(under, v)
	return m.ratio(m.mul(v, sum), m.mul(below, below))
}

// siluFused is SiLU and its derivative of siluGrad's parts: SiLU is x*v/(1+v). One reciprocal
// makes both.
func siluFused(m lanes) func(x f32) (y, d f32) {
	lowest, highest := m.const64(-siluEnd), m.const64(end)
	return func(x f32) (y, d f32) {
		z := m.max(lowest, m.widen(x))
		t := m.sub(m.sub(m.min(highest, z), m.const64(siluZero)), m.const64(siluZeroRest))
		over, minus1, under := newSignedPower(m, t, 1).minus1()
		part, slope := atZeroFused(m, t, over, minus1, under, expZero)
		m.doubt(m.between32(x, -siluEnd, -normal))
		m.doubt(m.tiny32(x, halfBits))
		y = m.round(m.mul(m.max(lowest, m.widen(x)), part)) // again: z would take up registers
		return y, m.round(slope)
	}
}

// atZeroFused returns v/(1+v) beside atZero's result.
func atZeroFused(m lanes, t, over, minus1, under f64, w float64) (part, slope f64) {
	v := m.mul(over, m.const64(w)) // times under
	sum := m.mulAdd(minus1, m.copy(m.const64(w)), m.mul(t, under))
	inverse := m.div(m.const64(1), m.add(under, v))
	part = m.mul(v, inverse)
	return part, m.mul(part, m.mul(sum, inverse))
}
