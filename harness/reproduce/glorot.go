package reproduce

import (
	"context"
	"math"
	"time"

	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

const (
	glorotWidth = 1000
	glorotDepth = 5
	glorotBatch = 256
	glorotInput = .1 // standard deviation: tanh is nearly linear
	glorotSeeds = 5

	// Standard deviations of the logarithm of an activation's variance at layers 1 and 5
	// (theory.WideNet.LogVariance, the larger of the two initialisers). In a nearly linear
	// net gradients fluctuate as activations do. A weight gradient is the product of an activation and
	// a gradient, and its standard deviation has half of the sum's fluctuation.
	glorotFirstStd  = .0031
	glorotLastStd   = .0083
	glorotWeightStd = glorotLastStd * math.Sqrt2 / 2
)

func glorotClaim(statement, source string, published, rounding, std float64) Claim {
	return Claim{
		Statement: statement, Published: published, Source: source,
		Relation: About, Tolerance: rounding + published*fluctuation(std, glorotSeeds),
	}
}

// A glorotNet is an initialiser with what is claimed of it.
type glorotNet struct {
	name                                   string
	rule                                   initializer.Initializer
	variance                               float64 // of the weights, times the width
	first, last, gradient, weightGradients Claim
}

const glorotSource = "equations 5, 6 and figures 6, 7; tanh's curvature computed"

var glorotNets = []glorotNet{
	{
		"standard", initializer.Uniform(-1/math.Sqrt(glorotWidth), 1/math.Sqrt(glorotWidth)), 1. / 3,
		glorotClaim("activation variance, layer 1 / input, standard U(+-1/sqrt n)", glorotSource, .331, .0005, glorotFirstStd),
		glorotClaim("activation variance, layer 5 / input, standard", glorotSource, .0041, .00005, glorotLastStd),
		glorotClaim("gradient variance, layer 1 / layer 5, standard", glorotSource, .0123, .00005, glorotLastStd),
		glorotClaim("weight-gradient std, layer 1 / layer 5, standard", "equation 14 and figure 9", 1, .005, glorotWeightStd),
	},
	{
		"normalised", initializer.XavierUniform(1), 1,
		glorotClaim("activation variance, layer 1 / input, normalised", glorotSource, .98, .005, glorotFirstStd),
		glorotClaim("activation variance, layer 5 / input, normalised", glorotSource, .91, .005, glorotLastStd),
		glorotClaim("gradient variance, layer 1 / layer 5, normalised", glorotSource, .93, .005, glorotLastStd),
		glorotClaim("weight-gradient std, layer 1 / layer 5, normalised", "equation 14 and figure 9", 1, .005, glorotWeightStd),
	},
}

var glorot2010 = Experiment{
	Name: "glorot-2010", Paper: "Glorot and Bengio 2010",
	About: "variances of activations, gradients and weight gradients in five tanh layers, with and without normalisation",
	Cost:  6 * time.Second, Seeds: glorotSeeds,
	Claims: []Claim{
		glorotNets[0].first, glorotNets[0].last, glorotNets[0].gradient, glorotNets[0].weightGradients,
		glorotNets[1].first, glorotNets[1].last, glorotNets[1].gradient, glorotNets[1].weightGradients,
	},
	Run: runGlorot2010,
}

func runGlorot2010(ctx context.Context, e *Env) error {
	const (
		activations = "variance of the activations against layer"
		gradients   = "variance of the gradients against layer"
		weights     = "standard deviation of the weight gradients against layer"
	)
	n, err := network.New[float32](tower(glorotDepth, glorotWidth, "tanh"), nil, e.Workers)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, net := range glorotNets {
		w := theory.Uniform(fieldOf("tanh"), glorotDepth, glorotWidth, math.Sqrt(net.variance/glorotWidth))
		w.Inputs = []float64{glorotInput * glorotInput}
		for l, x := range w.Layers() {
			e.Point(activations, SeriesTheory+", "+net.name, 0, float64(l), x.Activation)
			e.Point(gradients, SeriesTheory+", "+net.name, 0, float64(l), x.Gradient)
		}
		e.Point(activations, SeriesPaper+", "+net.name, 0, 1, net.first.Published*glorotInput*glorotInput)
		e.Point(activations, SeriesPaper+", "+net.name, 0, glorotDepth, net.last.Published*glorotInput*glorotInput)
		e.Point(gradients, SeriesPaper+", "+net.name, 0, 1, net.gradient.Published) // the top's is 1
		for _, seed := range e.Seeds() {
			if err := draw(n, net.rule, seed); err != nil {
				return err
			}
			x := normalBatch(glorotBatch, glorotWidth, seed, streamInput)
			for i := range x.Rows {
				kernels.Normal(x.Row(i), seed, streamInput, uint64(i*x.Cols), 0, glorotInput)
			}
			s, err := bothWays(ctx, n, x, seed)
			if err != nil {
				return err
			}
			e.line(activations, net.name, seed, s.activation)
			e.line(gradients, net.name, seed, s.gradient)
			for l := 1; l <= glorotDepth; l++ {
				e.Point(weights, net.name, seed, float64(l), math.Sqrt(s.weightGradient[l]))
			}
			found.add(net.first, s.activation[1]/s.activation[0])
			found.add(net.last, s.activation[glorotDepth]/s.activation[0])
			found.add(net.gradient, s.gradient[1]/s.gradient[glorotDepth])
			found.add(net.weightGradients, math.Sqrt(s.weightGradient[1]/s.weightGradient[glorotDepth]))
			e.Step(len(glorotNets) * glorotSeeds)
		}
	}
	found.measured(e, e.experiment.Claims)
	return nil
}
