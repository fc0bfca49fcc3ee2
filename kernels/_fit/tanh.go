package main

import (
	"bytes"
	"fmt"
	"log"
	"math/big"
)

const (
	tanhDegree = 13
	tanhHalf   = 0x1p-4 // the polynomial holds for |a - root| <= tanhHalf
	tanhPrec   = 256
)

// geluTanhConstants are K1 = 2 sqrt(2/pi) and K3 = K1 * .044715, the latter
// number the float64: 2u = K1 a + K3 a^3.
func geluTanhConstants() (k1, k3 *big.Float) {
	k1 = mul(newFloat(tanhPrec, 2), sqrt(quo(newFloat(tanhPrec, 2), pi(tanhPrec))))
	return k1, mul(k1, newFloat(tanhPrec, .044715))
}

// geluTanhSlope is D(a) = gelutanh'(-a) = E/(1+E)^2 (1 + E - a v'(a)), E = e^-v, and
// its last factor.
func geluTanhSlope(a *big.Float) (d, factor *big.Float) {
	k1, k3 := geluTanhConstants()
	square := mul(a, a)
	v := mul(a, add(k1, mul(k3, square)))
	slope := add(k1, mul(newFloat(tanhPrec, 3), mul(k3, square)))
	e := exp(new(big.Float).Neg(v), tanhPrec)
	sum := add(newFloat(tanhPrec, 1), e)
	factor = sub(sum, mul(a, slope))
	return quo(mul(e, factor), mul(sum, sum)), factor
}

func tanhTables(w *bytes.Buffer) {
	k1, k3 := geluTanhConstants()
	for _, c := range []struct {
		name, what string
		value      *big.Float
	}{
		{"geluTanhK1", "2 sqrt(2/pi)", k1},
		{"geluTanhK3", "2 sqrt(2/pi) * .044715, .044715 the float64", k3},
	} {
		hi, lo := split(c.value)
		fmt.Fprintf(w, "// %sHi + %sLo is %s.\nconst %sHi, %sLo = %x, %x\n\n", c.name, c.name, c.what, c.name, c.name, hi, lo)
	}

	low, high := newFloat(tanhPrec, .7), newFloat(tanhPrec, .8)
	for range tanhPrec {
		middle := mul(add(low, high), newFloat(tanhPrec, .5))
		if _, f := geluTanhSlope(middle); f.Sign() > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	root := low
	hi, lo := split(root)
	fmt.Fprintf(w, "// geluTanhRootHi + geluTanhRootLo is the a > 0 with gelutanh'(-a) = 0.\n")
	fmt.Fprintf(w, "const geluTanhRootHi, geluTanhRootLo = %x, %x\n\n", hi, lo)

	f := func(t *big.Float) *big.Float {
		d, _ := geluTanhSlope(add(root, t))
		return quo(d, t)
	}
	c := interpolate(f, -tanhHalf, tanhHalf, tanhDegree, tanhPrec)
	chi, clo := split(c[0])
	values := []float64{chi, clo}
	for _, x := range c[1:] {
		v, _ := x.Float64()
		values = append(values, v)
	}
	worst := 0.
	for i := range 41 {
		if t := tanhHalf * (float64(i)/20 - 1); t != 0 {
			worst = max(worst, tableError(values, t, f(newFloat(tanhPrec, t))))
		}
	}
	log.Printf("geluTanhNearRoot: relative error %.3g", worst)
	fmt.Fprintf(w, "// geluTanhNearRoot is gelutanh'(-a)/(a - root) for |a - root| <= 1/16, a polynomial of degree %d in\n// a - root, whose constant is a sum of two numbers. Relative error: %.2g.\n", tanhDegree, worst)
	fmt.Fprintf(w, "var geluTanhNearRoot = [%d]float64{\n", len(values))
	for _, v := range values {
		fmt.Fprintf(w, "\t%x,\n", v)
	}
	fmt.Fprintf(w, "}\n")
}
