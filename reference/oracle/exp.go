package oracle

import (
	"math"
	"math/big"
)

// maxExponent bounds the argument of the exponential, see the package comment.
const maxExponent = 29 // |x| <= 2^29

// Exp returns e^x, for |x| > 2^29 that of ±2^29.
//
// x = k ln 2 + r with |r| <= ln 2 / 2; e^(r/2^m) by its Taylor series, then squared m times.
func Exp(prec uint, x *big.Float) *big.Float {
	magnitude := x.MantExp(nil) // |x| < 2^magnitude
	if x.Sign() == 0 || magnitude < -int(prec)-2 {
		return exact(1)
	}
	if magnitude > maxExponent {
		limit := scale(exact(1), maxExponent)
		if x.Sign() < 0 {
			limit.Neg(limit)
		}
		x, magnitude = limit, maxExponent+1
	}
	halvings := max(0, isqrt(prec)*2/3+min(0, magnitude))
	// The reduction multiplies ln 2's error by k < 2^magnitude*1.45; each squaring doubles the error.
	p := prec + 16 + uint(max(0, magnitude)+halvings)

	f, _ := x.Float64()
	k := int64(math.Round(f / math.Ln2))
	r := fixed(x, p)
	if k != 0 {
		multiple := big.NewInt(k)
		r.Sub(r, multiple.Mul(multiple, fixedLn2(p)))
	}
	r.Rsh(r, uint(halvings))
	e := series(p, r, func(n int64) int64 { return n })
	var square big.Int
	for range halvings {
		e.Rsh(square.Mul(e, e), p)
	}
	return scale(floating(e, p), int(k))
}

func isqrt(n uint) int { return int(math.Sqrt(float64(n))) }

// Expm1 returns e^x - 1, accurate in relative terms for every x.
func Expm1(prec uint, x *big.Float) *big.Float {
	if x.Sign() == 0 || x.MantExp(nil) < -int(prec)-2 {
		return new(big.Float).Set(x)
	}
	if x.MantExp(nil) > -5 { // |x| >= 1/64: at most 7 bits cancel
		return sub(prec+16, Exp(prec+16, x), exact(1))
	}
	// (e^x - 1)/x = sum of x^n/(n+1)!
	p := prec + 16
	ratio := series(p, fixed(x, p), func(n int64) int64 { return n + 1 })
	return mul(p, x, floating(ratio, p))
}
