package main

import "math/big"

// bigLogSigmoid is ln(1/(1 + e^-x)).
func bigLogSigmoid(x *big.Float) *big.Float {
	w := bigExp(new(big.Float).Neg(new(big.Float).Abs(x)))
	s := quo(w, new(big.Float).Add(w, newFloat(2)))
	l := mul(s, series(func(k int) *big.Float { return quo(newFloat(-2), newFloat(float64(2*k+1))) }).at(mul(s, s)))
	if x.Sign() < 0 {
		l.Add(l, x)
	}
	return l
}

// bigTanh is tanh(x), and tanhSoftplus is tanh(ln(1 + e^x)).
func bigTanh(x *big.Float) *big.Float {
	return overPlus2(sub(bigExp(new(big.Float).Add(x, x)), newFloat(1)))
}

func tanhSoftplus(x *big.Float) *big.Float {
	w := bigExp(x)
	return overPlus2(mul(w, new(big.Float).Add(w, newFloat(2))))
}

func overPlus2(x *big.Float) *big.Float { return quo(x, new(big.Float).Add(x, newFloat(2))) }
