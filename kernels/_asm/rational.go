package main

import (
	"log"
	"math"
	"math/big"
)

// A rational is a quotient of polynomials, coefficients lowest first.
type rational struct{ over, under []float64 }

// fitRational returns the rational function of these degrees, its denominator's last
// coefficient 1, that is near the best approximation of f on [lo, hi] in relative error,
// rounded to float64. It ends the program if the error is above bound somewhere.
//
// The best one agrees with f in as many points as it has coefficients, and its
// error is as large between any two of them. The points are moved until it nearly is so: an
// interval with a large error shrinks and one with a small error grows (the BRASIL
// algorithm, Hofreither 2021).
func fitRational(f func(x *big.Float) *big.Float, lo, hi float64, over, under int, bound float64) rational {
	// The points are some of a grid's, which is denser at both ends.
	const grid, rounds = 1200, 60
	x, want := make([]*big.Float, grid+1), make([]*big.Float, grid+1)
	for k := range x {
		u := float64(k) / grid
		x[k] = newFloat(lo + float64((hi-lo)*float64(float64(u*u)*(3-float64(2*u)))))
		want[k] = f(x[k])
	}
	points := over + under + 1
	lengths := make([]float64, points+1)
	for i := range lengths {
		lengths[i] = 1
	}
	var best rational
	least := math.Inf(1)
	for range rounds {
		sum := 0.
		for _, length := range lengths {
			sum += length
		}
		at := make([]int, points)
		position := 0.
		for i := range at {
			position += lengths[i]
			at[i] = int(math.Round(position / sum * grid))
		}
		p, q := agreeing(x, want, at, over, under)

		errors := make([]float64, points+1) // the largest of each interval
		interval, largest := 0, 0.
		for k := range x {
			for interval < points && k > at[interval] {
				interval++
			}
			e, _ := sub(quo(quo(evaluate(p, x[k]), evaluate(q, x[k])), want[k]), newFloat(1)).Float64()
			errors[interval] = max(errors[interval], math.Abs(e))
			largest = max(largest, errors[interval])
		}
		if largest < least {
			least, best = largest, rational{roundedQuotients(p, q[under]), roundedQuotients(q, q[under])}
		}
		mean, spread := 0., 0.
		for _, e := range errors {
			mean += e / float64(points+1)
		}
		for _, e := range errors {
			spread = max(spread, math.Abs(e-mean))
		}
		for i, e := range errors {
			lengths[i] *= 1 - min(.1, spread/mean/10)*(e-mean)/spread
		}
	}
	for k := range x {
		value := quo(evaluate(exactly(best.over), x[k]), evaluate(exactly(best.under), x[k]))
		if e, _ := sub(quo(value, want[k]), newFloat(1)).Float64(); math.Abs(e) > bound {
			log.Fatalf("rational function of degrees %d and %d on [%g, %g]: error 2^%.2f at %v, stated 2^%.2f", over, under, lo, hi, math.Log2(math.Abs(e)), x[k], math.Log2(bound))
		}
	}
	return best
}

// agreeing returns the coefficients of p and q, q(0) = 1, with p/q = want in the
// points of x at these indices.
func agreeing(x, want []*big.Float, at []int, over, under int) (p, q []*big.Float) {
	rows := make([][]*big.Float, len(at))
	for i, k := range at { // sum of p[j]*x^j - want * sum of q[j]*x^j, j > 0, is want
		power := newFloat(1)
		for range over + 1 {
			rows[i] = append(rows[i], power)
			power = mul(power, x[k])
		}
		power = mul(want[k], x[k])
		for range under {
			rows[i] = append(rows[i], new(big.Float).Neg(power))
			power = mul(power, x[k])
		}
		rows[i] = append(rows[i], want[k])
	}
	solution := solve(rows)
	return solution[:over+1], append([]*big.Float{newFloat(1)}, solution[over+1:]...)
}

// solve returns the solution of linear equations, rows of coefficients and the
// right-hand side, by elimination.
func solve(rows [][]*big.Float) []*big.Float {
	n := len(rows)
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if new(big.Float).Abs(rows[r][c]).Cmp(new(big.Float).Abs(rows[pivot][c])) > 0 {
				pivot = r
			}
		}
		rows[c], rows[pivot] = rows[pivot], rows[c]
		for r := c + 1; r < n; r++ {
			factor := quo(rows[r][c], rows[c][c])
			for k := c; k <= n; k++ {
				rows[r][k] = sub(rows[r][k], mul(factor, rows[c][k]))
			}
		}
	}
	solution := make([]*big.Float, n)
	for r := n - 1; r >= 0; r-- {
		rest := rows[r][n]
		for k := r + 1; k < n; k++ {
			rest = sub(rest, mul(rows[r][k], solution[k]))
		}
		solution[r] = quo(rest, rows[r][r])
	}
	return solution
}

func evaluate(coefficients []*big.Float, x *big.Float) *big.Float {
	sum := newFloat(0)
	for i := len(coefficients) - 1; i >= 0; i-- {
		sum = sum.Add(mul(sum, x), coefficients[i])
	}
	return sum
}

// roundedQuotients returns numbers divided by scale, rounded.
func roundedQuotients(numbers []*big.Float, scale *big.Float) []float64 {
	quotients := make([]float64, len(numbers))
	for i, c := range numbers {
		quotients[i], _ = quo(c, scale).Float64()
	}
	return quotients
}

func exactly(values []float64) []*big.Float {
	exact := make([]*big.Float, len(values))
	for i, c := range values {
		exact[i] = newFloat(c)
	}
	return exact
}
