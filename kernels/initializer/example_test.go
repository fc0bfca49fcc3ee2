package initializer_test

import (
	"fmt"
	"math"
	"strings"

	"actinit/kernels/initializer"
)

func Example() {
	kaiming := initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
	const units, inputs = 4, 64
	weights := make([]float32, units*inputs)
	const seed, stream, workers = 7, 0, 2
	if err := kaiming.Fill32(weights, []int{units, inputs}, seed, stream, workers); err != nil {
		fmt.Println(err)
		return
	}
	std, _ := kaiming.Std(units, inputs)
	fmt.Println(kaiming.Formula)
	fmt.Printf("std %.4f\n", std)
	// Output:
	// N(0, std), std = sqrt(2)/sqrt(fan_in)
	// std 0.1768
}

func ExampleFans() {
	in, out, _ := initializer.Fans(64, 3, 7, 7) // 64 filters of 7x7 on 3 channels
	fmt.Println(in, out)
	// Output: 147 3136
}

func ExampleGain() {
	gain, _ := initializer.Gain("tanh")
	exact, _ := initializer.ExactGain("tanh")
	std, _ := initializer.XavierNormal(exact).Std(1024, 512)
	fmt.Printf("%.4f %.4f %.5f\n", gain, exact, std)
	// Output: 1.6667 1.5925 0.05747
}

func ExampleNew() {
	rule, err := initializer.New("variance_scaling", initializer.Settings{"scale": 2, "mode": "fan_out"})
	if err != nil {
		fmt.Println(err)
		return
	}
	promise, _ := rule.Promise(128, 64, 3, 3)
	fmt.Printf("std %.5f, within %.5f, fan %v\n", promise.Std, promise.Bound(), promise.Fan)

	_, err = initializer.New("sparse", nil)
	fmt.Println(err)
	// Output:
	// std 0.04167, within 0.09474, fan 1152
	// sparse: the parameter "sparsity" is missing: share of zeros, 0 to 1
}

// A network is described once and filled in one call, tensor by tensor. Each tensor's
// weights depend on its name, not on its neighbours.
func ExampleReadNetwork() {
	const spec = `{"layers": [
		{"name": "conv.weight", "shape": [8, 3, 3, 3], "init": "dirac"},
		{"name": "fc.weight", "shape": [10, 72]},
		{"name": "fc.bias", "shape": [10]}
	]}`
	network, err := initializer.ReadNetwork(strings.NewReader(spec), &initializer.Torch)
	if err != nil {
		fmt.Println(err)
		return
	}
	const seed, workers = 7, 2
	if err := network.Fill(seed, workers, func(w initializer.Weights) error {
		fmt.Printf("%-11s  %3d weights  std %.4f  %s\n", w.Name, len(w.Float32), w.Promise.Std, w.Init.Formula)
		return nil
	}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// conv.weight  216 weights  std 0.1170  1 in the middle of the filter from input i to output i, else 0
	// fc.weight    720 weights  std 0.0680  U[-a, a), a = 1/sqrt(3)*sqrt(3/fan_in)
	// fc.bias       10 weights  std 0.0680  U[-.11785113019775793, .11785113019775793)
}
