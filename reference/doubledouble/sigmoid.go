package doubledouble

import "math"

// negligible is the binary exponent below which a term is left out beside 1,
// or where only its size and not its digits are kept.
const negligible = -120

// tinyArgument is where the second term of a series at 0 is below half of the
// first one's last place.
const tinyArgument = 0x1p-60

var one = Number{1, 0}

// Sigmoid returns 1/(1+e^-x).
func Sigmoid(x float64) Value {
	if math.Abs(x) < tinyArgument { // 1/2 + x/4 - x^3/48
		return nearHalf(1./4, x)
	}
	e, k := exponential(Number{-math.Abs(x), 0}, 0)
	if k >= negligible {
		e = e.times2(k)
		if x < 0 {
			return value(e.over(e.plusFloat(1)), 0)
		}
		return value(one.over(e.plusFloat(1)), 0)
	}
	if x < 0 {
		return value(e, k)
	}
	return tiny(1, -e.Hi, k, 0)
}

// SigmoidDerivative returns s(1-s) for s = Sigmoid(x), as e/(1+e)^2 with e = e^-|x|.
func SigmoidDerivative(x float64) Value { return bell(exponential(Number{-math.Abs(x), 0}, 0)) }

// bell returns e/(1+e)^2 for e*2^k <= 1.
func bell(e Number, k int) Value {
	if k < negligible {
		return value(e, k)
	}
	e = e.times2(k)
	d := e.plusFloat(1)
	return value(e.over(d.times(d)), 0)
}

// SigmoidGrad returns grad*y*(1-y).
func SigmoidGrad(grad, y float64) Value {
	return exactly(twoSum(1, -y), 0).Times(y).Times(grad)
}
