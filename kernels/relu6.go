package kernels

var relu6 = Operation{
	Name:       "relu6",
	forward32:  clamp32.forwardWith(from0To6[float32]),
	forward64:  clamp64.forwardWith(from0To6[float64]),
	backward32: clamp32.backwardWith(from0To6[float32]),
	backward64: clamp64.backwardWith(from0To6[float64]),
}

// ReLU6 computes dst[i] = min(max(0, src[i]), 6), exactly [Krizhevsky 2010].
//
// ReLU6(-0) = -0, ReLU6(+Inf) = 6, ReLU6(NaN) = NaN.
func ReLU6[T Float](dst, src []T) { forward(&relu6, dst, src, 0) }

// ReLU6Grad computes dst[i] = grad[i] where 0 < x[i] < 6 and +0 elsewhere (at the
// kinks 0 and 6 too, as in PyTorch), exactly. A NaN in grad or x gives NaN; an
// infinite gradient outside gives 0.
func ReLU6Grad[T Float](dst, grad, x []T) { backward(&relu6, dst, grad, x, 0) }

func from0To6[T Float](T) (lo, hi T) { return 0, 6 }
