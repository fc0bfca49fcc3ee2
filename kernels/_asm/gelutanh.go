package main

import "math/big"

// GELUTanh is x/(1 + e^-v), v = 2u(x) = x (K1 + K3 x^2); numbers as in package kernels.
const (
	geluTanhK1 = 0x1.9884533d43651p+00
	geluTanhK3 = 0x1.2444f2a4d8b4bp-04

	// geluTanhNormal is an |x| up to which results at -|x| are normal float32,
	// geluTanhEnd one from which they round to 0.
	geluTanhNormal, geluTanhEnd = 10, 11

	// The zero of the derivative is at -(geluTanhRoot + geluTanhRootRest).
	geluTanhRoot     = 0x1.81429f9e97e4dp-01
	geluTanhRootRest = -0x1.3ce60c9e3b279p-55
)

// geluTanh is x/(1 + e^-v). Results that may be subnormal are in doubt.
func geluTanh(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.max(m.const64(-geluTanhEnd), m.widen(x))
		a := m.min(m.const64(geluTanhEnd), z)
		v := m.mul(m.mulAdd(m.mul(a, a), m.copy(m.const64(geluTanhK3)), m.const64(geluTanhK1)), a)
		over, under := newPower(m, v, -1).quotient()
		return m.roundNormal(m.ratioUp(m.mul(z, under), m.add(over, under)), x, -geluTanhEnd, -geluTanhNormal, halfBits)
	}
}

// atGeluTanhRoot is e^v at the derivative's zero x0, where 1 + e^v + x0 v'(x0) = 0.
func atGeluTanhRoot(k1, k3 *big.Float) *big.Float {
	root := new(big.Float).Add(newFloat(geluTanhRoot), newFloat(geluTanhRootRest))
	slope := new(big.Float).Add(k1, mul(mul(newFloat(3), k3), mul(root, root)))
	return sub(mul(root, slope), newFloat(1))
}

// geluTanhAtRoot is that for K1 and K3 as the float32 kernels have them, and geluTanhAtRoot64 is it as a sum
// for K1 and K3 with their low parts.
var (
	geluTanhAtRoot, _                      = atGeluTanhRoot(newFloat(geluTanhK1), newFloat(geluTanhK3)).Float64()
	geluTanhAtRoot64, geluTanhAtRoot64Rest = twoPart(atGeluTanhRoot(
		new(big.Float).Add(newFloat(geluTanhK1), newFloat(geluTanhK1Rest)),
		new(big.Float).Add(newFloat(geluTanhK3), newFloat(geluTanhK3Rest))))
)

// geluTanhRootSquare is the square of geluTanhRoot.
var geluTanhRootSquare, geluTanhRootSquareRest = func() (hi, lo float64) {
	root := new(big.Float).Add(newFloat(geluTanhRoot), newFloat(geluTanhRootRest))
	return twoPart(mul(root, root))
}()

// geluTanhGrad is grad * d(x), d = e (1 + e + x v') / (1+e)^2 with e = e^v. Around its zero x0
// the sum would cancel. With t = x - x0, w = e^v(x0), e = w e^dv and S = x^2 + x x0 + x0^2
//
//	dv = v(x) - v(x0) = t (K1 + K3 S)
//	1 + e + x v' = t (K1 + 3 K3 S) + w (e^dv - 1)
//
// whose terms have one sign. d that may be subnormal are in doubt.
func geluTanhGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		z := m.max(m.const64(-geluTanhEnd), m.min(m.const64(geluTanhEnd), m.widen(x)))
		t := m.add(m.add(z, m.const64(geluTanhRoot)), m.const64(geluTanhRootRest))
		s := m.mulAdd(m.sub(z, m.const64(geluTanhRoot)), z, m.const64(geluTanhRoot*geluTanhRoot))
		cubic := m.mul(s, m.const64(geluTanhK3))
		linear := m.add(cubic, m.const64(geluTanhK1))
		rise := m.mul(m.add(m.add(cubic, cubic), linear), t)
		over, minus1, under := newSignedPower(m, m.mul(linear, t), 1).minus1()
		d := atZero(m, rise, over, minus1, under, geluTanhAtRoot)
		return m.mul32(grad, m.roundNormal(d, x, -geluTanhEnd, -geluTanhNormal, 0))
	}
}

// The low parts of K1 and K3.
const (
	geluTanhK1Rest = -0x1.cbc0d30ebfd15p-54
	geluTanhK3Rest = -0x1.3023b0e5fbc6ep-58
)

// geluTanh64 is x/(d+dl) with d+dl = 1 + e^-v, v a sum of two. Infinities are in doubt, and so is NaN.
func geluTanh64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-21)))
		z := m.min(m.const64(8), x)
		square := m.mul(z, z)
		cubic := m.mul(square, m.const64(geluTanhK3))
		low := m.mulSub(square, m.const64(geluTanhK3), m.copy(cubic))
		low = m.addMul(low, m.mulSub(z, z, m.copy(square)), m.const64(geluTanhK3))
		low = m.addMul(low, square, m.const64(geluTanhK3Rest))
		w, wl := twoSum(m, cubic, m.const64(geluTanhK1))
		wl = m.add(m.add(wl, low), m.const64(geluTanhK1Rest))
		v := m.mul(w, z)
		vl := m.addMul(m.mulSub(w, z, m.copy(v)), z, wl)
		s, exact, rest := e.splitNegative(v)
		d, dl := e.onePlus(s, e.short(exact, m.sub(rest, vl)))
		y := quotient(m, m.copy(m.again(x)), nil, d, dl, m.div(m.const64(1), d))
		m.doubt64(m.unordered(y, y))
		return m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
	}
}

// geluTanhGrad64 is grad * d(x), with the terms of geluTanhGrad each as a sum of two.
func geluTanhGrad64(m lanes) func(grad, x f64) f64 {
	e := newExponential64(m)
	return func(grad, x f64) f64 {
		m.doubt64(m.less(x, m.const64(-21)))
		z := m.min(m.const64(8), x)
		k3 := m.const64(geluTanhK3)
		b, bl := twoSum(m, z, m.const64(-geluTanhRoot))
		square := m.mul(b, z)
		low := m.addMul(m.mulSub(b, z, m.copy(square)), m.sub(bl, m.const64(geluTanhRootRest)), z)
		square, sl := twoSum(m, square, m.const64(geluTanhRootSquare))
		sl = m.add(m.add(sl, low), m.const64(geluTanhRootSquareRest))
		cubic := m.mul(square, k3)
		cl := m.addMul(m.addMul(m.mulSub(square, k3, m.copy(cubic)), sl, k3), square, m.const64(geluTanhK3Rest))
		linear, ll := twoSum(m, cubic, m.const64(geluTanhK1))
		ll = m.add(m.add(ll, cl), m.const64(geluTanhK1Rest))
		slope, rest := twoSum(m, linear, m.add(cubic, cubic))
		rest = m.add(m.add(rest, ll), m.add(cl, cl))
		t, tl := twoSum(m, z, m.const64(geluTanhRoot))
		t, tl = fastTwoSum(m, t, m.add(tl, m.const64(geluTanhRootRest)))
		slope, rest = productOf(m, t, tl, slope, rest)
		linear, ll = productOf(m, t, tl, linear, ll)
		s, exact, low := e.split(linear)
		p, pl := e.long(exact, m.add(low, ll))
		d := atZero64(m, slope, rest, s, p, pl, m.const64(geluTanhAtRoot64), m.const64(geluTanhAtRoot64Rest))
		return m.mul(d, m.again(grad))
	}
}

// geluTanhFused is GELUTanh and its derivative of geluTanhGrad's parts: GELUTanh is x*e/(1+e).
func geluTanhFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		z := m.max(m.const64(-geluTanhEnd), m.min(m.const64(geluTanhEnd), m.widen(x)))
		t := m.add(m.add(z, m.const64(geluTanhRoot)), m.const64(geluTanhRootRest))
		s := m.mulAdd(m.sub(z, m.const64(geluTanhRoot)), z, m.const64(geluTanhRoot*geluTanhRoot))
		cubic := m.mul(s, m.const64(geluTanhK3))
		linear := m.add(cubic, m.const64(geluTanhK1))
		rise := m.mul(m.add(m.add(cubic, cubic), linear), t)
		over, minus1, under := newSignedPower(m, m.mul(linear, t), 1).minus1()
		part, slope := atZeroFused(m, rise, over, minus1, under, geluTanhAtRoot)
		m.doubt(m.between32(x, -geluTanhEnd, -geluTanhNormal))
		m.doubt(m.tiny32(x, halfBits))
		y = m.round(m.mul(m.max(m.const64(-geluTanhEnd), m.widen(x)), part))
		return y, m.round(slope)
	}
}
