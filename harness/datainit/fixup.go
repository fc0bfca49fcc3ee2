package datainit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

// fixup is Zhang, Dauphin & Ma 2019 for a net with L residual blocks: every layer by He's
// rule, those of a branch of m layers times L^(-1/(2m-2)) but for its last, which is 0, as
// is the net's last layer if it is in no branch. Biases are 0 and multipliers 1. At the
// start a branch whose last layer has no activation adds 0, and the first step changes the
// net's output by an amount that does not grow with L.
func fixup(map[string]float64) apply {
	return func(_ context.Context, n *network.Net[float32], _ dense.Matrix[float32], seed uint64) (Report, error) {
		if len(n.Blocks) == 0 {
			return Report{}, errors.New("the net has no residual blocks")
		}
		inBranch := map[*network.Layer[float32]]bool{}
		for _, b := range n.Blocks {
			if len(b.Branch) < 2 {
				return Report{}, fmt.Errorf("the branch of block %d has one layer, which would stay 0: want two or more", b.Index)
			}
			for _, l := range b.Branch {
				if inBranch[l] {
					return Report{}, fmt.Errorf("%s is in a residual block within another: want blocks one after another", l.Name)
				}
				inBranch[l] = true
			}
		}
		if err := fill(n, initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), seed); err != nil {
			return Report{}, err
		}
		report := Report{Rounds: make([]int, len(n.Layers)), Converged: true}
		scale := func(l *network.Layer[float32], factor float64) {
			l.Weight.Scale(float32(factor))
			report.Steps = append(report.Steps, Step{Layer: l.Index, Round: 1, Factor: factor})
		}
		blocks := float64(len(n.Blocks))
		for _, b := range n.Blocks {
			last := len(b.Branch) - 1
			for _, l := range b.Branch[:last] {
				scale(l, math.Pow(blocks, -1/(2*float64(len(b.Branch))-2)))
			}
			scale(b.Branch[last], 0)
		}
		if classifier := n.Layers[len(n.Layers)-1]; !inBranch[classifier] {
			scale(classifier, 0)
		}
		slices.SortFunc(report.Steps, func(a, b Step) int { return a.Layer - b.Layer })
		return report, nil
	}
}
