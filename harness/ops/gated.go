package ops

import (
	"math"
	"math/big"

	"actinit/kernels"
	"actinit/reference"
	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

// A gate is the activation f of a gated unit with its derivative, each with its error in
// ULP, its value in double-double arithmetic and its oracle.
type gate struct {
	value, slope         func(b float64) float64
	valueULP, slopeULP   float64
	valuePair, slopePair func(b float64) doubledouble.Value
	valueBig, slopeBig   func(prec uint, b float64) *big.Float
	promise32, promise64 Promise // of the gradient by b
}

// gatedRow is a gated unit a * f(b). The table's backward function is the gradient by b;
// that by a is the forward function of grad and b, to the bit, which a test holds.
func gatedRow(name, title, formula, source string, g gate) Row {
	return Row{
		Name: name, Title: title, Formula: formula, Source: source,
		Pieces: 2, Saved: SavedBoth, Extended: true,
		Forward: gatedProduct("", 2, g.value, g.valueULP, g.valuePair, g.valueBig,
			Promise{Rounding: Bounded, ULP: 1.5, Underflow: .5}, Promise{Rounding: Bounded, ULP: 2.5, Underflow: 1}),
		Backward: gatedProduct("by b: grad * a * f'(b); by a: grad * f(b)", 3, g.slope, g.slopeULP, g.slopePair, g.slopeBig,
			g.promise32, g.promise64),
		Kernel32: gatedKernels(name, (*kernels.GatedUnit).Forward32, (*kernels.GatedUnit).Backward32),
		Kernel64: gatedKernels(name, (*kernels.GatedUnit).Forward64, (*kernels.GatedUnit).Backward64),
	}
}

// hair is the precision to which a product that is no nearer to a tie counts as one:
// a*gelu(b) for large b is nearer to a*b than any precision shows, and the promises are
// bounds, to which no tie matters.
const hair = 256

// gatedProduct is the product of all inputs but the last with a factor of the last.
func gatedProduct(formula string, inputs int, factor func(b float64) float64, ulps float64, pair func(b float64) doubledouble.Value, exact func(prec uint, b float64) *big.Float, promise32, promise64 Promise) Function {
	return Function{
		Formula: formula, Inputs: inputs, Outputs: 1, Domain: everywhere, Product: true,
		Value: func(in []float64, _ float64, _ int) (float64, float64) {
			last := len(in) - 1
			f, others := factor(in[last]), 1.
			z, settled := f, in[last]-in[last] != 0
			for _, x := range in[:last] {
				z, others = z*x, others*x
				settled = settled || x-x != 0 || x == 0
			}
			switch a := math.Abs(others); {
			case others == 0 && settled:
				return others * f, 0
			case settled: // a limit or NaN
				return z, 0
			case a < 0x1p-960 || a > math.MaxFloat64:
				return z, math.Inf(1) // the oracle decides
			case math.Abs(f) < 0x1p-960:
				return z, a * 0x1p-959
			default:
				return z, a*bound(f, ulps) + bound(z, 1)
			}
		},
		Pair: func(in []float64, _ float64, _ int) doubledouble.Value {
			last := len(in) - 1
			y := pair(in[last])
			if math.Abs(y.Lo)+y.Bound < math.Ldexp(math.Abs(y.Hi), -hair) { // as the oracle counts it
				y.Lo, y.Bound = 0, 0
			}
			for _, x := range in[:last] {
				y = y.Times(x)
			}
			return y
		},
		Oracle: func(prec uint, in []float64, _ float64, _ int) (*big.Float, bool) {
			last := len(in) - 1
			y := exact(prec+2, in[last])
			whole := atZero(in[last], y) || prec >= hair
			for _, x := range in[:last] {
				whole = whole || x == 0
				y = new(big.Float).SetPrec(y.Prec()+53).Mul(y, big.NewFloat(x))
			}
			return y, whole
		},
		Promise32: promise32, Promise64: promise64,
	}
}

// gatedKernels is the look-up of a unit's kernels.
func gatedKernels[T kernels.Float](name string, forward func(*kernels.GatedUnit, kernels.Variant) kernels.GatedFunc[T], backward func(*kernels.GatedUnit, kernels.Variant) kernels.GatedGradFunc[T]) func(string, kernels.Variant) Kernel[T] {
	var unit *kernels.GatedUnit
	for _, u := range kernels.GatedUnits() {
		if u.Name == name {
			unit = u
		}
	}
	return func(direction string, v kernels.Variant) Kernel[T] {
		switch direction {
		case Forward:
			if f := forward(unit, v); f != nil {
				return func(out []T, in [][]T, _ T) { f(out, in[0], in[1]) }
			}
		case Backward:
			if f := backward(unit, v); f != nil {
				return func(out []T, in [][]T, _ T) { f(make([]T, len(out)), out, in[0], in[1], in[2]) }
			}
		}
		return nil
	}
}

// Bounds of a gradient by b: one rounding of the factor, two for the logistic
// function's of float64, and those of the products.
var (
	gated32 = Promise{Rounding: Bounded, ULP: 1.51, Underflow: .5}
	gated64 = Promise{Rounding: Bounded, ULP: 5, Underflow: 1}
)

const shazeer = "Shazeer 2020"

var gatedRows = []Row{
	gatedRow("glu", "GLU", "a/(1+e^-b)", "Dauphin, Fan, Auli and Grangier 2016", gate{
		reference.Sigmoid, reference.SigmoidDerivative, reference.SigmoidULP, reference.SigmoidDerivativeULP,
		doubledouble.Sigmoid, doubledouble.SigmoidDerivative, oracle.Sigmoid, oracle.SigmoidDerivative, gated32, gated64}),
	gatedRow("geglu", "GEGLU", "a*gelu(b)", shazeer, gate{
		reference.GELU, reference.GELUDerivative, reference.GELUULP, reference.GELUDerivativeULP,
		doubledouble.GELU, doubledouble.GELUDerivative, oracle.GELU, oracle.GELUDerivative, gated32, gated64}),
	gatedRow("swiglu", "SwiGLU", "a*silu(b)", shazeer, gate{
		reference.SiLU, reference.SiLUDerivative, reference.SiLUULP, reference.SiLUDerivativeULP,
		doubledouble.SiLU, doubledouble.SiLUDerivative, oracle.SiLU, oracle.SiLUDerivative, gated32, gated64}),
	productRow("reglu", "ReGLU", "a*max(0, b)", "by b: grad * a where b > 0, else 0; by a: grad * max(0, b)",
		reference.ReLU, func(grad, a, b float64) float64 { _, db := reference.ReGLUGrad(grad, a, b); return db }),
	productRow("bilinear", "bilinear", "a*b", "by b: grad * a; by a: grad * b",
		func(b float64) float64 { return b }, func(grad, a, b float64) float64 { _, db := reference.BilinearGrad(grad, a, b); return db }),
}

// productRow is a gated unit whose activation is exact: a rounded product each way.
func productRow(name, title, formula, backward string, f func(b float64) float64, gradB func(grad, a, b float64) float64) Row {
	r := gatedRow(name, title, formula, shazeer, gate{})
	exact := Promise{Rounding: Exact, ULP: .5}
	r.Forward = Function{
		Formula: formula, Inputs: 2, Outputs: 1, Domain: everywhere, Promise32: exact, Promise64: exact,
		Value: func(in []float64, _ float64, _ int) (float64, float64) { return multiplied(in[0], f(in[1])) },
		Pair:  func(in []float64, _ float64, _ int) doubledouble.Value { return doubledouble.Product(in[0], f(in[1])) },
		Oracle: func(_ uint, in []float64, _ float64, _ int) (*big.Float, bool) {
			return exactProduct(in[0], f(in[1])), true
		},
	}
	r.Backward = Function{
		Formula: backward, Inputs: 3, Outputs: 1, Domain: everywhere, Promise32: exact, Promise64: exact,
		Value: func(in []float64, _ float64, _ int) (float64, float64) {
			y := gradB(in[0], in[1], in[2])
			if z, bound := multiplied(in[0], in[1]); z == y && math.Signbit(z) == math.Signbit(y) {
				return z, bound
			}
			return y, 0 // 0, or NaN
		},
		Pair: func(in []float64, _ float64, _ int) doubledouble.Value { return doubledouble.Product(in[0], in[1]) },
		Oracle: func(_ uint, in []float64, _ float64, _ int) (*big.Float, bool) {
			return exactProduct(in[0], in[1]), true
		},
	}
	return r
}
