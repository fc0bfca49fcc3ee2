package reproduce

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"actinit/harness/datainit"
	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/training"
)

const (
	lsuvDepth = 10
	lsuvWidth = 128
	lsuvBatch = 256 // of the digits
	lsuvSeeds = 5

	// float32 leaves the variance of a batch with about so many digits.
	lsuvRounding = 1e-5
)

// lsuvActivations are those that the paper tries, and two more.
var lsuvActivations = []string{"relu", "leakyrelu", "tanh", "maxout", "elu", "sigmoid"}

// lsuvWithin states that of a net's layers none is farther from variance 1 than the paper allows.
func lsuvWithin(net string) Claim {
	return Claim{
		Statement: fmt.Sprintf("largest |Var z - 1| of a layer, %s", net), Published: .1, Source: "algorithm 1, Tol_var",
		Relation: AtMost,
	}
}

var (
	lsuvDeviations = func() []Claim {
		var claims []Claim
		for _, activation := range lsuvActivations {
			claims = append(claims, lsuvWithin(activation))
		}
		return append(claims, lsuvWithin("convolutions"))
	}()
	lsuvRounds = Claim{
		Statement: "largest number of rounds that a layer takes, no biases", Published: 1, Source: "the variance is quadratic in the scale",
		Relation: AtMost,
	}
	lsuvExact = Claim{
		Statement: "largest |Var z - 1| after one round, no biases", Published: 0, Source: "the same, rounding left",
		Relation: AtMost, Tolerance: lsuvRounding,
	}
)

var lsuv = Experiment{
	Name: "lsuv", Paper: "Mishkin and Matas 2015",
	About: "layer-sequential unit variance on the digits: ten layers of six activations, and convolutions",
	Cost:  4 * time.Second, Seeds: lsuvSeeds,
	Claims: slices.Concat(lsuvDeviations, []Claim{lsuvRounds, lsuvExact}),
	Run:    runLSUV,
}

func runLSUV(ctx context.Context, e *Env) error {
	nets := []network.Description{}
	for _, activation := range lsuvActivations {
		d := tower(lsuvDepth, lsuvWidth, activation)
		d.Input = []int{digitsSize}
		nets = append(nets, d)
	}
	nets = append(nets, network.Description{Input: []int{1, 8, 8}, Layers: []network.Element{
		{Conv: 16, Kernel: 3, Padding: 1, Activation: "relu"},
		{Conv: 32, Kernel: 3, Padding: 1, Stride: 2, Activation: "relu"},
		{Conv: 32, Kernel: 3, Padding: 1, Activation: "relu"},
		{Dense: 64, Activation: "relu"},
		{Dense: 10},
	}})
	kind, err := datainit.New("lsuv", nil)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, seed := range e.Seeds() {
		train, _, err := training.Digits(seed)
		if err != nil {
			return err
		}
		x := train.X.RowRange(0, lsuvBatch)
		rounds, rounding := 0, 0.
		for i, d := range nets {
			n, err := network.New[float32](d, nil, e.Workers)
			if err != nil {
				return err
			}
			report, err := kind.Apply(ctx, n, x, seed)
			if err != nil {
				return err
			}
			largest := 0.
			_, err = n.Forward(ctx, x, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
				if q == network.Preactivation {
					_, variance := meanVariance(m)
					largest = max(largest, math.Abs(variance-1))
				}
			}))
			if err != nil {
				return err
			}
			found.add(lsuvDeviations[i], largest)
			rounds = max(rounds, slices.Max(report.Rounds))
			for _, s := range report.Steps {
				if s.Round > 1 {
					rounding = max(rounding, math.Abs(s.Measured-1))
				} else if i < len(lsuvActivations) {
					e.Point("variance of the pre-activations before LSUV's correction against layer", lsuvActivations[i], seed, float64(s.Layer), s.Measured)
				}
			}
			e.Step(lsuvSeeds * len(nets))
		}
		found.add(lsuvRounds, float64(rounds))
		found.add(lsuvExact, rounding)
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// digitsSize is the number of pixels of a digit.
const digitsSize = 64
