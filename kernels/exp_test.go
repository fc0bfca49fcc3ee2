package kernels

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/reference/oracle"
)

// interpolate returns the coefficients of the polynomial of degree n-1 that
// equals f in the n Chebyshev nodes of [-h, h].
func interpolate(n int, h float64, f func(x *big.Float) *big.Float) []float64 {
	const prec = 400
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
	nodes := make([]*big.Float, n)
	differences := make([]*big.Float, n) // Newton's divided differences
	for i := range nodes {
		nodes[i] = number(h * math.Cos(math.Pi*float64(2*i+1)/float64(2*n)))
		differences[i] = f(nodes[i])
	}
	for order := 1; order < n; order++ {
		for i := n - 1; i >= order; i-- {
			differences[i].Sub(differences[i], differences[i-1])
			differences[i].Quo(differences[i], new(big.Float).Sub(nodes[i], nodes[i-order]))
		}
	}
	// Expand Newton's form by Horner: c = c*(x - node) + difference.
	c := make([]*big.Float, n)
	for i := range c {
		c[i] = number(0)
	}
	for i := n - 1; i >= 0; i-- {
		for j := n - 1; j >= 0; j-- {
			c[j].Mul(c[j], new(big.Float).Neg(nodes[i]))
			if j > 0 {
				c[j].Add(c[j], c[j-1])
			}
		}
		c[0].Add(c[0], differences[i])
	}
	rounded := make([]float64, n)
	for i := range c {
		rounded[i], _ = c[i].Float64()
	}
	return rounded
}

// series returns sum of x^i * term(i) for i from 0, 80 terms.
func series(x *big.Float, term func(i int) *big.Float) *big.Float {
	sum := new(big.Float).SetPrec(400)
	power := new(big.Float).SetPrec(400).SetInt64(1)
	for i := range 80 {
		sum.Add(sum, new(big.Float).Mul(power, term(i)))
		power.Mul(power, x)
	}
	return sum
}

func sameCoefficients(t *testing.T, name string, got, want []float64) {
	t.Helper()
	for i := range want {
		// The nodes depend on math.Cos, the last bit of the quick coefficients with them.
		if math.Abs(got[i]-want[i]) > math.Abs(want[i])*0x1p-50 {
			t.Errorf("%s: coefficient %d is %x, computed %x", name, i+2, got[i], want[i])
		}
	}
}

func TestExpTables(t *testing.T) {
	h := math.Ln2 / 32
	f := func(x *big.Float) *big.Float { // (e^x-1-x)/x^2
		factorial := big.NewInt(1)
		return series(x, func(i int) *big.Float {
			factorial.MulRange(1, int64(i+2))
			one := new(big.Float).SetPrec(400).SetInt64(1)
			return one.Quo(one, new(big.Float).SetPrec(400).SetInt(factorial))
		})
	}
	sameCoefficients(t, "expQuick", []float64{expQuick2, expQuick3, expQuick4, expQuick5}, interpolate(4, h, f))
	sameCoefficients(t, "expPair",
		[]float64{expPair2, expPair3, expPair4, expPair5, expPair6, expPair7, expPair8}, interpolate(7, h, f))

	root := new(big.Float).SetPrec(400).SetInt64(2)
	for range 4 {
		root.Sqrt(root) // 2^(1/16)
	}
	power := new(big.Float).SetPrec(400).SetInt64(1)
	for j := range exp2Bits {
		want, _ := power.Float64()
		if got := math.Float64frombits(exp2Bits[j] + uint64(j)<<48); got != want {
			t.Errorf("2^(%d/16) is %x, computed %x", j, got, want)
		}
		rest := oracle.Log(200, new(big.Float).Quo(power, new(big.Float).SetFloat64(want)))
		if want, _ := rest.Float64(); exp2Rest[j] != want {
			t.Errorf("rest of 2^(%d/16) is %x, computed %x", j, exp2Rest[j], want)
		}
		power.Mul(power, root)
	}

	ln2 := oracle.Log(200, big.NewFloat(2))
	rest := new(big.Float).Sub(new(big.Float).Quo(ln2, big.NewFloat(16)), big.NewFloat(ln2By16Hi))
	if want, _ := rest.Float64(); ln2By16Lo != want {
		t.Errorf("ln2By16Lo is %x, computed %x", ln2By16Lo, want)
	}
}

func TestLogTables(t *testing.T) {
	f := func(x *big.Float) *big.Float { // (ln(1+x)-x)/x^2
		return series(x, func(i int) *big.Float {
			sign := int64(1 - 2*((i+1)%2))
			return new(big.Float).SetPrec(400).Quo(big.NewFloat(float64(sign)), new(big.Float).SetInt64(int64(i+2)))
		})
	}
	const h = 17.0 / 2048
	sameCoefficients(t, "logQuick", []float64{logQuick2, logQuick3, logQuick4, logQuick5}, interpolate(4, h, f))
	sameCoefficients(t, "logPair",
		[]float64{logPair2, logPair3, logPair4, logPair5, logPair6, logPair7, logPair8}, interpolate(7, h, f))

	for j, row := range logTable[:65] {
		c := math.RoundToEven(1024/(1+float64(j)/64)) / 1024
		ln := oracle.Log(200, big.NewFloat(c))
		ln.Neg(ln)
		hi, _ := ln.Float64()
		lo, _ := ln.Sub(ln, big.NewFloat(hi)).Float64()
		if row.c != c || row.hi != hi || row.lo != lo {
			t.Errorf("row %d is %x, computed {%x %x %x}", j, row, c, hi, lo)
		}
		for _, w := range []float64{(float64(j) - .5) / 64, (float64(j) + .5) / 64} {
			if r := math.FMA(c, 1+w, -1); w >= 0 && w <= 1 && math.Abs(r) > h {
				t.Errorf("row %d: |r| = %g is above %g", j, math.Abs(r), h)
			}
		}
	}
}

// relativeError returns log2 of |hi+lo - want| / |want|.
func relativeError(hi, lo float64, want *big.Float) float64 {
	e := new(big.Float).SetPrec(400).SetFloat64(hi)
	e.Add(e, new(big.Float).SetFloat64(lo))
	e.Sub(e, want)
	if e.Sign() == 0 {
		return math.Inf(-1)
	}
	q, _ := e.Quo(e, want).Float64()
	return math.Log2(math.Abs(q))
}

// TestCores holds the quick functions and the pairs to the errors their comments state.
func TestCores(t *testing.T) {
	const prec = 200
	at := func(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
	random := rand.New(rand.NewPCG(1, 1))
	spread := func(highest int) float64 { // |x| below 2^highest, log-uniform over 40 binades
		return math.Ldexp(1-2*random.Float64(), highest-random.IntN(40))
	}
	for _, test := range []struct {
		name  string
		bound float64 // log2 of the relative error
		draw  func() float64
		error func(x float64) float64
	}{
		{"expPair", -63, func() float64 { return spread(9) }, func(x float64) float64 {
			hi, lo := expPair(x, 0)
			return relativeError(hi, lo, oracle.Exp(prec, at(x)))
		}},
		{"expm1Pair", -58, func() float64 { return spread(9) }, func(x float64) float64 {
			hi, lo := expm1Pair(x, 0)
			return relativeError(hi, lo, oracle.Expm1(prec, at(x)))
		}},
		{"log1pPair", -59, func() float64 { return math.Abs(spread(0)) }, func(w float64) float64 {
			hi, lo := log1pPair(w, 0)
			return relativeError(hi, lo, oracle.Log1p(prec, at(w)))
		}},
		{"sigmoidPair", -62, func() float64 { return spread(9) }, func(x float64) float64 {
			hi, lo := sigmoidPair(1, x)
			return relativeError(hi, lo, oracle.Sigmoid(prec, x))
		}},
		{"tanhPair", -57, func() float64 { x := spread(8); return math.Copysign(math.Abs(x)+0x1p-30, x) }, func(x float64) float64 {
			hi, lo := tanhPair(x)
			return relativeError(hi, lo, oracle.Tanh(prec, at(x)))
		}},
		{"softplusPair", -59, func() float64 { return spread(9) }, func(x float64) float64 {
			hi, lo := softplusPair(x)
			return relativeError(hi, lo, oracle.Softplus(prec, x))
		}},
		{"siluDerivativePair", -57, func() float64 { return siluZero + spread(5) }, func(x float64) float64 {
			hi, lo := siluDerivativePair(x)
			return relativeError(hi, lo, oracle.SiLUDerivative(prec, x))
		}},
		{"tanhSoftplusPair", -62, func() float64 { return min(spread(9), 45) }, func(x float64) float64 {
			hi, lo := tanhSoftplusPair(x)
			return relativeError(hi, lo, new(big.Float).Quo(oracle.Mish(prec, x), at(x)))
		}},
		{"mishDerivativePair", -57, func() float64 { return mishZero + spread(5) }, func(x float64) float64 {
			hi, lo := mishDerivativePair(x)
			return relativeError(hi, lo, oracle.MishDerivative(prec, x))
		}},
		{"tanhshrinkPair", -57, func() float64 { return spread(5) }, func(x float64) float64 {
			hi, lo := tanhshrinkPair(x)
			return relativeError(hi, lo, oracle.Tanhshrink(prec, x))
		}},
		{"tanhNearPair", -58, func() float64 { return math.Abs(spread(5)) }, func(x float64) float64 {
			hi, lo := tanhNearPair(x)
			return relativeError(hi, lo, oracle.Tanh(prec, at(x)))
		}},
		{"expQuick", -44, func() float64 { return float64(float32(spread(6))) }, func(x float64) float64 {
			s, p := expQuick(x)
			return relativeError(s+float64(s*p), 0, oracle.Exp(prec, at(x)))
		}},
		{"expQuick-1", -40, func() float64 { return float64(float32(spread(6))) }, func(x float64) float64 {
			s, p := expQuick(x)
			return relativeError((s-1)+float64(s*p), 0, oracle.Expm1(prec, at(x)))
		}},
		{"log1pQuick", -39.9, func() float64 { return math.Abs(spread(0)) }, func(w float64) float64 {
			return relativeError(log1pQuick(w), 0, oracle.Log1p(prec, at(w)))
		}},
	} {
		worst, where := math.Inf(-1), 0.0
		for range 4000 {
			x := test.draw()
			if e := test.error(x); e > worst {
				worst, where = e, x
			}
		}
		t.Logf("%-18s 2^%.2f at %g", test.name, worst, where)
		if worst > test.bound {
			t.Errorf("%s: relative error 2^%.2f at %g, stated 2^%g", test.name, worst, where, test.bound)
		}
	}
}

// TestSiLUZero computes the zero of SiLU's derivative by Newton's method.
func TestSiLUZero(t *testing.T) {
	const prec = 300
	x := new(big.Float).SetPrec(prec).SetFloat64(-1.278)
	one := big.NewFloat(1)
	for range 9 { // x - (1+x+e^x)/(1+e^x)
		e := oracle.Exp(prec, x)
		f := new(big.Float).Add(new(big.Float).Add(one, x), e)
		x.Sub(x, f.Quo(f, e.Add(e, one)))
	}
	e := new(big.Float).Neg(new(big.Float).Add(one, x))
	for _, c := range []struct {
		name string
		of   *big.Float
		got  float64
	}{
		{"siluZero", x, siluZero}, {"siluZeroRest", x, siluZeroRest}, {"siluZeroLast", x, siluZeroLast},
		{"expZero", e, expZero}, {"expZeroRest", e, expZeroRest},
	} {
		want, _ := c.of.Float64()
		if c.got != want {
			t.Errorf("%s is %x, computed %x", c.name, c.got, want)
		}
		c.of.Sub(c.of, new(big.Float).SetFloat64(want))
	}
}
