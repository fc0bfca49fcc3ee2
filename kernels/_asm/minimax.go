package main

import (
	"log"
	"math"
	"math/big"
	"slices"
)

// A function of a real variable.
type function func(t *big.Float) *big.Float

// fitSingle returns float32 coefficients, lowest first, of a polynomial p of so many terms that
// is near to scale*f on [lo, hi]: it ends the program if weight * (p/scale - f) is
// above bound somewhere, so that the errors stated beside the calls are true. Each coefficient
// is rounded before those behind it are found, so that they make up for that.
func fitSingle(f, weight function, lo, hi float64, terms int, scale, bound float64) []float32 {
	var c []float32
	factor := newFloat(scale)
	left, leftWeight := f, weight
	for k := range terms {
		nearest, _ := mul(minimax(left, leftWeight, lo, hi, terms-k)[0], factor).Float32()
		c = append(c, nearest)
		first, before, beforeWeight := quo(newFloat(float64(nearest)), factor), left, leftWeight
		left = func(t *big.Float) *big.Float { return quo(sub(before(t), first), t) }
		leftWeight = func(t *big.Float) *big.Float { return mul(beforeWeight(t), new(big.Float).Abs(t)) }
	}
	worst, where := 0., 0.
	for _, t := range fitPoints(lo, hi) {
		// What is left is the error, divided by t as many times as leftWeight multiplies by its size.
		if e, _ := mul(leftWeight(t), left(t)).Float64(); math.Abs(e) > worst {
			worst = math.Abs(e)
			where, _ = t.Float64()
		}
	}
	if worst > bound {
		log.Fatalf("polynomial of %d terms on [%g, %g]: error 2^%.2f at %g, stated 2^%.2f", terms, lo, hi, math.Log2(worst), where, math.Log2(bound))
	}
	return c
}

// listed returns c with its coefficients computed once.
func (c series) listed() series {
	var list [terms]*big.Float
	for k := range list {
		list[k] = c(k)
	}
	return func(k int) *big.Float { return list[k] }
}

// fitPoints returns points of [lo, hi], which are not 0 where lo is 0 or -hi.
func fitPoints(lo, hi float64) (grid [300]*big.Float) {
	for i := range grid {
		grid[i] = newFloat(lo + (hi-lo)*(float64(i)+.5)/float64(len(grid)))
	}
	return grid
}

// minimax returns the polynomial of so many terms, lowest first, that is nearest to f on
// [lo, hi] where distances are multiplied by weight: the one whose error has its
// largest size, with alternating signs, in one point more than it has terms. It is found by
// Remez' exchange of those points.
func minimax(f, weight function, lo, hi float64, terms int) []*big.Float {
	const exchanges = 8
	grid := fitPoints(lo, hi)
	var value, weights [len(grid)]*big.Float
	for i, t := range grid {
		value[i], weights[i] = f(t), weight(t)
	}
	extrema := make([]int, terms+1)
	for i := range extrema { // those of a Chebyshev polynomial
		extrema[i] = int(math.Round(float64(len(grid)-1) * (1 - math.Cos(math.Pi*float64(i)/float64(terms))) / 2))
	}
	var c []*big.Float
	for range exchanges {
		// The polynomial's error in extremum i is +-e/weight, e unknown as the coefficients are.
		var rows [][]*big.Float
		for i, at := range extrema {
			var row []*big.Float
			power := newFloat(1)
			for range terms {
				row = append(row, power)
				power = mul(power, grid[at])
			}
			e := quo(newFloat(float64(1-2*(i%2))), weights[at])
			rows = append(rows, append(row, e, value[at]))
		}
		c = solve(rows)[:terms]
		var e [len(grid)]float64
		for i, t := range grid {
			e[i], _ = mul(weights[i], sub(evaluate(c, t), value[i])).Float64()
		}
		next := extremaOf(e[:], terms+1)
		if len(next) <= terms {
			break // f is the polynomial, but for what double precision shows of it
		}
		extrema = next
	}
	return c
}

// extremaOf returns where e is largest between changes of its sign, without the least of them where
// there are more than count.
func extremaOf(e []float64, count int) []int {
	var at []int
	for i := range e {
		switch last := len(at) - 1; {
		case last < 0 || (e[i] > 0) != (e[at[last]] > 0):
			at = append(at, i)
		case math.Abs(e[i]) > math.Abs(e[at[last]]):
			at[last] = i
		}
	}
	for len(at) > count {
		least := 0
		for k := range at {
			if math.Abs(e[at[k]]) < math.Abs(e[at[least]]) {
				least = k
			}
		}
		if least > 0 && least < len(at)-1 && len(at) > count+1 {
			// Its neighbours have the same sign: the lesser goes with it.
			if math.Abs(e[at[least-1]]) < math.Abs(e[at[least+1]]) {
				least--
			}
			at = slices.Delete(at, least, least+2)
		} else if math.Abs(e[at[0]]) < math.Abs(e[at[len(at)-1]]) {
			at = at[1:]
		} else {
			at = at[:len(at)-1]
		}
	}
	return at
}
