package oracle_test

import (
	"bufio"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"actinit/reference/oracle"
)

// ofBig turns a building block into a function of a float64.
func ofBig(f func(prec uint, x *big.Float) *big.Float) func(prec uint, x float64) *big.Float {
	return func(prec uint, x float64) *big.Float { return f(prec, big.NewFloat(x)) }
}

// functions lists everything that takes one argument. ELU has alpha .3.
var functions = map[string]func(prec uint, x float64) *big.Float{
	"Exp":   ofBig(oracle.Exp),
	"Expm1": ofBig(oracle.Expm1),
	"Log":   ofBig(oracle.Log),
	"Log1p": ofBig(oracle.Log1p),
	"Tanh":  ofBig(oracle.Tanh),
	"Erf":   ofBig(oracle.Erf),
	"Erfc":  ofBig(oracle.Erfc),

	"Sigmoid":            oracle.Sigmoid,
	"SigmoidDerivative":  oracle.SigmoidDerivative,
	"TanhDerivative":     oracle.TanhDerivative,
	"ELU":                func(prec uint, x float64) *big.Float { return oracle.ELU(prec, x, 0.3) },
	"ELUDerivative":      func(prec uint, x float64) *big.Float { return oracle.ELUDerivative(prec, x, 0.3) },
	"SELU":               oracle.SELU,
	"SELUDerivative":     oracle.SELUDerivative,
	"SiLU":               oracle.SiLU,
	"SiLUDerivative":     oracle.SiLUDerivative,
	"Softplus":           oracle.Softplus,
	"SoftplusDerivative": oracle.SoftplusDerivative,
	"GELU":               oracle.GELU,
	"GELUDerivative":     oracle.GELUDerivative,
	"GELUTanh":           oracle.GELUTanh,
	"GELUTanhDerivative": oracle.GELUTanhDerivative,
	"NormalQuantile":     oracle.NormalQuantile,
}

// relativeBits returns -log2 of the relative difference of a and b, rounded down.
func relativeBits(a, b *big.Float) int {
	difference := new(big.Float).SetPrec(a.Prec()+b.Prec()+64).Sub(a, b)
	if difference.Sign() == 0 {
		return 1 << 20
	}
	return b.MantExp(nil) - difference.MantExp(nil) - 1
}

// TestKnownValues holds every function against 64 digits from mpmath.
func TestKnownValues(t *testing.T) {
	file, err := os.Open("testdata/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	seen := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		name := fields[0]
		seen[name]++
		x, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := big.ParseFloat(fields[2], 10, 256, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		for _, prec := range []uint{24, 64, 128, 200} {
			got := functions[name](prec, x)
			// 64 digits are 208 bits after rounding.
			if bits := relativeBits(got, want); bits < min(int(prec), 207) {
				t.Errorf("%s(%g) at %d bits: %.40g, want %s: %d bits agree", name, x, prec, got, fields[2], bits)
			}
		}
	}
	for name := range functions {
		if seen[name] < 10 {
			t.Errorf("%s has %d known values", name, seen[name])
		}
	}
}
