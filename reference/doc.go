// Package reference is the straightforward float64 implementation of every
// operation: scalar functions that a reader can check against their formulas,
// accurate to the last bits over the whole range of float64. Kernels are held
// against it; where it cannot decide a rounding, package oracle can.
//
// The rules all functions keep: NaN in, NaN out. Infinities give the limit. A
// result that underflows keeps the exact value's sign, so GELU(-Inf) is -0.
// Odd functions keep the sign of zero, and so does ReLU. Derivatives at kinks
// follow PyTorch; each function says what that is. The gradient by the input
// is grad*Derivative(x) where a kernel saves its input, and SigmoidGrad,
// TanhGrad, ELUGrad and SELUGrad where it saves its output.
//
// # Accuracy
//
// Every function F states its error as a constant FULP: |F(x) - exact| is at
// most FULP times ulp, where ulp is the spacing of float64 numbers in the
// binade of the exact value (2^-1074 for subnormal values). Functions that are
// not in the table have 0: they are exact. The bounds are tested, not proven.
// This is the largest error found among 250,000 arguments of each function, in
// every binade, in dense ranges, and around kinks, roots and changes of formula:
//
//	function            bound  found, ULP
//	Sigmoid             4      2.2    also SoftplusDerivative
//	SigmoidDerivative   6      4.2
//	SigmoidGrad         3      1.5
//	Tanh                4      2.5
//	TanhDerivative      6      3.9
//	TanhGrad            4      1.8
//	LeakyReLU           0.5    0.5    also PReLU
//	ELU                 4      2.3
//	ELUDerivative       6      1.2
//	ELUGrad             2      1.1
//	SELU                4      2.1
//	SELUDerivative      6      1.4
//	SELUGrad            3      1.5
//	GELU                7      3.8
//	GELUDerivative      8      3.6
//	GELUTanh            6      3.5
//	GELUTanhDerivative  12     6.5
//	SiLU                5      2.9
//	SiLUDerivative      8      4.3
//	Softplus            3      1.5
//	Exp                 2      0.6
//	CELU                4      2.3
//	CELUDerivative      3      1.1
//	CELUGrad            3      1.4
//	LogSigmoid          3      1.5
//	LogSigmoidDerivative 4     2.2
//	Mish                6      3.5
//	MishDerivative      12     7.1
//	Tanhshrink          6      3.1
//	TanhshrinkDerivative 10    5.4
//	NormalQuantile      5      3.1
//	Hardsigmoid         2.5    1.0
//	Hardswish           4      1.7
//	HardswishDerivative 2.5    1.0
//	Softshrink          0.5    0.5
//	Softsign            2.5    1.5
//	SoftsignDerivative  6      3.4
//	SparsePlus          4      1.8
//	SparseSigmoid       0.5    0.5    also SparsePlusDerivative
//	Squareplus          7      2.7
//	SquareplusDerivative 10    5.6
//
// The exponential is the package's own: math.Exp has assembly bodies on some
// platforms, whose errors differ. go test -run Accuracy -v prints the table for a
// tenth of the arguments, and fails if a quarter of a bound is not left.
package reference
