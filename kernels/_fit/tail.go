package main

import (
	"bytes"
	"fmt"
	"log"
	"math/big"
)

// The intervals of the tail tables: sixteen in each octave of a+1, for a in
// [0, 39). Every GELU underflows in float64 before 39.
const (
	tailRows   = 85
	tailDegree = 9
	tailPrec   = 256
)

func tailCentre(row int) (centre, halfWidth float64) {
	octave := float64(int(1) << (row / 16))
	return octave*(1+(float64(row%16)+.5)/16) - 1, octave / 32
}

// geluRoot is the a with R(a) = a/sqrt(2 pi), where GELU's derivative at -a is 0.
func geluRoot() *big.Float {
	root := newFloat(tailPrec, .7517915)
	c := inverseSqrt2Pi(tailPrec)
	for range 8 { // R'(a) = a R(a) - 1/sqrt(2 pi), which is a^2 c - c at the root
		r := scaledTail(root, tailPrec)
		slope := sub(sub(mul(root, r), c), c)
		root = sub(root, quo(sub(r, mul(root, c)), slope))
	}
	return root
}

func tailTables(w *bytes.Buffer) {
	root := geluRoot()
	hi, lo := split(root)
	fmt.Fprintf(w, "// geluRootHi + geluRootLo is the a > 0 with gelu'(-a) = 0.\n")
	fmt.Fprintf(w, "const geluRootHi, geluRootLo = %x, %x\n\n", hi, lo)

	c := inverseSqrt2Pi(tailPrec)
	tailTable(w, "tailTable", "R(a) = e^(a^2/2) Q(a), Q(a) the upper tail of the standard normal distribution",
		func(a *big.Float) *big.Float { return scaledTail(a, tailPrec) })
	tailTable(w, "tailSlopeTable", "G(a) = (R(a) - a/sqrt(2 pi)) / (a - root), so that gelu'(-a) = e^(-a^2/2) (a - root) G(a)",
		func(a *big.Float) *big.Float {
			return quo(sub(scaledTail(a, tailPrec), mul(a, c)), sub(a, root))
		})
}

func tailTable(w *bytes.Buffer, name, what string, f func(a *big.Float) *big.Float) {
	var rows bytes.Buffer
	worst := 0.
	for r := range tailRows {
		centre, half := tailCentre(r)
		at := func(t *big.Float) *big.Float { return f(add(newFloat(tailPrec, centre), t)) }
		c := interpolate(at, -half, half, tailDegree, tailPrec)
		hi, lo := split(c[0])
		values := []float64{centre, hi, lo}
		for _, x := range c[1:] {
			v, _ := x.Float64()
			values = append(values, v)
		}
		row(&rows, values)
		exact := append([]float64{hi, lo}, values[3:]...)
		for i := range 9 {
			t := half * (float64(i)/4 - 1)
			worst = max(worst, tableError(exact, t, at(newFloat(tailPrec, t))))
		}
	}
	log.Printf("%s: relative error %.3g", name, worst)
	fmt.Fprintf(w, "// %s holds, for %s,\n// the centre of each interval and a polynomial of degree %d in a - centre, whose constant\n// is a sum of two numbers. Relative error of the polynomials: %.2g.\n",
		name, what, tailDegree, worst)
	fmt.Fprintf(w, "var %s = [%d]tailRow{\n%s}\n\n", name, tailRows, rows.String())
}

// tableError is the relative error at t of c[0] + c[1] + c[2]*t + c[3]*t^2 + ...:
// that of all terms but the first, made relative to the sum.
func tableError(c []float64, t float64, want *big.Float) float64 {
	rest := sub(want, newFloat(want.Prec(), c[0])) // exact enough: prec is far above 53 bits
	p := append([]float64{c[1]}, c[2:]...)
	e := polynomialError(p, t, rest)
	scale, _ := quo(rest, want).Float64()
	return max(e*scale, -e*scale)
}
