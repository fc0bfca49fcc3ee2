package datainit

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// Streams of a seed, beside those of the layers' weights.
const (
	streamRest   = 1<<40 + 6 // weights beyond the principal directions
	streamKMeans = 1<<40 + 7
	streamSample = 1<<40 + 8
)

// Bounds of what directions are looked for in.
const (
	largestFanIn  = 4096    // a covariance is 128 MiB then, and its eigenvectors take minutes beyond
	largestSample = 1 << 14 // inputs: a convolution has as many for each example as its output has positions

	// A direction whose variance is so small a part of the largest is what the rounding to
	// float32 leaves.
	leastVariance = 1e-10
)

// gaussianWeights makes a layer's weights N(0, 1), as Initialize would.
func gaussianWeights(l *network.Layer[float32], seed uint64) error {
	return l.Fill(initializer.Normal(0, 1), seed)
}

// A principal is a sample of a layer's inputs, less their mean, and the directions in which
// they vary.
type principal struct {
	centred    dense.Matrix[float64]
	directions dense.Matrix[float64] // a row each, of norm 1, that of the largest variance first
	variances  []float64
}

// principalOf samples a layer's inputs and returns their principal directions, those of an
// eigenvalue of the covariance that counts.
func principalOf(l *network.Layer[float32], seed uint64) (*principal, error) {
	u := l.Input()
	if u.Cols > largestFanIn {
		return nil, fmt.Errorf("a fan-in of %d is too much for principal directions: want %d at most", u.Cols, largestFanIn)
	}
	rows := sample(u.Rows, rand.New(rand.NewPCG(seed, streamSample+uint64(l.Index)<<8)))
	p := &principal{centred: dense.New[float64](len(rows), u.Cols)}
	mean := make([]float64, u.Cols)
	for _, i := range rows {
		for j, v := range u.Row(i) {
			mean[j] += float64(v) / float64(len(rows))
		}
	}
	for to, i := range rows {
		row := p.centred.Row(to)
		for j, v := range u.Row(i) {
			row[j] = float64(v) - mean[j]
		}
	}
	product := dense.Of(u.Cols, u.Cols, make([]float64, u.Cols*u.Cols))
	dense.MultiplyAdd(1/float64(len(rows)), blas.Trans, p.centred, blas.NoTrans, p.centred, 0, product)
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(u.Cols, product.Data), true) {
		return nil, errors.New("the eigenvectors of its inputs' covariance did not converge")
	}
	values := eigen.Values(nil) // ascending
	slices.Reverse(values)
	for _, v := range values {
		if v > leastVariance*values[0] {
			p.variances = append(p.variances, v)
		}
	}
	if len(p.variances) == 0 {
		return nil, errors.New("its inputs do not vary over the batch")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	p.directions = dense.New[float64](len(p.variances), u.Cols)
	for d := range p.directions.Rows {
		for j := range p.directions.Row(d) {
			p.directions.Row(d)[j] = vectors.At(j, u.Cols-1-d)
		}
	}
	return p, nil
}

// sample returns largestSample of n indices in ascending order, or all.
func sample(n int, rng *rand.Rand) []int {
	chosen := rng.Perm(n)[:min(n, largestSample)]
	slices.Sort(chosen)
	return chosen
}

// pcaWeights makes row k of a layer's weights the k-th principal direction of its inputs.
// Rows beyond the directions in which the inputs vary are random combinations of those.
func pcaWeights(l *network.Layer[float32], seed uint64) error {
	p, err := principalOf(l, seed)
	if err != nil {
		return err
	}
	w, directions := l.Weight.Value, p.directions
	mix := make([]float64, directions.Rows)
	for k := range w.Rows {
		clear(mix)
		if k < directions.Rows {
			mix[k] = 1
		} else {
			kernels.Normal(mix, seed, streamRest, uint64(l.Index)<<32+uint64(k*len(mix)), 0, 1)
		}
		setRow(w.Row(k), mix, directions)
	}
	return nil
}

// setRow makes a row of weights the combination of directions.
func setRow(row []float32, mix []float64, directions dense.Matrix[float64]) {
	sum := make([]float64, len(row))
	for d, m := range mix {
		if m == 0 {
			continue
		}
		for j, v := range directions.Row(d) {
			sum[j] += m * v
		}
	}
	for j, s := range sum {
		row[j] = float32(s)
	}
}

// kmeansWeights makes the rows of a layer's weights what answers to the centres of k-means
// over its inputs, as the authors' program (github.com/philkr/magic_init) does: they are
// taken along the principal directions, as many as the layer has rows at most, whitened
//
//	p = S V (u - mean u)        S = diag(variance)^(-1/2), rows of V the directions
//
// and scaled to norm 1, and a centre c stands for the weights V^T S c. Inputs that are the mean
// count for nothing.
func kmeansWeights(l *network.Layer[float32], seed uint64) error {
	p, err := principalOf(l, seed)
	if err != nil {
		return err
	}
	w := l.Weight.Value
	whitening := p.directions.RowRange(0, min(p.directions.Rows, w.Rows))
	for d := range whitening.Rows {
		row := whitening.Row(d)
		for j := range row {
			row[j] /= math.Sqrt(p.variances[d])
		}
	}
	white := dense.New[float64](p.centred.Rows, whitening.Rows)
	dense.Multiply(p.centred, whitening, blas.Trans, white)
	count := 0
	for i := range white.Rows {
		row := white.Row(i)
		norm := math.Sqrt(dot(row, row))
		if norm == 0 {
			continue
		}
		for j, v := range row {
			white.Row(count)[j] = v / norm
		}
		count++
	}
	if count < w.Rows {
		return fmt.Errorf("its %d centres need as many inputs that differ from the mean, and there are %d: take a larger batch", w.Rows, count)
	}
	centres, _ := kmeans(white.RowRange(0, count), w.Rows, rand.New(rand.NewPCG(seed, streamKMeans+uint64(l.Index)<<8)))
	for k := range w.Rows {
		setRow(w.Row(k), centres.Row(k), whitening)
	}
	return nil
}
