package kernels

import "math"

var rrelu = Operation{
	Name:       "rrelu",
	forward32:  leakyReLU.forward32,
	forward64:  leakyReLU.forward64,
	backward32: leakyReLU.backward32,
	backward64: leakyReLU.backward64,
}

// RReLU computes the randomised leaky ReLU in training, dst[i] = src[i] for
// src[i] > 0 and s*src[i] otherwise, one rounded product [Xu 2015]. s is drawn anew
// for each element from U[lower, upper): it is element offset+i of the fill that
// [Uniform] makes of (seed, stream), so that the result does not depend on how the
// work is cut. The usual range is 1/8 to 1/3.
//
// Special cases are those of [LeakyReLU]. It panics unless lower <= upper and
// upper-lower is finite.
func RReLU[T Float](dst, src []T, lower, upper T, seed, stream, offset uint64) {
	checkForward(dst, src)
	switch d := any(dst).(type) {
	case []float32:
		rrelu32(d, any(src).([]float32), float32(lower), float32(upper), seed, stream, offset)
	case []float64:
		rrelu64(d, any(src).([]float64), float64(lower), float64(upper), seed, stream, offset)
	}
}

// RReLUGrad computes dst[i] = grad[i] * d(x[i]) with d(x) = 1 for x > 0 and for
// x <= 0 the slope that RReLU drew for the element, given the same lower, upper,
// seed, stream and offset; one rounded product. d(NaN) = NaN. It panics as RReLU does.
func RReLUGrad[T Float](dst, grad, x []T, lower, upper T, seed, stream, offset uint64) {
	checkBackward(dst, grad, x)
	switch d := any(dst).(type) {
	case []float32:
		rreluGrad32(d, any(grad).([]float32), any(x).([]float32), float32(lower), float32(upper), seed, stream, offset)
	case []float64:
		rreluGrad64(d, any(grad).([]float64), any(x).([]float64), float64(lower), float64(upper), seed, stream, offset)
	}
}

// RReLUEvaluation computes the randomised leaky ReLU in evaluation: LeakyReLU with the
// mean slope (lower+upper)/2, which is rounded once. The operation "rrelu" of
// [Operations] takes that slope as its parameter. It panics as RReLU does.
func RReLUEvaluation[T Float](dst, src []T, lower, upper T) {
	forward(&rrelu, dst, src, meanSlope(lower, upper))
}

// RReLUEvaluationGrad is LeakyReLUGrad with the mean slope. It panics as RReLU does.
func RReLUEvaluationGrad[T Float](dst, grad, x []T, lower, upper T) {
	backward(&rrelu, dst, grad, x, meanSlope(lower, upper))
}

// meanSlope returns (lower+upper)/2, rounded once: where the sum is below the normal
// numbers it is exact, and where it overflows the halves are.
func meanSlope[T Float](lower, upper T) T {
	uniformWidth(lower, upper)
	mean := (lower + upper) / 2
	if mean-mean != 0 {
		mean = lower/2 + upper/2
	}
	return mean
}

// rreluBatch is the number of slopes drawn at a time, few enough for the
// first-level cache. [Uniform] would move them to the heap.
const rreluBatch = 256

func rrelu32(dst, src []float32, lower, upper float32, seed, stream, offset uint64) {
	var slopes [rreluBatch]float32
	width, last := uniformWidth(lower, upper), below(lower, upper)
	for {
		n := min(len(src), rreluBatch)
		uniformIn32(fillsBest, slopes[:n], seed, stream, offset, lower, width, last)
		for i, s := range slopes[:n] {
			dst[i] = leakyReLU32(src[i], s)
		}
		if len(src) == n {
			return
		}
		dst, src, offset = dst[n:], src[n:], offset+uint64(n)
	}
}

func rreluGrad32(dst, grad, x []float32, lower, upper float32, seed, stream, offset uint64) {
	var slopes [rreluBatch]float32
	width, last := uniformWidth(lower, upper), below(lower, upper)
	for {
		n := min(len(x), rreluBatch)
		uniformIn32(fillsBest, slopes[:n], seed, stream, offset, lower, width, last)
		for i, s := range slopes[:n] {
			dst[i] = grad[i] * slopeAt32(x[i], math.Float32bits(s))
		}
		if len(x) == n {
			return
		}
		dst, grad, x, offset = dst[n:], grad[n:], x[n:], offset+uint64(n)
	}
}

func rrelu64(dst, src []float64, lower, upper float64, seed, stream, offset uint64) {
	var slopes [rreluBatch]float64
	width, last := uniformWidth(lower, upper), below(lower, upper)
	for {
		n := min(len(src), rreluBatch)
		uniformIn64(fillsBest, slopes[:n], seed, stream, offset, lower, width, last)
		for i, s := range slopes[:n] {
			dst[i] = leakyReLU64(src[i], s)
		}
		if len(src) == n {
			return
		}
		dst, src, offset = dst[n:], src[n:], offset+uint64(n)
	}
}

func rreluGrad64(dst, grad, x []float64, lower, upper float64, seed, stream, offset uint64) {
	var slopes [rreluBatch]float64
	width, last := uniformWidth(lower, upper), below(lower, upper)
	for {
		n := min(len(x), rreluBatch)
		uniformIn64(fillsBest, slopes[:n], seed, stream, offset, lower, width, last)
		for i, s := range slopes[:n] {
			dst[i] = grad[i] * slopeAt64(x[i], math.Float64bits(s))
		}
		if len(x) == n {
			return
		}
		dst, grad, x, offset = dst[n:], grad[n:], x[n:], offset+uint64(n)
	}
}
