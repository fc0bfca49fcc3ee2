package reproduce

import (
	"context"
	"math"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// What a theory of infinitely wide nets leaves out is fluctuation, and so the tolerances of
// the experiments that are held against one are multiples of its standard deviation,
// which the experiments' files give with the formula that they come from.

// standardErrors is how far the mean over the seeds may be from its expectation. Of a
// normal distribution one mean in 16,000 is farther away.
const standardErrors = 4

// fluctuation returns the tolerance for the mean over so many seeds of a number that has this
// standard deviation.
func fluctuation(std float64, seeds int) float64 {
	return standardErrors * std / math.Sqrt(float64(seeds))
}

// A layer of n units changes the logarithm of the squared norm of one example's gradient by
// ln chi and a random amount of variance (3 kappa - 1)/n, kappa = E f'^4 / (E f'^2)^2: the
// weights' share is 2/n, that of the derivatives on a random direction 3 (kappa-1)/n.
// The logarithm's mean is lower by half the variance. The mean over a batch fluctuates
// less. walkTolerance is that of the mean of the change per layer.
func walkTolerance(kappa float64, width, layers, seeds int) float64 {
	variance := (3*kappa - 1) / float64(width)
	return fluctuation(math.Sqrt(variance/float64(layers)), seeds) + variance/2
}

// Random streams of inputs and of the gradients that a backward pass starts from, far
// from those of the weights (package network).
const (
	streamInput    = 1 << 40
	streamGradient = 1<<40 + 1
)

// tower describes a net of equally wide dense layers without biases.
func tower(depth, width int, activation string) network.Description {
	d := network.Description{Input: []int{width}}
	for range depth {
		d.Layers = append(d.Layers, network.Element{Dense: width, Activation: activation})
	}
	return d
}

// biased gives every layer of a description biases.
func biased(d network.Description) network.Description {
	for i := range d.Layers {
		d.Layers[i].Bias = true
	}
	return d
}

// draw fills all weights by one rule; biases are 0.
func draw[T kernels.Float](n *network.Net[T], rule initializer.Initializer, seed uint64) error {
	return n.Initialize(func(*network.Layer[T]) initializer.Initializer { return rule }, seed)
}

// normalBatch returns independent N(0, 1) values.
func normalBatch(rows, cols int, seed, stream uint64) dense.Matrix[float32] {
	x := dense.New[float32](rows, cols)
	for i := range x.Rows {
		kernels.Normal(x.Row(i), seed, stream, uint64(i*cols), 0, 1)
	}
	return x
}

// An observer is a function that is shown what a net computes.
type observer func(q network.Quantity, l int, m dense.Matrix[float32])

// See calls o.
func (o observer) See(q network.Quantity, l int, m dense.Matrix[float32]) { o(q, l, m) }

// moments are the mean squares in a net by layer, the input being layer 0.
type moments struct {
	preactivation, activation, gradient, weightGradient []float64
}

// See takes a matrix's mean square.
func (s *moments) See(q network.Quantity, l int, m dense.Matrix[float32]) {
	switch q {
	case network.Preactivation:
		put(&s.preactivation, l, meanSquare(m))
	case network.Activation:
		put(&s.activation, l, meanSquare(m))
	case network.Gradient:
		put(&s.gradient, l, meanSquare(m))
	case network.WeightGradient:
		put(&s.weightGradient, l, meanSquare(m))
	}
}

func put(to *[]float64, l int, v float64) {
	for len(*to) <= l {
		*to = append(*to, math.NaN())
	}
	(*to)[l] = v
}

// bothWays takes a batch through the net and a random gradient back, whose elements
// are N(0, 1).
func bothWays(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (moments, error) {
	var s moments
	y, err := n.Forward(ctx, x, &s)
	if err != nil {
		return s, err
	}
	n.ZeroGradients()
	_, err = n.Backward(ctx, normalBatch(y.Rows, y.Cols, seed, streamGradient), &s)
	return s, err
}

// logGrowth returns the mean over layers lo+1 .. hi of the logarithm of the factor by which
// a layer multiplies the gradient's mean square on the way back.
func (s moments) logGrowth(lo, hi int) float64 {
	return math.Log(s.gradient[lo]/s.gradient[hi]) / float64(hi-lo)
}

// meanSquare returns the second moment of the elements.
func meanSquare(m dense.Matrix[float32]) float64 {
	sum := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			sum += float64(v) * float64(v)
		}
	}
	return sum / float64(m.Rows*m.Cols)
}

// widened returns the values in float64.
func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// fieldOf returns the theory of an activation that the table has.
func fieldOf(activation string) theory.Field {
	f, ok := theory.Of(activation)
	if !ok {
		panic("reproduce: no such activation in the table")
	}
	return f
}

// line draws values against their index.
func (e *Env) line(figure, series string, seed uint64, values []float64) {
	for l, v := range values {
		e.Point(figure, series, seed, float64(l), v)
	}
}

// perClaim collects the measured values of claims, seed by seed.
type perClaim map[string][]float64

func (p perClaim) add(c Claim, v float64) { p[c.Statement] = append(p[c.Statement], v) }

// measured hands over all that was collected.
func (p perClaim) measured(e *Env, claims []Claim) {
	for _, c := range claims {
		e.Measured(c, p[c.Statement]...)
	}
}
