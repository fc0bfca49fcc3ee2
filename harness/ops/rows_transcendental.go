package ops

import (
	"math"

	"actinit/reference"
	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

// transcendentalRows are the rest of the frameworks' smooth operations.
//
// CELU's backward kernel is grad * ((y + alpha) / alpha): the sum and the quotient
// round, and so its bound is 2 + 1/2, as commonRows counts.
var transcendentalRows = []Row{
	{
		Name: "exp", Title: "exp", Extended: true, Formula: "e^x",
		Source: "Jacob Bernoulli 1690; as a unit of attention: Bahdanau, Cho and Bengio 2015",
		Saved:  SavedOutput, Points: []float64{87.34, 88.73, 103.97, 709.79, 708.4, 745.13},
		Forward:    infiniteBeyond(710, smooth(plain(reference.Exp), reference.ExpULP, plainOracle(expOracle)).byPair(plainPair(doubledouble.Exp))),
		Backward:   multiplying("grad * y", [2]float64{0, math.Inf(1)}),
		Derivative: plain(reference.Exp),
	},
	{
		Name: "celu", Title: "CELU", Extended: true, Formula: "max(0, x) + min(0, alpha*(e^(x/alpha) - 1))",
		Source: "Barron 2017",
		Param:  &Param{Name: "alpha", Default: 1, Others: []float64{.5, 1.5, 2}, Domain: Positive},
		Saved:  SavedOutput, Kinks: []float64{0}, Points: []float64{-17.33, -37.43, -87.34, -103.97, -708.4, -745.13},
		Forward:    above0(smooth(reference.CELU, reference.CELUULP, oracle.CELU).byPair(doubledouble.CELU)),
		Backward:   celuGrad(),
		Derivative: reference.CELUDerivative,
	},
	{
		Name: "logsigmoid", Title: "LogSigmoid", Extended: true, Formula: "-ln(1+e^-x)",
		Source: "softplus mirrored; as a loss: Good 1952",
		Saved:  SavedInput, Points: []float64{-17.33, 16.64, 36.74, -36.74, 87.34, 103.97, 708.4, 745.13},
		Forward:    smooth(plain(reference.LogSigmoid), reference.LogSigmoidULP, plainOracle(oracle.LogSigmoid)).byPair(plainPair(doubledouble.LogSigmoid)),
		Backward:   fromInput("grad * 1/(1+e^x)", plain(reference.LogSigmoidDerivative), reference.LogSigmoidDerivativeULP, plainOracle(oracle.LogSigmoidDerivative)).byPairDerivative(plainPair(doubledouble.LogSigmoidDerivative)),
		Derivative: plain(reference.LogSigmoidDerivative),
	},
	{
		Name: "mish", Title: "Mish", Extended: true, Formula: "x*tanh(ln(1+e^x))",
		Source: "Misra 2019",
		Saved:  SavedInput, Points: []float64{-1.1924312145154952, 8.7, -91.8, -108.6, 18.4, 22, -714.9, -751.8, 1.4899},
		Forward:    smooth(plain(reference.Mish), reference.MishULP, plainOracle(oracle.Mish)).byPair(plainPair(doubledouble.Mish)),
		Backward:   fromInput("grad * (t + x*(1-t^2)*s), t = tanh(ln(1+e^x)), s = 1/(1+e^-x)", plain(reference.MishDerivative), reference.MishDerivativeULP, plainOracle(oracle.MishDerivative)).byPairDerivative(plainPair(doubledouble.MishDerivative)),
		Derivative: plain(reference.MishDerivative),
	},
	{
		Name: "tanhshrink", Title: "Tanhshrink", Extended: true, Formula: "x - tanh(x)",
		Source: "PyTorch's torch.nn.Tanhshrink",
		Saved:  SavedInput, Points: []float64{.25, 1, 20, 40, 0x1p24, 0x1p25, 0x1p-41, 0x1p-49, 0x1p-63, 0x1p-341, 0x1p-358, 0x1p-511, 0x1p-300},
		Forward:    exactBeyond(oracle.TanhshrinkDistant, smooth(plain(reference.Tanhshrink), reference.TanhshrinkULP, plainOracle(oracle.Tanhshrink)).byPair(plainPair(doubledouble.Tanhshrink))),
		Backward:   fromInput("grad * tanh(x)^2", plain(reference.TanhshrinkDerivative), reference.TanhshrinkDerivativeULP, plainOracle(oracle.TanhshrinkDerivative)).byPairDerivative(plainPair(doubledouble.TanhshrinkDerivative)),
		Derivative: plain(reference.TanhshrinkDerivative),
	},
}
