package ops

import (
	"math"
	"math/big"

	"actinit/reference"
	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

type bigFloat = big.Float

// A curve is a function of one input and a parameter in float64.
type curve = func(x, param float64) float64

// A bigCurve is a curve to any precision.
type bigCurve = func(prec uint, x, param float64) *big.Float

// plain and plainOracle give a function without a parameter one.
func plain(f func(x float64) float64) curve {
	return func(x, _ float64) float64 { return f(x) }
}

func plainOracle(f func(prec uint, x float64) *big.Float) bigCurve {
	return func(prec uint, x, _ float64) *big.Float { return f(prec, x) }
}

func expOracle(prec uint, x float64) *big.Float {
	return oracle.Exp(prec, new(big.Float).SetFloat64(x))
}

// A pairCurve is a curve in double-double arithmetic.
type pairCurve = func(x, param float64) doubledouble.Value

// plainPair gives a function without a parameter one.
func plainPair(f func(x float64) doubledouble.Value) pairCurve {
	return func(x, _ float64) doubledouble.Value { return f(x) }
}

// byPair gives a forward function its value in double-double arithmetic.
func (f Function) byPair(pair pairCurve) Function {
	f.Pair = func(in []float64, param float64, _ int) doubledouble.Value { return pair(in[0], param) }
	return f
}

// byPairDerivative gives a backward function of the saved input its value, the
// gradient times a derivative in double-double arithmetic.
func (f Function) byPairDerivative(pair pairCurve) Function {
	f.Pair = func(in []float64, param float64, _ int) doubledouble.Value { return pair(in[1], param).Times(in[0]) }
	return f
}

// byPairGrad gives a backward function of the saved output its value.
func (f Function) byPairGrad(pair func(grad, y, param float64) doubledouble.Value) Function {
	f.Pair = func(in []float64, param float64, _ int) doubledouble.Value { return pair(in[0], in[1], param) }
	return f
}

func tanhOracle(prec uint, x float64) *big.Float {
	return oracle.Tanh(prec, new(big.Float).SetFloat64(x))
}

var (
	everywhere   = [2]float64{math.Inf(-1), math.Inf(1)}
	unitInterval = [2]float64{0, 1}
)

// bound turns ulps, in ULP of float64 of the exact value, into a distance from
// the computed value y: an ULP is at most 2^-52 of the exact value, of which y
// is an approximation far better than the factor's excess over it. Below the
// normal range an ULP is 2^-1074; the bound is at least 2^-1022 there, because
// arithmetic with subnormal numbers is slow.
func bound(y, ulps float64) float64 {
	return math.Abs(y)*(ulps*(0x1p-52*(1+0x1p-20))) + 0x1p-1022
}

// smooth is the forward function of a transcendental activation, correctly
// rounded in float32 and faithful in float64.
func smooth(f curve, ulps float64, exact bigCurve) Function {
	return Function{
		Inputs: 1, Outputs: 1, Domain: everywhere,
		Value: func(in []float64, param float64, _ int) (float64, float64) {
			x := in[0]
			y := f(x, param)
			if x-x != 0 || (x == 0 && y == 0) { // limits and roots at zero are exact
				return y, 0
			}
			return y, bound(y, ulps)
		},
		Oracle: func(prec uint, in []float64, param float64, _ int) (*big.Float, bool) {
			y := exact(prec, in[0], param)
			return y, atZero(in[0], y)
		},
		Promise32: Promise{Rounding: Correct, ULP: .5},
		Promise64: Promise{Rounding: Faithful, ULP: 1},
	}
}

// atZero reports whether y is exact as the value at x = 0 of a transcendental
// function: there, and nowhere else, those of the table can be 0 or 1/2.
func atZero(x float64, y *big.Float) bool { return x == 0 && y.MinPrec() <= 1 }

// above0 says that f is its first input where the last is positive.
func above0(f Function) Function {
	value := f.Value
	f.Value = func(in []float64, param float64, piece int) (float64, float64) {
		if in[len(in)-1] > 0 {
			return in[0], 0
		}
		return value(in, param, piece)
	}
	return f
}

// zeroWithAlpha says that f, a multiple of its parameter for an input that is not above 0, is exactly 0 there with it.
func zeroWithAlpha(f Function) Function {
	zero := func(in []float64, alpha float64) bool { return alpha == 0 && in[0] <= 0 }
	value, oracle := f.Value, f.Oracle
	f.Value = func(in []float64, alpha float64, piece int) (y, bound float64) {
		if y, bound = value(in, alpha, piece); zero(in, alpha) {
			bound = 0
		}
		return y, bound
	}
	f.Oracle = func(prec uint, in []float64, alpha float64, piece int) (*big.Float, bool) {
		y, exact := oracle(prec, in, alpha, piece)
		return y, exact || zero(in, alpha)
	}
	return f
}

// exactAbove0 says that the oracle is exact for positive inputs, where the
// function is a product, which may lie on a rounding boundary.
func exactAbove0(f Function) Function {
	inner := f.Oracle
	f.Oracle = func(prec uint, in []float64, param float64, piece int) (*big.Float, bool) {
		y, _ := inner(prec, in, param, piece)
		return y, in[0] > 0
	}
	return f
}

// infiniteBeyond says that f is infinite for inputs above limit. Its value is beyond
// the largest float64 there, maybe so far that the oracle could not lay it out.
func infiniteBeyond(limit float64, f Function) Function {
	value := f.Value
	f.Value = func(in []float64, param float64, piece int) (float64, float64) {
		if in[0] > limit {
			return math.Inf(1), 0
		}
		return value(in, param, piece)
	}
	return f
}

// exactBeyond says that the oracle is exact for |x| > limit, where the function lies
// on rounding boundaries but for a term that only has a sign.
func exactBeyond(limit float64, f Function) Function {
	inner := f.Oracle
	f.Oracle = func(prec uint, in []float64, param float64, piece int) (*big.Float, bool) {
		y, known := inner(prec, in, param, piece)
		return y, known || math.Abs(in[0]) > limit
	}
	return f
}

// selecting is a function whose results are one of its inputs or zero.
func selecting(formula string, inputs int, f func(in []float64, param float64) float64) Function {
	return Function{
		Formula: formula, Inputs: inputs, Outputs: 1, Domain: everywhere,
		Value:     func(in []float64, param float64, _ int) (float64, float64) { return f(in, param), 0 },
		Promise32: Promise{Rounding: Exact, ULP: .5},
		Promise64: Promise{Rounding: Exact, ULP: .5},
	}
}

func reluGrad(in []float64, _ float64) float64 {
	grad, x := in[0], in[1]
	switch {
	case grad != grad || x != x:
		return math.NaN()
	case x > 0:
		return grad
	}
	return 0
}

// multiplied returns a*b and a bound on its distance to the exact product:
// products of float32 values are exact.
func multiplied(a, b float64) (y, error float64) {
	y = a * b
	if a-a != 0 || b-b != 0 || reference.ProductExact(a, b) {
		return y, 0
	}
	return y, bound(y, .5)
}

// exactProduct returns a*b exactly.
func exactProduct(a, b float64) *big.Float {
	return new(big.Float).Mul(new(big.Float).SetFloat64(a).SetPrec(106), new(big.Float).SetFloat64(b))
}

// sloped is the forward function of the leaky family: one rounded product.
func sloped(f curve) Function {
	return Function{
		Inputs: 1, Outputs: 1, Domain: everywhere,
		Value: func(in []float64, slope float64, _ int) (float64, float64) {
			if x := in[0]; !(x <= 0) || math.IsInf(x, 0) {
				return f(x, slope), 0
			}
			return multiplied(in[0], slope)
		},
		Pair: func(in []float64, slope float64, _ int) doubledouble.Value {
			return doubledouble.LeakyReLU(in[0], slope)
		},
		Oracle: func(_ uint, in []float64, slope float64, _ int) (*big.Float, bool) {
			return exactProduct(in[0], slope), true
		},
		Promise32: Promise{Rounding: Exact, ULP: .5},
		Promise64: Promise{Rounding: Exact, ULP: .5},
	}
}

// slopedGrad is the backward function of the leaky family: grad times 1 or the
// slope, one rounded product.
func slopedGrad(derivative curve) Function {
	return Function{
		Formula: "grad for x > 0, else grad * slope", Inputs: 2, Outputs: 1, Domain: everywhere,
		Value: func(in []float64, slope float64, _ int) (float64, float64) {
			return multiplied(in[0], derivative(in[1], slope))
		},
		Pair: func(in []float64, slope float64, _ int) doubledouble.Value {
			return doubledouble.Product(in[0], derivative(in[1], slope))
		},
		Oracle: func(_ uint, in []float64, slope float64, _ int) (*big.Float, bool) {
			return exactProduct(in[0], derivative(in[1], slope)), true
		},
		Promise32: Promise{Rounding: Exact, ULP: .5},
		Promise64: Promise{Rounding: Exact, ULP: .5},
	}
}

// fromOutput is a backward function of the saved output, exact being a
// polynomial in gradient, output and parameter. ulp bounds the kernels' error,
// ulps the reference's.
func fromOutput(formula string, ulp float64, domain [2]float64, f func(grad, y, param float64) float64, ulps float64, exact func(grad, y, param float64) *big.Float) Function {
	return Function{
		Formula: formula, Inputs: 2, Outputs: 1, Domain: domain, Product: true,
		Value: func(in []float64, param float64, _ int) (float64, float64) {
			z := f(in[0], in[1], param)
			if z == 0 || in[0]-in[0] != 0 || in[1]-in[1] != 0 {
				return z, zeroBound(z, in, ulps)
			}
			return z, bound(z, ulps)
		},
		Oracle: func(_ uint, in []float64, param float64, _ int) (*big.Float, bool) {
			return exact(in[0], in[1], param), true
		},
		Promise32: Promise{Rounding: Bounded, ULP: ulp},
		Promise64: Promise{Rounding: Bounded, ULP: ulp},
	}
}

// multiplying is a backward function of the saved output that is one rounded product.
func multiplying(formula string, domain [2]float64) Function {
	return Function{
		Formula: formula, Inputs: 2, Outputs: 1, Domain: domain,
		Value: func(in []float64, _ float64, _ int) (float64, float64) { return multiplied(in[0], in[1]) },
		Pair:  func(in []float64, _ float64, _ int) doubledouble.Value { return doubledouble.Product(in[0], in[1]) },
		Oracle: func(_ uint, in []float64, _ float64, _ int) (*big.Float, bool) {
			return exactProduct(in[0], in[1]), true
		},
		Promise32: Promise{Rounding: Exact, ULP: .5},
		Promise64: Promise{Rounding: Exact, ULP: .5},
	}
}

// celuGrad is CELU's backward function. Outputs are taken as far below 0 as no
// input gives them, but not so far that the sum or the quotient overflows.
func celuGrad() Function {
	f := fromOutput("grad for y > 0, else grad * ((y+alpha)/alpha)", 2.5, [2]float64{-1e6, math.Inf(1)},
		reference.CELUGrad, reference.CELUGradULP, nil)
	f.Oracle = func(prec uint, in []float64, alpha float64, _ int) (*big.Float, bool) {
		y := oracle.CELUGrad(prec, in[0], in[1], alpha)
		return y, y.Acc() == big.Exact
	}
	return above0(f.byPairGrad(doubledouble.CELUGrad))
}

// zeroBound returns the bound of a zero or of the value at non-finite inputs,
// which is exact but where a product of finite factors may have underflowed.
func zeroBound(z float64, in []float64, ulps float64) float64 {
	if z != 0 || in[0] == 0 || in[0]-in[0] != 0 || in[1]-in[1] != 0 {
		return 0
	}
	return bound(z, ulps)
}

// fromInput is a backward function of the saved input, grad * derivative(x).
func fromInput(formula string, derivative curve, ulps float64, exact bigCurve) Function {
	return Function{
		Formula: formula, Inputs: 2, Outputs: 1, Domain: everywhere, Product: true,
		Value: func(in []float64, param float64, _ int) (float64, float64) {
			grad, x := in[0], in[1]
			d := derivative(x, param)
			z := grad * d
			if grad == 0 || grad-grad != 0 || x-x != 0 && d-d != 0 {
				return z, 0
			}
			if x-x != 0 { // the derivative's limit, which is exact
				return z, 0
			}
			return z, math.Abs(grad)*bound(d, ulps) + bound(z, .5)
		},
		Oracle: func(prec uint, in []float64, param float64, _ int) (*big.Float, bool) {
			d := exact(prec+2, in[1], param)
			return new(big.Float).SetPrec(d.Prec()+64).Mul(d, new(big.Float).SetFloat64(in[0])), atZero(in[1], d)
		},
		Promise32: Promise{Rounding: Bounded, ULP: 1.5, Underflow: .5},
		Promise64: Promise{Rounding: Bounded, ULP: 2.5, Underflow: 1},
	}
}

// maxoutGrad is the backward function of maxout with k pieces: the gradient
// goes to the piece that won, the others get 0.
func maxoutGrad(k int) Function {
	return Function{
		Formula: "grad to the piece that won, 0 to the others", Inputs: 1 + k, Outputs: k, Domain: everywhere,
		Value: func(in []float64, _ float64, piece int) (float64, float64) {
			if _, argmax := reference.Maxout(in[1:]); argmax != piece {
				return 0, 0
			}
			return in[0], 0
		},
		Promise32: Promise{Rounding: Exact, ULP: .5},
		Promise64: Promise{Rounding: Exact, ULP: .5},
	}
}
