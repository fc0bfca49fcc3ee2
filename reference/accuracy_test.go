package reference_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"actinit/reference"
	"actinit/reference/oracle"
)

// A claim is one function of the package, its exact value and the bound it states.
type claim struct {
	name   string
	value  func(x float64) float64
	exact  func(prec uint, x float64) *big.Float
	ulp    float64
	points []float64 // kinks, roots, and where the formula changes
	lo, hi float64   // beyond them nothing happens
}

const accuracyAlpha = 0.7

var claims = append(parameterClaims(), []claim{
	{"Sigmoid", reference.Sigmoid, oracle.Sigmoid, reference.SigmoidULP, []float64{-745}, -750, 50},
	{"SigmoidDerivative", reference.SigmoidDerivative, oracle.SigmoidDerivative, reference.SigmoidDerivativeULP, []float64{745}, -750, 750},
	{"Tanh", reference.Tanh, func(prec uint, x float64) *big.Float { return oracle.Tanh(prec, big.NewFloat(x)) }, reference.TanhULP, nil, -25, 25},
	{"TanhDerivative", reference.TanhDerivative, oracle.TanhDerivative, reference.TanhDerivativeULP, []float64{-373}, -375, 375},
	{"SELU", reference.SELU, oracle.SELU, reference.SELUULP, nil, -45, 1},
	{"SELUDerivative", reference.SELUDerivative, oracle.SELUDerivative, reference.SELUDerivativeULP, []float64{-700, -745}, -750, 1},
	{"GELU", reference.GELU, oracle.GELU, reference.GELUULP, []float64{-5, -37.5, -38.58, -38.8, 20}, -39, 21},
	{"GELUDerivative", reference.GELUDerivative, oracle.GELUDerivative, reference.GELUDerivativeULP, []float64{-0.7517915246935645, -0.5017915246935645, -1.0017915246935645, -5, -38.6, 20}, -39, 21},
	{"GELUTanh", reference.GELUTanh, oracle.GELUTanh, reference.GELUTanhULP, []float64{-21.4, -21.9, 30}, -23, 31},
	{"GELUTanhDerivative", reference.GELUTanhDerivative, oracle.GELUTanhDerivative, reference.GELUTanhDerivativeULP, []float64{-0.7524614220710163, -0.5024614220710163, -1.0024614220710163, -21.9, 30}, -23, 31},
	{"SiLU", reference.SiLU, oracle.SiLU, reference.SiLUULP, []float64{-700, -745, -751.8, -755}, -760, 50},
	{"SiLUDerivative", reference.SiLUDerivative, oracle.SiLUDerivative, reference.SiLUDerivativeULP, []float64{-1.2784645427610737, -1.0284645427610737, -1.5284645427610737, -700, -751.8, -755, 750}, -760, 760},
	{"Softplus", reference.Softplus, oracle.Softplus, reference.SoftplusULP, []float64{-745}, -750, 750},
	{"Hardsigmoid", reference.Hardsigmoid, firstOf(oracle.Hardsigmoid), reference.HardsigmoidULP, []float64{-3, 3}, -4, 4},
	{"Hardswish", reference.Hardswish, firstOf(oracle.Hardswish), reference.HardswishULP, []float64{-3, 3}, -4, 4},
	{"HardswishDerivative", reference.HardswishDerivative, func(prec uint, x float64) *big.Float { return first(oracle.HardswishGrad(prec, 1, x)) }, reference.HardswishDerivativeULP, []float64{-3, -1.5, 3}, -4, 4},
	{"Softsign", reference.Softsign, firstOf(oracle.Softsign), reference.SoftsignULP, nil, -100, 100},
	{"SoftsignDerivative", reference.SoftsignDerivative, func(prec uint, x float64) *big.Float { return first(oracle.SoftsignGrad(prec, 1, x)) }, reference.SoftsignDerivativeULP, []float64{0x1p511, 0x1p537}, -100, 100},
	{"SparsePlus", reference.SparsePlus, func(_ uint, x float64) *big.Float { return oracle.SparsePlus(x) }, reference.SparsePlusULP, []float64{-1, 1}, -2, 2},
	{"SparseSigmoid", reference.SparseSigmoid, func(_ uint, x float64) *big.Float { return oracle.SparseSigmoid(x) }, reference.SparseSigmoidULP, []float64{-1, 1}, -2, 2},
	{"Exp", reference.Exp, func(prec uint, x float64) *big.Float { return oracle.Exp(prec, big.NewFloat(x)) }, reference.ExpULP, []float64{-745, 709.7}, -750, 709.78},
	{"LogSigmoid", reference.LogSigmoid, oracle.LogSigmoid, reference.LogSigmoidULP, []float64{745}, -750, 750},
	{"LogSigmoidDerivative", reference.LogSigmoidDerivative, oracle.LogSigmoidDerivative, reference.LogSigmoidDerivativeULP, []float64{745}, -50, 750},
	{"Mish", reference.Mish, oracle.Mish, reference.MishULP, []float64{-700, -745, -751.8, -755}, -760, 50},
	{"MishDerivative", reference.MishDerivative, oracle.MishDerivative, reference.MishDerivativeULP, []float64{-1.1924312145154952, -.6924312145154952, -1.6924312145154952, -700, -751.8, -755, 750}, -760, 760},
	{"Tanhshrink", reference.Tanhshrink, oracle.Tanhshrink, reference.TanhshrinkULP, []float64{3, 0x1p-340, 0x1p-358}, -25, 25},
	{"TanhshrinkDerivative", reference.TanhshrinkDerivative, oracle.TanhshrinkDerivative, reference.TanhshrinkDerivativeULP, []float64{0x1p-511, 0x1p-537}, -25, 25},
}...)

// first drops the word on exactness of an oracle's value, firstOf that of a function.
func first(y *big.Float, _ bool) *big.Float { return y }

func firstOf(f func(prec uint, x float64) (*big.Float, bool)) func(prec uint, x float64) *big.Float {
	return func(prec uint, x float64) *big.Float { return first(f(prec, x)) }
}

// parameterClaims returns the claims of the functions with a parameter, for
// ordinary ones and for ones far out.
func parameterClaims() (claims []claim) {
	for _, alpha := range []float64{accuracyAlpha, 1, -2, 3e-300, 1e200} {
		claims = append(claims,
			claim{"ELU", func(x float64) float64 { return reference.ELU(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.ELU(prec, x, alpha) }, reference.ELUULP, nil, -45, 1},
			claim{"ELUDerivative", func(x float64) float64 { return reference.ELUDerivative(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.ELUDerivative(prec, x, alpha) }, reference.ELUDerivativeULP, []float64{-700, -745, -1170}, -1220, 1})
	}
	for _, b := range []float64{4, 1, 0.01, 1e-100, 1e300} {
		claims = append(claims,
			claim{"Squareplus", func(x float64) float64 { return reference.Squareplus(x, b) }, func(prec uint, x float64) *big.Float { return first(oracle.Squareplus(prec, x, b)) }, reference.SquareplusULP, nil, -100, 100},
			claim{"SquareplusDerivative", func(x float64) float64 { return reference.SquareplusDerivative(x, b) }, func(prec uint, x float64) *big.Float { return first(oracle.SquareplusGrad(prec, 1, x, b)) }, reference.SquareplusDerivativeULP, nil, -100, 100})
	}
	for _, lambda := range []float64{0.5, 0.1, 3e-300} {
		claims = append(claims, claim{"Softshrink", func(x float64) float64 { return reference.Softshrink(x, lambda) }, func(_ uint, x float64) *big.Float { return oracle.Softshrink(x, lambda) }, reference.SoftshrinkULP, []float64{lambda, -lambda}, -3, 3})
	}
	for _, alpha := range []float64{accuracyAlpha, 1, 3, 3e-300, 1e200, 5e-324, 1.7e308} {
		claims = append(claims,
			claim{"CELU", func(x float64) float64 { return reference.CELU(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.CELU(prec, x, alpha) }, reference.CELUULP, []float64{-alpha}, -45 * min(alpha, 1e300), 1},
			claim{"CELUDerivative", func(x float64) float64 { return reference.CELUDerivative(x, alpha) }, func(prec uint, x float64) *big.Float { return oracle.CELUDerivative(prec, x, alpha) }, reference.CELUDerivativeULP, []float64{-alpha}, -750 * min(alpha, 1e300), 1})
	}
	for _, slope := range []float64{0.01, 0.25, 1, -3} {
		claims = append(claims, claim{"LeakyReLU", func(x float64) float64 { return reference.LeakyReLU(x, slope) }, func(_ uint, x float64) *big.Float { return oracle.LeakyReLU(x, slope) }, reference.LeakyReLUULP, nil, -10, 10})
	}
	return claims
}

// accuracyInputs returns finite inputs: some in every binade of float64, dense
// ones between lo and hi and in [-8, 8], float32 values, and the neighbours of
// zero and of the given points, near and less near.
func accuracyInputs(c claim, r *rand.Rand) []float64 {
	var xs []float64
	add := func(x float64) {
		if !math.IsInf(x, 0) && !math.IsNaN(x) {
			xs = append(xs, x)
		}
	}
	for exponent := range uint64(2047) {
		for range 2 {
			bits := exponent<<52 | r.Uint64()>>12
			add(math.Float64frombits(bits))
			add(-math.Float64frombits(bits))
		}
	}
	for range 3000 {
		add(c.lo + (c.hi-c.lo)*r.Float64())
		add(16*r.Float64() - 8)
		add(float64(float32(16*r.Float64() - 8)))
		add(float64(math.Float32frombits(r.Uint32())))
	}
	for _, point := range append([]float64{0, 1, -1, c.lo, c.hi}, c.points...) {
		for step := 0; step < 60; step++ {
			distance := math.Ldexp(1+r.Float64(), -step)
			add(point + distance)
			add(point - distance)
		}
		for near, i := point, 0; i < 20; i++ {
			near = math.Nextafter(near, math.Inf(1))
			add(near)
			add(2*point - near)
		}
		add(point)
	}
	return xs
}

// TestAccuracy measures every function against the oracle and prints the table
// of the package comment with -v.
func TestAccuracy(t *testing.T) {
	t.Logf("%-20s %8s %8s %8s   %s", "function", "inputs", "max ULP", "bound", "worst input")
	for _, c := range claims {
		var inputs [][]float64
		for _, x := range accuracyInputs(c, rand.New(rand.NewPCG(1, 2))) {
			inputs = append(inputs, []float64{x})
		}
		measure(t, c.name, c.ulp, inputs,
			func(in []float64) float64 { return c.value(in[0]) },
			func(in []float64) *big.Float { return c.exact(96, in[0]) })
	}
	measure(t, "NormalQuantile", reference.NormalQuantileULP, quantileInputs(),
		func(in []float64) float64 { return reference.NormalQuantile(in[0]) },
		func(in []float64) *big.Float { return oracle.NormalQuantile(96, in[0]) })

	unit := func(r *rand.Rand) float64 { return r.Float64() }
	both := func(r *rand.Rand) float64 { return 2*r.Float64() - 1 }
	measure(t, "SigmoidGrad", reference.SigmoidGradULP, gradInputs(unit, 0.5, 0, 1),
		func(in []float64) float64 { return reference.SigmoidGrad(in[0], in[1]) },
		func(in []float64) *big.Float { return oracle.SigmoidGrad(in[0], in[1]) })
	measure(t, "TanhGrad", reference.TanhGradULP, gradInputs(both, 0, 1, -1),
		func(in []float64) float64 { return reference.TanhGrad(in[0], in[1]) },
		func(in []float64) *big.Float { return oracle.TanhGrad(in[0], in[1]) })
	measure(t, "ELUGrad", reference.ELUGradULP, gradInputs(both, 0, -accuracyAlpha, -float64(float32(accuracyAlpha))),
		func(in []float64) float64 { return reference.ELUGrad(in[0], in[1], accuracyAlpha) },
		func(in []float64) *big.Float { return oracle.ELUGrad(in[0], in[1], accuracyAlpha) })
	measure(t, "CELUGrad", reference.CELUGradULP, gradInputs(both, 0, -accuracyAlpha, -float64(float32(accuracyAlpha))),
		func(in []float64) float64 { return reference.CELUGrad(in[0], in[1], accuracyAlpha) },
		func(in []float64) *big.Float { return oracle.CELUGrad(96, in[0], in[1], accuracyAlpha) })
	const end = reference.SELULambdaAlpha
	measure(t, "SELUGrad", reference.SELUGradULP, gradInputs(func(r *rand.Rand) float64 { return 3 * both(r) }, 0, -end, -float64(float32(end)), -end/2, -2*end),
		func(in []float64) float64 { return reference.SELUGrad(in[0], in[1]) },
		func(in []float64) *big.Float { return oracle.SELUGrad(in[0], in[1]) })
}

// quantileInputs returns probabilities from every binade, the smallest
// subnormals, dense ones, and the neighbours of 0, 1/4, 1/2, 3/4 and 1.
func quantileInputs() (inputs [][]float64) {
	r := rand.New(rand.NewPCG(3, 4))
	for exponent := range uint64(1022) {
		inputs = append(inputs, []float64{math.Float64frombits(exponent<<52 | r.Uint64()>>12)})
	}
	for range 1500 {
		inputs = append(inputs, []float64{r.Float64()}, []float64{(float64(r.Uint32()) + 0.5) / (1 << 32)})
	}
	for _, p := range []float64{0.25, 0.5, 0.75, 1, 0x1p-20, 0x1p-65} {
		for step := 1; step < 53; step++ {
			below, above := p-math.Ldexp(p, -step), p+math.Ldexp(p, -step)
			inputs = append(inputs, []float64{below})
			if above < 1 {
				inputs = append(inputs, []float64{above})
			}
		}
	}
	return append(inputs, []float64{5e-324})
}

// gradInputs returns pairs of a gradient and a saved output: random outputs in
// float32 and float64, tiny ones, and the neighbours of the given ones.
func gradInputs(output func(r *rand.Rand) float64, points ...float64) (inputs [][]float64) {
	r := rand.New(rand.NewPCG(5, 6))
	add := func(y float64) {
		grad := r.NormFloat64() * math.Ldexp(1, r.IntN(60)-30)
		inputs = append(inputs, []float64{grad, y}, []float64{float64(float32(grad)), y}, []float64{1, y}, []float64{0x1p-1040 * grad, y})
	}
	for range 2000 {
		y := output(r)
		add(y)
		add(float64(float32(y)))
		add(math.Ldexp(y, -r.IntN(1000)))
	}
	for _, point := range points {
		add(point)
		for step := range 53 {
			if y := point * (1 - math.Ldexp(1, -step)); y != 0 {
				add(y)
			}
		}
	}
	return inputs
}

// measure holds a function against its exact value. The bound must hold, a
// quarter of it must be left, and the package comment must state it.
func measure(t *testing.T, name string, ulp float64, inputs [][]float64, value func(in []float64) float64, exact func(in []float64) *big.Float) {
	t.Helper()
	worst, at := 0.0, inputs[0]
	for _, in := range inputs {
		got, want := value(in), exact(in)
		if e := oracle.Error64(got, want); e > worst {
			worst, at = e, in
		}
		if math.Signbit(got) != want.Signbit() && want.Sign() != 0 {
			t.Errorf("%s%v = %g has the wrong sign, exactly %.20g", name, in, got, want)
			break
		}
	}
	t.Logf("%-20s %8d %8.3f %8g   %v", name, len(inputs), worst, ulp, at)
	limit := 0.75 * ulp
	if ulp <= 0.5 {
		limit = ulp // one rounding has no margin
	}
	if worst > limit {
		t.Errorf("%s%v is %.3f ULP off, the bound %g leaves no margin", name, at, worst, ulp)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if !documents(string(doc), name, ulp) {
		t.Errorf("doc.go does not state a bound of %g for %s", ulp, name)
	}
}

// documents reports whether the table in a package comment has a line that
// begins with the name and the bound.
func documents(doc, name string, bound float64) bool {
	for _, line := range strings.Split(doc, "\n") {
		fields := strings.Fields(strings.TrimPrefix(line, "//"))
		if len(fields) > 1 && fields[0] == name {
			return fields[1] == strconv.FormatFloat(bound, 'g', -1, 64)
		}
	}
	return false
}
