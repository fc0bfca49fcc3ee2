// Package advice names the initialiser of each layer that keeps the signal of a net
// alive, from theory, and measures what it does.
//
// Weights are independent of variance gain^2/fan-in, where gain is that of the activation
// before the layer, 1/sqrt(E f(z)^2), so that pre-activations have variance 1 in every layer
// (He et al. 2015 for any activation; SELU's is 1, LeCun's). Layers in residual branches
// take Fixup's scales where the net has its scalars (Zhang et al. 2019); elsewhere
// the last layer of each of B branches is scaled by 1/sqrt(B), which lets the mean square of
// the stream grow by (1+1/B)^B < e over all of them if that layer is linear: the means of activations at
// the ends of branches add up, and are not held. Zeros around images are not reckoned with. A gated unit, which is a product, squares what
// a layer's mean square deviates by: deep nets of them do not hold it. Biases begin at 0, multipliers at 1.
package advice

import (
	"context"
	"fmt"
	"math"
	"strings"

	"actinit/harness/diagnosis"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels/initializer"
)

// A Choice is what is advised for one layer, and what it did.
type Choice struct {
	Layer      int     `json:"layer"`
	Name       string  `json:"name"`
	Activation string  `json:"activation"`
	Init       string  `json:"init"` // a name of package initializer
	Gain       float64 `json:"gain"` // 0 for zeros
	Why        string  `json:"why"`

	// Measured with PyTorch's defaults and with the advice: the RMS of the pre-activations, and
	// the norm of the gradient by the layer's activations beside that of the top layer's.
	RMSBefore      float64 `json:"rms_torch"`
	RMSAfter       float64 `json:"rms_advised"`
	GradientBefore float64 `json:"gradient_torch"`
	GradientAfter  float64 `json:"gradient_advised"`
}

// rule returns the choice as an initialiser.
func (c Choice) rule() initializer.Initializer {
	switch c.Init {
	case "zeros":
		return initializer.Zeros()
	case "lecun_normal":
		return initializer.LeCunNormal()
	}
	return initializer.KaimingNormal(initializer.FanIn, c.Gain)
}

// An Advice is one for a net.
type Advice struct {
	Choices  []Choice `json:"layers"`
	InputRMS float64  `json:"input_rms"` // of the examples: that of the first layer's rule is 1
	// By how much a layer multiplies the signal on the way up and the gradient on the way down
	// (see diagnosis.Measurement.Factors), with PyTorch's defaults and with the advice.
	ForwardBefore  float64 `json:"forward_torch"`
	ForwardAfter   float64 `json:"forward_advised"`
	BackwardBefore float64 `json:"backward_torch"`
	BackwardAfter  float64 `json:"backward_advised"`
	Expected       float64 `json:"backward_theory"` // of BackwardAfter, in a wide dense net
	// What is wrong even with the advice, with one draw of the weights or another.
	Findings []diagnosis.Finding `json:"findings"`
}

// For returns the advice for a net, not yet measured.
func For(n *network.Net[float32]) Advice {
	a := Advice{Choices: make([]Choice, len(n.Layers)), Expected: diagnosis.Expected(n)}
	for i, l := range n.Layers {
		c := Choice{Layer: l.Index, Name: l.Name, Init: "kaiming_normal", Gain: diagnosis.Gain(l)}
		if l.Op != nil {
			c.Activation = l.Op.Name
		}
		switch {
		case i == 0:
			c.Init, c.Why = "lecun_normal", "for inputs of RMS 1"
		case l.Before == nil:
			c.Init, c.Why = "lecun_normal", "what comes before is linear, or means"
		case l.Before.Name == "selu":
			c.Init, c.Gain, c.Why = "lecun_normal", 1, "SELU's fixed point takes variance 1/fan-in"
		default:
			c.Why = fmt.Sprintf("1/sqrt(E f(z)^2) of %s before it", l.Before.Name)
		}
		a.Choices[i] = c
	}
	for _, b := range n.Blocks {
		a.branch(b, len(n.Blocks))
	}
	return a
}

// branch scales the layers of one of so many branches.
func (a Advice) branch(b *network.Block[float32], branches int) {
	last := b.Branch[len(b.Branch)-1]
	fixup := b.Multiplier != nil
	for _, l := range b.Branch {
		fixup = fixup || l.BiasIn != nil
	}
	scale := func(c *Choice, by float64, why string) {
		c.Init, c.Gain, c.Why = "kaiming_normal", c.Gain*by, c.Why+why
	}
	if fixup && len(b.Branch) > 1 {
		by := theory.FixupScale(branches, len(b.Branch))
		for _, l := range b.Branch[:len(b.Branch)-1] {
			scale(&a.Choices[l.Index-1], by, fmt.Sprintf(", x%.3g: Fixup of %d branches", by, branches))
		}
		c := &a.Choices[last.Index-1]
		c.Init, c.Gain, c.Why = "zeros", 0, "Fixup: a branch begins as nothing"
		return
	}
	by := 1 / math.Sqrt(float64(branches))
	why := fmt.Sprintf(", x%.3g: one of %d branches", by, branches)
	if last.Op != nil {
		why += ", whose ends' means add up: not held"
	}
	scale(&a.Choices[last.Index-1], by, why)
}

// Verify measures the net on the examples with PyTorch's default weights and with those
// advised, and leaves the latter in it.
func (a *Advice) Verify(ctx context.Context, n *network.Net[float32], examples diagnosis.Examples, seed uint64, workers int) error {
	for _, advised := range []bool{false, true} {
		err := n.Initialize(func(l *network.Layer[float32]) initializer.Initializer {
			switch {
			case advised:
				return a.Choices[l.Index-1].rule()
			case len(l.Shape()) > 2:
				return initializer.Torch.Convolution
			}
			return initializer.Torch.Linear
		}, seed)
		if err != nil {
			return err
		}
		if !advised {
			if err := torchBiases(n, seed); err != nil {
				return err
			}
		}
		m, err := diagnosis.Measure(ctx, n, examples, seed, workers)
		if err != nil {
			return err
		}
		a.store(m, advised)
		if advised {
			a.InputRMS, a.Findings = m.Layers[0].RMS, m.FindingsOfDraws(n)
		}
	}
	return nil
}

// torchBiases draws biases from U[-b, b), b = 1/sqrt(fan-in).
func torchBiases(n *network.Net[float32], seed uint64) error {
	for _, l := range n.Layers {
		if l.Bias == nil {
			continue
		}
		bias := l.Bias.Value.Row(0)
		if err := initializer.Torch.Bias(l.FanIn).Fill32(bias, []int{len(bias)}, seed, initializer.Stream(l.Bias.Name), 1); err != nil {
			return err
		}
	}
	return nil
}

func (a *Advice) store(m diagnosis.Measurement, advised bool) {
	forward, backward := m.Factors()
	top := m.Layers[len(m.Layers)-1].GradientNorm
	for i := range a.Choices {
		c, l := &a.Choices[i], m.Layers[i+1]
		if advised {
			c.RMSAfter, c.GradientAfter = l.PreRMS, l.GradientNorm/top
		} else {
			c.RMSBefore, c.GradientBefore = l.PreRMS, l.GradientNorm/top
		}
	}
	if advised {
		a.ForwardAfter, a.BackwardAfter = forward, backward
	} else {
		a.ForwardBefore, a.BackwardBefore = forward, backward
	}
}

// A Tensor is an entry of the description that actinit init reads.
type Tensor struct {
	Name  string   `json:"name"`
	Shape []int    `json:"shape"`
	Init  string   `json:"init"`
	Gain  *float64 `json:"gain,omitempty"`
	Value *float64 `json:"value,omitempty"`
}

// A Network is the description that actinit init reads.
type Network struct {
	Layers []Tensor `json:"layers"`
}

// Network returns the advice for each of the net's parameters.
func (a Advice) Network(n *network.Net[float32]) Network {
	var out Network
	for _, p := range n.Parameters() {
		t := Tensor{Name: p.Name, Shape: p.Shape, Init: "zeros"}
		for i, l := range n.Layers {
			switch p {
			case l.Weight:
				if t.Init = a.Choices[i].Init; t.Init == "kaiming_normal" {
					t.Gain = &a.Choices[i].Gain
				}
			case l.Slope:
				slope := float64(l.Param)
				t.Init, t.Value = "constant", &slope
			}
		}
		if strings.HasSuffix(p.Name, ".multiplier") {
			t.Init = "ones"
		}
		out.Layers = append(out.Layers, t)
	}
	return out
}
