package ops

import (
	"math"

	"actinit/kernels"
	"actinit/reference"
	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

// commonRows are the lecture's operations and the usual ones.
//
// The bounds of backward kernels follow from their sequence of operations. A
// rounding has a relative error of at most u, half an ULP of 1; a relative
// error of u upstream of the last product is at most 1 ULP of the result, and
// the last product adds half an ULP. So the derivative's relative error in
// units of u, plus 1/2, is the bound in ULP:
//
//   - grad * d, d correctly rounded: 1 + 1/2.
//   - grad * d, d faithful (float64): 2 + 1/2.
//   - grad * ((1-y) * y): 1-y and the product with y, 2 + 1/2. (1-y is exact for
//     y >= 1/2.)
//   - grad * ((1-y) * (1+y)): for |y| < 1/2 the factors have relative errors of
//     at most u*(1/2)/(1-|y|) + u/(1+|y|) <= 1.67 u or, the signs exchanged,
//     the same; for others one factor is exact. With the product: 2.67 + 1/2.
//   - grad * (y + alpha): the sum rounds once, 1 + 1/2.
var commonRows = []Row{
	{
		Name: "sigmoid", Title: "sigmoid", Formula: "1/(1+e^-x)",
		Source: "Verhulst 1838; as a unit: Rumelhart, Hinton and Williams 1986",
		Saved:  SavedOutput, Points: []float64{math.Ln2, 17.33, 36.74, 87.34, 88.73, 103.97, 708.4, 709.79, 745.13},
		Forward: smooth(plain(reference.Sigmoid), reference.SigmoidULP, plainOracle(oracle.Sigmoid)).byPair(plainPair(doubledouble.Sigmoid)),
		Backward: fromOutput("grad * ((1-y) * y)", 2.5, unitInterval,
			func(grad, y, _ float64) float64 { return reference.SigmoidGrad(grad, y) }, reference.SigmoidGradULP,
			func(grad, y, _ float64) *bigFloat { return oracle.SigmoidGrad(grad, y) }).
			byPairGrad(func(grad, y, _ float64) doubledouble.Value { return doubledouble.SigmoidGrad(grad, y) }),
		Derivative: plain(reference.SigmoidDerivative),
	},
	{
		Name: "tanh", Title: "tanh", Formula: "(e^x - e^-x)/(e^x + e^-x)",
		Source: "LeCun 1998, Efficient BackProp",
		Saved:  SavedOutput, Points: []float64{0.55, 9.01, 19.06, 44.36, 354.9},
		Forward: smooth(plain(reference.Tanh), reference.TanhULP, plainOracle(tanhOracle)).byPair(plainPair(doubledouble.Tanh)),
		Backward: fromOutput("grad * ((1-y) * (1+y))", 3.17, [2]float64{-1, 1},
			func(grad, y, _ float64) float64 { return reference.TanhGrad(grad, y) }, reference.TanhGradULP,
			func(grad, y, _ float64) *bigFloat { return oracle.TanhGrad(grad, y) }).
			byPairGrad(func(grad, y, _ float64) doubledouble.Value { return doubledouble.TanhGrad(grad, y) }),
		Derivative: plain(reference.TanhDerivative),
	},
	{
		Name: "relu", Title: "ReLU", Formula: "max(0, x)",
		Source: "Nair and Hinton 2010",
		Saved:  SavedInput, Kinks: []float64{0},
		Forward:    selecting("", 1, func(in []float64, _ float64) float64 { return reference.ReLU(in[0]) }),
		Backward:   selecting("grad where x > 0, else 0", 2, reluGrad),
		Derivative: plain(reference.ReLUDerivative),
	},
	{
		Name: "leakyrelu", Title: "leaky ReLU", Formula: "x for x > 0, slope*x otherwise",
		Source: "Maas, Hannun and Ng 2013",
		Param:  &Param{Name: "slope", Default: .01, Others: []float64{.2, .3, 0, 1}, Domain: Finite},
		Saved:  SavedInput, Kinks: []float64{0},
		Forward:    sloped(reference.LeakyReLU),
		Backward:   slopedGrad(reference.LeakyReLUDerivative),
		Derivative: reference.LeakyReLUDerivative,
	},
	{
		Name: "prelu", Title: "PReLU", Formula: "x for x > 0, slope*x otherwise; the slope is learned",
		Source: "He, Zhang, Ren and Sun 2015",
		Param:  &Param{Name: "slope", Default: .25, Others: []float64{.01, -.5, 0, 1.5}, Domain: Finite},
		Saved:  SavedInput, Kinks: []float64{0},
		Forward:     sloped(reference.PReLU),
		Backward:    slopedGrad(reference.PReLUDerivative),
		Derivative:  reference.PReLUDerivative,
		SlopeGrad32: kernels.PReLUSlopeGrad[float32],
		SlopeGrad64: kernels.PReLUSlopeGrad[float64],
	},
	{
		Name: "elu", Title: "ELU", Formula: "x for x > 0, alpha*(e^x - 1) otherwise",
		Source: "Clevert, Unterthiner and Hochreiter 2015",
		Param:  &Param{Name: "alpha", Default: 1, Others: []float64{.5, 1.5, 2}, Domain: Finite},
		Saved:  SavedOutput, Kinks: []float64{0}, Points: []float64{-17.33, -37.43, -87.34, -103.97, -708.4, -745.13},
		Forward: above0(zeroWithAlpha(smooth(reference.ELU, reference.ELUULP, oracle.ELU).byPair(doubledouble.ELU))),
		Backward: above0(fromOutput("grad for y > 0, else grad * (y+alpha)", 1.5, everywhere,
			reference.ELUGrad, reference.ELUGradULP, oracle.ELUGrad).byPairGrad(doubledouble.ELUGrad)),
		Derivative: reference.ELUDerivative,
	},
	{
		Name: "selu", Title: "SELU", Formula: "lambda*x for x > 0, lambda*alpha*(e^x - 1) otherwise",
		Source: "Klambauer, Unterthiner, Mayr and Hochreiter 2017",
		Saved:  SavedOutput, Kinks: []float64{0}, Points: []float64{-17.33, -37.43, -1.7580993408473766, 3.2386e38, 1.7109e308, -87.34, -103.97},
		Forward: exactAbove0(smooth(plain(reference.SELU), reference.SELUULP, plainOracle(oracle.SELU)).byPair(plainPair(doubledouble.SELU))),
		Backward: fromOutput("grad * d, d = lambda for y > 0, else y + lambda*alpha", 1.5, [2]float64{-2 * reference.SELULambdaAlpha, math.Inf(1)},
			func(grad, y, _ float64) float64 { return reference.SELUGrad(grad, y) }, reference.SELUGradULP,
			func(grad, y, _ float64) *bigFloat { return oracle.SELUGrad(grad, y) }).
			byPairGrad(func(grad, y, _ float64) doubledouble.Value { return doubledouble.SELUGrad(grad, y) }),
		Derivative: plain(reference.SELUDerivative),
	},
	{
		Name: "maxout", Title: "maxout", Formula: "max(x1, x2)",
		Source: "Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013",
		Pieces: 2, Saved: SavedPieces,
		Forward:  selecting("", 2, func(in []float64, _ float64) float64 { y, _ := reference.Maxout(in); return y }),
		Backward: maxoutGrad(2),
		Kernel32: maxoutKernel[float32], Kernel64: maxoutKernel[float64],
	},
	{
		Name: "gelu", Title: "GELU", Formula: "x*Phi(x), Phi the standard normal distribution function",
		Source: "Hendrycks and Gimpel 2016",
		Saved:  SavedInput, Points: []float64{-.7517915246935645, math.Sqrt2, -5.3, -8.3, -13.1, -14.42, -38.6, 5.6},
		Forward:    smooth(plain(reference.GELU), reference.GELUULP, plainOracle(oracle.GELU)).byPair(plainPair(doubledouble.GELU)),
		Backward:   fromInput("grad * (Phi(x) + x*phi(x))", plain(reference.GELUDerivative), reference.GELUDerivativeULP, plainOracle(oracle.GELUDerivative)).byPairDerivative(plainPair(doubledouble.GELUDerivative)),
		Derivative: plain(reference.GELUDerivative),
	},
	{
		Name: "gelutanh", Title: "GELU (tanh form)", Formula: "x/2 * (1 + tanh(sqrt(2/pi) * (x + .044715 x^3)))",
		Source: "Hendrycks and Gimpel 2016",
		Saved:  SavedInput, Points: []float64{-.7524614220710162, math.Sqrt2, -5, -7.5, -10.1, -21.5, 5.2},
		Forward:    smooth(plain(reference.GELUTanh), reference.GELUTanhULP, plainOracle(oracle.GELUTanh)).byPair(plainPair(doubledouble.GELUTanh)),
		Backward:   fromInput("grad * d/dx of the forward formula", plain(reference.GELUTanhDerivative), reference.GELUTanhDerivativeULP, plainOracle(oracle.GELUTanhDerivative)).byPairDerivative(plainPair(doubledouble.GELUTanhDerivative)),
		Derivative: plain(reference.GELUTanhDerivative),
	},
	{
		Name: "silu", Title: "SiLU", Formula: "x/(1+e^-x)",
		Source: "Elfwing, Uchibe and Doya 2017; swish: Ramachandran, Zoph and Le 2017",
		Saved:  SavedInput, Points: []float64{-1.2784645427610738, 17.33, -91.8, -108.6, 36.74, -714.9, -751.8, 2.3993572805154},
		Forward:    smooth(plain(reference.SiLU), reference.SiLUULP, plainOracle(oracle.SiLU)).byPair(plainPair(doubledouble.SiLU)),
		Backward:   fromInput("grad * s*(1 + x*(1-s)), s = 1/(1+e^-x)", plain(reference.SiLUDerivative), reference.SiLUDerivativeULP, plainOracle(oracle.SiLUDerivative)).byPairDerivative(plainPair(doubledouble.SiLUDerivative)),
		Derivative: plain(reference.SiLUDerivative),
	},
	{
		Name: "softplus", Title: "softplus", Formula: "ln(1+e^x)",
		Source: "Dugas, Bengio, Belisle, Nadeau and Garcia 2001",
		Saved:  SavedInput, Points: []float64{-17.33, 16.64, 36.74, -36.74, -87.34, -103.97, -708.4, -745.13, 20},
		Forward:    smooth(plain(reference.Softplus), reference.SoftplusULP, plainOracle(oracle.Softplus)).byPair(plainPair(doubledouble.Softplus)),
		Backward:   fromInput("grad * 1/(1+e^-x)", plain(reference.SoftplusDerivative), reference.SoftplusDerivativeULP, plainOracle(oracle.SoftplusDerivative)).byPairDerivative(plainPair(doubledouble.SoftplusDerivative)),
		Derivative: plain(reference.SoftplusDerivative),
	},
}
