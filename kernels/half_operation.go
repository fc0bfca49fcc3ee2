package kernels

import (
	"math"
	"sync"
)

// Every element-wise operation works on 16-bit types too, through float32: a block of
// elements is widened, goes through the float32 kernel, and is rounded to 16 bits.
//
// Rounding twice goes wrong where the float32 result lies on a tie of the 16-bit
// format, or beside one, and the exact value on its other side. Such elements, about
// one in 2700 for binary16 and one in 22000 for bfloat16, are computed again by the
// float64 kernel. That is faithful: unless its result is the tie, it is on the exact
// value's side. Where it is the tie, the exact value is too, or so near that only
// the shape of f tells: see Operation.side.

// HalfForwardFunc computes dst[i] = f(src[i]; param), correctly rounded from the 16-bit
// input to the 16-bit output. The parameter is a float32. dst may be exactly src.
type HalfForwardFunc[H Half] func(dst, src []H, param float32)

// HalfBackwardFunc computes a gradient in 16 bits: grad[i] and saved[i] are widened to
// float32, the float32 backward kernel computes its result, which states its own
// roundings, and that is rounded to 16 bits. dst may be exactly grad or saved.
type HalfBackwardFunc[H Half] func(dst, grad, saved []H, param float32)

// HalfForward returns op's forward kernel over H through the float32 kernel of variant
// v, or nil if the operation has no such variant, this CPU cannot run it, or the
// operation has no float64 kernel to decide ties with.
func HalfForward[H Half](op *Operation, v Variant) HalfForwardFunc[H] {
	loop := at(&op.forward32, v)
	if loop == nil || op.forward64[Scalar] == nil {
		return nil
	}
	return func(dst, src []H, param float32) {
		forwardHalf(op, loop, halfFormatOf[H](v), dst, src, param)
	}
}

// HalfBackward is HalfForward for the gradient.
func HalfBackward[H Half](op *Operation, v Variant) HalfBackwardFunc[H] {
	loop := at(&op.backward32, v)
	if loop == nil {
		return nil
	}
	return func(dst, grad, saved []H, param float32) {
		backwardHalf(loop, halfFormatOf[H](v), dst, grad, saved, param)
	}
}

// ForwardHalf computes dst[i] = f(src[i]; param) with op's best kernel: see HalfForwardFunc.
// It panics for nil, and for faithful twins, which have no float64 kernel to decide ties
// with.
func ForwardHalf[H Half](op *Operation, dst, src []H, param float32) {
	if op == nil || op.forward64[Scalar] == nil {
		panic(panicNoHalf)
	}
	forwardHalf(op, op.best.forward32, halfFormatOf[H](selected), dst, src, param)
}

// BackwardHalf computes op's gradient with its best kernel: see HalfBackwardFunc. It
// panics for nil, and for faithful twins, whose gradient is that of the operation they are
// twins of.
func BackwardHalf[H Half](op *Operation, dst, grad, saved []H, param float32) {
	if op == nil || op.best.backward32 == nil {
		panic(panicNoHalf)
	}
	backwardHalf(op.best.backward32, halfFormatOf[H](selected), dst, grad, saved, param)
}

const panicNoHalf = "kernels: the operation has no such kernel over 16-bit types"

// halfBlock is the number of elements that go through float32 at a time: the buffers
// stay in the first-level cache, and the calls are few.
const halfBlock = 1024

// halfScratch is what one call needs.
type halfScratch struct {
	x, y, z [halfBlock]float32
	in, out [1]float64
}

// halfPool keeps the scratch of finished calls: on the stack it would be cleared in
// each, and kernels called through variables would move it to the heap.
var halfPool = sync.Pool{New: func() any { return new(halfScratch) }}

func forwardHalf[H Half](op *Operation, loop ForwardFunc[float32], f *halfFormat, dst, src []H, param float32) {
	checkForward(dst, src)
	s := halfPool.Get().(*halfScratch)
	to, from := bits16(dst), bits16(src)
	for len(from) > 0 {
		n := min(len(from), halfBlock)
		x, y := s.x[:n], s.y[:n]
		f.widen(x, from[:n])
		loop(y, x, param)
		if f.narrow(to[:n], y) {
			for i, y := range y {
				if f.near(y) && y == y {
					to[i] = s.settle(op, f, x[i], param)
				}
			}
		}
		to, from = to[n:], from[n:]
	}
	halfPool.Put(s)
}

// settle returns f(x; param) where its float32 is too near a tie to tell the side.
func (s *halfScratch) settle(op *Operation, f *halfFormat, x, param float32) uint16 {
	s.in[0] = float64(x)
	op.forward64[Scalar](s.out[:], s.in[:], float64(param))
	y := s.out[0]
	// One float64 up and one down round to different numbers only if y is a tie or beside one.
	b := math.Float64bits(y)
	larger := f.from32(odd64to32(math.Float64frombits(b + 1)))
	smaller := f.from32(odd64to32(math.Float64frombits(b - 1)))
	if larger == smaller {
		return larger
	}
	var side float32
	if op.side != nil {
		side = op.side(x, param)
	}
	switch {
	case side == 0:
		return f.from32(odd64to32(y))
	case (side > 0) == (y > 0):
		return larger
	}
	return smaller
}

// Between these |x| float64 tells a function from its tangent at 0 and from an asymptote
// that it nears as e^-|x|.
const tiny, far = 0x1p-40, 32

// aboveTangent is the Operation.side of a function that is above its tangent at 0.
func aboveTangent(x, _ float32) float32 {
	if x != 0 && math.Abs(float64(x)) < tiny {
		return 1
	}
	return 0
}

// aboveAsymptote tells e^x - 1 from -1: it returns 1 where e^x is too small for float64
// to tell and not 0, and else 0.
func aboveAsymptote(x float64) float32 {
	if x < -far && x >= -math.MaxFloat64 {
		return 1
	}
	return 0
}

func backwardHalf[H Half](loop BackwardFunc[float32], f *halfFormat, dst, grad, saved []H, param float32) {
	checkBackward(dst, grad, saved)
	s := halfPool.Get().(*halfScratch)
	to, g, v := bits16(dst), bits16(grad), bits16(saved)
	for len(v) > 0 {
		n := min(len(v), halfBlock)
		x, y, z := s.x[:n], s.y[:n], s.z[:n]
		f.widen(x, g[:n])
		f.widen(y, v[:n])
		loop(z, x, y, param)
		f.narrow(to[:n], z)
		to, g, v = to[n:], g[n:], v[n:]
	}
	halfPool.Put(s)
}
