package kernels

// FusedFunc computes dst[i] = f(src[i]) and derivative[i] = f'(src[i]). It
// checks its arguments as the plain functions do.
type FusedFunc[T Float] func(dst, derivative, src []T)

const panicResults = "kernels: dst overlaps derivative"

// checkFused panics unless the slices are of one length, dst and derivative are disjoint, and each
// is src or disjoint from it.
func checkFused[T Float](dst, derivative, src []T) {
	checkBackward(src, dst, derivative)
	if len(dst) > 0 && overlap(dst, derivative) {
		panic(panicResults)
	}
}

// fused calls op's best fused loop for T.
func fused[T Float](op *Operation, dst, derivative, src []T) {
	checkFused(dst, derivative, src)
	switch d := any(dst).(type) {
	case []float32:
		op.best.fused32(d, any(derivative).([]float32), any(src).([]float32))
	case []float64:
		op.best.fused64(d, any(derivative).([]float64), any(src).([]float64))
	}
}

// Fused32 returns the float32 kernel that computes the function and its derivative in variant v,
// or nil if the operation has no such variant or this CPU cannot run it. Where one exponential does
// not serve both it is the forward kernel and the backward kernel of that variant, one after the other.
func (op *Operation) Fused32(v Variant) FusedFunc[float32] { return forcedFused(at(&op.fused32, v)) }

// Fused64 is Fused32 for float64.
func (op *Operation) Fused64(v Variant) FusedFunc[float64] { return forcedFused(at(&op.fused64, v)) }

func forcedFused[T Float](loop FusedFunc[T]) FusedFunc[T] {
	if loop == nil {
		return nil
	}
	return func(dst, derivative, src []T) {
		checkFused(dst, derivative, src)
		loop(dst, derivative, src)
	}
}

// compose fills in the fused kernels that are no vectors.
func (op *Operation) compose() {
	if !op.fuses {
		return
	}
	composeInto(&op.fused32, &op.forward32, &op.backward32, ones32)
	composeInto(&op.fused64, &op.forward64, &op.backward64, ones64)
}

func composeInto[T Float](fused *perVariant[FusedFunc[T]], forward *perVariant[ForwardFunc[T]], backward *perVariant[BackwardFunc[T]], ones []T) {
	for v := range fused {
		if fused[v] == nil && forward[v] != nil && backward[v] != nil {
			fused[v] = composed(forward[v], backward[v], ones)
		}
	}
}

// composedBlock is the number of elements that composed kernels compute at a time: they
// stay in the first-level cache.
const composedBlock = 1024

// The gradients of a block.
var ones32, ones64 = blockOfOnes[float32](), blockOfOnes[float64]()

func blockOfOnes[T Float]() []T {
	ones := make([]T, composedBlock)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

// composed is a forward kernel and its gradient with gradients of 1, of which ones is a block.
func composed[T Float](forward ForwardFunc[T], backward BackwardFunc[T], ones []T) FusedFunc[T] {
	return func(dst, derivative, src []T) {
		for len(src) > 0 {
			n := min(len(src), composedBlock)
			if &dst[0] == &src[0] { // src is read before it is written
				backward(derivative[:n], ones[:n], src[:n], 0)
				forward(dst[:n], src[:n], 0)
			} else {
				forward(dst[:n], src[:n], 0)
				backward(derivative[:n], ones[:n], src[:n], 0)
			}
			dst, derivative, src = dst[n:], derivative[n:], src[n:]
		}
	}
}
