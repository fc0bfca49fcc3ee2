package datainit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
)

// Settings of Kraehenbuehl's method.
const (
	rateRounds    = 10
	rateTolerance = .01 // of the ratio of two layers' rates
	gradientSeed  = 1<<40 + 5
)

// kraehenbuehl is Kraehenbuehl, Doersch, Donahue & Darrell 2015: directions for the weights,
// then within each layer, in the order of the forward pass, every channel k to mean 0 and
// variance 1 over the batch,
//
//	w_k /= sigma_k        b_k = -mu_k / sigma_k
//
// and then between the layers: with a random gradient by the net's output, every layer's
// rate r = sqrt(mean (dL/dW)^2 / mean W^2) to the geometric mean of all by
//
//	W_l *= s_l, s_l = sqrt(r_l / mean r)        b_l *= s_1 ... s_l
//
// which have the product 1 and leave the output of a net of ReLUs as it is, at most ten
// times, until the rates are within 1% of one another.
func kraehenbuehl(directions func(l *network.Layer[float32], seed uint64) error) func(context.Context, *network.Net[float32], dense.Matrix[float32], uint64) (Report, error) {
	return func(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
		report := Report{Rounds: make([]int, len(n.Layers))}
		if len(n.Blocks) > 0 {
			return report, errors.New("it is for nets without residual blocks")
		}
		for _, l := range n.Layers {
			if l.Bias == nil {
				return report, fmt.Errorf("%s has no bias, which would make its channels' means 0", l.Name)
			}
		}
		if err := fill(n, zeros, seed); err != nil {
			return report, err
		}
		for _, l := range n.Layers {
			step, err := within(ctx, n, x, l, func() error { return directions(l, seed) })
			if err != nil {
				return report, err
			}
			report.Steps = append(report.Steps, step)
			report.Rounds[l.Index-1] = 1
		}
		return between(ctx, n, x, seed, report)
	}
}

// within gives the layer its directions and makes its channels' means 0 and variances 1.
func within(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], l *network.Layer[float32], directions func() error) (Step, error) {
	if _, err := preactivations(ctx, n, x, l.Index); err != nil { // for the layer's inputs
		return Step{}, err
	}
	if err := directions(); err != nil {
		return Step{}, fmt.Errorf("%s: %w", l.Name, err)
	}
	z, err := preactivations(ctx, n, x, l.Index)
	if err != nil {
		return Step{}, err
	}
	step := Step{Layer: l.Index, Round: 1}
	bias := l.Bias.Value.Row(0)
	for k := range z.Cols {
		var mean, square float64
		for i := range z.Rows {
			mean += float64(z.Row(i)[k]) / float64(z.Rows)
		}
		for i := range z.Rows {
			d := float64(z.Row(i)[k]) - mean
			square += d * d / float64(z.Rows)
		}
		if !(square > 0) || math.IsInf(square, 0) || math.IsInf(mean, 0) {
			return step, fmt.Errorf("%s: channel %d has the variance %v over the batch", l.Name, k+1, square)
		}
		factor := 1 / math.Sqrt(square)
		row := l.Weight.Value.Row(k)
		for j := range row {
			row[j] *= float32(factor)
		}
		bias[k] = float32(-mean * factor)
		step.Measured += square / float64(z.Cols)
		step.Factor += factor / float64(z.Cols)
	}
	return step, nil
}

// between makes the layers' rates of change equal.
func between(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64, report Report) (Report, error) {
	g := dense.New[float32](x.Rows*n.Output.Positions(), n.Output.Channels)
	for i := range g.Rows {
		kernels.Normal(g.Row(i), seed, gradientSeed, uint64(i*g.Cols), 0, 1)
	}
	for round := 1; ; round++ {
		rates, mean, err := ratesOf(ctx, n, x, g)
		if err != nil {
			return report, err
		}
		low, high := math.Inf(1), 0.
		for _, r := range rates {
			low, high = math.Min(low, r), math.Max(high, r)
		}
		report.Converged = high/low-1 <= rateTolerance
		product := 1.
		for i, l := range n.Layers {
			step := Step{l.Index, round, rates[i], 1}
			if !report.Converged && round <= rateRounds {
				step.Factor = math.Sqrt(rates[i] / mean)
				product *= step.Factor
				l.Weight.Scale(float32(step.Factor))
				l.Bias.Scale(float32(product))
				report.Rounds[i]++
			}
			report.Steps = append(report.Steps, step)
		}
		if report.Converged || round > rateRounds {
			return report, nil
		}
	}
}

// ratesOf returns each layer's sqrt(mean (dL/dW)^2 / mean W^2), and their geometric mean.
func ratesOf(ctx context.Context, n *network.Net[float32], x, g dense.Matrix[float32]) (rates []float64, mean float64, err error) {
	if _, err := n.Forward(ctx, x, nil); err != nil {
		return nil, 0, err
	}
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

func meanSquare(m dense.Matrix[float32]) float64 {
	total := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			total += float64(v) * float64(v)
		}
	}
	return total / float64(m.Rows*m.Cols)
}
