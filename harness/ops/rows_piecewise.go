package ops

import (
	"math"
	"math/big"

	"actinit/reference"
	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

// piecewiseRows are the frameworks' operations that are piecewise linear or take
// square roots and quotients at most.
var piecewiseRows = []Row{
	{
		Name: "relu6", Title: "ReLU6", Formula: "min(max(0, x), 6)",
		Source: "Krizhevsky 2010",
		Saved:  SavedInput, Kinks: []float64{0, 6}, Extended: true,
		Forward:    selecting("", 1, func(in []float64, _ float64) float64 { return reference.ReLU6(in[0]) }),
		Backward:   passing("grad where 0 < x < 6, else 0", plain(reference.ReLU6Derivative)),
		Derivative: plain(reference.ReLU6Derivative),
	},
	{
		Name: "hardtanh", Title: "hardtanh", Formula: "min(max(-bound, x), bound)",
		Source: "Collobert 2004",
		Param:  &Param{Name: "bound", Default: 1, Others: []float64{.5, 6, 0}, Domain: NotNegative},
		Saved:  SavedInput, KinkAtParam: true, Extended: true,
		Forward: selecting("", 1, func(in []float64, bound float64) float64 { return reference.Hardtanh(in[0], -bound, bound) }),
		Backward: passing("grad where |x| < bound, else 0", func(x, bound float64) float64 {
			return reference.HardtanhDerivative(x, -bound, bound)
		}),
		Derivative: func(x, bound float64) float64 { return reference.HardtanhDerivative(x, -bound, bound) },
	},
	{
		Name: "threshold", Title: "thresholded ReLU", Formula: "x for x > threshold, 0 otherwise",
		Source: "Konda, Memisevic and Krueger 2014",
		Param:  &Param{Name: "threshold", Default: 1, Others: []float64{0, -2, .1}, Domain: Finite},
		Saved:  SavedInput, KinkAtParam: true, Extended: true,
		Forward: selecting("", 1, func(in []float64, threshold float64) float64 {
			return reference.Threshold(in[0], threshold, 0)
		}),
		Backward:   passing("grad where x > threshold, else 0", reference.ThresholdDerivative),
		Derivative: reference.ThresholdDerivative,
	},
	{
		Name: "hardshrink", Title: "hardshrink", Formula: "x for |x| > lambda, 0 otherwise",
		Source: "Donoho and Johnstone 1994",
		Param:  &Param{Name: "lambda", Default: .5, Others: []float64{0, .1, 2}, Domain: NotNegative},
		Saved:  SavedInput, KinkAtParam: true, Extended: true,
		Forward:    selecting("", 1, func(in []float64, lambda float64) float64 { return reference.Hardshrink(in[0], lambda) }),
		Backward:   passing("grad where |x| > lambda, else 0", reference.HardshrinkDerivative),
		Derivative: reference.HardshrinkDerivative,
	},
	{
		Name: "softshrink", Title: "softshrink", Formula: "x-lambda for x > lambda, x+lambda for x < -lambda, 0 between",
		Source: "Donoho and Johnstone 1994",
		Param:  &Param{Name: "lambda", Default: .5, Others: []float64{0, .1, 2}, Domain: NotNegative},
		Saved:  SavedInput, KinkAtParam: true, Extended: true,
		Forward: once(Function{
			Inputs: 1, Outputs: 1, Domain: everywhere, Value: shrunk,
			Oracle: func(_ uint, in []float64, lambda float64, _ int) (*big.Float, bool) {
				return oracle.Softshrink(in[0], lambda), true
			},
			Pair: func(in []float64, lambda float64, _ int) doubledouble.Value {
				return doubledouble.Sum(in[0], -math.Copysign(lambda, in[0]))
			},
		}),
		Backward:   passing("grad where |x| > lambda, else 0", reference.SoftshrinkDerivative),
		Derivative: reference.SoftshrinkDerivative,
	},
	{
		Name: "rrelu", Title: "RReLU (evaluation)", Formula: "x for x > 0, slope*x otherwise; the slope is random in training",
		Source: "Xu, Wang, Chen and Li 2015",
		Param:  &Param{Name: "slope", Default: (1./8 + 1./3) / 2, Others: []float64{.125, .5}, Domain: Finite},
		Saved:  SavedInput, Kinks: []float64{0}, Extended: true,
		Forward:    sloped(reference.RReLU),
		Backward:   slopedGrad(reference.RReLUDerivative),
		Derivative: reference.RReLUDerivative,
	},
	{
		Name: "hardsigmoid", Title: "hard sigmoid", Formula: "min(max(0, x+3), 6)/6",
		Source: "Howard et al. 2019, MobileNetV3",
		Saved:  SavedInput, Kinks: []float64{-3, 3}, Extended: true,
		Forward:    algebraic(plain(reference.Hardsigmoid), reference.HardsigmoidULP, outside(3), plainExact(oracle.Hardsigmoid)).byPair(plainPair(doubledouble.Hardsigmoid)),
		Backward:   fraction("grad/6 where |x| < 3, else 0", 6, plain(reference.HardsigmoidDerivative)),
		Derivative: plain(reference.HardsigmoidDerivative),
	},
	{
		Name: "hardswish", Title: "hard swish", Formula: "x * min(max(0, x+3), 6)/6",
		Source: "Howard et al. 2019, MobileNetV3",
		Saved:  SavedInput, Kinks: []float64{-3, 3}, Points: []float64{-1.5}, Extended: true,
		Forward: algebraic(plain(reference.Hardswish), reference.HardswishULP, outside(3), plainExact(oracle.Hardswish)).byPair(plainPair(doubledouble.Hardswish)),
		Backward: slope("grad * d, d = 0 for x <= -3, 1 for x >= 3, (2x+3)/6 between",
			plain(reference.HardswishDerivative), reference.HardswishDerivativeULP,
			func(x float64) bool { return x <= -3 }, plainGrad(oracle.HardswishGrad)).
			byPairGrad(func(grad, x, _ float64) doubledouble.Value { return doubledouble.HardswishGrad(grad, x) }),
		Derivative: plain(reference.HardswishDerivative),
	},
	{
		Name: "softsign", Title: "softsign", Formula: "x/(1+|x|)",
		Source: "Turian, Bergstra and Bengio 2009",
		Saved:  SavedInput, Kinks: []float64{0}, Points: []float64{0x1p25, 0x1p53, 0x1p63, 0x1p75, 0x1p511, 0x1p537}, Extended: true,
		Forward: algebraic(plain(reference.Softsign), reference.SoftsignULP, nowhere, plainExact(oracle.Softsign)).byPair(plainPair(doubledouble.Softsign)),
		Backward: vanishing(slope("grad * 1/(1+|x|)^2", plain(reference.SoftsignDerivative), reference.SoftsignDerivativeULP,
			nowhere, plainGrad(oracle.SoftsignGrad))).
			byPairGrad(func(grad, x, _ float64) doubledouble.Value { return doubledouble.SoftsignGrad(grad, x) }),
		Derivative: plain(reference.SoftsignDerivative),
	},
	{
		Name: "squareplus", Title: "squareplus", Formula: "(x + sqrt(x^2+b))/2",
		Source: "Barron 2021",
		Param:  &Param{Name: "b", Default: 4, Others: []float64{1, .01, 100}, Domain: NotNegative},
		Saved:  SavedInput, Points: []float64{1.5, 0x1p12, 0x1p63, 0x1p75, 0x1p126, 0x1p511, 0x1p537}, Extended: true,
		Forward: algebraic(reference.Squareplus, reference.SquareplusULP, nowhere, oracle.Squareplus).byPair(doubledouble.Squareplus),
		Backward: vanishing(slope("grad * (1 + x/sqrt(x^2+b))/2", reference.SquareplusDerivative, reference.SquareplusDerivativeULP,
			nowhere, oracle.SquareplusGrad)).byPairDerivative(doubledouble.SquareplusDerivative),
		Derivative: reference.SquareplusDerivative,
	},
	{
		Name: "sparseplus", Title: "sparse plus", Formula: "0 for x <= -1, x for x >= 1, (x+1)^2/4 between",
		Source: "JAX",
		Saved:  SavedInput, Kinks: []float64{-1, 1}, Extended: true,
		Forward: algebraic(plain(reference.SparsePlus), reference.SparsePlusULP, outside(1),
			always(oracle.SparsePlus)).byPair(plainPair(doubledouble.SparsePlus)),
		Backward: slope("grad * d, d = 0 for x <= -1, 1 for x >= 1, (x+1)/2 between",
			plain(reference.SparsePlusDerivative), reference.SparsePlusDerivativeULP,
			func(x float64) bool { return x <= -1 },
			func(_ uint, grad, x, _ float64) (*big.Float, bool) { return oracle.SparsePlusGrad(grad, x), true }).
			byPairGrad(func(grad, x, _ float64) doubledouble.Value { return doubledouble.SparsePlusGrad(grad, x) }),
		Derivative: plain(reference.SparsePlusDerivative),
	},
	{
		Name: "sparsesigmoid", Title: "sparse sigmoid", Formula: "min(max(0, x+1), 2)/2",
		Source: "Martins and Astudillo 2016; JAX",
		Saved:  SavedInput, Kinks: []float64{-1, 1}, Extended: true,
		Forward: once(algebraic(plain(reference.SparseSigmoid), reference.SparseSigmoidULP, outside(1),
			always(oracle.SparseSigmoid)).byPair(plainPair(doubledouble.SparseSigmoid))),
		Backward:   fraction("grad/2 where |x| < 1, else 0", 2, plain(reference.SparseSigmoidDerivative)),
		Derivative: plain(reference.SparseSigmoidDerivative),
	},
}
