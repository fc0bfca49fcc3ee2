package kernels

var softplusFaithfully = Operation{
	Name:      "softplus_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: softplusFaithfulScalar, AVX2: softplusFaithfulAVX2, AVX512: softplusFaithfulAVX512},
}

// SoftplusFaithful is Softplus faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Softplus.
func SoftplusFaithful(dst, src []float32) { forward(&softplusFaithfully, dst, src, 0) }

const (
	softplusFaithfulHighest = 118
	softplusFaithfulGrain   = 0x1p-60
)

func softplusFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = softplusFaithful(x)
	}
}

func softplusFaithful(x float32) float32 {
	_, s, u, d := logistic(x, 2, softplusFaithfulHighest)
	n := s + s
	scaled := n / d
	above := fused32(scaled, 1/logisticUp, softplusFaithfulGrain)
	y := above - softplusFaithfulGrain
	rest := fused32(remainder32(n, scaled, 2, u), inverse32(d), fused32(y, -logisticUp, scaled))
	q := above * above
	rest = fused32(scaled, q*polynomial32(q, softplusCoefficients[:]), rest)
	positive := max(x, 0)
	return fused32(fused32(min(positive, y), logisticUp, rest), 1/logisticUp, max(positive, y))
}
