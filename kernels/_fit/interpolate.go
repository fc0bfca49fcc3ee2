package main

import (
	"math"
	"math/big"
)

// interpolate returns the monomial coefficients, lowest first, of the
// polynomial of the given degree that agrees with f at the Chebyshev nodes of
// [lo, hi]: within a small factor of the best one. Nodes are rounded to few
// bits, so that the result does not depend on the last bit of math.Cos.
func interpolate(f func(t *big.Float) *big.Float, lo, hi float64, degree int, prec uint) []*big.Float {
	n := degree + 1
	nodes, newton := make([]*big.Float, n), make([]*big.Float, n)
	for i := range n {
		c := math.Round(math.Cos(math.Pi*(float64(i)+.5)/float64(n))*0x1p20) / 0x1p20
		nodes[i] = newFloat(prec, (hi+lo)/2+(hi-lo)/2*c)
		newton[i] = f(nodes[i])
	}
	for order := 1; order < n; order++ { // divided differences, in place
		for i := n - 1; i >= order; i-- {
			newton[i] = quo(sub(newton[i], newton[i-1]), sub(nodes[i], nodes[i-order]))
		}
	}
	coefficients := make([]*big.Float, 1, n)
	coefficients[0] = newton[n-1]
	for i := n - 2; i >= 0; i-- { // coefficients * (t - nodes[i]) + newton[i]
		coefficients = append(coefficients, coefficients[len(coefficients)-1])
		for j := len(coefficients) - 2; j > 0; j-- {
			coefficients[j] = sub(coefficients[j-1], mul(coefficients[j], nodes[i]))
		}
		coefficients[0] = sub(newton[i], mul(coefficients[0], nodes[i]))
	}
	return coefficients
}

// polynomialError is the relative error at t of the polynomial with these
// coefficients, lowest first.
func polynomialError(coefficients []float64, t float64, want *big.Float) float64 {
	prec := want.Prec()
	sum := newFloat(prec, 0)
	for i := len(coefficients) - 1; i >= 0; i-- {
		sum = add(mul(sum, newFloat(prec, t)), newFloat(prec, coefficients[i]))
	}
	e, _ := quo(sub(sum, want), want).Float64()
	return math.Abs(e)
}

// split rounds x to float64 and returns what is left, rounded too.
func split(x *big.Float) (hi, lo float64) {
	hi, _ = x.Float64()
	lo, _ = sub(x, newFloat(x.Prec(), hi)).Float64()
	return hi, lo
}

// split32 is split for float32.
func split32(x *big.Float) (hi, lo float32) {
	hi, _ = x.Float32()
	lo, _ = sub(x, newFloat(x.Prec(), float64(hi))).Float32()
	return hi, lo
}
