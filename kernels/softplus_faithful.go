package kernels

var softplusFaithfully = Operation{
	Name:      "softplus_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: softplusFaithfulScalar, AVX2: softplusFaithfulAVX2, AVX512: softplusFaithfulAVX512},
}

// SoftplusFaithful is Softplus faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Softplus.
func SoftplusFaithful(dst, src []float32) { forward(&softplusFaithfully, dst, src, 0) }

const (
	softplusFaithfulHighest = 104
	softplusFaithfulLeast   = 0x1p-20
)

func softplusFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = softplusFaithful(x)
	}
}

func softplusFaithful(x float32) float32 {
	const exponent, up = 32, 0x1p32
	_, s, u, d := logistic(x, 2, softplusFaithfulHighest)
	n := s + s
	y := n / d
	rest := remainder32(n, y, 2*logisticUp, u) * inverse32(d, exponent)
	normal := max(y, softplusFaithfulLeast)
	q := normal * normal
	rest = fused32(y, q*(up*polynomial32(q, softplusCoefficients[:])), rest)
	above := max(x, 0)
	return fused32(fused32(min(above, y), up, rest), 1/up, max(above, y))
}
