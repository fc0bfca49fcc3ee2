package ops

import (
	"math"
	"math/big"

	"actinit/reference"
	"actinit/reference/doubledouble"
)

// An exactCurve is a curve to any precision, and whether its value is exact:
// algebraic functions lie on rounding boundaries in more places than at zero.
type exactCurve = func(prec uint, x, param float64) (y *big.Float, isExact bool)

// algebraic is the forward function of an activation of a few operations, correctly
// rounded in float32 and faithful in float64. Where flat(x) it is 0, 1 or x.
func algebraic(f curve, ulps float64, flat func(x float64) bool, exact exactCurve) Function {
	return Function{
		Inputs: 1, Outputs: 1, Domain: everywhere,
		Value: func(in []float64, param float64, _ int) (float64, float64) {
			x := in[0]
			y := f(x, param)
			if x-x != 0 || (x == 0 && y == 0) || flat(x) { // limits and roots at zero are exact
				return y, 0
			}
			return y, bound(y, ulps)
		},
		Oracle: func(prec uint, in []float64, param float64, _ int) (*big.Float, bool) {
			return exact(prec, in[0], param)
		},
		Promise32: Promise{Rounding: Correct, ULP: .5},
		Promise64: Promise{Rounding: Faithful, ULP: 1},
	}
}

// once says that a function is one rounded operation in both types.
func once(f Function) Function {
	f.Promise32 = Promise{Rounding: Exact, ULP: .5}
	f.Promise64 = f.Promise32
	return f
}

// nowhere and outside say where a function is flat.
func nowhere(float64) bool { return false }

func outside(bound float64) func(x float64) bool {
	return func(x float64) bool { return math.Abs(x) >= bound }
}

// plainExact gives an exact curve without a parameter one.
func plainExact(f func(prec uint, x float64) (*big.Float, bool)) exactCurve {
	return func(prec uint, x, _ float64) (*big.Float, bool) { return f(prec, x) }
}

// always says that a curve without a parameter is exact to any precision.
func always(f func(x float64) *big.Float) exactCurve {
	return func(_ uint, x, _ float64) (*big.Float, bool) { return f(x), true }
}

// passing is a backward function that hands the gradient on where derivative is 1
// and gives 0 where it is 0.
func passing(formula string, derivative curve) Function {
	return selecting(formula, 2, func(in []float64, param float64) float64 {
		d := derivative(in[1], param)
		switch {
		case in[0] != in[0] || d != d:
			return math.NaN()
		case d == 0:
			return 0
		}
		return in[0]
	})
}

// fraction is a backward function grad/n where derivative is not 0, one rounded
// quotient, and 0 elsewhere.
func fraction(formula string, n float64, derivative curve) Function {
	f := passing(formula, derivative)
	pass := f.Value
	f.Value = func(in []float64, param float64, piece int) (float64, float64) {
		g, _ := pass(in, param, piece)
		y := g / n
		if g-g != 0 || y*n == g && math.Abs(y) >= 0x1p-1022 || g == 0 {
			return y, 0
		}
		return y, bound(y, .5)
	}
	f.Pair = func(in []float64, _ float64, _ int) doubledouble.Value { return doubledouble.Quotient(in[0], n) }
	f.Oracle = func(prec uint, in []float64, _ float64, _ int) (*big.Float, bool) {
		q := new(big.Float).SetPrec(prec+32).Quo(big.NewFloat(in[0]), big.NewFloat(n))
		back := new(big.Float).SetPrec(q.Prec()+53).Mul(q, big.NewFloat(n))
		return q, back.Cmp(big.NewFloat(in[0])) == 0
	}
	return f
}

// An exactGrad is grad * derivative(x) to any precision, and whether it is exact.
type exactGrad = func(prec uint, grad, x, param float64) (y *big.Float, isExact bool)

// plainGrad gives an exact gradient without a parameter one.
func plainGrad(f func(prec uint, grad, x float64) (*big.Float, bool)) exactGrad {
	return func(prec uint, grad, x, _ float64) (*big.Float, bool) { return f(prec, grad, x) }
}

// slope is a backward function of the saved input, grad * derivative(x), for a
// product that may be exact. zero says where the derivative is 0, and the result with
// it whatever the gradient.
func slope(formula string, derivative curve, ulps float64, zero func(x float64) bool, exact exactGrad) Function {
	f := fromInput(formula, derivative, ulps, nil)
	product := f.Value
	f.Product = false
	f.Value = func(in []float64, param float64, piece int) (float64, float64) {
		if in[0] == in[0] && zero(in[1]) {
			return 0, 0
		}
		return product(in, param, piece)
	}
	f.Oracle = func(prec uint, in []float64, param float64, _ int) (*big.Float, bool) {
		return exact(prec, in[0], in[1], param)
	}
	f.Promise32 = Promise{Rounding: Bounded, ULP: 1.5}
	f.Promise64 = Promise{Rounding: Bounded, ULP: 2.5}
	return f
}

// vanishing says that the derivative of a backward function goes to 0 and is rounded
// before the product, which shows where it is subnormal or the gradient infinite.
func vanishing(f Function) Function {
	f.Product = true
	f.Promise32.Underflow, f.Promise64.Underflow = .5, 1
	return f
}

// shrunk is Softshrink: one rounded difference.
func shrunk(in []float64, lambda float64, _ int) (float64, float64) {
	x := in[0]
	y := reference.Softshrink(x, lambda)
	if y-y != 0 || math.Abs(x) <= lambda {
		return y, 0
	}
	a, b := math.Abs(x), -lambda
	s := a + b // the rounding error of a sum is a float64
	t := s - a
	if (a-(s-t))+(b-t) == 0 {
		return y, 0
	}
	return y, bound(y, .5)
}
