package kernels

import "math"

var geluFaithfully = Operation{
	Name:      "gelu_faithful",
	forward32: perVariant[ForwardFunc[float32]]{Scalar: geluFaithfulScalar, AVX2: geluFaithfulAVX2, AVX512: geluFaithfulAVX512},
}

// GELUFaithful is GELU faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions. Special cases are those of GELU.
func GELUFaithful(dst, src []float32) { forward(&geluFaithfully, dst, src, 0) }

func geluFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = geluFaithful(x)
	}
}

// geluFaithful is the description in _asm/gelu_faithful.go, whose operations are in float64.
func geluFaithful(x float32) float32 {
	z := float64(x)
	a := min(math.Abs(z), geluEnd32)
	p, q := float64(polynomial64(a, geluTailOver[:])*a), polynomialMonic64(a, geluTailUnder[:])
	square := float64(a * a)
	t := math.FMA(square, geluExponent[0], shift)
	r := math.FMA(-(t - shift), geluExponent[1], square)
	u := float64(r * r)
	c, s := polynomialMonic64(u, geluTangentUnder[:]), polynomial64(u, geluTangentOver[:])
	over := math.Float64frombits(math.Float64bits(math.FMA(s, r, c)) + math.Float64bits(t)<<52)
	tail := float64(over*p) / float64(math.FMA(-s, r, c)*q)
	if z < 0 {
		z = 0
	}
	return float32(z - tail)
}

// polynomial64 evaluates Horner's scheme in fused operations, and polynomialMonic64 where the last
// coefficient is 1.
func polynomial64(x float64, coefficients []float64) float64 {
	last := len(coefficients) - 1
	return horner64(coefficients[last], x, coefficients[:last])
}

func polynomialMonic64(x float64, coefficients []float64) float64 {
	last := len(coefficients) - 2
	return horner64(x+coefficients[last], x, coefficients[:last])
}

func horner64(y, x float64, coefficients []float64) float64 {
	for i := len(coefficients) - 1; i >= 0; i-- {
		y = math.FMA(y, x, coefficients[i])
	}
	return y
}
