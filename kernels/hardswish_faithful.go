package kernels

import "math"

var hardswishFaithfully = Operation{
	Name:      "hardswish_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: hardswishFaithfulScalar, AVX2: hardswishFaithfulAVX2, AVX512: hardswishFaithfulAVX512},
}

// HardswishFaithful is Hardswish faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Hardswish.
func HardswishFaithful(dst, src []float32) { forward(&hardswishFaithfully, dst, src, 0) }

func hardswishFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = hardswishFaithful(x)
	}
}

func hardswishFaithful(x float32) float32 {
	const (
		sixthSingle = float32(1. / 6)
		sixthRest   = float32(1./6 - float64(sixthSingle))
	)
	if x > 3 {
		return x
	}
	z := max(x, -3)
	s := z + 3
	low := z - (s - 3)
	minus := float32(s * -sixthSingle)
	rest := fused32(s, sixthSingle, minus)
	rest = fused32(low, sixthSingle, rest)
	rest = fused32(s, sixthRest, rest)
	y := fused32(-z, minus, float32(z*rest))
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&sign32)
}
