package reference_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"os"
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

var claims = []claim{
	{"Sigmoid", reference.Sigmoid, oracle.Sigmoid, reference.SigmoidULP, []float64{-745}, -750, 50},
	{"SigmoidDerivative", reference.SigmoidDerivative, oracle.SigmoidDerivative, reference.SigmoidDerivativeULP, []float64{745}, -750, 750},
	{"Tanh", reference.Tanh, func(prec uint, x float64) *big.Float { return oracle.Tanh(prec, big.NewFloat(x)) }, reference.TanhULP, nil, -25, 25},
	{"TanhDerivative", reference.TanhDerivative, oracle.TanhDerivative, reference.TanhDerivativeULP, []float64{-373}, -375, 375},
	{"LeakyReLU", func(x float64) float64 { return reference.LeakyReLU(x, accuracyAlpha) }, func(_ uint, x float64) *big.Float { return oracle.LeakyReLU(x, accuracyAlpha) }, reference.LeakyReLUULP, nil, -10, 10},
	{"ELU", func(x float64) float64 { return reference.ELU(x, accuracyAlpha) }, func(prec uint, x float64) *big.Float { return oracle.ELU(prec, x, accuracyAlpha) }, reference.ELUULP, nil, -45, 1},
	{"ELUDerivative", func(x float64) float64 { return reference.ELUDerivative(x, accuracyAlpha) }, func(prec uint, x float64) *big.Float { return oracle.ELUDerivative(prec, x, accuracyAlpha) }, reference.ELUDerivativeULP, []float64{-700, -745}, -750, 1},
	{"SELU", reference.SELU, oracle.SELU, reference.SELUULP, nil, -45, 1},
	{"SELUDerivative", reference.SELUDerivative, oracle.SELUDerivative, reference.SELUDerivativeULP, []float64{-700, -745}, -750, 1},
	{"GELU", reference.GELU, oracle.GELU, reference.GELUULP, []float64{-5, -37.5, -38.58, -38.8, 20}, -39, 21},
	{"GELUDerivative", reference.GELUDerivative, oracle.GELUDerivative, reference.GELUDerivativeULP, []float64{-0.7517915246935645, -0.5017915246935645, -1.0017915246935645, -5, -38.6, 20}, -39, 21},
	{"GELUTanh", reference.GELUTanh, oracle.GELUTanh, reference.GELUTanhULP, []float64{-21.4, -21.9, 30}, -23, 31},
	{"GELUTanhDerivative", reference.GELUTanhDerivative, oracle.GELUTanhDerivative, reference.GELUTanhDerivativeULP, []float64{-0.7524614220710163, -0.5024614220710163, -1.0024614220710163, -21.9, 30}, -23, 31},
	{"SiLU", reference.SiLU, oracle.SiLU, reference.SiLUULP, []float64{-700, -745, -751.8, -755}, -760, 50},
	{"SiLUDerivative", reference.SiLUDerivative, oracle.SiLUDerivative, reference.SiLUDerivativeULP, []float64{-1.2784645427610737, -1.0284645427610737, -1.5284645427610737, -700, -751.8, -755, 750}, -760, 760},
	{"Softplus", reference.Softplus, oracle.Softplus, reference.SoftplusULP, []float64{-745}, -750, 750},
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

// TestAccuracy measures every function against the oracle and prints the
// table of the package comment with -v. A quarter of each bound must be left.
func TestAccuracy(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%-20s %8s %8s %8s   %s", "function", "inputs", "max ULP", "bound", "worst input")
	for _, c := range claims {
		r := rand.New(rand.NewPCG(1, 2))
		inputs := accuracyInputs(c, r)
		worst, at := 0.0, 0.0
		for _, x := range inputs {
			got, exact := c.value(x), c.exact(96, x)
			if e := oracle.Error64(got, exact); e > worst {
				worst, at = e, x
			}
			if math.Signbit(got) != exact.Signbit() {
				t.Errorf("%s(%g) = %g has the wrong sign, exactly %.20g", c.name, x, got, exact)
				break
			}
		}
		t.Logf("%-20s %8d %8.3f %8g   %g", c.name, len(inputs), worst, c.ulp, at)
		margin := 0.75 * c.ulp
		if c.ulp <= 0.5 {
			margin = c.ulp // one rounding has no margin
		}
		if worst > margin {
			t.Errorf("%s(%g) is %.3f ULP off, the bound %g leaves no margin", c.name, at, worst, c.ulp)
		}
		if !documents(string(doc), c.name, c.ulp) {
			t.Errorf("doc.go does not state a bound of %g for %s", c.ulp, c.name)
		}
	}
}

// documents reports whether the table in a package comment has a line that
// begins with the name and the bound.
func documents(doc, name string, bound float64) bool {
	for _, line := range strings.Split(doc, "\n") {
		fields := strings.Fields(strings.TrimPrefix(line, "//"))
		if len(fields) > 1 && fields[0] == name {
			return fields[1] == strings.TrimSuffix(big.NewFloat(bound).Text('g', 3), ".0")
		}
	}
	return false
}
