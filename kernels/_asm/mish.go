package main

// mish is x*n/(n+2) with n = w*(w+2) and w = e^x = over/under, of which over and under make
// one quotient. Its relative error is that of w at most, and some roundings. Results
// that may be subnormal are in doubt.
func mish(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-siluEnd), m.keep64(end)
	return func(x f32) f32 {
		z := m.max(lowest, m.widen(x))
		over, under := newPower(m, m.min(highest, z), 1).quotient()
		n := m.mul(over, m.add(over, m.add(under, under)))
		d := m.add(n, m.mul(under, m.add(under, under)))
		y := m.ratio(m.mul(z, n), d)
		return m.roundNormal(y, x, -siluEnd, -normal, 2*halfBits)
	}
}

// The zero of Mish's derivative and what follows from it, as in package kernels.
const (
	mishZero     = -0x1.31432c0d12d84p+0
	mishZeroRest = -0x1.bf319154da210p-55
	mishExpZero  = 0x1.36c4202fc3eccp-2
	mishConstant = 0x1.44a5b49f64236p+1
	mish4AndZero = 0x1.136c4202fc3edp+2
)

// mishGrad is grad * d(x). With t = x - mishZero, g = mishExpZero*(e^t-1) and
// w = mishExpZero*e^t = e^x,
//
//	d = w * (4t*(1+w) + g*(mishConstant + w*(mish4AndZero + w))) / (w*(w+2) + 2)^2
//
// of which e^t = over/under makes one quotient: w and g become v/under and g/under. From 40
// on d rounds to 1. d that may be subnormal are in doubt.
func mishGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		over, g, under := newSignedPower(m, fromMishZero(m, x), 1).minus1()
		v := m.mul(over, m.const64(mishExpZero))
		g = m.mul(g, m.const64(mishExpZero))
		sum := m.mul(m.add(m.mul(under, m.const64(mish4AndZero)), v), v)
		square := m.mul(under, under)
		sum = m.mul(m.addMul(sum, square, m.copy(m.const64(mishConstant))), g)
		t4 := m.mul(fromMishZero(m, x), m.const64(4)) // again: it would take up registers
		sum = m.addMul(sum, m.mul(t4, square), m.add(under, v))
		below := m.mulAdd(m.add(v, m.add(under, under)), v, m.add(square, square))
		d := m.ratio(m.mul(v, sum), m.mul(below, below))
		return m.mul32(grad, m.roundNormal(d, x, -siluEnd, -normal, 0))
	}
}

// fromMishZero is t, with x cut off.
func fromMishZero(m lanes, x f32) f64 {
	z := m.max(m.const64(-siluEnd), m.min(m.const64(40), m.widen(x)))
	return m.sub(m.sub(z, m.const64(mishZero)), m.const64(mishZeroRest))
}

// mish64 is x*(t+tl) with t+tl = n/(n+2) and n = w*(w+2), w = e^x, each as a sum of two, and x
// from 22 on.
func mish64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		s, exact, rest := e.split(m.min(m.const64(22), x))
		p := e.short(exact, rest)
		w := m.addMul(m.copy(s), s, p)
		wl := m.addMul(m.sub(s, w), s, p)
		w2 := m.add(w, w)
		square := m.mul(w, w)
		n, nl := twoSum(m, square, w2)
		nl = m.addMul(m.add(m.mulSub(w, w, square), nl), wl, m.add(w2, m.const64(2)))
		d, dl := twoSum(m, n, m.const64(2))
		dl = m.add(dl, nl)
		inverse := m.div(m.const64(1), d)
		t := m.mul(n, inverse)
		tl := m.mul(remainder(m, n, nl, d, dl, t), inverse)
		y := m.addMul(m.mul(tl, m.again(x)), t, m.again(x))
		y = m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
		return m.choose(m.less(m.const64(22), m.again(x)), m.again(x), y)
	}
}

// What the constants lack.
const (
	mishZeroLast     = -0x1.3b82ea8c1efc4p-109
	mishExpZeroRest  = 0x1.6d73a02f8d922p-56
	mishConstantRest = 0x1.ce17cc6c2969cp-53
	mish4AndZeroRest = -0x1.d2518bfa0e4dcp-53
)

// mishGrad64 is grad * d(x), with t, w and the terms of mishGrad each as a sum of two.
func mishGrad64(m lanes) func(grad, x f64) f64 {
	e := newExponential64(m)
	plus := func(a, al f64, constant, constantRest float64) (hi, lo f64) {
		hi, lo = twoSum(m, a, m.const64(constant))
		lo = m.add(lo, al)
		if constantRest != 0 {
			lo = m.add(lo, m.const64(constantRest))
		}
		return hi, lo
	}
	return func(grad, x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		t, tl := twoSum(m, m.min(m.const64(25), x), m.const64(-mishZero))
		t, tl = fastTwoSum(m, t, m.sub(tl, m.const64(mishZeroRest)))
		tl = m.sub(tl, m.const64(mishZeroLast))
		s, exact, rest := e.split(m.copy(t))
		p, pl := e.long(exact, m.add(rest, tl))
		zero, zeroRest := m.const64(mishExpZero), m.const64(mishExpZeroRest)
		scaled := func(a, al f64) (hi, lo f64) {
			hi = m.mul(a, zero)
			return hi, m.addMul(m.addMul(m.mulSub(a, zero, m.copy(hi)), al, zero), a, zeroRest)
		}
		minus, low := twoSum(m, s, m.const64(-1))
		g, gl := scaled(plusScaled(m, minus, low, s, p, pl))
		f := m.addMul(m.copy(s), s, p)
		w, wl := scaled(f, m.addMul(m.addMul(m.sub(s, f), s, p), s, pl))

		b, bl := plus(w, wl, mish4AndZero, mish4AndZeroRest)
		b, bl = productOf(m, w, wl, b, bl)
		b, bl = plus(b, bl, mishConstant, mishConstantRest)
		g, gl = productOf(m, g, gl, b, bl)
		a, al := plus(w, wl, 1, 0)
		four := m.const64(4)
		a, al = productOf(m, m.mul(t, four), m.mul(tl, four), a, al)
		n, nl := twoSum(m, a, g)
		n, nl = productOf(m, w, wl, n, m.add(m.add(nl, al), gl))
		d, dl := plus(w, wl, 2, 0)
		d, dl = productOf(m, w, wl, d, dl)
		d, dl = plus(d, dl, 2, 0)
		d, dl = productOf(m, d, dl, d, dl)
		return m.mul(quotient(m, n, nl, d, dl, m.div(m.const64(1), d)), m.again(grad))
	}
}

// mishFused is Mish and its derivative of mishGrad's parts. One reciprocal makes both.
func mishFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		over, g, under := newSignedPower(m, fromMishZero(m, x), 1).minus1()
		v := m.mul(over, m.const64(mishExpZero))
		g = m.mul(g, m.const64(mishExpZero))
		sum := m.mul(m.add(m.mul(under, m.const64(mish4AndZero)), v), v)
		square := m.mul(under, under)
		sum = m.mul(m.addMul(sum, square, m.copy(m.const64(mishConstant))), g)
		t4 := m.mul(fromMishZero(m, x), m.const64(4))
		sum = m.addMul(sum, m.mul(t4, square), m.add(under, v))
		n := m.mul(m.add(v, m.add(under, under)), v)
		inverse := m.div(m.const64(1), m.add(n, m.add(square, square)))
		d = m.round(m.mul(m.mul(v, inverse), m.mul(sum, inverse)))
		y = m.round(m.mul(m.max(m.const64(-siluEnd), m.widen(x)), m.mul(n, inverse)))
		m.doubt(m.between32(x, -siluEnd, -normal))
		m.doubt(m.tiny32(x, 2*halfBits))
		return y, d
	}
}
