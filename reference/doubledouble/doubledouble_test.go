package doubledouble_test

import (
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/reference/doubledouble"
	"actinit/reference/oracle"
)

var exhaustive = flag.Bool("exhaustive", false, "hold every function against the oracle on 100,000 arguments and more: some 7 minutes of CPU time")

// A claim is one function, its exact value, and where to look closely.
type claim struct {
	name   string
	value  func(x float64) doubledouble.Value
	exact  func(prec uint, x float64) *big.Float
	points []float64 // kinks, roots, and where the formula changes
	lo, hi float64   // beyond them nothing happens
	upTo   float64   // largest argument of the domain
}

const alpha = 0.7

var inf = math.Inf(1)

var claims = []claim{
	{"Expm1", doubledouble.Expm1, func(prec uint, x float64) *big.Float { return oracle.Expm1(prec, big.NewFloat(x)) }, []float64{-0.0054, -100, -0x1p-60}, -110, 0, 0},
	{"Sigmoid", doubledouble.Sigmoid, oracle.Sigmoid, []float64{-83, 83, -745}, -800, 90, inf},
	{"SigmoidDerivative", doubledouble.SigmoidDerivative, oracle.SigmoidDerivative, []float64{-83, 83, 745}, -800, 800, inf},
	{"Tanh", doubledouble.Tanh, func(prec uint, x float64) *big.Float { return oracle.Tanh(prec, big.NewFloat(x)) }, []float64{0x1p-30, 50}, -60, 60, inf},
	{"TanhDerivative", doubledouble.TanhDerivative, oracle.TanhDerivative, []float64{-373}, -400, 400, inf},
	{"ELU", func(x float64) doubledouble.Value { return doubledouble.ELU(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.ELU(prec, x, alpha) }, nil, -110, 1, inf},
	{"ELUDerivative", func(x float64) doubledouble.Value { return doubledouble.ELUDerivative(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.ELUDerivative(prec, x, alpha) }, nil, -800, 1, inf},
	{"SELU", doubledouble.SELU, oracle.SELU, nil, -110, 1, inf},
	{"SELUDerivative", doubledouble.SELUDerivative, oracle.SELUDerivative, nil, -800, 1, inf},
	{"GELU", doubledouble.GELU, oracle.GELU, []float64{-5, -38.58, 13, 14, 20}, -41, 41, inf},
	{"GELUDerivative", doubledouble.GELUDerivative, oracle.GELUDerivative, []float64{-0.7517915246935645, -0.6267915246935645, -0.8767915246935645, -38.6, 13, 14}, -41, 41, inf},
	{"GELUTanh", doubledouble.GELUTanh, oracle.GELUTanh, []float64{-21.4, 30}, -24, 24, inf},
	{"GELUTanhDerivative", doubledouble.GELUTanhDerivative, oracle.GELUTanhDerivative, []float64{-0.7524614220710163, -0.5024614220710163, -1.0024614220710163, 30}, -24, 24, inf},
	{"SiLU", doubledouble.SiLU, oracle.SiLU, []float64{-83, 83, 100, -751.8}, -800, 110, inf},
	{"SiLUDerivative", doubledouble.SiLUDerivative, oracle.SiLUDerivative, []float64{-1.2784645427610737, -1.0284645427610737, -1.5284645427610737, -83, 83, -751.8}, -800, 110, inf},
	{"Exp", doubledouble.Exp, func(prec uint, x float64) *big.Float { return oracle.Exp(prec, big.NewFloat(x)) }, nil, -800, 800, 1e3},
	{"CELU", func(x float64) doubledouble.Value { return doubledouble.CELU(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.CELU(prec, x, alpha) }, nil, -110, 1, inf},
	{"Mish", doubledouble.Mish, oracle.Mish, []float64{-83, 83, -751.8}, -800, 110, inf},
	{"MishDerivative", doubledouble.MishDerivative, oracle.MishDerivative, []float64{-1.1924312145154952, -83, 83, -751.8}, -800, 110, inf},
	{"Tanhshrink", doubledouble.Tanhshrink, oracle.Tanhshrink, []float64{0x1p-55, 1, 50}, -60, 60, inf},
	{"TanhshrinkDerivative", doubledouble.TanhshrinkDerivative, oracle.TanhshrinkDerivative, []float64{0x1p-30, 50}, -60, 60, inf},
	{"Softsign", doubledouble.Softsign, func(prec uint, x float64) *big.Float { y, _ := oracle.Softsign(prec, x); return y }, nil, -110, 110, inf},
	{"Hardsigmoid", func(x float64) doubledouble.Value { return doubledouble.Hardsigmoid(math.Mod(x, 3)) },
		func(prec uint, x float64) *big.Float { y, _ := oracle.Hardsigmoid(prec, math.Mod(x, 3)); return y }, []float64{-3, 3, 0x1p-60}, -3, 3, inf},
	{"Hardswish", func(x float64) doubledouble.Value { return doubledouble.Hardswish(math.Mod(x, 3)) },
		func(prec uint, x float64) *big.Float { y, _ := oracle.Hardswish(prec, math.Mod(x, 3)); return y }, []float64{-3, 3, 0x1p-60}, -3, 3, inf},
	{"SparsePlus", func(x float64) doubledouble.Value { return doubledouble.SparsePlus(math.Mod(x, 1)) },
		func(_ uint, x float64) *big.Float { return oracle.SparsePlus(math.Mod(x, 1)) }, []float64{-1, 1, 0x1p-60}, -1, 1, inf},
	{"Quotient", func(x float64) doubledouble.Value { return doubledouble.Quotient(x, 6) },
		func(prec uint, x float64) *big.Float {
			return new(big.Float).SetPrec(prec+64).Quo(big.NewFloat(x), big.NewFloat(6))
		}, nil, -6, 6, inf},
	{"Squareplus", func(x float64) doubledouble.Value { return doubledouble.Squareplus(x, 4) },
		func(prec uint, x float64) *big.Float { y, _ := oracle.Squareplus(prec, x, 4); return y }, []float64{0x1p-59, 0x1p30, -0x1p30}, -0x1p32, 0x1p32, inf},
	{"Squareplus, b = 0.7", func(x float64) doubledouble.Value { return doubledouble.Squareplus(x, alpha) },
		func(prec uint, x float64) *big.Float { y, _ := oracle.Squareplus(prec, x, alpha); return y }, []float64{0x1p-60, 0x1p29, -0x1p29}, -100, 100, inf},
	{"SquareplusDerivative", func(x float64) doubledouble.Value { return doubledouble.SquareplusDerivative(x, alpha) },
		func(prec uint, x float64) *big.Float { y, _ := oracle.SquareplusGrad(prec, 1, x, alpha); return y }, []float64{0x1p-60, 0x1p29, -0x1p29}, -100, 100, inf},
	{"Softplus", doubledouble.Softplus, oracle.Softplus, []float64{-83, 83, -745}, -800, 110, inf},
}

// arguments returns finite arguments: n/10 in every binade of float64 with both
// signs, n/4 dense ones between lo and hi and in [-8, 8] each, float32 values
// among them, and the neighbours of zero and of the points at all distances.
func arguments(c *claim, n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	var xs []float64
	add := func(x float64) {
		if !math.IsInf(x, 0) && x <= c.upTo {
			xs = append(xs, x)
		}
	}
	for range n / 10 {
		x := math.Float64frombits(uint64(r.IntN(2047))<<52 | r.Uint64()>>12)
		add(x)
		add(-x)
		add(math.Ldexp(x, -math.Ilogb(x)-r.IntN(140)))
		add(-math.Ldexp(x, -math.Ilogb(x)-r.IntN(140)))
	}
	for range n / 10 {
		add(c.lo + (c.hi-c.lo)*r.Float64())
		add(c.lo * r.Float64())
		add(16*r.Float64() - 8)
		add(float64(float32(16*r.Float64() - 8)))
		add(float64(math.Float32frombits(r.Uint32() &^ 0x40000000)))
		add(-2 * r.Float64())
	}
	for _, point := range append([]float64{0, 1, -1, c.lo, c.hi}, c.points...) {
		for step := range 60 {
			for range max(1, n/20000) {
				distance := math.Ldexp(1+r.Float64(), -step)
				add(point + distance)
				add(point - distance)
			}
		}
		add(math.Nextafter(point, inf))
		add(math.Nextafter(point, -inf))
		add(point)
	}
	return xs
}

// precision returns the bits that show an error of v's bound.
func precision(v doubledouble.Value) uint {
	if v.Bound == 0 || v.Hi == 0 {
		return 180
	}
	return 80 + uint(min(920, max(100, math.Ilogb(v.Hi)-math.Ilogb(v.Bound))))
}

// apart returns |v - exact| over |exact|, and over v's bound.
func apart(v doubledouble.Value, exact *big.Float) (relative, ofBound float64) {
	y := new(big.Float).SetPrec(3000).Add(big.NewFloat(v.Hi), big.NewFloat(v.Lo))
	y.SetMantExp(y, v.Exponent)
	d := y.Sub(y, exact)
	if d.Sign() == 0 {
		return 0, 0
	}
	if exact.Sign() == 0 || v.Bound == 0 {
		return inf, inf
	}
	relative, _ = new(big.Float).Quo(d, exact).Float64()
	d.Abs(d)
	own := new(big.Float).SetMantExp(new(big.Float).Abs(exact), -950) // the oracle's error
	if d.Sub(d, own).Sign() < 0 {
		d.SetFloat64(0)
	}
	bound := big.NewFloat(v.Bound)
	ofBound, _ = new(big.Float).Quo(d, bound.SetMantExp(bound, v.Exponent)).Float64()
	return math.Abs(relative), math.Abs(ofBound)
}

// TestAgainstOracle holds every function against the oracle, for results down to
// 2^-1100, where no factor of float64 brings anything back.
func TestAgainstOracle(t *testing.T) {
	n := 1500
	if *exhaustive {
		n = 110000
	}
	t.Logf("%-20s %8s %16s", "function", "inputs", "largest relative error")
	for _, c := range claims {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			xs := arguments(&c, n)
			checkAll(t, c.name, len(xs), func(i int) (string, doubledouble.Value, *big.Float) {
				v := c.value(xs[i])
				return fmt.Sprintf("%x = %g", xs[i], xs[i]), v, c.exact(precision(v), xs[i])
			})
		})
	}
}

// checkAll compares n values.
func checkAll(t *testing.T, name string, n int, at func(i int) (input string, v doubledouble.Value, exact *big.Float)) {
	t.Helper()
	worst, where, closest := 0.0, "", 0.0
	for i := range n {
		input, v, exact := at(i)
		if exact.Sign() != 0 && exact.MantExp(nil) < -1100 { // below every float64: only the sign counts
			if (v.Hi < 0) != (exact.Sign() < 0) || v.Exponent > -1000 && math.Abs(v.Hi) > math.Ldexp(1, -1090-v.Exponent) {
				t.Fatalf("%s(%s) = %v, exactly %.10g", name, input, v, exact)
			}
			continue
		}
		relative, ofBound := apart(v, exact)
		if relative > worst {
			worst, where = relative, input
		}
		closest = max(closest, ofBound)
		if ofBound > 1 || v.Bound > math.Abs(v.Hi)*0x1p-100 && name != "MishDerivative" {
			t.Fatalf("%s(%s) = %v is %g of it off, %g of its bound", name, input, v, relative, ofBound)
		}
		if math.Abs(v.Lo) > math.Abs(v.Hi)*0x1p-53 {
			t.Fatalf("%s(%s) = %v is not normalised", name, input, v)
		}
	}
	t.Logf("%-20s %8d 2^%.2f (%.0f u^2), %.2f of the bound; at %s", name, n, math.Log2(worst), worst*0x1p106, closest, where)
}

// TestGradients holds the functions of a gradient and a saved output, or of a
// factor, against exact arithmetic.
func TestGradients(t *testing.T) {
	const end = 1.7580993408473766
	for _, c := range []struct {
		name   string
		value  func(grad, y float64) doubledouble.Value
		exact  func(grad, y float64) *big.Float
		lo, hi float64
	}{
		{"SigmoidGrad", doubledouble.SigmoidGrad, oracle.SigmoidGrad, 0, 1},
		{"TanhGrad", doubledouble.TanhGrad, oracle.TanhGrad, -1, 1},
		{"ELUGrad", func(grad, y float64) doubledouble.Value { return doubledouble.ELUGrad(grad, y, alpha) },
			func(grad, y float64) *big.Float { return oracle.ELUGrad(grad, y, alpha) }, -alpha, 1},
		{"SELUGrad", doubledouble.SELUGrad, oracle.SELUGrad, -end, 1},
		{"CELUGrad", func(grad, y float64) doubledouble.Value { return doubledouble.CELUGrad(grad, y, alpha) },
			func(grad, y float64) *big.Float { return oracle.CELUGrad(300, grad, y, alpha) }, -alpha, 1},
		{"SoftsignGrad", doubledouble.SoftsignGrad,
			func(grad, y float64) *big.Float { z, _ := oracle.SoftsignGrad(2000, grad, y); return z }, -5, 5},
		{"HardswishGrad", doubledouble.HardswishGrad,
			func(grad, y float64) *big.Float { z, _ := oracle.HardswishGrad(2000, grad, y); return z }, -2.99, 4},
		{"SparsePlusGrad", doubledouble.SparsePlusGrad, oracle.SparsePlusGrad, -.99, 2},
		{"LeakyReLU", func(grad, y float64) doubledouble.Value { return doubledouble.LeakyReLU(y, grad) },
			func(grad, y float64) *big.Float { return oracle.LeakyReLU(y, grad) }, -5, 1},
		{"Times", func(grad, x float64) doubledouble.Value { return doubledouble.SiLU(x).Times(grad) },
			func(grad, x float64) *big.Float {
				return new(big.Float).SetPrec(400).Mul(oracle.SiLU(200, x), big.NewFloat(grad))
			}, -5, 5},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		n := 10000
		if *exhaustive {
			n = 400000
		}
		checkAll(t, c.name, n, func(i int) (string, doubledouble.Value, *big.Float) {
			grad, y := r.NormFloat64(), c.lo+(c.hi-c.lo)*r.Float64()
			switch i % 8 {
			case 0:
				grad = 1
			case 1:
				grad, y = float64(float32(grad)), float64(float32(y))
			case 2:
				y = math.Copysign(math.Ldexp(1+r.Float64(), -r.IntN(900)), c.lo+c.hi+1e-9)
			case 3:
				grad = math.Ldexp(grad, r.IntN(800)-400)
			case 4:
				y = c.lo * (1 - math.Ldexp(r.Float64(), -r.IntN(53)))
			case 5:
				grad, y = math.RoundToEven(8*grad), math.RoundToEven(1024*y)/1024
			}
			y = max(c.lo, min(c.hi, y))
			if grad == 0 || y == 0 {
				grad, y = 1, c.hi/2
			}
			exact := c.exact(grad, y)
			if exact.Sign() == 0 {
				grad, y = 1, c.hi/4
				exact = c.exact(grad, y)
			}
			return fmt.Sprintf("%x, %x", grad, y), c.value(grad, y), exact
		})
	}
}

// TestExactWhereNothingRounds: a result that fits is said to be exact, so that
// ties are decided.
func TestExactWhereNothingRounds(t *testing.T) {
	for name, v := range map[string]doubledouble.Value{
		"SigmoidGrad":      doubledouble.SigmoidGrad(3, 0.25),
		"TanhGrad":         doubledouble.TanhGrad(1, 0x1.000002p-3),
		"ELUGrad":          doubledouble.ELUGrad(1, -0x1.000002p-3, 1),
		"LeakyReLU":        doubledouble.LeakyReLU(-0x1.fffffep-30, 0x1.47ae14p-7),
		"ELU above 0":      doubledouble.ELU(3, 1),
		"Quotient":         doubledouble.Quotient(9, 6),
		"a tiny subnormal": doubledouble.LeakyReLU(-5e-324, 5e-324),
	} {
		if v.Bound != 0 || v.Hi == 0 {
			t.Errorf("%s is %v, not exact", name, v)
		}
	}
}

// TestTiesAtZero: x/2 of an odd subnormal is a tie for GELU and SiLU, which the
// second term breaks upwards.
func TestTiesAtZero(t *testing.T) {
	for name, f := range map[string]func(x float64) doubledouble.Value{"GELU": doubledouble.GELU, "GELUTanh": doubledouble.GELUTanh, "SiLU": doubledouble.SiLU} {
		for _, x := range []float64{math.SmallestNonzeroFloat32, -3 * math.SmallestNonzeroFloat32, 0x1p-200} {
			if v := f(x); v.Lo-v.Bound <= 0 {
				t.Errorf("%s(%g) = %v does not show the second term", name, x, v)
			}
		}
	}
}

func BenchmarkFunctions(b *testing.B) {
	for _, c := range claims {
		b.Run("f="+c.name, func(b *testing.B) {
			sum, x := 0.0, -8.0
			for b.Loop() {
				sum += c.value(x).Hi
				if x += 0.37; x > min(8, c.upTo) {
					x -= 16
				}
			}
			if sum == 0 {
				b.Fatal("all results are zero")
			}
		})
	}
}
