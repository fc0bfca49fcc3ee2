package datainit

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"

	"actinit/harness/dense"
)

const (
	kmeansRounds = 50   // of Lloyd's iteration at most
	kmeansBlock  = 1024 // points whose distances from all centres are in memory at once
)

// kmeans returns k centres that Lloyd's iteration finds from k-means++'s start (Arthur &
// Vassilvitskii 2007), and the mean squared distance of the points from theirs in each round,
// which but for rounding does not grow. A centre that no point belongs to moves to the point
// that is the farthest from its own.
func kmeans(points dense.Matrix[float64], k int, rng *rand.Rand) (centres dense.Matrix[float64], objective []float64) {
	centres = seeds(points, k, rng)
	owner := make([]int, points.Rows)
	nearest := make([]float64, points.Rows) // squared distance from the owner
	for range kmeansRounds {
		moved := assign(points, centres, owner, nearest)
		sum := 0.
		for _, d := range nearest {
			sum += d / float64(points.Rows)
		}
		objective = append(objective, sum)
		if !moved && len(objective) > 1 {
			break
		}
		recentre(centres, points, owner, nearest)
	}
	return centres, objective
}

// seeds chooses k points, each with a probability proportional to its squared distance from
// the nearest of those before.
func seeds(points dense.Matrix[float64], k int, rng *rand.Rand) dense.Matrix[float64] {
	centres := dense.New[float64](k, points.Cols)
	nearest := make([]float64, points.Rows)
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	next := rng.IntN(points.Rows)
	for c := range k {
		copy(centres.Row(c), points.Row(next))
		total := 0.
		for i := range points.Rows {
			nearest[i] = math.Min(nearest[i], squaredDistance(points.Row(i), centres.Row(c)))
			total += nearest[i]
		}
		next = choose(nearest, total*rng.Float64())
	}
	return centres
}

// assign gives every point to the nearest centre, the first of equals, and returns whether
// any has another than before. With |p - c|^2 = |p|^2 + |c|^2 - 2pc it is a product of matrices.
func assign(points, centres dense.Matrix[float64], owner []int, nearest []float64) (moved bool) {
	squares := make([]float64, centres.Rows)
	for c := range squares {
		squares[c] = dot(centres.Row(c), centres.Row(c))
	}
	products := dense.New[float64](min(points.Rows, kmeansBlock), centres.Rows)
	for lo := 0; lo < points.Rows; lo += kmeansBlock {
		block := points.RowRange(lo, min(lo+kmeansBlock, points.Rows))
		dense.Multiply(block, centres, blas.Trans, products.RowRange(0, block.Rows))
		for b := range block.Rows {
			best, least := 0, math.Inf(1)
			for c, product := range products.Row(b) {
				if d := squares[c] - 2*product; d < least {
					best, least = c, d
				}
			}
			i := lo + b
			moved = moved || owner[i] != best
			owner[i] = best
			nearest[i] = squaredDistance(block.Row(b), centres.Row(best))
		}
	}
	return moved
}

// recentre moves every centre to the mean of its points.
func recentre(centres, points dense.Matrix[float64], owner []int, nearest []float64) {
	counts := make([]float64, centres.Rows)
	for c := range counts {
		clear(centres.Row(c))
	}
	for i, c := range owner {
		counts[c]++
		centre := centres.Row(c)
		for j, v := range points.Row(i) {
			centre[j] += v
		}
	}
	for c, count := range counts {
		centre := centres.Row(c)
		if count == 0 {
			far := 0
			for i, d := range nearest {
				if d > nearest[far] {
					far = i
				}
			}
			copy(centre, points.Row(far))
			nearest[far] = 0
			continue
		}
		for j := range centre {
			centre[j] /= count
		}
	}
}

// choose returns the first index at which the running sum of the weights exceeds at; the last
// with a weight if none does.
func choose(weights []float64, at float64) int {
	chosen := 0
	for i, w := range weights {
		if w > 0 {
			chosen = i
		}
		if at -= w; at < 0 {
			return i
		}
	}
	return chosen
}

func squaredDistance(a, b []float64) float64 {
	sum := 0.
	for j, v := range a {
		d := v - b[j]
		sum += d * d
	}
	return sum
}

func dot(a, b []float64) float64 {
	sum := 0.
	for j, v := range a {
		sum += v * b[j]
	}
	return sum
}
