package oracle

import "math/big"

// geluTanhCubic is the coefficient of the cubic term, the float64 nearest to .044715.
const geluTanhCubic float64 = 0.044715

// GELUTanh returns x/2 * (1 + tanh(v/2)) = x*Sigmoid(v), with
// v = 2*sqrt(2/pi) * (x + .044715*x^3).
func GELUTanh(prec uint, x float64) *big.Float {
	w := prec + guard
	// A relative error of v is amplified by at most |v| <= 2^maxExponent.
	v, _ := geluTanhArgument(w+maxExponent, x)
	return mul(w, exact(x), sigmoid(w, v))
}

// GELUTanhDerivative returns s + x*v'*s*(1-s) for s = Sigmoid(v), v as in GELUTanh.
func GELUTanhDerivative(prec uint, x float64) *big.Float {
	return gatedDerivative(prec, func(w uint) (v, xv *big.Float) { return geluTanhArgument(w, x) })
}

// geluTanhArgument returns v and x*v' = 2*sqrt(2/pi) * (x + 3*.044715*x^3).
func geluTanhArgument(w uint, x float64) (v, xv *big.Float) {
	p := w + 8
	slope := scale(invSqrt2Pi(p), 2) // 2*sqrt(2/pi) = 4/sqrt(2 pi)
	z := exact(x)
	cubic := product(exact(geluTanhCubic), z, z, z)
	v = mul(p, slope, add(p, z, cubic))
	xv = mul(p, slope, add(p, z, product(exact(3), cubic)))
	return v, xv
}
