package oracle

import (
	"math"
	"math/big"
)

// Erf returns the error function 2/sqrt(pi) * (integral of e^-t^2 from 0 to x).
func Erf(prec uint, x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return new(big.Float).Set(x)
	}
	w := prec + guard
	twice := scale(product(x, x), 1)
	if tailIsCheaper(w, twice) {
		y := sub(w, exact(1), Erfc(w, new(big.Float).Abs(x)))
		if x.Sign() < 0 {
			y.Neg(y)
		}
		return y
	}
	// erf(x) = 2(Phi(z)-1/2) at z = x*sqrt(2).
	z := mul(w, x, Sqrt(w, exact(2)))
	return scale(mul(w, z, centralOverX(w, twice)), 1)
}

// Erfc returns 1 - Erf(x), accurate in relative terms for every x.
func Erfc(prec uint, x *big.Float) *big.Float {
	w := prec + guard
	if x.Sign() <= 0 {
		return sub(w, exact(1), Erf(w, x))
	}
	twice := scale(product(x, x), 1)
	if tailIsCheaper(w, twice) {
		return scale(mul(w, density(w, twice), mills(w, mul(w, x, Sqrt(w, exact(2))))), 1)
	}
	return cancelling(prec, func(w uint) (a, b *big.Float) {
		y := Erf(w, x)
		return exact(1), y.Neg(y)
	})
}

// cumulative returns the standard normal distribution function Phi(x).
func cumulative(prec uint, x *big.Float) *big.Float {
	w := prec + guard
	square := product(x, x)
	switch cheaper := tailIsCheaper(w, square); {
	case x.Sign() == 0:
		return exact(0.5)
	case x.Sign() > 0 && !cheaper:
		return add(w, exact(0.5), mul(w, x, centralOverX(w, square)))
	case x.Sign() > 0:
		return sub(w, exact(1), upperTail(w, x, square))
	case cheaper:
		return upperTail(w, new(big.Float).Neg(x), square)
	}
	return cancelling(prec, func(w uint) (a, b *big.Float) {
		return exact(0.5), mul(w, x, centralOverX(w, square))
	})
}

func upperTail(w uint, t, square *big.Float) *big.Float {
	return mul(w, density(w, square), mills(w, t))
}

// density returns the standard normal density at the x whose square is given.
func density(w uint, square *big.Float) *big.Float {
	half := scale(square, -1)
	return mul(w+4, Exp(w+4, half.Neg(half)), invSqrt2Pi(w+4))
}

// centralOverX returns (Phi(x)-1/2)/x = phi(x) * sum of x^2n/(1*3*5*...*(2n+1))
// from the square of x. All terms are positive.
func centralOverX(w uint, square *big.Float) *big.Float {
	if square.MantExp(nil) < -int(w)-2 {
		return invSqrt2Pi(w + 4)
	}
	p := w + 16
	s := series(p, fixed(square, p), func(n int64) int64 { return 2*n + 1 })
	return mul(w+4, density(w+4, square), floating(s, p))
}

// tailIsCheaper reports whether Laplace's continued fraction needs less work
// than the central series at this precision: from about x = 7.5 on at 170 bits.
func tailIsCheaper(w uint, square *big.Float) bool {
	s, _ := square.Float64()
	return s > float64(w)/3
}

// mills returns Mills' ratio (1-Phi(t))/phi(t) for t >= 1, the continued
// fraction 1/(t+1/(t+2/(t+3/...))), evaluated from its far end in fixed point.
// An error of a tail shrinks on the way, because n/tail^2 < 1.
func mills(w uint, t *big.Float) *big.Float {
	p := w + 16
	f, _ := t.Float64()
	last := fixed(t, p)
	tail := new(big.Int).Set(last)
	var numerator big.Int
	for n := laplaceTerms(w, f); n >= 1; n-- {
		numerator.Lsh(numerator.SetInt64(n), 2*p)
		tail.Quo(&numerator, tail)
		tail.Add(tail, last)
	}
	return quo(p, exact(1), floating(tail, p))
}

// laplaceTerms returns how many partial quotients n/... mills needs for a
// relative truncation error below 2^-w.
//
// All terms of the convergents A(n)/B(n) are positive, so they bracket the value
// in turn, and two neighbours differ by (n-1)!/(B(n)*B(n-1)). Its logarithm
// follows in float64 from the recurrences of A and B as ratios of neighbours.
func laplaceTerms(w uint, t float64) int64 {
	ratioA, ratioB := t, t        // A(2)/A(1), B(1)/B(0)
	bits := 2 * math.Log2(ratioA) // log2 of B(n-1)*A(n)/(n-1)! at n = 2
	n := 2.0
	for bits < float64(w)+2 {
		ratioA = t + n/ratioA
		ratioB = t + (n-1)/ratioB
		bits += math.Log2(ratioA) + math.Log2(ratioB) - math.Log2(n)
		n++
	}
	return int64(n) - 1
}

// NormalQuantile returns the x with Phi(x) = p for 0 < p < 1.
//
// Newton's iteration on the distribution function of the smaller tail; each
// step doubles the digits.
func NormalQuantile(prec uint, p float64) *big.Float {
	if p == 0.5 {
		return new(big.Float)
	}
	if !(p > 0 && p < 1) {
		panic("oracle: probability outside (0, 1)")
	}
	w := prec + guard
	target := exact(p)
	negative := p < 0.5
	if !negative {
		target = sum(exact(1), new(big.Float).Neg(target))
	}
	f, _ := target.Float64() // exact: p is a multiple of 2^-53 here
	x := new(big.Float).SetPrec(w).SetFloat64(lowerQuantile(f))
	for {
		var excess *big.Float // Phi(x) - target
		if f > 0.25 {
			// From the centre, where Phi(x)-1/2 and target-1/2 are small together.
			center := mul(w, x, centralOverX(w, product(x, x)))
			excess = add(w, center, sum(exact(0.5), new(big.Float).Neg(target)))
		} else {
			excess = sub(w, cumulative(w, x), target)
		}
		if excess.Sign() == 0 {
			break
		}
		step := quo(w, excess, density(w, product(x, x)))
		x = sub(w, x, step)
		// The next step would be |x|/2 times this one squared, so this one, below
		// 2^-prec/2 when squared, leaves a smaller relative error than 2^-prec.
		if 2*step.MantExp(nil) < -int(prec) {
			break
		}
	}
	if !negative {
		x.Neg(x)
	}
	return x
}

// lowerQuantile is a first approximation, to some 10 digits, for 0 < p < 1/2.
func lowerQuantile(p float64) float64 {
	if p > 0.1 {
		return math.Sqrt2 * math.Erfinv(2*(p-0.5))
	}
	fraction, exponent := math.Frexp(p) // math.Log of a subnormal number is wrong on amd64
	lnP := math.Log(fraction) + float64(exponent)*math.Ln2
	x := -math.Sqrt(-2 * lnP)
	for range 30 {
		// Newton's iteration on ln Phi, with phi/Phi from the first terms of the continued fraction.
		t := -x
		tail := t
		for n := 40.0; n >= 1; n-- {
			tail = t + n/tail
		}
		logPhi := -t*t/2 - math.Log(math.Sqrt(2*math.Pi)*tail)
		x -= (logPhi - lnP) / tail
	}
	return x
}
