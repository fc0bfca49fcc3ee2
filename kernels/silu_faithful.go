package kernels

import "math"

var siluFaithfully = Operation{
	Name:      "silu_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: siluFaithfulScalar, AVX2: siluFaithfulAVX2, AVX512: siluFaithfulAVX512},
}

// SiLUFaithful is SiLU faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of SiLU.
func SiLUFaithful(dst, src []float32) { forward(&siluFaithfully, dst, src, 0) }

const siluFaithfulHighest = 123

func siluFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = siluFaithful(x)
	}
}

func siluFaithful(x float32) float32 {
	a, s, u, d := logistic(x, 1, siluFaithfulHighest)
	n := a * s
	nl := fused32(-a, s, n)
	y := n / d
	y = fused32(remainder32(n, y, 1, u)-nl, inverse32(d), y)
	above := x
	if x < 0 {
		above = math.Float32frombits(sign32)
	}
	return fused32(y, -1/logisticUp, above)
}
