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

// Fixup is Zhang, Dauphin & Ma 2019 for a net with L residual blocks: every layer by He's
// rule, those of a branch of m layers times L^(-1/(2m-2)) but for its last, which is 0, as
// is the net's last layer if it is in no branch. Biases are 0 and multipliers 1. At the
// start every block is the identity, and the first step changes the net's output by an
// amount that does not grow with L.
func Fixup(_ context.Context, n *network.Net[float32], _ dense.Matrix[float32], seed uint64) (Report, error) {
	if len(n.Blocks) == 0 {
		return Report{}, errors.New("the net has no residual blocks")
	}
	for _, b := range n.Blocks {
		if len(b.Branch) < 2 {
			return Report{}, fmt.Errorf("the branch of block %d has one layer, which would stay 0: want two or more", b.Index)
		}
	}
	if err := fill(n, initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), seed); err != nil {
		return Report{}, err
	}
	blocks := float64(len(n.Blocks))
	for _, b := range n.Blocks {
		last := len(b.Branch) - 1
		scale := math.Pow(blocks, -1/(2*float64(len(b.Branch))-2))
		for _, l := range b.Branch[:last] {
			l.Weight.Scale(float32(scale))
		}
		b.Branch[last].Weight.Scale(0)
	}
	classifier := n.Layers[len(n.Layers)-1]
	if !slices.ContainsFunc(n.Blocks, func(b *network.Block[float32]) bool { return slices.Contains(b.Branch, classifier) }) {
		classifier.Weight.Scale(0)
	}
	return Report{Rounds: make([]int, len(n.Layers)), Converged: true}, nil
}
