package kernels

import "math"

// SoftmaxGrad computes the gradient by the input of [Softmax] from its output y, for each
// row of cols elements
//
//	dst[j] = y[j] * (grad[j] - (grad[0]*y[0] + ... + grad[cols-1]*y[cols-1]))
//
// dst may be exactly grad or y; panics are Softmax's.
//
// The sum and the difference are pairs of float64, and the result is rounded once. Its
// error is below 0.51 ULP, below 1 where it is subnormal in float64, and beyond that at most
//
//	|y[j]| * (2^-80 A + cols * 2^-1073)
//
// A being the sum of the |grad[i]*y[i]|: it shows only where the difference is below 2^-26 A
// or, in float64, near the smallest numbers. A NaN or an infinity in a row of grad or y
// makes the row NaN. The order of the sum is Softmax's.
func SoftmaxGrad[T Float](dst, grad, y []T, cols int) {
	rowBackward(&softmax, dst, grad, y, cols)
}

// LogSoftmaxGrad computes the gradient by the input of [LogSoftmax] from its output y, for
// each row of cols elements
//
//	dst[j] = grad[j] - e^y[j] * (grad[0] + ... + grad[cols-1])
//
// dst may be exactly grad or y; panics are Softmax's.
//
// The sum S is a pair of float64, and the result is rounded once. Its error is below 0.51
// ULP, below 1 where it is subnormal in float64, and beyond that at most
//
//	c * |S| * min(e^y[j], 1-e^y[j]) + 2^-80 * (|grad[0]| + ... + |grad[cols-1]|)
//
// with c = 2^-38 in float32 and 2^-57 in float64. So the gradient of a classifier's usual
// loss, -1 for one class and 0 for the others, gives e^y-1 and e^y without cancellation. A
// NaN or an infinity in a row of grad makes the row NaN, a NaN in y its element. y is at
// most 0; e^-Inf is 0. The order of the sum is Softmax's.
func LogSoftmaxGrad[T Float](dst, grad, y []T, cols int) {
	rowBackward(&logSoftmax, dst, grad, y, cols)
}

// smaller scales the gradients of a row whose sum is beyond the largest float64, though
// what is computed from it may not be.
const smaller = 0x1p-64

func softmaxGradRows[T Float](dst, grad, y []T, cols int) {
	for ; len(y) > 0; dst, grad, y = dst[cols:], grad[cols:], y[cols:] {
		softmaxGradRow(dst[:cols], grad[:cols], y[:cols])
	}
}

func softmaxGradRow[T Float](dst, grad, y []T) {
	scale := 1.0
	s, sl := dotPair(grad, y, scale)
	if s-s != 0 {
		scale = smaller
		s, sl = dotPair(grad, y, scale)
	}
	for j, y := range y {
		g := float64(float64(grad[j]) * scale)
		r := timesDifference(float64(y), g, s, sl)
		if r-r != 0 { // perhaps only the difference is too large
			r = timesDifference(float64(y), float64(g*.5), float64(s*.5), float64(sl*.5)) * 2
		}
		dst[j] = T(r * (1 / scale))
	}
}

// timesDifference returns y * (g - (s+sl)).
func timesDifference(y, g, s, sl float64) float64 {
	d, dl := twoSum(g, -s)
	d, dl = twoSum(d, dl-sl) // d is 0 only if the difference is, whose sign counts
	r := math.FMA(y, d, y*dl)
	if math.Abs(r) < 0x1p-900 { // y*dl may have lost its bits
		y /= down
		return math.FMA(y, d, y*dl) * down
	}
	return r
}

// dotPair returns the sum of scale*a[j]*b[j] as a pair.
func dotPair[T Float](a, b []T, scale float64) (hi, lo float64) {
	var sum pairSum
	for j, b := range b {
		v, w := float64(float64(a[j])*scale), float64(b)
		p := float64(v * w)
		sum.add(j, p, math.FMA(v, w, -p))
	}
	return sum.total()
}

// sumPair returns the sum of scale*a[j] as a pair.
func sumPair[T Float](a []T, scale float64) (hi, lo float64) {
	var sum pairSum
	for j, v := range a {
		sum.add(j, float64(float64(v)*scale), 0)
	}
	return sum.total()
}

// g - e^y*S is computed as it stands where e^y <= 1/2, and as (g-S) - S*(e^y-1) elsewhere.
// The difference g-S is exact: where the two nearly cancel, e^y-1 is left.

func logSoftmaxGradRows32(dst, grad, y []float32, cols int) {
	for ; len(y) > 0; dst, grad, y = dst[cols:], grad[cols:], y[cols:] {
		logSoftmaxGradRow32(dst[:cols], grad[:cols], y[:cols])
	}
}

func logSoftmaxGradRow32(dst, grad, y []float32) {
	s, sl := sumPair(grad, 1)
	for j, y := range y {
		dst[j] = float32(withoutShare32(float64(grad[j]), s, sl, float64(y)))
	}
}

// withoutShare32 returns g - e^y*(s+sl) for float32 g and y.
func withoutShare32(g, s, sl, y float64) float64 {
	q, p := expQuick(min(max(y, farBelow32), end64)) // beyond, e^y is as good as 0, or no probability
	p = float64(q * p)
	if y > -math.Ln2 {
		d, dl := twoSum(g, -s)
		return (d - float64(((q-1)+p)*s)) + (dl - sl)
	}
	return g - float64((q+p)*s)
}

func logSoftmaxGradRows64(dst, grad, y []float64, cols int) {
	for ; len(y) > 0; dst, grad, y = dst[cols:], grad[cols:], y[cols:] {
		logSoftmaxGradRow64(dst[:cols], grad[:cols], y[:cols])
	}
}

func logSoftmaxGradRow64(dst, grad, y []float64) {
	scale := 1.0
	s, sl := sumPair(grad, scale)
	if s-s != 0 {
		scale = smaller
		s, sl = sumPair(grad, scale)
	}
	for j, y := range y {
		g := float64(grad[j] * scale)
		factor := 1.
		if math.Abs(s) < 0x1p-900 && math.Abs(g) < 0x1p-400 { // products would lose their low bits
			factor = 1 / down
		}
		r := withoutShare64(float64(g*factor), float64(s*factor), float64(sl*factor), y)
		if r-r != 0 { // perhaps only a difference on the way is too large
			factor = .5
			r = withoutShare64(float64(g*factor), float64(s*factor), float64(sl*factor), y)
		}
		dst[j] = r * (1 / factor) * (1 / scale)
	}
}

// withoutShare64 returns g - e^y*(s+sl).
func withoutShare64(g, s, sl, y float64) float64 {
	switch {
	case y > -math.Ln2 && y <= end64:
		e, el := expm1Pair(y, 0)
		t, tl := pairTimes(s, sl, e, el)
		d, dl := twoSum(g, -s)
		hi, lo := twoSum(d, -t)
		return hi + (lo + ((dl - sl) - tl))
	case y <= -math.Ln2 && y >= -600:
		e, el := expPair(y, 0)
		t, tl := pairTimes(s, sl, e, el)
		return minusShare(g, s, t, tl)
	case y < -600:
		e, el := expDifference(y, 0)
		t, tl := pairTimes(s, sl, e, el)
		return minusShare(g, s, float64(t*down), float64(tl*down))
	}
	return g - float64(s*exp64(y))
}

// minusShare returns g - (t+tl), t+tl being e^y*s. Where g is 0 and t has underflowed to
// 0, the result keeps the sign of -t.
func minusShare(g, s, t, tl float64) float64 {
	if g == 0 && t == 0 && s != 0 {
		return -t
	}
	hi, lo := twoSum(g, -t)
	return hi + (lo - tl)
}
