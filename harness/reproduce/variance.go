package reproduce

import (
	"context"
	"math"
	"time"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

const (
	varianceWidth = 1024
	varianceDepth = 30
	varianceBatch = 16
	varianceSeeds = 10

	// Standard deviation of the logarithm of one example's second moment after the 30 layers:
	// each adds a variance of 5/width, in both directions. Its mean is lower by half of
	// the variance.
	varianceLogStd = .3827
)

// varianceClaim states a binary logarithm.
func varianceClaim(statement string, published float64) Claim {
	return Claim{
		Statement: statement, Published: published, Source: "equations 7-10 and 11-14",
		Relation: About, Tolerance: (fluctuation(varianceLogStd, varianceSeeds) + varianceLogStd*varianceLogStd/2) / math.Ln2,
	}
}

// A varianceNet is an initialiser with what is claimed of it.
type varianceNet struct {
	name              string
	gain              float64
	forward, backward Claim
}

var varianceNets = []varianceNet{
	{"Xavier", 1,
		varianceClaim("log2 of the second moment after 30 ReLU layers / input's, Xavier", -30),
		varianceClaim("log2 of the gradient's second moment, input / layer 30, Xavier", -30)},
	{"He", math.Sqrt2,
		varianceClaim("log2 of the second moment after 30 ReLU layers / input's, He", 0),
		varianceClaim("log2 of the gradient's second moment, input / layer 30, He", 0)},
}

// The weights of both nets are the same draws at two scales, and ReLU passes a scale on: the ratio is
// a product of exact numbers, published with two digits.
var varianceShrink = Claim{
	Statement: "shrink of the gradient from conv10 to conv2 by std .01, against He's weights", Published: 1.7e4, Source: "section 2.2, 5.9*4.2^2*2.9^2*2.1^4",
	Relation: Within, Tolerance: .05 / 1.7,
}

var he2015Variance = Experiment{
	Name: "he-2015-variance", Paper: "He, Zhang, Ren and Sun 2015",
	About: "30 ReLU layers: Xavier halves the second moment in each, He keeps it; std .01 in a net of ten convolutions",
	Cost:  8 * time.Second, Seeds: varianceSeeds,
	Claims: []Claim{varianceNets[0].forward, varianceNets[0].backward, varianceNets[1].forward, varianceNets[1].backward, varianceShrink},
	Run:    runHe2015Variance,
}

func runHe2015Variance(ctx context.Context, e *Env) error {
	found := perClaim{}
	n, err := network.New[float32](tower(varianceDepth, varianceWidth, "relu"), nil, e.Workers)
	if err != nil {
		return err
	}
	parts := len(varianceNets) + 1
	for _, net := range varianceNets {
		for l := range varianceDepth + 1 {
			e.Point("log2 of the second moment against layer, ReLU", SeriesTheory+", "+net.name, 0, float64(l), float64(l)*math.Log2(net.gain*net.gain/2))
		}
		e.Point("log2 of the second moment against layer, ReLU", SeriesPaper+", "+net.name, 0, varianceDepth, net.forward.Published)
		e.Point("log2 of the gradient's second moment against layer, ReLU", SeriesPaper+", "+net.name, 0, 0, net.backward.Published)
		for _, seed := range e.Seeds() {
			if err := draw(n, initializer.KaimingNormal(initializer.FanIn, net.gain), seed); err != nil {
				return err
			}
			s, err := bothWays(ctx, n, normalBatch(varianceBatch, varianceWidth, seed, streamInput), seed)
			if err != nil {
				return err
			}
			for l := range varianceDepth + 1 {
				e.Point("log2 of the second moment against layer, ReLU", net.name, seed, float64(l), math.Log2(s.activation[l]/s.activation[0]))
				e.Point("log2 of the gradient's second moment against layer, ReLU", net.name, seed, float64(l), math.Log2(s.gradient[l]/s.gradient[varianceDepth]))
			}
			found.add(net.forward, math.Log2(s.activation[varianceDepth]/s.activation[0]))
			found.add(net.backward, math.Log2(s.gradient[0]/s.gradient[varianceDepth]))
			e.Step(parts * varianceSeeds)
		}
	}
	if n, err = network.New[float32](vggB, nil, e.Workers); err != nil {
		return err
	}
	for _, seed := range e.Seeds() {
		shrink, err := convolutionalShrink(ctx, n, seed)
		if err != nil {
			return err
		}
		found.add(varianceShrink, shrink)
		e.Step(parts * varianceSeeds)
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// vggB is conv2 to conv10 of the paper's 10-layer example (model B of Simonyan and Zisserman
// 2014), without pooling, on images of 4x4.
var vggB = func() network.Description {
	d := network.Description{Input: []int{64, 4, 4}}
	for _, channels := range []int{64, 128, 128, 256, 256, 512, 512, 512, 512} {
		d.Layers = append(d.Layers, network.Element{Conv: channels, Kernel: 3, Padding: 1, Activation: "relu"})
	}
	return d
}()

// convolutionalShrink returns the standard deviation of the gradient by the input of conv2 under
// He's weights, which keep the gradient, over that under weights of std .01.
func convolutionalShrink(ctx context.Context, n *network.Net[float32], seed uint64) (float64, error) {
	var std [2]float64
	for i, rule := range []initializer.Initializer{initializer.KaimingNormal(initializer.FanOut, math.Sqrt2), initializer.Normal(0, .01)} {
		if err := draw(n, rule, seed); err != nil {
			return 0, err
		}
		var s moments
		_, err := n.Forward(ctx, normalBatch(1, n.Input.Size(), seed, streamInput), nil)
		if err != nil {
			return 0, err
		}
		g := normalBatch(n.Output.Positions(), n.Output.Channels, seed, streamGradient)
		n.ZeroGradients()
		if _, err := n.Backward(ctx, g, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
			if q == network.Gradient && l == 0 {
				s.See(q, l, m)
			}
		})); err != nil {
			return 0, err
		}
		std[i] = math.Sqrt(s.gradient[0])
	}
	return std[0] / std[1], nil
}
