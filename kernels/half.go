package kernels

import (
	"math"
	"unsafe"
)

// Float16 is a number of IEEE 754's binary16 (half precision), as its bits: a storage
// type, with 11 significant bits, normal from 2^-14 and finite up to 65504.
type Float16 uint16

// BFloat16 is a number of bfloat16, the upper half of a float32, as its bits: a
// storage type, with 8 significant bits and the range of float32.
type BFloat16 uint16

// Half is the set of 16-bit storage types.
//
// Conversions to them round once, to nearest, ties to even; what rounds beyond the
// largest number becomes an infinity, and subnormals are kept. A NaN stays a NaN with
// its sign, is made quiet and keeps the upper bits of its payload, as many as there
// is room for; conversions from them are exact and make a NaN quiet. All variants
// give the same bits, of NaNs too (to float64 the processor widens the float32).
type Half interface{ Float16 | BFloat16 }

// Float16Of returns x rounded to binary16.
func Float16Of[T Float](x T) Float16 { return Float16(float16From32(odd32(x))) }

// BFloat16Of returns x rounded to bfloat16.
func BFloat16Of[T Float](x T) BFloat16 { return BFloat16(bfloat16From32(odd32(x))) }

// Float32 returns h's value.
func (h Float16) Float32() float32 { return float16To32(uint16(h)) }

// Float64 returns h's value.
func (h Float16) Float64() float64 { return float64(h.Float32()) }

// Float32 returns h's value.
func (h BFloat16) Float32() float32 { return bfloat16To32(uint16(h)) }

// Float64 returns h's value.
func (h BFloat16) Float64() float64 { return float64(h.Float32()) }

// Narrow rounds src to dst, which has its length and does not overlap it.
func Narrow[H Half, T Float](dst []H, src []T) {
	checkConversion(dst, src)
	narrow(halfFormatOf[H](selected), dst, src)
}

// Widen converts src to dst, which has its length and does not overlap it.
func Widen[T Float, H Half](dst []T, src []H) {
	checkConversion(dst, src)
	widen(halfFormatOf[H](selected), dst, src)
}

func narrow[H Half, T Float](f *halfFormat, dst []H, src []T) {
	to := bits16(dst)
	switch src := any(src).(type) {
	case []float32:
		f.narrow(to, src)
	case []float64:
		s := halfPool.Get().(*halfScratch)
		for len(src) > 0 {
			n := min(len(src), halfBlock)
			f.odd(s.x[:n], src[:n])
			f.narrow(to[:n], s.x[:n])
			to, src = to[n:], src[n:]
		}
		halfPool.Put(s)
	}
}

func widen[T Float, H Half](f *halfFormat, dst []T, src []H) {
	from := bits16(src)
	switch dst := any(dst).(type) {
	case []float32:
		f.widen(dst, from)
	case []float64:
		s := halfPool.Get().(*halfScratch)
		for len(from) > 0 {
			n := min(len(from), halfBlock)
			f.widen(s.x[:n], from[:n])
			for i, x := range s.x[:n] {
				dst[i] = float64(x)
			}
			dst, from = dst[n:], from[n:]
		}
		halfPool.Put(s)
	}
}

const panicConversion = "kernels: dst overlaps src, whose elements have another size"

// checkConversion panics unless dst and src are as long as each other and disjoint.
func checkConversion[A, B any](dst []A, src []B) {
	if len(dst) != len(src) {
		panic(panicLength)
	}
	if len(dst) == 0 {
		return
	}
	p, q := uintptr(unsafe.Pointer(&dst[0])), uintptr(unsafe.Pointer(&src[0]))
	n := uintptr(len(dst))
	if p < q+n*unsafe.Sizeof(src[0]) && q < p+n*unsafe.Sizeof(dst[0]) {
		panic(panicConversion)
	}
}

// bits16 returns s as the bits it is stored in.
func bits16[H Half](s []H) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// A halfFormat is the conversions of a 16-bit format, on one instruction set.
type halfFormat struct {
	widen func(dst []float32, src []uint16)

	// narrow rounds, and reports whether an element of src may be near a tie; see near.
	narrow func(dst []uint16, src []float32) (near bool)

	// odd rounds to odd: see odd32.
	odd func(dst []float32, src []float64)

	// from32 rounds one number. near reports whether x lies within one float32 of a
	// tie, the middle between two numbers of the format.
	from32 func(x float32) uint16
	near   func(x float32) bool
}

// The portable conversions.
var (
	portableFloat16  = halfFormat{widenFloat16, narrowFloat16, oddLoop, float16From32, nearFloat16}
	portableBFloat16 = halfFormat{widenBFloat16, narrowBFloat16, oddLoop, bfloat16From32, nearBFloat16}
)

// halfFormatOf returns H's conversions for variants up to v.
func halfFormatOf[H Half](v Variant) *halfFormat {
	var h H
	_, binary16 := any(h).(Float16)
	switch vector := v > Unrolled; {
	case binary16 && vector:
		return &vectorFloat16
	case binary16:
		return &portableFloat16
	case vector:
		return &vectorBFloat16
	}
	return &portableBFloat16
}

// odd32 returns x if it is a float32, and else the one beside it whose last bit is 1:
// it rounds to odd. Rounding that once more, to a format of at least two bits less,
// gives what rounding x once does (Boldo and Melquiond 2008).
func odd32[T Float](x T) float32 {
	if x, narrow := any(x).(float32); narrow {
		return x
	}
	return odd64to32(float64(x))
}

func odd64to32(x float64) float32 {
	if x != x { // by its bits: on some targets the conversion loses sign and payload
		b := math.Float64bits(x)
		return math.Float32frombits(uint32(b>>32)&sign32 | inf32 | quiet32 | uint32(b>>29)&(quiet32-1))
	}
	y := float32(x)
	b := math.Float32bits(y)
	if b&1 == 0 {
		switch back := math.Abs(float64(y)); {
		case math.Abs(x) > back:
			b++
		case math.Abs(x) < back:
			b--
		}
	}
	return math.Float32frombits(b)
}

func oddLoop(dst []float32, src []float64) {
	for i, x := range src {
		dst[i] = odd64to32(x)
	}
}

// Bit patterns of binary16 and of float32 at the ends of its range.
const (
	sign16, infFloat16, quietFloat16 = 1 << 15, 0x7c00, 1 << 9
	quietBFloat16                    = 1 << 6

	minFloat16  = 0x38800000 // 2^-14, the smallest normal
	pastFloat16 = 0x47800000 // 2^16
	rebias16    = (127 - 15) << 23
)

func float16From32(x float32) uint16 {
	b := math.Float32bits(x)
	sign, b := uint16(b>>16)&sign16, b&^sign32
	switch {
	case b < minFloat16: // .5+|x| has the last bit of binary16's subnormals
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+.5)-math.Float32bits(.5))
	case b < pastFloat16: // a carry goes up to the exponent, and to infinity
		return sign | uint16((b-rebias16+0xfff+b>>13&1)>>13)
	case b <= inf32:
		return sign | infFloat16
	}
	return sign | infFloat16 | quietFloat16 | uint16(b>>13)&(quietFloat16-1)
}

func float16To32(h uint16) float32 {
	sign, b := uint32(h&sign16)<<16, uint32(h&^sign16)
	switch {
	case b < 1<<10: // subnormal
		b = math.Float32bits(float32(b) * 0x1p-24)
	case b < infFloat16:
		b = b<<13 + rebias16
	case b == infFloat16:
		b = inf32
	default:
		b = inf32 | quiet32 | b<<13
	}
	return math.Float32frombits(sign | b)
}

// nearFloat16 moves subnormal numbers up a binade, where ties are as far apart. The sum
// is rounded, so that some a little farther from a tie are reported too.
func nearFloat16(x float32) bool {
	b := math.Float32bits(x) &^ sign32
	if b < minFloat16 {
		b = math.Float32bits(math.Float32frombits(b) + 0x1p-14)
	}
	return (b-(1<<12-1))%(1<<13) <= 2
}

func bfloat16From32(x float32) uint16 {
	b := math.Float32bits(x)
	if nan32(b) {
		return uint16(b>>16) | quietBFloat16
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

func bfloat16To32(h uint16) float32 {
	b := uint32(h) << 16
	if nan32(b) {
		b |= quiet32
	}
	return math.Float32frombits(b)
}

func nearBFloat16(x float32) bool {
	return (math.Float32bits(x)-(1<<15-1))%(1<<16) <= 2
}

func widenFloat16(dst []float32, src []uint16) {
	for i, h := range src {
		dst[i] = float16To32(h)
	}
}

func narrowFloat16(dst []uint16, src []float32) (near bool) {
	for i, x := range src {
		dst[i] = float16From32(x)
		near = near || nearFloat16(x)
	}
	return near
}

func widenBFloat16(dst []float32, src []uint16) {
	for i, h := range src {
		dst[i] = bfloat16To32(h)
	}
}

func narrowBFloat16(dst []uint16, src []float32) (near bool) {
	for i, x := range src {
		dst[i] = bfloat16From32(x)
		near = near || nearBFloat16(x)
	}
	return near
}
