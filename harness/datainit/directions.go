package datainit

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

var zeros = initializer.Zeros()

// Streams of a seed, beside those of the layers' weights.
const (
	streamRest   = 1<<40 + 6 // weights beyond the principal directions
	streamKMeans = 1<<40 + 7
)

// gaussianWeights makes a layer's weights N(0, 1), as Initialize would.
func gaussianWeights(l *network.Layer[float32], seed uint64) error {
	return l.Fill(initializer.Normal(0, 1), seed)
}

// largestFanIn bounds the covariance of a layer's inputs: 4096 squared are 128 MiB, and
// its eigenvectors take minutes beyond.
const largestFanIn = 4096

// pcaWeights makes row k of a layer's weights the k-th principal direction of its inputs.
// Rows beyond the directions in which the inputs vary are random combinations of those.
func pcaWeights(l *network.Layer[float32], seed uint64) error {
	u := l.Input()
	if u.Cols > largestFanIn {
		return fmt.Errorf("a fan-in of %d is too much for principal directions: want %d at most", u.Cols, largestFanIn)
	}
	mean := columnMeans(u)
	centred := mat.NewDense(u.Rows, u.Cols, nil)
	for i := range u.Rows {
		for j, v := range u.Row(i) {
			centred.Set(i, j, float64(v)-mean[j])
		}
	}
	covariance := mat.NewSymDense(u.Cols, nil)
	covariance.SymOuterK(1/float64(u.Rows), centred.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return errors.New("the eigenvectors of its inputs' covariance did not converge")
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	directions := 0
	for _, v := range values {
		if v > 1e-10*values[len(values)-1] {
			directions++
		}
	}
	if directions == 0 {
		return errors.New("its inputs do not vary over the batch")
	}
	w := l.Weight.Value
	for k := range w.Rows {
		row := w.Row(k)
		if k < directions {
			for j := range row {
				row[j] = float32(vectors.At(j, u.Cols-1-k))
			}
			continue
		}
		mix := make([]float64, directions)
		kernels.Normal(mix, seed, streamRest, uint64(l.Index)<<32+uint64(k*directions), 0, 1)
		for j := range row {
			sum := 0.
			for d, m := range mix {
				sum += m * vectors.At(j, u.Cols-1-d)
			}
			row[j] = float32(sum)
		}
	}
	return nil
}

func columnMeans(m dense.Matrix[float32]) []float64 {
	mean := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			mean[j] += float64(v) / float64(m.Rows)
		}
	}
	return mean
}

// kmeansRounds bounds Lloyd's iteration.
const kmeansRounds = 50

// kmeansWeights makes the rows of a layer's weights the centres of k-means over its inputs,
// each less the mean of all and of norm 1. Inputs that are the mean count for nothing.
func kmeansWeights(l *network.Layer[float32], seed uint64) error {
	u := l.Input()
	mean := columnMeans(u)
	var points [][]float64
	for i := range u.Rows {
		p, norm := make([]float64, u.Cols), 0.
		for j, v := range u.Row(i) {
			p[j] = float64(v) - mean[j]
			norm += p[j] * p[j]
		}
		if norm = math.Sqrt(norm); norm > 0 {
			for j := range p {
				p[j] /= norm
			}
			points = append(points, p)
		}
	}
	w := l.Weight.Value
	if len(points) < w.Rows {
		return fmt.Errorf("its %d centres need as many inputs that differ from the mean, and there are %d: take a larger batch", w.Rows, len(points))
	}
	centres, _ := kmeans(points, w.Rows, rand.New(rand.NewPCG(seed, streamKMeans+uint64(l.Index))))
	for k, c := range centres {
		for j, v := range c {
			w.Row(k)[j] = float32(v)
		}
	}
	return nil
}

// kmeans returns k centres that Lloyd's iteration finds from k-means++'s start (Arthur &
// Vassilvitskii 2007), and the mean squared distance of the points from theirs in each round,
// which does not grow. A centre that no point belongs to moves to the point that is the farthest
// from its own.
func kmeans(points [][]float64, k int, rng *rand.Rand) (centres [][]float64, objective []float64) {
	nearest := make([]float64, len(points)) // squared distance from the nearest centre
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	next := rng.IntN(len(points))
	for len(centres) < k {
		centres = append(centres, append([]float64(nil), points[next]...))
		total := 0.
		for i, p := range points {
			nearest[i] = math.Min(nearest[i], squaredDistance(p, centres[len(centres)-1]))
			total += nearest[i]
		}
		next = choose(nearest, total*rng.Float64())
	}
	owner := make([]int, len(points))
	for range kmeansRounds {
		sum, moved := 0., false
		for i, p := range points {
			best := 0
			nearest[i] = math.Inf(1)
			for c := range centres {
				if d := squaredDistance(p, centres[c]); d < nearest[i] {
					best, nearest[i] = c, d
				}
			}
			moved = moved || owner[i] != best || len(objective) == 0
			owner[i] = best
			sum += nearest[i] / float64(len(points))
		}
		objective = append(objective, sum)
		if !moved {
			break
		}
		recentre(centres, points, owner, nearest)
	}
	return centres, objective
}

// recentre moves every centre to the mean of its points.
func recentre(centres, points [][]float64, owner []int, nearest []float64) {
	counts := make([]float64, len(centres))
	for _, c := range centres {
		clear(c)
	}
	for i, p := range points {
		counts[owner[i]]++
		for j, v := range p {
			centres[owner[i]][j] += v
		}
	}
	for c := range centres {
		if counts[c] == 0 {
			far := 0
			for i := range points {
				if nearest[i] > nearest[far] {
					far = i
				}
			}
			copy(centres[c], points[far])
			nearest[far] = 0
			continue
		}
		for j := range centres[c] {
			centres[c][j] /= counts[c]
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
