package kernels

import "math"

// The faithfully rounded float32 kernels: the exact value rounded down or up, and the value
// itself where it is a float32. They are sequences of float32 operations, each
// rounded once, the same in vectors and here, so that all variants give the same bits.
// What they compute and why that is enough stands beside the vector form, in _asm/faithful.go.
// In Go a fused float32 operation is several others: there the correctly rounded kernels are faster.

var (
	eluFaithfully = Operation{
		Name:      "elu_faithful",
		forward32: perVariant[ForwardFunc[float32]]{Scalar: eluFaithfulScalar, AVX2: eluFaithfulAVX2, AVX512: eluFaithfulAVX512},
	}
	seluFaithfully = Operation{
		Name:      "selu_faithful",
		forward32: perVariant[ForwardFunc[float32]]{Scalar: seluFaithfulScalar, AVX2: seluFaithfulAVX2, AVX512: seluFaithfulAVX512},
	}
	sigmoidFaithfully = Operation{
		Name:      "sigmoid_faithful",
		forward32: perVariant[ForwardFunc[float32]]{Scalar: sigmoidFaithfulScalar, AVX2: sigmoidFaithfulAVX2, AVX512: sigmoidFaithfulAVX512},
	}
	tanhFaithfully = Operation{
		Name:      "tanh_faithful",
		forward32: perVariant[ForwardFunc[float32]]{Scalar: tanhFaithfulScalar, AVX2: tanhFaithfulAVX2, AVX512: tanhFaithfulAVX512},
	}
)

// SigmoidFaithful is Sigmoid faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Sigmoid.
func SigmoidFaithful(dst, src []float32) { forward(&sigmoidFaithfully, dst, src, 0) }

// TanhFaithful is Tanh faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of Tanh.
func TanhFaithful(dst, src []float32) { forward(&tanhFaithfully, dst, src, 0) }

// ELUFaithful is ELU faithfully rounded for alpha = 1: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. For other alpha it is ELU. Special
// cases are those of ELU.
func ELUFaithful(dst, src []float32, alpha float32) { forward(&eluFaithfully, dst, src, alpha) }

// SELUFaithful is SELU faithfully rounded: its error is below 1 ULP, and it is
// faster where there are vector instructions, several times slower elsewhere. Special cases are those of SELU.
func SELUFaithful(dst, src []float32) { forward(&seluFaithfully, dst, src, 0) }

// Constants of the descriptions in _asm/faithful.go.
const (
	shiftSingle   = 0x1.8p23
	ln2Single     = 0x1.62e43p-1
	ln2SingleRest = -0x1.05c61p-29

	logisticUp             = 0x1p72
	logisticBeyond         = 0x1.e888cp-1 - 1
	sigmoidFaithfulHighest = 118

	tanhFaithfulScale   = 0x1.7fbbbap+0
	tanhFaithfulSwitch  = .85
	tanhFaithfulHighest = 9.1

	eluFaithfulLowest  = -17.4
	seluFaithfulLowest = -18
)

// fused32 returns x*y + z, rounded once.
func fused32(x, y, z float32) float32 {
	p := float64(float64(x) * float64(y)) // exact
	s := p + float64(z)
	if math.Float64bits(s)<<36 == 0 {
		return fusedTie32(p, float64(z), s)
	}
	return float32(s)
}

// fusedTie32 rounds p + z to float32, given s, the same in float64, which may be a tie
// that the exact sum is not.
func fusedTie32(p, z, s float64) float32 {
	if s-s != 0 {
		return float32(s)
	}
	return round32(twoSum(p, z))
}

// polynomial32 evaluates Horner's scheme in fused operations.
func polynomial32(x float32, coefficients []float32) float32 {
	y := coefficients[len(coefficients)-1]
	for i := len(coefficients) - 2; i >= 0; i-- {
		y = fused32(y, x, coefficients[i])
	}
	return y
}

// power32 returns 2^(n/4) times a table's scale for the integer n in the low bits of t.
func power32(table *[4]uint32, t float32) float32 {
	n := math.Float32bits(t)
	return math.Float32frombits(table[n%4] + n<<21)
}

// logistic returns a = |x|, highest at most, and s, u and d = share+u with s/(share+u) = w/(w + share)
// times logisticUp for w = e^-a. share is 1 or 2.
func logistic(x, share, highest float32) (a, s, u, d float32) {
	a = math.Float32frombits(math.Float32bits(x) &^ sign32)
	if a > highest {
		a = highest
	}
	t := fused32(a, -4/math.Ln2, shiftSingle)
	n := t - shiftSingle
	q := fused32(n, ln2Single/4, a)
	r := fused32(n, ln2SingleRest/4, q)
	s = power32(&logisticPowers, t)
	u = fused32(s, 1/logisticUp, float32(share*fused32(polynomial32(q, logisticCoefficients[:]), r, logisticBeyond)))
	return a, s, u, u + share
}

// remainder32 returns n - y*(share+u).
func remainder32(n, y, share, u float32) float32 { return fused32(-y, u, fused32(-y, share, n)) }

// inverse32 returns 1/d with an error of up to 6%.
func inverse32(d float32) float32 {
	const magic = 0x7ef311c3
	return math.Float32frombits(magic - math.Float32bits(d))
}

func sigmoidFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = sigmoidFaithful(x)
	}
}

func sigmoidFaithful(x float32) float32 {
	_, s, u, d := logistic(x, 1, sigmoidFaithfulHighest)
	y := s / d
	y = fused32(remainder32(s, y, 1, u), inverse32(d), y)
	if math.Float32bits(x)&sign32 == 0 {
		return fused32(y, -1/logisticUp, 1)
	}
	return y * (1 / logisticUp)
}

func tanhFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = tanhFaithful(x)
	}
}

func tanhFaithful(x float32) float32 {
	sign := math.Float32bits(x) & sign32
	a := math.Float32frombits(math.Float32bits(x) ^ sign)
	var y float32
	if a < tanhFaithfulSwitch {
		q := x * x
		y = fused32(polynomial32(q, tanhSmall[:]), q*a, a)
	} else {
		z := a
		if z > tanhFaithfulHighest {
			z = tanhFaithfulHighest
		}
		t := fused32(z, -8/math.Ln2, shiftSingle)
		r := fused32(t-shiftSingle, ln2Single/8, z)
		s := power32(&tanhPowers, t)
		d := fused32(polynomial32(r, tanhCoefficients[:]), r, s)
		y = fused32(s/(d+tanhFaithfulScale), -2, 1)
	}
	return math.Float32frombits(math.Float32bits(y) | sign)
}

// eluFaithfulUnfit reports whether ELUFaithful is ELU.
func eluFaithfulUnfit(alpha float32) bool { return alpha != 1 }

func eluFaithfulScalar(dst, src []float32, alpha float32) {
	if eluFaithfulUnfit(alpha) {
		eluScalar32(dst, src, alpha)
		return
	}
	for i, x := range src {
		dst[i] = eluFaithful(x)
	}
}

func eluFaithful(x float32) float32 {
	switch {
	case x >= 0:
		return x
	case x != x:
		return x + x // made quiet
	}
	const biased = shiftSingle + 127
	z := max(x, eluFaithfulLowest)
	t := fused32(z, 1/math.Ln2, biased)
	r := fused32(t-biased, -ln2Single, z)
	s := math.Float32frombits(math.Float32bits(t) << 23)
	p := fused32(polynomial32(r, eluCoefficients[:]), r*r, r)
	return max(fused32(p, s, s-1), x)
}

func seluFaithfulScalar(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = seluFaithful(x)
	}
}

func seluFaithful(x float32) float32 {
	const (
		lambda     = 0x1.0cfabcp+0 // below SELULambda
		lambdaRest = float32(SELULambda - lambda)
		scale      = float32(seluScale)
		scaleRest  = float32(seluScale/float64(scale) - 1)
	)
	if math.Float32bits(x)&sign32 == 0 {
		return fused32(x, lambda, x*lambdaRest)
	}
	z := max(x, seluFaithfulLowest)
	t := fused32(z, 1/math.Ln2, shiftSingle)
	r := fused32(t-shiftSingle, -ln2Single, z)
	s := math.Float32frombits(math.Float32bits(t)<<23 + math.Float32bits(scale))
	b := s - scale
	bl := s - (b + scale)
	q := polynomial32(r, seluCoefficients[:]) * (r * r)
	y := fused32(s, r, b)
	yl := fused32(s, r, b-y)
	yl = fused32(s, q, yl+bl)
	yl = fused32(y, scaleRest, yl)
	return math.Float32frombits(math.Float32bits(y+yl) | sign32)
}
