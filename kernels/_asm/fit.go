package main

import (
	"log"
	"math"
	"math/big"
	"slices"
)

const (
	precision = 400 // bits
	terms     = 70  // of a series; the intervals are short
)

func newFloat(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// A series is a power series sum of c(k) * t^k that converges fast.
type series func(k int) *big.Float

func (c series) at(t *big.Float) *big.Float {
	sum, power := newFloat(0), newFloat(1)
	for k := range terms {
		sum.Add(sum, new(big.Float).Mul(c(k), power))
		power.Mul(power, t)
	}
	return sum
}

// fit returns the coefficients, lowest first, of the polynomial of this degree
// that agrees with f in the Chebyshev nodes of [lo, hi], rounded to float64. It
// ends the program if the relative error is above bound somewhere, so that the
// errors stated beside the calls are true.
func fit(f series, lo, hi float64, degree int, bound float64) []float64 {
	nodes := make([]*big.Float, degree+1)
	for i := range nodes {
		// Rounded to few bits, so that the last bit of math.Cos does not matter.
		c := math.Round(math.Cos(math.Pi*(float64(i)+.5)/float64(len(nodes)))*0x1p20) / 0x1p20
		nodes[i] = newFloat((hi+lo)/2 + (hi-lo)/2*c)
	}
	coefficients := through(f, nodes)
	holds(coefficients, f, lo, hi, bound)
	return coefficients
}

// through returns the coefficients, lowest first, of the polynomial that agrees with f in these nodes,
// rounded to float64.
func through(f series, nodes []*big.Float) []float64 {
	n := len(nodes)
	newton := make([]*big.Float, n)
	for i, t := range nodes {
		newton[i] = f.at(t)
	}
	for order := 1; order < n; order++ { // divided differences, in place
		for i := n - 1; i >= order; i-- {
			newton[i] = quo(sub(newton[i], newton[i-1]), sub(nodes[i], nodes[i-order]))
		}
	}
	exact := []*big.Float{newton[n-1]}
	for i := n - 2; i >= 0; i-- { // exact * (t - nodes[i]) + newton[i]
		exact = append(exact, exact[len(exact)-1])
		for j := len(exact) - 2; j > 0; j-- {
			exact[j] = sub(exact[j-1], mul(exact[j], nodes[i]))
		}
		exact[0] = sub(newton[i], mul(exact[0], nodes[i]))
	}
	coefficients := make([]float64, n)
	for i, c := range exact {
		coefficients[i], _ = c.Float64()
	}
	return coefficients
}

// holds ends the program if the relative error of a polynomial on [lo, hi] is above bound somewhere.
func holds(coefficients []float64, f series, lo, hi, bound float64) {
	const points = 400
	for i := range points + 1 {
		t := newFloat(lo + (hi-lo)*float64(i)/points)
		sum := newFloat(0)
		for _, c := range slices.Backward(coefficients) {
			sum.Add(mul(sum, t), newFloat(c))
		}
		want := f.at(t)
		if e, _ := quo(sub(sum, want), want).Float64(); math.Abs(e) > bound {
			log.Fatalf("polynomial of degree %d on [%g, %g]: error 2^%.1f at %g, stated 2^%.1f", len(coefficients)-1, lo, hi, math.Log2(math.Abs(e)), t, math.Log2(bound))
		}
	}
}

func sub(x, y *big.Float) *big.Float { return new(big.Float).Sub(x, y) }
func mul(x, y *big.Float) *big.Float { return new(big.Float).Mul(x, y) }
func quo(x, y *big.Float) *big.Float { return new(big.Float).Quo(x, y) }

// bigExp is e^x: the series of x/2^16, squared 16 times.
func bigExp(x *big.Float) *big.Float {
	const squarings = 16
	y := series(inverseFactorial).at(new(big.Float).SetMantExp(x, -squarings))
	for range squarings {
		y.Mul(y, y)
	}
	return y
}
