package kernels

// loops2 are the bare loops of an operation with two parameters. Its entry in
// operations fixes one of them, or makes both from one.
type loops2[T Float] struct {
	forward  perVariant[func(dst, src []T, p, q T)]
	backward perVariant[func(dst, grad, x []T, p, q T)]
}

// forward2 calls the best loop for T.
func forward2[T Float](loops32 *loops2[float32], loops64 *loops2[float64], dst, src []T, p, q T) {
	checkForward(dst, src)
	switch d := any(dst).(type) {
	case []float32:
		loops32.forward[loops32.best(selected)](d, any(src).([]float32), float32(p), float32(q))
	case []float64:
		loops64.forward[loops64.best(selected)](d, any(src).([]float64), float64(p), float64(q))
	}
}

// backward2 calls the best gradient loop for T.
func backward2[T Float](loops32 *loops2[float32], loops64 *loops2[float64], dst, grad, x []T, p, q T) {
	checkBackward(dst, grad, x)
	switch d := any(dst).(type) {
	case []float32:
		loops32.backward[loops32.best(selected)](d, any(grad).([]float32), any(x).([]float32), float32(p), float32(q))
	case []float64:
		loops64.backward[loops64.best(selected)](d, any(grad).([]float64), any(x).([]float64), float64(p), float64(q))
	}
}

// best returns the last variant up to limit that there are loops of and the CPU
// runs. Loops come in pairs.
func (l *loops2[T]) best(limit Variant) Variant {
	for v := limit; v > Scalar; v-- {
		if l.forward[v] != nil && v.Supported() {
			return v
		}
	}
	return Scalar
}

// forwardWith gives the loops the parameters that both returns for an
// Operation's one.
func (l *loops2[T]) forwardWith(both func(param T) (p, q T)) (all perVariant[ForwardFunc[T]]) {
	for v, loop := range l.forward {
		if loop != nil {
			all[v] = func(dst, src []T, param T) {
				p, q := both(param)
				loop(dst, src, p, q)
			}
		}
	}
	return all
}

// backwardWith is forwardWith for gradients.
func (l *loops2[T]) backwardWith(both func(param T) (p, q T)) (all perVariant[BackwardFunc[T]]) {
	for v, loop := range l.backward {
		if loop != nil {
			all[v] = func(dst, grad, x []T, param T) {
				p, q := both(param)
				loop(dst, grad, x, p, q)
			}
		}
	}
	return all
}
