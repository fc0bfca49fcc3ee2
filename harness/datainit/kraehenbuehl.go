package datainit

import (
	"context"
	"fmt"
	"math"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

var kraehenbuehlParameters = []initializer.Parameter{
	{Name: beta, Default: "0", Meaning: "the mean of every channel after the first half; the authors' program has .1"},
	{Name: tolerance, Default: ".01", Meaning: "of the ratio of two layers' rates"},
	{Name: rounds, Default: "10", Meaning: "that make rates equal, at most; with 0 the second half is left out, as nets with residual blocks need"},
}

// gradientStream is that of the random gradient, beside those of the layers' weights.
const gradientStream = 1<<40 + 5

// directions are what the rows of a layer's weights are before they are scaled.
type directions func(l *network.Layer[float32], seed uint64) error

// kraehenbuehl is Kraehenbuehl, Doersch, Donahue & Darrell 2015: directions for the weights,
// then within each layer, in the order of the forward pass, every channel k to mean beta and
// variance 1 over the batch,
//
//	w_k /= sigma_k        b_k = beta - mu_k / sigma_k
//
// and then between the layers: with a random gradient by the net's output, every layer's
// rate r = sqrt(mean (dL/dW)^2 / mean W^2) to the geometric mean of all by
//
//	W_l *= s_l, s_l = sqrt(r_l / mean r)        b_l *= s_l a_l
//
// with a_l that by which the mean magnitude of the layer's inputs has changed, until the
// rates are within the tolerance of one another. The product of the s_l is 1, and nets of
// ReLUs, whose a_l is s_1 ... s_l-1, keep their output.
//
// Where branches are added to a stream the second half has no solution in general: in a
// branch of two layers a common factor leaves both rates as they are.
func kraehenbuehl(choose directions) func(settings map[string]float64) apply {
	return func(settings map[string]float64) apply {
		return func(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
			c := &channels{choose: choose, beta: settings[beta], seed: seed}
			c.report.Rounds = make([]int, len(n.Layers))
			c.report.Converged = true
			if len(n.Blocks) > 0 && settings[rounds] > 0 {
				return c.report, fmt.Errorf("the net has residual blocks, whose rates cannot be made equal: set %s to 0 for the first half alone", rounds)
			}
			for _, l := range n.Layers {
				if l.Bias == nil {
					return c.report, fmt.Errorf("%s has no bias, which would make its channels' means %v", l.Name, c.beta)
				}
			}
			if err := fill(n, initializer.Zeros(), seed); err != nil {
				return c.report, err
			}
			y, err := n.ForwardFitting(ctx, x, c.within)
			if err == nil && settings[rounds] > 0 {
				err = c.between(ctx, n, x, y, settings)
			}
			return c.report, err
		}
	}
}

// channels is Kraehenbuehl's method at work.
type channels struct {
	choose directions
	beta   float64
	seed   uint64
	inputs []float64 // of layer l at l-1: the mean magnitude
	report Report
}

// within gives the layer its directions and makes its channels' means beta and variances 1.
func (c *channels) within(l *network.Layer[float32]) error {
	c.inputs = append(c.inputs, meanMagnitude(l.Input()))
	if err := c.choose(l, c.seed); err != nil {
		return fmt.Errorf("%s: %w", l.Name, err)
	}
	z := l.Preactivate()
	mean, variance := columnMoments(z)
	step := Step{Layer: l.Index, Round: 1, Measure: Variance}
	bias := l.Bias.Value.Row(0)
	for k, v := range variance {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: channel %d has the variance %v over the batch", l.Name, k+1, v)
		}
		factor := 1 / math.Sqrt(v)
		row := l.Weight.Value.Row(k)
		for j := range row {
			row[j] *= float32(factor)
		}
		bias[k] = float32(c.beta - mean[k]*factor)
		step.Measured += v / float64(z.Cols)
		step.Mean += mean[k] / float64(z.Cols)
		step.Factor += factor / float64(z.Cols)
	}
	c.report.Steps = append(c.report.Steps, step)
	c.report.Rounds[l.Index-1] = 1
	return nil
}

// between makes the layers' rates of change equal. y is the net's output for x, of the last
// pass.
func (c *channels) between(ctx context.Context, n *network.Net[float32], x, y dense.Matrix[float32], settings map[string]float64) error {
	g := dense.New[float32](y.Rows, y.Cols)
	for i := range g.Rows {
		kernels.Normal(g.Row(i), c.seed, gradientStream, uint64(i*g.Cols), 0, 1)
	}
	for round := 1; ; round++ {
		rates, mean, err := ratesOf(ctx, n, g)
		if err != nil {
			return err
		}
		low, high := math.Inf(1), 0.
		for _, r := range rates {
			low, high = math.Min(low, r), math.Max(high, r)
		}
		c.report.Converged = high/low-1 <= settings[tolerance]
		last := c.report.Converged || round > int(settings[rounds])
		factors := make([]float64, len(rates))
		for i, l := range n.Layers {
			factors[i] = 1
			if !last {
				factors[i] = math.Sqrt(rates[i] / mean)
				c.report.Rounds[i]++
			}
			c.report.Steps = append(c.report.Steps, Step{Layer: l.Index, Round: round, Measure: Rate, Measured: rates[i], Factor: factors[i]})
		}
		if last {
			return nil
		}
		if _, err := n.ForwardFitting(ctx, x, func(l *network.Layer[float32]) error {
			i := l.Index - 1
			inputs := meanMagnitude(l.Input())
			l.Weight.Scale(float32(factors[i]))
			l.Bias.Scale(float32(factors[i] * inputs / c.inputs[i]))
			c.inputs[i] = inputs
			return nil
		}); err != nil {
			return err
		}
	}
}

// ratesOf returns each layer's sqrt(mean (dL/dW)^2 / mean W^2) in the last forward pass, and
// their geometric mean.
func ratesOf(ctx context.Context, n *network.Net[float32], g dense.Matrix[float32]) (rates []float64, mean float64, err error) {
	n.ZeroGradients()
	if _, err := n.Backward(ctx, g, nil); err != nil {
		return nil, 0, err
	}
	logs := 0.
	for _, l := range n.Layers {
		rate := math.Sqrt(meanSquare(l.Weight.Gradient) / meanSquare(l.Weight.Value))
		if !(rate > 0) || math.IsInf(rate, 0) {
			return nil, 0, fmt.Errorf("%s: its weights would change at the rate %v", l.Name, rate)
		}
		rates = append(rates, rate)
		logs += math.Log(rate)
	}
	return rates, math.Exp(logs / float64(len(rates))), nil
}

// columnMoments returns mean and variance of every column.
func columnMoments(m dense.Matrix[float32]) (mean, variance []float64) {
	mean, variance = columnMeans(m), make([]float64, m.Cols)
	for i := range m.Rows {
		for k, v := range m.Row(i) {
			d := float64(v) - mean[k]
			variance[k] += d * d
		}
	}
	for k := range variance {
		variance[k] /= float64(m.Rows)
	}
	return mean, variance
}

func columnMeans(m dense.Matrix[float32]) []float64 {
	mean := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(m.Rows)
	}
	return mean
}

func meanSquare(m dense.Matrix[float32]) float64 {
	total := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			total += float64(v) * float64(v)
		}
	}
	return total / float64(m.Rows*m.Cols)
}

func meanMagnitude(m dense.Matrix[float32]) float64 {
	total := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			total += math.Abs(float64(v))
		}
	}
	return total / float64(m.Rows*m.Cols)
}
