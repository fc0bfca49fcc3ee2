package verify

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"unsafe"

	"actinit/kernels"
	"actinit/reference/oracle"
)

// A format describes an IEEE 754 binary format to code that is generic over
// element types.
type format[T kernels.Float] struct {
	mantissa  uint    // explicit bits: 23 or 52, 10 or 7
	bits      uint    // 32 or 64, 16
	maxExp    int     // values reach 2^maxExp exclusively: 128 or 1024, 16 or 128
	minExp    int     // smallest normal is 2^minExp: -126 or -1022, -14 or -126
	subnormal float64 // smallest subnormal
	toBits    func(T) uint64
	fromBits  func(uint64) T

	// decide returns the correctly rounded value of every real in
	// [y-bound, y+bound] if they agree.
	decide func(y, bound float64) (T, bool)
	// round rounds a real that is known to any precision.
	round func(value func(prec uint) (y *big.Float, exact bool)) T
}

var (
	binary32 = &format[float32]{
		mantissa: 23, bits: 32, maxExp: 128, minExp: -126, subnormal: math.SmallestNonzeroFloat32,
		toBits:   func(x float32) uint64 { return uint64(math.Float32bits(x)) },
		fromBits: func(b uint64) float32 { return math.Float32frombits(uint32(b)) },
		decide:   oracle.Decides32,
		round:    oracle.Round32,
	}
	binary64 = &format[float64]{
		mantissa: 52, bits: 64, maxExp: 1024, minExp: -1022, subnormal: math.SmallestNonzeroFloat64,
		toBits:   math.Float64bits,
		fromBits: math.Float64frombits,
		decide:   func(y, bound float64) (float64, bool) { return y, bound == 0 },
		round:    oracle.Round64,
	}
)

// signBit returns the mask of the sign.
func (f *format[T]) signBit() uint64 { return 1 << (f.bits - 1) }

// binades returns the number of combinations of sign and exponent.
func (f *format[T]) binades() int { return 1 << (f.bits - f.mantissa) }

// infinity returns the bits of +Inf.
func (f *format[T]) infinity() uint64 { return (f.signBit() - 1) &^ (1<<f.mantissa - 1) }

// hex prints a value's bits: 0x3f800000.
func (f *format[T]) hex(x T) string { return fmt.Sprintf("0x%0*x", int(f.bits/4), f.toBits(x)) }

// same reports whether two results have the same bits, all NaNs being one.
func same[T kernels.Float](a, b T) bool {
	if a == b {
		return a != 0 || math.Signbit(float64(a)) == math.Signbit(float64(b))
	}
	return a != a && b != b
}

// binade returns the sign and exponent bits of x.
func (f *format[T]) binade(x T) int {
	if f.bits == 16 {
		return int(f.toBits(x) >> f.mantissa)
	}
	return int(bitsOf(x) >> f.mantissa)
}

// bitsOf returns a value's bits: format.toBits but of the 16-bit formats, compiled in place.
func bitsOf[T kernels.Float](x T) uint64 {
	if unsafe.Sizeof(x) == 4 {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(float64(x))
}

// sameBits reports whether two slices of one length have the same bits.
func sameBits[T kernels.Float](a, b []T) bool {
	size := len(a) * int(unsafe.Sizeof(*new(T)))
	return bytes.Equal(
		unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(a))), size),
		unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b))), size))
}

// ulp returns the spacing of the format's values in the binade of the exact
// value y, whose float64 approximation is given; the subnormal spacing below
// the smallest normal. Beyond the largest value the binades go on.
func (f *format[T]) ulp(y float64) float64 {
	exponent := int(math.Float64bits(y)>>52&0x7ff) - 1023
	exponent = max(exponent, f.minExp) - int(f.mantissa)
	if exponent < -1022 {
		return math.Ldexp(1, exponent)
	}
	return math.Float64frombits(uint64(exponent+1023) << 52)
}

// inULP returns x as a multiple of ulp, an infinity standing for the first
// power of two beyond the format.
func (f *format[T]) inULP(x T, ulp float64) float64 {
	y := float64(x)
	if math.IsInf(y, 0) {
		return math.Copysign(2*(math.Ldexp(1, f.maxExp-1)/ulp), y)
	}
	return y / ulp
}

// nearest rounds x to the format, once.
func (f *format[T]) nearest(x float64) T {
	if f.bits == 16 { // T holds more than the format's values
		r, _ := f.decide(x, 0)
		return r
	}
	return T(x)
}

// next returns the value after x in the direction of the sign.
func (f *format[T]) next(x T, sign int) T {
	b := f.toBits(x)
	switch {
	case x == 0 && sign > 0:
		return f.fromBits(1)
	case x == 0:
		return f.fromBits(f.signBit() | 1)
	case (b&f.signBit() == 0) == (sign > 0):
		return f.fromBits(b + 1)
	default:
		return f.fromBits(b - 1)
	}
}
