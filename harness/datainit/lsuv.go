package datainit

import (
	"context"
	"fmt"
	"math"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/statistics"
	"actinit/kernels/initializer"
)

var lsuvParameters = []initializer.Parameter{
	{Name: tolerance, Default: ".1", Meaning: "of a layer's variance"},
	{Name: rounds, Default: "10", Meaning: "of a layer at most"},
}

// lsuv is Mishkin & Matas 2015: orthonormal weights, then in the order of the forward pass
//
//	W_l /= sqrt(Var z_l)
//
// until |Var z_l - 1| < tolerance; the variance is over all units and examples of the batch,
// before the activation. Biases are 0, and so one round is exact. All layers are done in
// one pass, with a product for each measurement more.
func lsuv(settings map[string]float64) apply {
	return func(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
		if err := fill(n, initializer.Orthogonal(1), seed); err != nil {
			return Report{}, err
		}
		report := Report{Rounds: make([]int, len(n.Layers)), Converged: true}
		_, err := n.ForwardFitting(ctx, x, func(l *network.Layer[float32]) error {
			for round := 1; ; round++ {
				mean, variance, err := momentsOf(l.Preactivate())
				if err != nil {
					return fmt.Errorf("%s: its pre-activations %w", l.Name, err)
				}
				step := Step{l.Index, round, Variance, variance, mean, 1}
				within := math.Abs(variance-1) < settings[tolerance]
				if within || round > int(settings[rounds]) {
					report.Converged = report.Converged && within
					report.Steps = append(report.Steps, step)
					return nil
				}
				step.Factor = 1 / math.Sqrt(variance)
				l.Weight.Scale(float32(step.Factor))
				report.Steps = append(report.Steps, step)
				report.Rounds[l.Index-1]++
			}
		})
		return report, err
	}
}

// everything is no limits.
var everything = statistics.Edges{Lo: -1, Hi: 1, SatLo: math.Inf(-1), SatHi: math.Inf(1)}

// momentsOf returns mean and variance of all elements, or why they are of no use.
func momentsOf(z dense.Matrix[float32]) (mean, variance float64, err error) {
	s := statistics.Describe(z, everything, 1)
	mean, variance = s.Mean(), s.Variance()
	switch {
	case s.NotFinite() > 0:
		err = fmt.Errorf("are not finite (%d values)", s.NotFinite())
	case !(variance > 0):
		err = fmt.Errorf("do not vary: all are %v", mean)
	}
	return mean, variance, err
}
