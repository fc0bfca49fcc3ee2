package reference

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/reference/oracle"
)

// TestPowers computes the table again.
func TestPowers(t *testing.T) {
	const prec = 200
	ln2 := oracle.Log(prec, big.NewFloat(2))
	for j, entry := range powers {
		x := new(big.Float).SetPrec(prec).Mul(ln2, big.NewFloat(float64(j)/128))
		y := oracle.Exp(prec, x)
		hi, _ := y.Float64()
		lo, _ := y.Sub(y, big.NewFloat(hi)).Float64()
		if entry != [2]float64{hi, lo} {
			t.Errorf("2^(%d/128) is %x + %x, the table has %x", j, hi, lo, entry)
		}
	}
	step := new(big.Float).SetPrec(prec).Quo(ln2, big.NewFloat(128))
	lo, _ := step.Sub(step, big.NewFloat(stepHi)).Float64()
	if lo != stepLo {
		t.Errorf("ln2/128 - stepHi is %x, stepLo %x", lo, stepLo)
	}
}

// TestExp holds exp and expm1 against their stated bounds.
func TestExp(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var xs []float64
	for range 20000 {
		xs = append(xs, 2000*r.Float64()-1000, 4*r.Float64()-2, math.Ldexp(2*r.Float64()-1, -r.IntN(1080)), -700-60*r.Float64())
	}
	for n := range 4096 { // where the reduction changes over
		x := (float64(n) - 2047.5) * math.Ln2 / 128
		xs = append(xs, x, math.Nextafter(x, 0), math.Nextafter(x, 1e9), 16*x)
	}
	xs = append(xs, 0, math.Copysign(0, -1), 708, math.Nextafter(708, 709), -708, 709.78, 709.79, -745.13, -745.14, -746, 40, -40, 1e300, -1e300)
	worst := map[string]float64{}
	for _, x := range xs {
		exact := oracle.Exp(120, big.NewFloat(x))
		check := func(what string, bound, got float64, exact *big.Float) {
			e := oracle.Error64(got, exact)
			worst[what] = max(worst[what], e)
			if e > bound {
				t.Errorf("%s of %g is %g, %.3f ULP off", what, x, got, e)
			}
		}
		switch smallest := 0x1p-1022; {
		case exact.Cmp(big.NewFloat(smallest)) < 0:
			check("a subnormal exp", 1.1, exp(x), exact)
		default:
			check("exp", .52, exp(x), exact)
		}
		check("expm1", 1.6, expm1(x), oracle.Expm1(120, big.NewFloat(x)))
		if x == 0 && math.Signbit(expm1(x)) != math.Signbit(x) {
			t.Errorf("expm1(%g) = %g", x, expm1(x))
		}
	}
	t.Log(worst)
	if exp(math.Inf(1)) != math.Inf(1) || exp(math.Inf(-1)) != 0 || expm1(math.Inf(-1)) != -1 || expm1(math.Inf(1)) != math.Inf(1) {
		t.Error("limits")
	}
	if y, z := exp(math.NaN()), expm1(math.NaN()); y == y || z == z {
		t.Errorf("NaN gives %g, %g", y, z)
	}
}

func BenchmarkExp(b *testing.B) {
	for name, f := range map[string]func(float64) float64{"exp": exp, "math": math.Exp, "expm1": expm1, "mathExpm1": math.Expm1} {
		b.Run(name, func(b *testing.B) {
			sum, x := 0.0, -8.0
			for b.Loop() {
				sum += f(x)
				if x += 0.37; x > 8 {
					x -= 16
				}
			}
			if sum == 0 {
				b.Fatal("all results are zero")
			}
		})
	}
}

// TestMills computes the table of Mills' ratio again.
func TestMills(t *testing.T) {
	const prec = 200
	root2 := oracle.Sqrt(prec, big.NewFloat(2))
	for i, entry := range millsTable {
		at := float64(i) / 8
		tail := oracle.Erfc(prec, new(big.Float).SetPrec(prec).Quo(big.NewFloat(at), root2)) // twice the upper tail
		rest := new(big.Float).SetPrec(prec).Quo(oracle.Pi(prec), big.NewFloat(2))
		ratio := new(big.Float).SetPrec(prec).Mul(tail, oracle.Exp(prec, big.NewFloat(at*at/2)))
		ratio.Mul(ratio, oracle.Sqrt(prec, rest)) // over twice the density
		if want, _ := ratio.Float64(); entry != want {
			t.Errorf("Mills' ratio at %g is %x, the table has %x", at, want, entry)
		}
	}
}
