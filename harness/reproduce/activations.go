package reproduce

import (
	"context"
	"math"
	"time"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/harness/training"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// Nets of two hidden layers of 128 units learn the digits, each activation from the
// weights that suit it. Maxout has two weight matrices for a layer, so that 84 units have as many
// parameters. A unit is dead when it passes no gradient for any training image; a
// unit is saturated at an image where it passes less than a hundredth of the most that its
// activation can pass, which leaves the leaky ReLU's slope of .01 out and counts the zeros of
// ReLU. The rates are ordinary ones up to a hundred times too high; .1 of them is the largest
// that textbooks start with.
const (
	activationsWidth    = 128
	activationsMaxout   = 84
	activationsSteps    = 300
	activationsBatch    = 64
	activationsMomentum = .9
	activationsOrdinary = 0 // of activationsRates
	activationsLearnt   = .3
)

var activationsRates = []float64{.01, .03, .1, .3, 1}

// activationsTried are the lecture's, with weights that keep the spread.
var activationsTried = []struct {
	name string
	gain float64 // of the standard deviation 1/sqrt(fan-in)
}{
	{"sigmoid", 1}, {"tanh", 1}, {"relu", math.Sqrt2}, {"leakyrelu", math.Sqrt2}, {"elu", math.Sqrt2}, {"selu", 1}, {"maxout", 1},
}

var (
	activationsParameters = Claim{"parameters of the maxout net over those of the others", 1, lecture + ": maxout doubles the parameters of a unit", Within, .01}
	activationsDead       = Claim{"ReLU: largest share of dead units over rates from .01 to 1", .4, lecture + ": as much as 40% of a net if the learning rate is too high", AtLeast, 0}
	activationsAlive      = Claim{"ReLU at rate .01: share of dead units", 0, lecture + ": with a proper rate it is less often an issue", AtMost, .1}
	activationsLeaky      = Claim{"leaky ReLU: largest share of dead units over all rates", 0, lecture + ": will not die", AtMost, 0}
	activationsELU        = Claim{"ELU, SELU, maxout, sigmoid, tanh at rate .01: largest share of dead units", 0, lecture + ": only ReLU's gradient is 0 over a half-line", AtMost, 0}
	activationsZeros      = Claim{"ReLU at rate .01: share of unit and image pairs that pass nothing", .5, "Glorot, Bordes and Bengio 2011: half of the units at the start, more later", AtLeast, .05}
	activationsLinear     = Claim{"leaky ReLU, maxout at rate .01: share that is saturated", 0, lecture + ": does not saturate", AtMost, 0}
	activationsLearn      = Claim{"ReLU, leaky ReLU, ELU, SELU, maxout, tanh at rate .01: lowest accuracy on digits not trained on", 1, "no accuracy of digits is published", AtLeast, .1}
	activationsSigmoid    = Claim{"steps to a loss of .3 at rate .01 (at most 300), sigmoid over ReLU", 2, lecture + ": ReLU converges much faster, 6x of Krizhevsky et al. 2012; claimed here is twice", AtLeast, 0}
	activationsTanh       = Claim{"steps to a loss of .3 at rate .01 (at most 300), tanh over ReLU", 1, "Krizhevsky et al. 2012, figure 1: 6x of CIFAR-10; claimed here is that ReLU is no slower", AtLeast, 0}
)

var activationProblems = Experiment{
	Name: "activation-shares", Paper: "CS231n",
	About: "dead and saturated units of the lecture's activations after training at equal parameters",
	Cost:  7 * time.Second, Seeds: 5, Run: runActivations,
	Claims: []Claim{
		activationsParameters, activationsDead, activationsAlive, activationsLeaky, activationsELU,
		activationsZeros, activationsLinear, activationsLearn, activationsSigmoid, activationsTanh,
	},
}

// A shares is what became of one net.
type shares struct {
	parameters                float64
	dead, saturated, accuracy float64
	steps                     float64 // to activationsLearnt
	lost                      bool    // the loss is no longer finite
}

func runActivations(ctx context.Context, e *Env) error {
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (map[string][]shares, error) {
		r := map[string][]shares{}
		for _, a := range activationsTried {
			for _, rate := range activationsRates {
				s, err := trainActivation(ctx, a.name, a.gain, rate, seed)
				if err != nil {
					return nil, err
				}
				r[a.name] = append(r[a.name], s)
			}
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	of := func(f func(r map[string][]shares) float64) []float64 { return values(results, f) }
	// largest is over the activations named, at one rate or, below 0, over all at which the
	// net was not lost to infinities.
	largest := func(rate int, f func(shares) float64, names ...string) []float64 {
		return of(func(r map[string][]shares) float64 {
			top := math.Inf(-1)
			for _, name := range names {
				for i, s := range r[name] {
					if i == rate || rate < 0 && !s.lost {
						top = math.Max(top, f(s))
					}
				}
			}
			return top
		})
	}
	dead := func(s shares) float64 { return s.dead }
	saturated := func(s shares) float64 { return s.saturated }
	const all = -1
	e.Measured(activationsParameters, of(func(r map[string][]shares) float64 { return r["maxout"][0].parameters / r["relu"][0].parameters })...)
	e.Measured(activationsDead, largest(all, dead, "relu")...)
	e.Measured(activationsAlive, largest(activationsOrdinary, dead, "relu")...)
	e.Measured(activationsLeaky, largest(all, dead, "leakyrelu")...)
	e.Measured(activationsELU, largest(activationsOrdinary, dead, "elu", "selu", "maxout", "sigmoid", "tanh")...)
	e.Measured(activationsZeros, largest(activationsOrdinary, saturated, "relu")...)
	e.Measured(activationsLinear, largest(activationsOrdinary, saturated, "leakyrelu", "maxout")...)
	lowest := largest(activationsOrdinary, func(s shares) float64 { return -s.accuracy }, "relu", "leakyrelu", "elu", "selu", "maxout", "tanh")
	for i := range lowest {
		lowest[i] = -lowest[i]
	}
	e.Measured(activationsLearn, lowest...)
	slower := func(name string) []float64 {
		return of(func(r map[string][]shares) float64 {
			return r[name][activationsOrdinary].steps / r["relu"][activationsOrdinary].steps
		})
	}
	e.Measured(activationsSigmoid, slower("sigmoid")...)
	e.Measured(activationsTanh, slower("tanh")...)
	for i, seed := range e.Seeds() {
		for _, a := range activationsTried {
			for j, rate := range activationsRates {
				s := results[i][a.name][j]
				e.Point("share of dead units against rate", a.name, seed, rate, s.dead)
				e.Point("share saturated against rate", a.name, seed, rate, s.saturated)
				e.Point("accuracy against rate", a.name, seed, rate, s.accuracy)
			}
		}
	}
	return nil
}

// trainActivation trains one net and looks at all its hidden units and training images.
func trainActivation(ctx context.Context, name string, gain, rate float64, seed uint64) (shares, error) {
	train, test, err := training.Digits(seed)
	if err != nil {
		return shares{}, err
	}
	width := activationsWidth
	if name == "maxout" {
		width = activationsMaxout
	}
	n, err := newNet(classifier(3, width, name), every(initializer.KaimingNormal(initializer.FanIn, gain)), seed)
	if err != nil {
		return shares{}, err
	}
	losses, err := descend(ctx, n, train, training.Plan{
		Steps: activationsSteps, Batch: activationsBatch, Seed: seed,
		Optimizer: &training.SGD[float32]{Rate: rate, Momentum: activationsMomentum},
	})
	if err != nil {
		return shares{}, err
	}
	s := shares{parameters: float64(n.ParameterCount()), steps: float64(stepsUntil(losses, activationsLearnt, activationsSteps))}
	last := losses[len(losses)-1]
	s.lost = math.IsNaN(last) || math.IsInf(last, 0)
	if _, s.accuracy, err = training.Evaluate(ctx, n, test); err != nil {
		return s, err
	}
	s.dead, s.saturated, err = deadAndSaturated(ctx, n, train.X)
	return s, err
}

// deadAndSaturated returns the share of the hidden units that pass no gradient for any of
// the examples, and the share of units and examples where less than a hundredth of the most is
// passed.
func deadAndSaturated(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32]) (dead, saturated float64, err error) {
	units, deadUnits, pairs, saturatedPairs := 0, 0, 0, 0
	_, err = n.Forward(ctx, x, observer(func(q network.Quantity, l int, z dense.Matrix[float32]) {
		if q != network.Preactivation || n.Layers[l-1].Op == nil {
			return
		}
		layer := n.Layers[l-1]
		passes := make([]bool, layer.Units)
		low := float32(.01 * steepestSlope(layer.Op))
		for i := range z.Rows {
			for j, d := range slopes(layer, z.Row(i)) {
				if d != 0 {
					passes[j] = true
				}
				if d < low {
					saturatedPairs++
				}
			}
		}
		for _, p := range passes {
			if !p {
				deadUnits++
			}
		}
		units += layer.Units
		pairs += layer.Units * z.Rows
	}))
	return float64(deadUnits) / float64(units), float64(saturatedPairs) / float64(pairs), err
}

// slopes returns what a layer's units pass of a gradient of 1 at a row of
// pre-activations. A maxout unit passes all of it to the piece that won.
func slopes(l *network.Layer[float32], z []float32) []float32 {
	d := make([]float32, l.Units)
	if l.Pieces > 1 {
		for j := range d {
			d[j] = 1
		}
		return d
	}
	derive(*l.Op, l.Param, d, z)
	return d
}

// steepestSlope is the largest derivative of an operation.
func steepestSlope(op *ops.Row) float64 {
	switch op.Name {
	case "sigmoid":
		return .25
	case "selu":
		return kernels.SELULambda * kernels.SELUAlpha
	}
	return 1
}
