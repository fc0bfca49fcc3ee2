package reference

import "math"

// The functions of a row compute all its n elements at once. With d = x[j]-m, whose
// rounding is up to |d| ulp of e^d, and one rounding for each term of the sum, the errors of
// Softmax and LogSoftmax are at most 8 + n + max |d| ulp, d counting where e^d is above 0.
// Those of the gradients are n + 4 ulp of the largest sum of magnitudes on the way, where
// the differences cancel.

// Softmax sets dst[j] to e^(x[j]-m) / sum of e^(x[i]-m), m being the largest element
// [Bridle 1990].
//
// One +Inf gives 1 and the others 0; several give NaN each and the others 0. A row of -Inf
// only gives NaN, but 1 where it has one element. A NaN makes the row NaN.
func Softmax(dst, x []float64) {
	below, undefined := belowLargest(x)
	total := 0.
	for _, d := range below {
		total += exp(d)
	}
	if undefined {
		total = 1
	}
	for j, d := range below {
		dst[j] = exp(d) / total
	}
}

// LogSoftmax sets dst[j] to the logarithm of Softmax, (x[j]-m) - ln(sum of e^(x[i]-m)).
//
// One +Inf gives -0 and the others -Inf; several give NaN each and the others -Inf. A row
// of -Inf only gives NaN, a row of one element +0, infinities included. A NaN makes the
// row NaN. All other zeros are -0.
func LogSoftmax(dst, x []float64) {
	below, undefined := belowLargest(x)
	largest := 0
	for j, d := range below {
		if d == 0 {
			largest = j
		}
	}
	others := 0. // the sum without one of the largest, which is 1
	for j, d := range below {
		if j != largest {
			others += exp(d)
		}
	}
	if undefined {
		others = 0
	}
	for j, d := range below {
		dst[j] = d - math.Log1p(others)
		if dst[j] == 0 && len(x) > 1 {
			dst[j] = math.Copysign(0, -1)
		}
	}
}

// belowLargest returns x[j] - m for the largest element m, 0 for m itself where it is the
// only one, and whether several +Inf leave their share undefined but not that of the others.
func belowLargest(x []float64) (below []float64, undefined bool) {
	m, largest := math.Inf(-1), 0
	for _, v := range x {
		m = max(m, v)
	}
	for _, v := range x {
		if v == m {
			largest++
		}
	}
	below = make([]float64, len(x))
	for j, v := range x {
		if v != m || largest > 1 {
			below[j] = v - m
		}
	}
	return below, math.IsInf(m, 1) && largest > 1
}

// SoftmaxGrad sets dst[j] to y[j] * (grad[j] - sum of grad[i]*y[i]), the gradient by the
// input from the output y.
func SoftmaxGrad(dst, grad, y []float64) {
	total := 0.
	for i, g := range grad {
		total += g * y[i]
	}
	for j, g := range grad {
		dst[j] = y[j] * (g - total)
	}
}

// LogSoftmaxGrad sets dst[j] to grad[j] - e^y[j] * sum of grad[i], the gradient by the
// input from the output y.
func LogSoftmaxGrad(dst, grad, y []float64) {
	total := 0.
	for _, g := range grad {
		total += g
	}
	for j, g := range grad {
		dst[j] = g - exp(y[j])*total
	}
}
