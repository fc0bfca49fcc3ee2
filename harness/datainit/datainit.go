// Package datainit initialises nets by what a batch of data does in them, or by their
// structure: LSUV (Mishkin & Matas 2015), Kraehenbuehl et al. 2015, Fixup (Zhang, Dauphin &
// Ma 2019), and every rule of package initializer. Each says what it measured, what it
// did about it and how many rounds it took.
package datainit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/statistics"
	"actinit/kernels/initializer"
)

// A Kind is an initialiser of nets.
type Kind struct {
	Name    string // "lsuv"
	Formula string
	Source  string
	Data    bool // it needs a batch of data

	apply func(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error)
}

// A Step is what one round found at a layer, and did.
type Step struct {
	Layer, Round int
	Measured     float64 // LSUV: the variance of the pre-activations; Kraehenbuehl's within layers: the mean of the channels' variances, between layers: the rate
	Factor       float64 // what the weights were multiplied with, the mean of the channels' in Kraehenbuehl's within layers
}

// A Report is what an initialiser did.
type Report struct {
	Steps     []Step
	Rounds    []int // of layer l at l-1: corrections; 0 where the first measurement was right
	Converged bool  // every layer is within its tolerance
}

// kinds are the initialisers of this package's own.
var kinds = []Kind{
	{"lsuv", "orthonormal W; then layer by layer W /= std(z) until |var(z) - 1| < .1, 10 rounds at most", "Mishkin & Matas 2015", true, LSUV},
	{"kraehenbuehl_gaussian", "w_k N(0, 1); w_k /= std(z_k), b_k = -mean(z_k)/std(z_k); then rates of change made equal", "Kraehenbuehl, Doersch, Donahue & Darrell 2015", true, kraehenbuehl(gaussianWeights)},
	{"kraehenbuehl_pca", "w_k the k-th principal direction of the layer's inputs, then as kraehenbuehl_gaussian", "Kraehenbuehl, Doersch, Donahue & Darrell 2015", true, kraehenbuehl(pcaWeights)},
	{"kraehenbuehl_kmeans", "w_k the k-th centre of the layer's normalised inputs, then as kraehenbuehl_gaussian", "Kraehenbuehl, Doersch, Donahue & Darrell 2015", true, kraehenbuehl(kmeansWeights)},
	{"fixup", "in L branches of m layers He's W times L^(-1/(2m-2)), the last layer of each and the classifier 0", "Zhang, Dauphin & Ma 2019", false, Fixup},
}

// All returns the initialisers of this package's own. New knows those of package
// initializer too.
func All() []Kind { return slices.Clone(kinds) }

// New returns the initialiser of that name, one of All or of package initializer with its
// default settings.
func New(name string) (Kind, error) {
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	for _, k := range initializer.All() {
		if k.Name == name {
			rule, err := initializer.New(name, nil)
			if err != nil {
				return Kind{}, err
			}
			return Rule(rule), nil
		}
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("no initialiser is called %q, there are %s, and those of actinit list initializers", name, strings.Join(names, ", "))
}

// Rule returns the initialiser that fills every layer by a rule.
func Rule(rule initializer.Initializer) Kind {
	return Kind{Name: rule.Name, Formula: rule.Formula, apply: func(_ context.Context, n *network.Net[float32], _ dense.Matrix[float32], seed uint64) (Report, error) {
		return Report{Rounds: make([]int, len(n.Layers)), Converged: true}, fill(n, rule, seed)
	}}
}

// Apply initialises the net. x is a batch, examples x values, for those that need data; it is
// run forward, and for Kraehenbuehl's backward. An error is one line that names the layer.
func (k Kind) Apply(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
	if k.Data {
		if x.Rows < 2 {
			return Report{}, fmt.Errorf("%s needs a batch of two examples or more", k.Name)
		}
		for i := range x.Rows {
			for _, v := range x.Row(i) {
				if v-v != 0 {
					return Report{}, fmt.Errorf("%s: example %d has a value that is not finite", k.Name, i+1)
				}
			}
		}
	}
	report, err := k.apply(ctx, n, x, seed)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s: %w", k.Name, err)
	}
	return report, err
}

func fill(n *network.Net[float32], rule initializer.Initializer, seed uint64) error {
	return n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return rule }, seed)
}

// errReached ends a pass when the layer it was for is reached.
var errReached = errors.New("reached")

// A probe stops a pass behind a layer's pre-activations and keeps a view of them.
type probe struct {
	layer int
	stop  context.CancelCauseFunc
	z     dense.Matrix[float32]
}

func (p *probe) See(q network.Quantity, l int, m dense.Matrix[float32]) {
	if q == network.Preactivation && l == p.layer {
		p.z = m
		p.stop(errReached)
	}
}

// preactivations runs the batch forward as far as a layer and returns its
// pre-activations, which stay until the next pass.
func preactivations(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], layer int) (dense.Matrix[float32], error) {
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &probe{layer: layer, stop: stop}
	_, err := n.Forward(inner, x, p)
	if err != nil && context.Cause(inner) != errReached {
		return p.z, err
	}
	return p.z, ctx.Err()
}

// everything is no limits.
var everything = statistics.Edges{Lo: -1, Hi: 1, SatLo: math.Inf(-1), SatHi: math.Inf(1)}

// LSUV's tolerance and rounds.
const (
	lsuvTolerance = .1
	lsuvRounds    = 10
)

// LSUV is Mishkin & Matas 2015: orthonormal weights, then in the order of the forward pass
//
//	W_l /= sqrt(Var z_l)
//
// until |Var z_l - 1| < .1, ten rounds at most; the variance is over all units and examples of
// the batch, before the activation. Without biases one round is exact. Biases are 0.
func LSUV(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
	if err := fill(n, initializer.Orthogonal(1), seed); err != nil {
		return Report{}, err
	}
	report := Report{Rounds: make([]int, len(n.Layers)), Converged: true}
	for _, l := range n.Layers {
		for round := 1; ; round++ {
			z, err := preactivations(ctx, n, x, l.Index)
			if err != nil {
				return report, err
			}
			variance, err := varianceOf(z)
			if err != nil {
				return report, fmt.Errorf("%s: its pre-activations %w", l.Name, err)
			}
			if math.Abs(variance-1) < lsuvTolerance {
				report.Steps = append(report.Steps, Step{l.Index, round, variance, 1})
				break
			}
			if round > lsuvRounds {
				report.Steps = append(report.Steps, Step{l.Index, round, variance, 1})
				report.Converged = false
				break
			}
			factor := 1 / math.Sqrt(variance)
			l.Weight.Scale(float32(factor))
			report.Steps = append(report.Steps, Step{l.Index, round, variance, factor})
			report.Rounds[l.Index-1]++
		}
	}
	return report, nil
}

// varianceOf returns the variance of all elements, or why it is of no use.
func varianceOf(z dense.Matrix[float32]) (float64, error) {
	s := statistics.Describe(z, everything, 1)
	v := s.Variance()
	switch {
	case s.NotFinite() > 0:
		return v, fmt.Errorf("are not finite (%d values)", s.NotFinite())
	case !(v > 0):
		return v, fmt.Errorf("do not vary: all are %v", s.Mean())
	}
	return v, nil
}
