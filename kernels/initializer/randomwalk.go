package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// RandomWalk is Sussillo and Abbott's (2014): N(0, std), std = g/sqrt(N), N the
// fan-in, with the g that lets the logarithm of a gradient's norm walk without bias
// from layer to layer, so that it grows with the square root of the depth:
//
//	linear   g = exp(1/(2N))
//	relu     g = sqrt(2)*exp(1.2/(max(N, 6)-2.4))
//	tanh     g = 1.2, the middle of the 1.1 to 1.3 that they found to work
//
// Other activations are an error; [KaimingNormal] takes any gain.
func RandomWalk(activation string) Initializer {
	formula := map[string]string{"linear": "exp(1/(2 fan_in))", "relu": "sqrt(2)*exp(1.2/(max(fan_in, 6)-2.4))", "tanh": "1.2"}[activation]
	return Initializer{"random_walk", fmt.Sprintf("N(0, std), std = g/sqrt(fan_in), g = %s", formula), func(shape []int) (filling, error) {
		fan, err := FanIn.fan(shape)
		if err != nil {
			return nil, err
		}
		g, err := walkGain(activation, fan)
		return normal{std: g / math.Sqrt(fan), fan: fan}, err
	}}
}

func walkGain(activation string, n float64) (float64, error) {
	switch activation {
	case "linear":
		return exp(1 / (2 * n)), nil
	case "relu":
		return math.Sqrt2 * exp(1.2/(math.Max(n, 6)-2.4)), nil
	case "tanh":
		return 1.2, nil
	}
	return 0, fmt.Errorf("no random walk is known for %q: want linear, relu or tanh", activation)
}

// exp returns e^x with the same bits on every target, which math.Exp does not.
func exp(x float64) float64 {
	y := []float64{x}
	kernels.Exp(y, y)
	return y[0]
}

var randomWalkKind = Kind{
	Name: "random_walk", Formula: "N(0, std), std = g/sqrt(fan_in), g for relu sqrt(2)*exp(1.2/(max(fan_in, 6)-2.4))", Source: "Sussillo and Abbott 2014",
	Parameters: []Parameter{
		{Name: "activation", Default: "relu", Meaning: "of the layer", words: []string{"linear", "relu", "tanh"}},
	},
	make: func(s values) (Initializer, error) { return RandomWalk(s.word("activation")), nil },
}
