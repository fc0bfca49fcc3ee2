package reproduce

import (
	"context"
	"math"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

const (
	seluWidth = 1024
	seluDepth = 50
	// Gradients are compared from the layer in which the signal, which begins with
	// variance 2, has come to the fixed point: the slopes below leave .008 of the distance.
	seluSettled = 20
	seluBatch   = 64
	seluSeeds   = 5

	// One layer that shows the map of (mean, variance): a central difference by the variance.
	seluMapBatch = 256
	seluStep     = .05

	// Standard deviations: of a mean over units, 1/sqrt(width), not counting on the batch; of the logarithm
	// of the second moment at layer 50 (theory.WideNet.LogVariance).
	seluMeanStd = 1. / 32
	seluLogStd  = .01038

	seluKappa = 1.3162 // of walkTolerance, at the fixed point

	// Of the differences: of f(z) and of f(z)^2 by the variance the standard deviations are below .6 and 1.5,
	// and the layer has 2^18 pre-activations. The error of the difference quotient is of
	// the order of its step squared.
	seluMeanSlopeStd     = .6 / 512
	seluVarianceSlopeStd = 1.5 / 512
)

const seluSource = "Jacobian of the map g of Klambauer et al., computed"

var (
	seluMean = Claim{
		Statement: "mean of the activations of SELU layer 50", Published: 0, Source: "fixed point (0, 1)",
		Relation: About, Tolerance: fluctuation(seluMeanStd, seluSeeds),
	}
	seluVariance = Claim{
		Statement: "variance of the activations of SELU layer 50", Published: 1, Source: "fixed point (0, 1)",
		Relation: About, Tolerance: fluctuation(seluLogStd, seluSeeds),
	}
	seluMeanSlope = Claim{
		Statement: "d mean / d variance of a SELU layer at the fixed point", Published: .088835, Source: seluSource,
		Relation: About, Tolerance: fluctuation(seluMeanSlopeStd, seluSeeds) + seluStep*seluStep,
	}
	seluVarianceSlope = Claim{
		Statement: "d variance / d variance of a SELU layer at the fixed point", Published: .782648, Source: seluSource,
		Relation: About, Tolerance: fluctuation(seluVarianceSlopeStd, seluSeeds) + seluStep*seluStep,
	}
	seluGrowth = Claim{
		Statement: "growth of the gradient's mean square per layer, SELU", Published: 1.071575, Source: "E f'^2 of N(0, 1), computed",
		Relation: Within, Tolerance: walkTolerance(seluKappa, seluWidth, seluDepth-seluSettled, seluSeeds),
	}
)

var selu = Experiment{
	Name: "selu", Paper: "Klambauer et al. 2017",
	About: "SELU leads mean and variance to (0, 1): the fixed point, the map's slopes there, and the gradient",
	Cost:  18 * time.Second, Seeds: seluSeeds,
	Claims: []Claim{seluMean, seluVariance, seluMeanSlope, seluVarianceSlope, seluGrowth},
	Run:    runSELU,
}

func runSELU(ctx context.Context, e *Env) error {
	n, err := network.New[float32](tower(seluDepth, seluWidth, "selu"), nil, e.Workers)
	if err != nil {
		return err
	}
	one, err := network.New[float32](tower(1, seluWidth, "selu"), nil, e.Workers)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, seed := range e.Seeds() {
		if err := draw(n, initializer.KaimingNormal(initializer.FanIn, 1), seed); err != nil {
			return err
		}
		// The signal begins off the fixed point, with variance 2.
		x := normalBatch(seluBatch, seluWidth, seed, streamInput)
		scale(x, math.Sqrt2)
		s, err := bothWays(ctx, n, x, seed)
		if err != nil {
			return err
		}
		var means, variances []float64
		if _, err := n.Forward(ctx, x, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
			if q == network.Activation {
				mean, variance := meanVariance(m)
				means, variances = append(means, mean), append(variances, variance)
			}
		})); err != nil {
			return err
		}
		e.line("mean of the activations against layer, SELU", "SELU", seed, means)
		e.line("variance of the activations against layer, SELU", "SELU", seed, variances)
		e.line("mean square of the gradient against layer, SELU", "SELU", seed, s.gradient)
		found.add(seluMean, means[seluDepth])
		found.add(seluVariance, variances[seluDepth])
		found.add(seluGrowth, math.Exp(s.logGrowth(seluSettled, seluDepth)))

		byMean, byVariance, err := seluSlopes(ctx, one, seed)
		if err != nil {
			return err
		}
		found.add(seluMeanSlope, byMean)
		found.add(seluVarianceSlope, byVariance)
		e.Step(seluSeeds)
	}
	for l := range seluDepth + 1 {
		e.Point("mean of the activations against layer, SELU", SeriesTheory, 0, float64(l), 0)
		e.Point("variance of the activations against layer, SELU", SeriesTheory, 0, float64(l), 1)
		e.Point("mean square of the gradient against layer, SELU", SeriesTheory, 0, float64(l), math.Pow(seluGrowth.Published, float64(seluDepth-l)))
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// seluSlopes returns the derivatives by the input's variance of mean and variance of what one layer
// puts out, at variance 1, with the paper's weights: each unit's have sum 0 and sum of squares 1.
func seluSlopes(ctx context.Context, one *network.Net[float32], seed uint64) (byMean, byVariance float64, err error) {
	if err := draw(one, initializer.KaimingNormal(initializer.FanIn, 1), seed); err != nil {
		return 0, 0, err
	}
	w := one.Layers[0].Weight.Value
	for i := range w.Rows {
		row := widened(w.Row(i))
		floats.AddConst(-stat.Mean(row, nil), row)
		floats.Scale(1/floats.Norm(row, 2), row)
		for j, v := range row {
			w.Row(i)[j] = float32(v)
		}
	}
	var mean, variance [2]float64
	for i, v := range []float64{1 - seluStep, 1 + seluStep} {
		x := dense.New[float32](seluMapBatch, seluWidth)
		for r := range x.Rows {
			kernels.Normal(x.Row(r), seed, streamInput, uint64(r*x.Cols), 0, float32(math.Sqrt(v)))
		}
		y, err := one.Forward(ctx, x, nil)
		if err != nil {
			return 0, 0, err
		}
		mean[i], variance[i] = meanVariance(y)
	}
	return (mean[1] - mean[0]) / (2 * seluStep), (variance[1] - variance[0]) / (2 * seluStep), nil
}

// meanVariance returns mean and variance of the elements.
func meanVariance(m dense.Matrix[float32]) (mean, variance float64) {
	sum := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			sum += float64(v)
		}
	}
	mean = sum / float64(m.Rows*m.Cols)
	return mean, meanSquare(m) - mean*mean
}

// scale multiplies all elements.
func scale(m dense.Matrix[float32], by float32) {
	for i := range m.Rows {
		for j := range m.Row(i) {
			m.Row(i)[j] *= by
		}
	}
}
