package kernels

import "math"

var expFaithfully = Operation{
	Name:      "exp_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: expFaithfulScalar, AVX2: expFaithfulAVX2, AVX512: expFaithfulAVX512},
}

// ExpFaithful is Exp faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Exp.
func ExpFaithful(dst, src []float32) { forward(&expFaithfully, dst, src, 0) }

// Constants of the description in _asm/exp_faithful.go.
const (
	expFaithfulLowest  = -104
	expFaithfulHighest = 89
)

func expFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = expFaithful(x)
	}
}

func expFaithful(x float32) float32 {
	z := max(min(x, expFaithfulHighest), expFaithfulLowest)
	t := fused32(z, 1/math.Ln2, shiftSingle)
	n := t - shiftSingle
	r := fused32(n, -ln2SingleRest, fused32(n, -ln2Single, z))
	y := fused32(polynomial32(r, expCoefficients[:]), r, 1)
	half := math.Float32bits(t) << 22 &^ (1<<23 - 1)
	rest := math.Float32bits(t)<<23 - half
	const one = 127 << 23 // its bits
	return y * math.Float32frombits(half+one) * math.Float32frombits(rest+one)
}
