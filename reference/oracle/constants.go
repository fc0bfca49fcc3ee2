package oracle

import "math/big"

// constantBits is the precision to which the constants below are kept. Beyond
// it they are computed anew, which only arguments deep in float64's subnormal
// range ask for.
const constantBits = 1024

var (
	keptLn2        = computeLn2(constantBits)
	keptPi         = computePi(constantBits)
	keptInvSqrt2Pi = computeInvSqrt2Pi(constantBits)
)

// Pi returns pi.
func Pi(prec uint) *big.Float {
	return new(big.Float).SetPrec(prec + 16).Set(floating(fixedPi(prec+16), prec+16))
}

// Sqrt returns the square root of x >= 0.
func Sqrt(prec uint, x *big.Float) *big.Float {
	return new(big.Float).SetPrec(prec + 16).Sqrt(x)
}

// fixedLn2 returns ln 2 with p fraction bits, at most 2 units of the last bit off.
func fixedLn2(p uint) *big.Int { return kept(keptLn2, p, computeLn2) }

// fixedPi returns pi with p fraction bits, at most 2 units of the last bit off.
func fixedPi(p uint) *big.Int { return kept(keptPi, p, computePi) }

// invSqrt2Pi returns 1/sqrt(2 pi) with a relative error of at most 2^-w.
func invSqrt2Pi(w uint) *big.Float {
	return floating(kept(keptInvSqrt2Pi, w+4, computeInvSqrt2Pi), w+4)
}

func kept(constant *big.Int, p uint, compute func(p uint) *big.Int) *big.Int {
	if p > constantBits {
		return compute(p)
	}
	return new(big.Int).Rsh(constant, constantBits-p)
}

// computeLn2 uses ln 2 = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749).
func computeLn2(p uint) *big.Int {
	const extra = 16
	s := inverseTangent(p+extra, 26, 18, 1)
	s.Sub(s, inverseTangent(p+extra, 4801, 2, 1))
	s.Add(s, inverseTangent(p+extra, 8749, 8, 1))
	return s.Rsh(s, extra)
}

// computePi uses Machin's pi = 16 arctan(1/5) - 4 arctan(1/239).
func computePi(p uint) *big.Int {
	const extra = 16
	s := inverseTangent(p+extra, 5, 16, -1)
	s.Sub(s, inverseTangent(p+extra, 239, 4, -1))
	return s.Rsh(s, extra)
}

// inverseTangent returns factor * sum of sign^n/((2n+1) k^(2n+1)) with p fraction
// bits: artanh(1/k) for sign 1, arctan(1/k) for sign -1.
func inverseTangent(p uint, k, factor, sign int64) *big.Int {
	power := new(big.Int).Lsh(big.NewInt(factor), p)
	power.Quo(power, big.NewInt(k))
	total := new(big.Int)
	square := big.NewInt(sign * k * k)
	var term, odd big.Int
	for n := int64(1); power.Sign() != 0; n += 2 {
		total.Add(total, term.Quo(power, odd.SetInt64(n)))
		power.Quo(power, square)
	}
	return total
}

func computeInvSqrt2Pi(p uint) *big.Int {
	w := p + 16
	twoPi := scale(floating(fixedPi(w), w), 1)
	root := new(big.Float).SetPrec(w).Sqrt(twoPi)
	return fixed(quo(w, exact(1), root), p)
}
