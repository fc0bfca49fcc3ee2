package oracle

import "math/big"

// The functions of a row return the exact values of all its elements, each with a
// relative error of at most 2^-prec.

// terms returns x[j] - m for the largest element m, exactly, the number k of elements equal
// to m, and k - 1 + the sum of e^(x[j]-m) over the others, to w bits; every term is
// positive, and so that sum is as accurate as they are. It is 0 for one element only.
func terms(w uint, x []float64) (below []*big.Float, others *big.Float) {
	m := x[0]
	for _, v := range x {
		m = max(m, v)
	}
	below, others = make([]*big.Float, len(x)), exact(-1)
	others.SetPrec(w)
	rest := new(big.Float).SetPrec(w)
	for j, v := range x {
		below[j] = sum(exact(v), exact(-m))
		if v == m {
			others.Add(others, exact(1))
		} else {
			rest = add(w, rest, Exp(w, below[j]))
		}
	}
	return below, add(w, others, rest)
}

// rowGuard is the number of bits by which the sum of a row of n elements is computed
// more accurately than asked for: one for each time n doubles.
func rowGuard(n int) uint { return guard + uint(big.NewInt(int64(n)).BitLen()) }

// Softmax returns e^x[j] / sum of e^x[i].
func Softmax(prec uint, x []float64) []*big.Float {
	w := prec + rowGuard(len(x))
	below, others := terms(w, x)
	total := add(w, others, exact(1))
	for j, d := range below {
		below[j] = quo(w, Exp(w, d), total)
	}
	return below
}

// LogSoftmax returns the logarithm of Softmax. It is exactly 0 for one element.
func LogSoftmax(prec uint, x []float64) []*big.Float {
	w := prec + rowGuard(len(x))
	below, others := terms(w, x)
	l := Log1p(w, others)
	for j, d := range below {
		below[j] = sub(w, d, l) // two numbers of one sign
	}
	return below
}

// SoftmaxGrad returns y[j] * (grad[j] - sum of grad[i]*y[i]), exactly.
func SoftmaxGrad(_ uint, grad, y []float64) []*big.Float {
	total := new(big.Float)
	for i, g := range grad {
		total = sum(total, product(exact(g), exact(y[i])))
	}
	values := make([]*big.Float, len(y))
	for j, v := range y {
		values[j] = product(exact(v), sum(exact(grad[j]), new(big.Float).Neg(total)))
	}
	return values
}

// LogSoftmaxGrad returns grad[j] - e^y[j] * sum of grad[i].
func LogSoftmaxGrad(prec uint, grad, y []float64) []*big.Float {
	total := new(big.Float)
	for _, g := range grad {
		total = sum(total, exact(g))
	}
	values := make([]*big.Float, len(y))
	for j, v := range y {
		g := exact(grad[j])
		switch {
		case total.Sign() == 0:
			values[j] = g
		case v == 0:
			values[j] = sum(g, new(big.Float).Neg(total))
		case g.Sign() == 0:
			w := prec + guard
			values[j] = mul(w, new(big.Float).Neg(total), Exp(w, exact(v)))
		default: // e^v is irrational: the difference is not 0
			values[j] = cancelling(prec, func(w uint) (a, b *big.Float) {
				return g, mul(w, new(big.Float).Neg(total), Exp(w, exact(v)))
			})
		}
	}
	return values
}
