package theory_test

import (
	"fmt"
	"math"

	"actinit/harness/theory"
)

// Where tanh nets stand with weights of variance 1/fan-in and biases of variance .05,
// and which weights would carry signals deepest.
func Example() {
	tanh, _ := theory.Of("tanh")
	p := theory.Ensemble{Field: tanh, WeightVar: 1, BiasVar: .05}.Phase()
	fmt.Printf("%s: q* %.4f, chi_1 %.4f, gradients fade by e in %.2f layers\n", p.Regime, p.Q, p.Chi, p.GradientScale)

	edge, q, _ := tanh.EdgeOfChaos(.05)
	fmt.Printf("edge of chaos: weight variance %.4f, q* %.4f\n", edge.WeightVar, q)
	// Output:
	// ordered: q* 0.1936, chi_1 0.7590, gradients fade by e in 3.63 layers
	// edge of chaos: weight variance 1.7610, q* 0.5700
}

// The lecture's first net: six layers of 4096 tanh units, weights of standard deviation .01.
func ExampleWideNet_Layers() {
	tanh, _ := theory.Of("tanh")
	for l, layer := range theory.Uniform(tanh, 6, 4096, .01).Layers() {
		fmt.Printf("layer %d: activations %.4f, gradients %.5f\n", l, layer.Activation, layer.Gradient)
	}
	// Output:
	// layer 0: activations 1.0000, gradients 0.00228
	// layer 1: activations 0.2422, gradients 0.00884
	// layer 2: activations 0.0837, gradients 0.02538
	// layer 3: activations 0.0321, gradients 0.06602
	// layer 4: activations 0.0128, gradients 0.16534
	// layer 5: activations 0.0052, gradients 0.40787
	// layer 6: activations 0.0021, gradients 1.00000
}

// The gradient's random walk over 100 ReLU layers of 100 units: with He's gain it
// drifts beside its spread, with the walk's own it only spreads.
func ExampleWalk() {
	walk := theory.ReLUWalk(100)
	drift, spread := walk.After(100, math.Sqrt2)
	fmt.Printf("log of the squared norm: %.2f +- %.2f\n", drift, spread)
	fmt.Printf("gain without drift: %.4f\n", walk.Gain())
	// Output:
	// log of the squared norm: -2.54 +- 2.28
	// gain without drift: 1.4323
}
