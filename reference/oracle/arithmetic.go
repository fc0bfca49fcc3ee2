package oracle

import "math/big"

// guard is the number of bits that a composition of building blocks works with
// beyond the precision asked for.
const guard = 32

func exact(x float64) *big.Float {
	if x-x != 0 {
		panic("oracle: argument is NaN or infinite")
	}
	return new(big.Float).SetFloat64(x)
}

func mul(w uint, a, b *big.Float) *big.Float { return new(big.Float).SetPrec(w).Mul(a, b) }

func quo(w uint, a, b *big.Float) *big.Float { return new(big.Float).SetPrec(w).Quo(a, b) }

// add returns a+b to w bits. Where one term is below the last bit of the
// other's w+32 it is left out, because math/big would lay both out in full.
func add(w uint, a, b *big.Float) *big.Float {
	if a.Sign() != 0 && b.Sign() != 0 {
		switch gap := a.MantExp(nil) - b.MantExp(nil); {
		case gap > int(w)+32:
			return new(big.Float).SetPrec(w).Set(a)
		case -gap > int(w)+32:
			return new(big.Float).SetPrec(w).Set(b)
		}
	}
	return new(big.Float).SetPrec(w).Add(a, b)
}

func sub(w uint, a, b *big.Float) *big.Float { return add(w, a, new(big.Float).Neg(b)) }

// scale returns x*2^n exactly.
func scale(x *big.Float, n int) *big.Float { return new(big.Float).SetMantExp(x, n) }

// product returns the exact product of the factors.
func product(factors ...*big.Float) *big.Float {
	p := new(big.Float).Set(factors[0])
	for _, f := range factors[1:] {
		p = mul(p.Prec()+f.Prec(), p, f)
	}
	return p
}

// sum returns the exact sum of float64 values or of their products, whose bits
// lie between 2^-2150 and 2^2050.
func sum(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(4224).Add(a, b) }

// cancelling returns a+b with a relative error of at most 2^-prec, where terms
// returns a and b with relative errors of at most 2^-w. It raises w by the bits
// that the sum lost.
func cancelling(prec uint, terms func(w uint) (a, b *big.Float)) *big.Float {
	for w := prec + guard; ; {
		a, b := terms(w)
		s := add(w, a, b)
		if s.Sign() == 0 {
			w *= 2
			continue
		}
		lost := max(a.MantExp(nil), b.MantExp(nil)) - s.MantExp(nil)
		if lost+8 <= int(w-prec) {
			return s
		}
		w = prec + guard + uint(lost)
	}
}

// fixed returns x*2^p without its fraction.
func fixed(x *big.Float, p uint) *big.Int {
	i, _ := scale(x, int(p)).Int(nil)
	return i
}

// floating returns i*2^-p, exactly.
func floating(i *big.Int, p uint) *big.Float {
	f := new(big.Float).SetInt(i)
	return f.SetMantExp(f, -int(p))
}

// series returns 1 + t(1) + t(2) + ... in fixed point with p fraction bits,
// where t(n) = t(n-1) * x / divisor(n), until the terms vanish. divisor must
// grow beyond |x|.
func series(p uint, x *big.Int, divisor func(n int64) int64) *big.Int {
	term := new(big.Int).Lsh(big.NewInt(1), p)
	total := new(big.Int).Set(term)
	var product, d big.Int
	for n := int64(1); ; n++ {
		product.Mul(term, x)
		term.Rsh(&product, p)
		term.Quo(term, d.SetInt64(divisor(n)))
		if term.Sign() == 0 {
			return total
		}
		total.Add(total, term)
	}
}
