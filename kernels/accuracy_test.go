package kernels_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
	"actinit/reference"
	"actinit/reference/oracle"
)

// A smoothCase is a function that is correctly rounded in float32 and faithful
// in float64: a forward kernel, or a derivative (a backward kernel at grad 1).
type smoothCase struct {
	name      string
	kernel32  func(dst, src []float32)
	kernel64  func(dst, src []float64)
	exact     func(prec uint, x float64) (y *big.Float, isExact bool)
	bound     float64   // stated error in float64, ULP, where the result is normal
	lo, hi    float64   // beyond, float32 and float64 results are limits
	neighbour []float64 // points to look closely at
}

func inexact(f func(prec uint, x float64) *big.Float) func(uint, float64) (*big.Float, bool) {
	return func(prec uint, x float64) (*big.Float, bool) { return f(prec, x), false }
}

// exactAt0 is for functions with f(0) = 0.
func exactAt0(f func(prec uint, x float64) *big.Float) func(uint, float64) (*big.Float, bool) {
	return func(prec uint, x float64) (*big.Float, bool) { return f(prec, x), x == 0 }
}

func elu(alpha float64) func(uint, float64) (*big.Float, bool) {
	return func(prec uint, x float64) (*big.Float, bool) { return oracle.ELU(prec, x, alpha), x >= 0 }
}

func celu(alpha float64) func(uint, float64) (*big.Float, bool) {
	return func(prec uint, x float64) (*big.Float, bool) { return oracle.CELU(prec, x, alpha), x >= 0 }
}

// shrinkPoints are where tanhshrink's forms change, ties begin and results underflow.
var shrinkPoints = []float64{.25, -.25, 1, -1, 20, 40, 9, 0x1p24, -0x1p24, 0x1p25, 0x1p30, 0x1p-12, 0x1p-42, 0x1p-49, 0x1p-60, 0x1p-63, 0x1p-75,
	0x1p-300, -0x1p-300, 0x1p-323, 0x1p-341, 0x1p-350, 0x1p-358, 0x1p-485, 0x1p-511, 0x1p-530}

func derivative[T kernels.Float](grad func(dst, grad, saved []T)) func(dst, src []T) {
	return func(dst, src []T) {
		ones := make([]T, len(src))
		for i := range ones {
			ones[i] = 1
		}
		grad(dst, ones, src)
	}
}

var smoothCases = []smoothCase{
	{"sigmoid", kernels.Sigmoid[float32], kernels.Sigmoid[float64], inexact(oracle.Sigmoid), .67, -745, 40, nil},
	{"tanh", kernels.Tanh[float32], kernels.Tanh[float64],
		exactAt0(func(prec uint, x float64) *big.Float { return oracle.Tanh(prec, big.NewFloat(x)) }), .57, -20, 20, nil},
	{"selu", kernels.SELU[float32], kernels.SELU[float64], exactAt0(oracle.SELU), .57, -745, 1e4, nil},
	{"silu", kernels.SiLU[float32], kernels.SiLU[float64], exactAt0(oracle.SiLU), .67, -750, 1e4, nil},
	{"softplus", kernels.Softplus[float32], kernels.Softplus[float64], inexact(oracle.Softplus), .9, -745, 1e4, nil},
	{"elu 1", func(dst, src []float32) { kernels.ELU(dst, src, 1) },
		func(dst, src []float64) { kernels.ELU(dst, src, 1) }, elu(1), .57, -745, 1e4, nil},
	{"elu 0.75", func(dst, src []float32) { kernels.ELU(dst, src, .75) },
		func(dst, src []float64) { kernels.ELU(dst, src, .75) }, elu(.75), .57, -745, 1e4, nil},
	{"elu float32(1/3)", func(dst, src []float32) { kernels.ELU(dst, src, third) },
		func(dst, src []float64) { kernels.ELU(dst, src, float64(third)) }, elu(float64(third)), .57, -745, 1e4, nil},
	{"silu'", derivative(kernels.SiLUGrad[float32]), derivative(kernels.SiLUGrad[float64]),
		inexact(oracle.SiLUDerivative), .7, -750, 45, []float64{-1.2784645427610738}},
	{"softplus'", derivative(kernels.SoftplusGrad[float32]), derivative(kernels.SoftplusGrad[float64]),
		inexact(oracle.Sigmoid), .67, -745, 40, nil},
	{"gelu", kernels.GELU[float32], kernels.GELU[float64], exactAt0(oracle.GELU), .55, -38.4, 1e4,
		[]float64{-13, -14.2, 5.4, 8, 0x1p-55}},
	{"gelu'", derivative(kernels.GELUGrad[float32]), derivative(kernels.GELUGrad[float64]),
		inexact(oracle.GELUDerivative), .55, -38.4, 45, []float64{-.7517915246935645, .7517915246935645, -13, -14.3, 5.5}},
	{"gelutanh", kernels.GELUTanh[float32], kernels.GELUTanh[float64], exactAt0(oracle.GELUTanh), .67, -21.4, 1e4,
		[]float64{-21, -10, -10.6, 5.2, 8, 0x1p-55}},
	{"gelutanh'", derivative(kernels.GELUTanhGrad[float32]), derivative(kernels.GELUTanhGrad[float64]),
		inexact(oracle.GELUTanhDerivative), .6, -21.4, 45,
		[]float64{-.7524614220710162, .7524614220710162, .7524614220710162 + 1./16, -.7524614220710162 - 1./16, -10, -10.6}},
	{"hardsigmoid", kernels.Hardsigmoid[float32], kernels.Hardsigmoid[float64], oracle.Hardsigmoid, .51, -1e4, 1e4, []float64{-3, 3}},
	{"hardswish", kernels.Hardswish[float32], kernels.Hardswish[float64], oracle.Hardswish, .51, -1e4, 1e4, []float64{-3, 3}},
	{"hardswish'", derivative(kernels.HardswishGrad[float32]), derivative(kernels.HardswishGrad[float64]),
		func(prec uint, x float64) (*big.Float, bool) { return oracle.HardswishGrad(prec, 1, x) }, .51, -1e4, 1e4, []float64{-3, -1.5, 3}},
	{"softsign", kernels.Softsign[float32], kernels.Softsign[float64], oracle.Softsign, .51, -1e30, 1e30, []float64{1, 0.008514663, 0x1p25, 0x1p60}},
	{"softsign'", derivative(kernels.SoftsignGrad[float32]), derivative(kernels.SoftsignGrad[float64]),
		func(prec uint, x float64) (*big.Float, bool) { return oracle.SoftsignGrad(prec, 1, x) }, .51, -0x1p537, 0x1p537,
		[]float64{4.2336887e-05, 0.0022992422, 0x1p63, 0x1p75, 0x1p400, 0x1p511}},
	{"squareplus 4", squareplus[float32](4), squareplus[float64](4), squareplusOracle(4), .51, -1e308, 1e308, []float64{-0x1p126, 0x1p12, 0x1p200, -0x1p200}},
	{"squareplus float32(1/3)", squareplus[float32](third), squareplus(float64(third)), squareplusOracle(float64(third)), .51, -1e308, 1e308, nil},
	{"squareplus'", squareplusDerivative[float32](4), squareplusDerivative[float64](4),
		func(prec uint, x float64) (*big.Float, bool) { return oracle.SquareplusGrad(prec, 1, x, 4) }, .51, -0x1p537, 1e308,
		[]float64{3.5762787e-07, -0x1p62, -0x1p74, 0x1p200, -0x1p200}},
	{"sparseplus", kernels.SparsePlus[float32], kernels.SparsePlus[float64],
		func(_ uint, x float64) (*big.Float, bool) { return oracle.SparsePlus(x), true }, .51, -1e4, 1e4, []float64{-1, 1}},
	{"exp", kernels.Exp[float32], kernels.Exp[float64],
		exactAt0(func(prec uint, x float64) *big.Float { return oracle.Exp(prec, big.NewFloat(x)) }), .67, -745, 709.7,
		[]float64{708, 709.5, 88.7}},
	{"celu 1", func(dst, src []float32) { kernels.CELU(dst, src, 1) },
		func(dst, src []float64) { kernels.CELU(dst, src, 1) }, celu(1), .57, -745, 1e4, nil},
	{"celu 0.75", func(dst, src []float32) { kernels.CELU(dst, src, .75) },
		func(dst, src []float64) { kernels.CELU(dst, src, .75) }, celu(.75), .57, -745, 1e4, nil},
	{"celu float32(1/3)", func(dst, src []float32) { kernels.CELU(dst, src, third) },
		func(dst, src []float64) { kernels.CELU(dst, src, float64(third)) }, celu(float64(third)), .57, -745, 1e4, nil},
	{"celu 1e30", func(dst, src []float32) { kernels.CELU(dst, src, 1e30) },
		func(dst, src []float64) { kernels.CELU(dst, src, float64(float32(1e30))) }, celu(float64(float32(1e30))), .57, -1e33, 1e4,
		[]float64{-1e30, -1e31, -1e25}},
	{"celu 1e-40", func(dst, src []float32) { kernels.CELU(dst, src, 1e-40) },
		func(dst, src []float64) { kernels.CELU(dst, src, float64(float32(1e-40))) }, celu(float64(float32(1e-40))), .57, -1, 1e4,
		[]float64{-1e-40, -1e-39, -1e-44}},
	{"logsigmoid", kernels.LogSigmoid[float32], kernels.LogSigmoid[float64], inexact(oracle.LogSigmoid), .9, -1e4, 745, nil},
	{"logsigmoid'", derivative(kernels.LogSigmoidGrad[float32]), derivative(kernels.LogSigmoidGrad[float64]),
		inexact(oracle.LogSigmoidDerivative), .67, -40, 745, nil},
	{"mish", kernels.Mish[float32], kernels.Mish[float64], exactAt0(oracle.Mish), .67, -750, 1e4, []float64{22, 8.7}},
	{"mish'", derivative(kernels.MishGrad[float32]), derivative(kernels.MishGrad[float64]),
		inexact(oracle.MishDerivative), .53, -750, 45, []float64{-1.1924312145154952, 1.1924312145154952, 9, 18.5, 22, 25}},
	{"tanhshrink", kernels.Tanhshrink[float32], kernels.Tanhshrink[float64],
		func(prec uint, x float64) (*big.Float, bool) {
			return oracle.Tanhshrink(prec, x), x == 0 || math.Abs(x) > oracle.TanhshrinkDistant
		}, .8, -1e300, 1e300,
		shrinkPoints},
	{"tanhshrink'", derivative(kernels.TanhshrinkGrad[float32]), derivative(kernels.TanhshrinkGrad[float64]),
		exactAt0(oracle.TanhshrinkDerivative), .6, -45, 45, shrinkPoints},
	{"selu' of y", derivative(kernels.SELUGrad[float32]), derivative(kernels.SELUGrad[float64]),
		func(_ uint, y float64) (*big.Float, bool) { return oracle.SELUGrad(1, y), true }, .51,
		-2 * reference.SELULambdaAlpha, 1e4, []float64{-reference.SELULambdaAlpha}},
}

func squareplus[T kernels.Float](b T) func(dst, src []T) {
	return func(dst, src []T) { kernels.Squareplus(dst, src, b) }
}

func squareplusDerivative[T kernels.Float](b T) func(dst, src []T) {
	return derivative(func(dst, grad, x []T) { kernels.SquareplusGrad(dst, grad, x, b) })
}

func squareplusOracle(b float64) func(uint, float64) (*big.Float, bool) {
	return func(prec uint, x float64) (*big.Float, bool) { return oracle.Squareplus(prec, x, b) }
}

// looseResults64 says of which float64 results, beside subnormal ones, a kernel states no more
// than that the error is below 1 ULP.
var looseResults64 = map[string]func(y float64) bool{
	"tanh": func(y float64) bool { return math.Abs(y) > 1-0x1p-50 },
	"selu": func(y float64) bool { return math.Abs(y) < 0x1p-1000 },
}

const third = float32(1) / 3

func testSeed() *rand.Rand { return rand.New(rand.NewPCG(20, 26)) }

// inputs32 draws float32 inputs of every binade and sign, round numbers (whose
// results are often near ties) and the neighbourhoods of special points.
func inputs32(c *smoothCase) []float32 {
	random := testSeed()
	var in []float32
	for exponent := range uint32(255) {
		for _, sign := range []uint32{0, 1 << 31} {
			base := sign | exponent<<23
			in = append(in, math.Float32frombits(base), math.Float32frombits(base+1), math.Float32frombits(base|1<<23-1))
			for range 6 {
				in = append(in, math.Float32frombits(base|random.Uint32()>>9))
			}
			for bit := 12; bit < 23; bit += 2 {
				in = append(in, math.Float32frombits(base|1<<bit))
			}
		}
	}
	for range 2000 { // where the function does something
		in = append(in, float32((random.Float64()-.5)*220), float32(random.NormFloat64()))
	}
	for k := -1100; k < 1100; k++ { // k*2^-23: sigmoid's near-ties
		in = append(in, float32(k)*0x1p-23)
	}
	for _, point := range append([]float64{-87.336, -103.972, 9.0109, 17.3287, 88.7228}, c.neighbour...) {
		bits := math.Float32bits(float32(point))
		for d := range uint32(200) {
			if x := math.Float32frombits(bits - 100 + d); x == x { // a point may be 0
				in = append(in, x)
			}
		}
	}
	return in
}

// TestCorrectlyRounded compares float32 results with the correctly rounded
// value that the oracle finds, bit for bit.
func TestCorrectlyRounded(t *testing.T) {
	t.Parallel()
	for _, c := range smoothCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := inputs32(&c)
			dst := make([]float32, len(src))
			c.kernel32(dst, src)
			failures := 0
			for i, x := range src {
				if x-x != 0 || float64(x) < c.lo-1 || float64(x) > c.hi+1 {
					continue
				}
				want := oracle.Round32(func(prec uint) (*big.Float, bool) { return c.exact(prec, float64(x)) })
				if math.Float32bits(dst[i]) != math.Float32bits(want) && !(x == 0 && dst[i] == want) {
					if failures++; failures <= 5 {
						t.Errorf("%s(%x) = %x, want %x", c.name, x, dst[i], want)
					}
				}
			}
		})
	}
}

// inputs64 draws float64 inputs as inputs32 does.
func inputs64(c *smoothCase) []float64 {
	random := testSeed()
	var in []float64
	for exponent := uint64(0); exponent < 1035; exponent++ {
		if exponent > 12 && exponent < 900 && exponent%8 != 0 {
			continue // results are x, x/2 or the value at 0 there; the low parts of small ones underflow
		}
		for _, sign := range []uint64{0, 1 << 63} {
			base := sign | exponent<<52
			in = append(in, math.Float64frombits(base), math.Float64frombits(base|1<<52-1))
			for range 8 {
				in = append(in, math.Float64frombits(base|random.Uint64()>>12))
			}
		}
	}
	for range 1000 {
		in = append(in, (random.Float64()-.5)*1500, random.NormFloat64())
	}
	for _, point := range append([]float64{-708.396, -700, 700, 709.78, -744.44}, c.neighbour...) {
		bits := math.Float64bits(point)
		for d := range uint64(60) {
			in = append(in, math.Float64frombits(bits-30+d), point+math.Ldexp(random.Float64()-.5, -int(d)))
		}
	}
	return in
}

// TestFaithful64 holds float64 results to the stated error, and below 1 ULP
// where they are subnormal or that is what is stated.
func TestFaithful64(t *testing.T) {
	t.Parallel()
	for _, c := range smoothCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := inputs64(&c)
			dst := make([]float64, len(src))
			c.kernel64(dst, src)
			worst, at, failures := 0.0, 0.0, 0
			isLoose := looseResults64[c.name]
			for i, x := range src {
				if x < c.lo || x > c.hi || x == 0 {
					continue
				}
				exact, _ := c.exact(150, x)
				e := oracle.Error64(dst[i], exact)
				loose := math.Abs(dst[i]) < 0x1p-1022 || isLoose != nil && isLoose(dst[i])
				if !loose && e > worst {
					worst, at = e, x
				}
				if e > c.bound && !loose || e >= 1 {
					if failures++; failures <= 5 {
						t.Errorf("%s(%x) = %x has an error of %.4f ULP", c.name, x, dst[i], e)
					}
				}
			}
			t.Logf("largest error %.4f ULP at %g", worst, at)
		})
	}
}
