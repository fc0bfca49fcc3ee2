package datainit_test

import (
	"context"
	"fmt"

	"actinit/harness/datainit"
	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// LSUV on the shipped digits: what each layer's variance was, and what it was divided by.
func Example() {
	layer := network.Element{Dense: 64, Activation: "relu"}
	n, err := network.New[float32](network.Description{Input: []int{64}, Layers: []network.Element{layer, layer, layer}}, nil, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _, err := training.Digits(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	kind, err := datainit.New("lsuv", initializer.Settings{"tolerance": .01})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := kind.Apply(context.Background(), n, train.X.RowRange(0, 256), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range report.Steps {
		fmt.Printf("layer %d, round %d: %s %.2f, weights times %.2f\n", s.Layer, s.Round, s.Measure, s.Measured, s.Factor)
	}
	fmt.Println("converged:", report.Converged)
	// Output:
	// layer 1, round 1: variance 0.85, weights times 1.08
	// layer 1, round 2: variance 1.00, weights times 1.00
	// layer 2, round 1: variance 0.49, weights times 1.43
	// layer 2, round 2: variance 1.00, weights times 1.00
	// layer 3, round 1: variance 0.60, weights times 1.29
	// layer 3, round 2: variance 1.00, weights times 1.00
	// converged: true
}
