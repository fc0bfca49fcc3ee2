package main

import "math/big"

// The functions here take and give big.Floats of precision prec and lose a few
// bits of it; callers ask for tens of bits more than they use.

func newFloat(prec uint, x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

func add(x, y *big.Float) *big.Float { return new(big.Float).Add(x, y) }
func sub(x, y *big.Float) *big.Float { return new(big.Float).Sub(x, y) }
func mul(x, y *big.Float) *big.Float { return new(big.Float).Mul(x, y) }
func quo(x, y *big.Float) *big.Float { return new(big.Float).Quo(x, y) }

// negligible says that adding term to sum changes nothing at this precision.
func negligible(term, sum *big.Float, prec uint) bool {
	return term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-int(prec)
}

// exp is e^x: Taylor's series of x/2^k, squared k times.
func exp(x *big.Float, prec uint) *big.Float {
	const k = 40
	work := prec + 2*k
	r := new(big.Float).SetPrec(work).Set(x)
	if e := max(r.MantExp(nil), 0); r.Sign() != 0 {
		work += uint(e)
		r.SetPrec(work).Set(x)
	}
	squarings := max(r.MantExp(nil), 0) + k
	r.SetMantExp(r, -squarings)
	sum, term := newFloat(work, 1), newFloat(work, 1)
	for n := 1; ; n++ {
		term = quo(mul(term, r), newFloat(work, float64(n)))
		if negligible(term, sum, work) {
			break
		}
		sum = add(sum, term)
	}
	for range squarings {
		sum = mul(sum, sum)
	}
	return sum.SetPrec(prec)
}

// pi is Machin's 16 arctan(1/5) - 4 arctan(1/239).
func pi(prec uint) *big.Float {
	work := prec + 32
	arctan := func(inverse float64) *big.Float {
		power := quo(newFloat(work, 1), newFloat(work, inverse))
		square := mul(power, power)
		sum := newFloat(work, 0)
		for n := 1; ; n += 2 {
			term := quo(power, newFloat(work, float64(n)))
			if negligible(term, sum, work) {
				return sum
			}
			if n%4 == 3 {
				term.Neg(term)
			}
			sum = add(sum, term)
			power = mul(power, square)
		}
	}
	return sub(mul(newFloat(work, 16), arctan(5)), mul(newFloat(work, 4), arctan(239))).SetPrec(prec)
}

func sqrt(x *big.Float) *big.Float { return new(big.Float).SetPrec(x.Prec()).Sqrt(x) }

// inverseSqrt2Pi is 1/sqrt(2 pi).
func inverseSqrt2Pi(prec uint) *big.Float {
	return quo(newFloat(prec, 1), sqrt(mul(newFloat(prec, 2), pi(prec))))
}

// halfSquare is x^2/2.
func halfSquare(x *big.Float) *big.Float {
	y := mul(x, x)
	return y.SetMantExp(y, -1)
}

// scaledTail is R(a) = e^(a^2/2) Q(a), Q(a) the upper tail of the standard
// normal distribution: R(a) = e^(a^2/2)/2 - (a + a^3/3 + a^5/15 + ...)/sqrt(2 pi).
// Both terms are about e^(a^2/2), so that many bits cancel and as many are added.
func scaledTail(a *big.Float, prec uint) *big.Float {
	af, _ := a.Float64()
	work := prec + 64 + uint(1.4427*af*af/2)
	x := new(big.Float).SetPrec(work).Set(a)
	square := mul(x, x)
	sum, term := new(big.Float).Copy(x), new(big.Float).Copy(x)
	for n := 3; ; n += 2 {
		term = quo(mul(term, square), newFloat(work, float64(n)))
		if negligible(term, sum, work) {
			break
		}
		sum = add(sum, term)
	}
	half := exp(halfSquare(x), work)
	half.SetMantExp(half, -1)
	return sub(half, mul(sum, inverseSqrt2Pi(work))).SetPrec(prec)
}

// quantile is the z <= 0 with Phi(z) = p, 0 < p <= 1/2, by Newton's method from
// start. The step (Phi(z)-p)/phi(z) is R(-z) - p e^(z^2/2) sqrt(2 pi), and it
// doubles the number of correct bits.
func quantile(p *big.Float, start float64, prec uint) *big.Float {
	work := prec + 64
	scale := quo(newFloat(work, 1), inverseSqrt2Pi(work))
	z := newFloat(work, start)
	for {
		a := new(big.Float).Neg(z)
		step := mul(scale, sub(scaledTail(a, work), mul(p, exp(halfSquare(z), work))))
		z = sub(z, step)
		if step.Sign() == 0 || step.MantExp(nil) < -int(prec)/2 {
			return z.SetPrec(prec)
		}
	}
}
