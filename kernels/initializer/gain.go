package initializer

import (
	"fmt"
	"math"
)

// Gain returns the factor on a layer's weights that makes up for what its
// activation does to the spread.
//
//	linear, conv, sigmoid   1
//	tanh                    5/3
//	relu                    sqrt(2)
//	leakyrelu, prelu        sqrt(2/(1+param^2)), param the slope
//	selu                    3/4
//
// are those of PyTorch's calculate_gain (prelu as leakyrelu). It has none for the
// following, where the gain is 1/sqrt(E f(z)^2) for z ~ N(0,1): it keeps the second
// moment of a wide layer. For relu and leakyrelu that is the same rule.
//
//	elu                     param is alpha
//	gelu, gelutanh, silu
//
// The others ignore param. An unknown activation, or a parameter that is used
// and not finite, is an error.
func Gain(activation string, param float64) (float64, error) {
	switch activation {
	case "linear", "conv", "sigmoid":
		return 1, nil
	case "tanh":
		return 5. / 3, nil
	case "relu":
		return math.Sqrt2, nil
	case "selu":
		return .75, nil
	case "gelu":
		return geluGain, nil
	case "gelutanh":
		return geluTanhGain, nil
	case "silu":
		return siluGain, nil
	case "leakyrelu", "prelu", "elu":
		if math.IsNaN(param) || math.IsInf(param, 0) {
			return 0, fmt.Errorf("initializer: the gain of %s needs a finite parameter, not %v", activation, param)
		}
		if activation == "elu" {
			return 1 / hypot(math.Sqrt2/2, param*eluNegativeRoot), nil
		}
		return math.Sqrt2 / hypot(1, param), nil
	}
	return 0, fmt.Errorf("initializer: no gain is known for %q: want linear, conv, sigmoid, tanh, relu, leakyrelu, prelu, elu, selu, gelu, gelutanh or silu", activation)
}

// Gains by quadrature; a test computes them again.
const (
	geluGain     = 1.5335304411955344
	geluTanhGain = 1.5335805216661478
	siluGain     = 1.676532470331093
)

// E (e^z-1)^2 over z < 0, e^2 Phi(-2) - 2 sqrt(e) Phi(-1) + 1/2, is the square of:
const eluNegativeRoot = 0.3807169782041824

// hypot returns sqrt(a^2+b^2) for a != 0, with the same bits on every target;
// math.Hypot has a body of its own on some.
func hypot(a, b float64) float64 {
	larger, smaller := max(math.Abs(a), math.Abs(b)), min(math.Abs(a), math.Abs(b))
	ratio := smaller / larger
	return larger * math.Sqrt(1+float64(ratio*ratio))
}
