package oracle

import (
	"math"
	"math/big"
)

// Log returns the natural logarithm of x > 0, accurate in relative terms also
// near 1.
//
// A float64 logarithm l is corrected by log1p(x*e^-l - 1).
func Log(prec uint, x *big.Float) *big.Float {
	if e := x.MantExp(nil); e == 0 || e == 1 { // 1/2 <= x < 2: x-1 is exact
		difference := new(big.Float).SetPrec(x.Prec()+8).Sub(x, exact(1))
		if difference.Sign() == 0 {
			return difference
		}
		if difference.MantExp(nil) <= -3 {
			return Log1p(prec, difference)
		}
	}
	w := prec + 16
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	l := exact(math.Log(m) + float64(exponent)*math.Ln2)
	ratio := mul(w, x, Exp(w, new(big.Float).Neg(l)))
	return add(w, l, Log1p(prec, sub(w, ratio, exact(1))))
}

// Log1p returns ln(1+x) for x > -1, accurate in relative terms for every x.
func Log1p(prec uint, x *big.Float) *big.Float {
	if x.Sign() == 0 || x.MantExp(nil) < -int(prec)-2 {
		return new(big.Float).Set(x)
	}
	if x.MantExp(nil) > -3 {
		return Log(prec, add(max(prec+guard, x.Prec()+8), x, exact(1)))
	}
	// 2 artanh(z) with z = x/(2+x), |z| <= 1/15.
	p := prec + 16
	z := quo(p, x, add(p, x, exact(2)))
	square := fixed(mul(p, z, z), p)
	power := new(big.Int).Lsh(big.NewInt(1), p)
	total := new(big.Int).Set(power)
	var product, term, odd big.Int
	for n := int64(3); ; n += 2 {
		power.Rsh(product.Mul(power, square), p)
		if power.Sign() == 0 {
			break
		}
		total.Add(total, term.Quo(power, odd.SetInt64(n)))
	}
	return scale(mul(p, z, floating(total, p)), 1)
}
