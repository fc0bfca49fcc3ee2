package main

import (
	"bytes"
	"fmt"
	"log"
	"math"
	"math/big"
)

const quantilePrec = 192

// startQuantile is a float64 approximation of the quantile of p, for Newton's method.
func startQuantile(p *big.Float) float64 {
	f, _ := p.Float64()
	if f > 1e-3 {
		return -math.Sqrt2 * math.Erfcinv(2*f)
	}
	l := -2 * math.Log(f*math.Sqrt(2*math.Pi)) // phi(z)/|z| = p, twice substituted
	return -math.Sqrt(l - math.Log(l-math.Log(l)))
}

// quantileAt is the quantile of centre + t*scale as a function of t.
func quantileAt(centre, scale float64) func(t *big.Float) *big.Float {
	return func(t *big.Float) *big.Float {
		p := add(newFloat(quantilePrec, centre), mul(t, newFloat(quantilePrec, scale)))
		if half := newFloat(quantilePrec, .5); p.Cmp(half) > 0 { // past the middle z is odd
			q := sub(newFloat(quantilePrec, 1), p)
			return new(big.Float).Neg(quantile(q, startQuantile(q), quantilePrec))
		}
		return quantile(p, startQuantile(p), quantilePrec)
	}
}

// A quantileRow is one row of the float64 table: p = centre + t*scale, t in [lo, hi].
// There are four rows for each number of leading zeros of 2n+1 = 2^65 p.
type quantileRow struct {
	centre, scale, lo, hi float64
	odd                   bool // z = 0 at t = 0
}

func quantileRow64(row int) quantileRow {
	octave, part := row/4, row%4
	if row == 3 {
		return quantileRow{centre: .5, scale: 0x1p-5, lo: -2, hi: 0, odd: true}
	}
	return quantileRow{
		centre: math.Ldexp((4+float64(part)+.5)/16, -octave),
		scale:  math.Ldexp(0x1p-5, -octave), lo: -1, hi: 1,
	}
}

// coefficients fits a row. Where z = 0 at t = 0 it is z/t that is fitted.
func (r quantileRow) coefficients(degree int) ([]*big.Float, func(t *big.Float) *big.Float) {
	z := quantileAt(r.centre, r.scale)
	if !r.odd {
		return interpolate(z, r.lo, r.hi, degree, quantilePrec), z
	}
	slope := func(t *big.Float) *big.Float { return quo(z(t), t) }
	c := interpolate(slope, r.lo, r.hi, degree-1, quantilePrec)
	return append([]*big.Float{newFloat(quantilePrec, 0)}, c...), z
}

// fitError is the largest relative error of the rounded polynomial; parts holds,
// for each power of t, the numbers whose sum is its coefficient.
func (r quantileRow) fitError(parts [][]float64, z func(t *big.Float) *big.Float) float64 {
	worst := 0.
	for i := range 33 {
		t := r.lo + (r.hi-r.lo)*(float64(i)+.25)/33
		sum, power := newFloat(quantilePrec, 0), newFloat(quantilePrec, 1)
		for _, p := range parts {
			for _, v := range p {
				sum = add(sum, mul(power, newFloat(quantilePrec, v)))
			}
			power = mul(power, newFloat(quantilePrec, t))
		}
		want := z(newFloat(quantilePrec, t))
		e, _ := quo(sub(sum, want), want).Float64()
		worst = max(worst, math.Abs(e))
	}
	return worst
}

func quantileTables64(w *bytes.Buffer) {
	const rows, degree = 256, 13
	var text bytes.Buffer
	worst := 0.
	for i := range rows {
		r := quantileRow64(i)
		c, z := r.coefficients(degree)
		var values []float64
		var parts [][]float64
		for j, x := range c {
			hi, lo := split(x)
			if j < 2 {
				values = append(values, hi, lo)
				parts = append(parts, []float64{hi, lo})
			} else {
				values = append(values, hi)
				parts = append(parts, []float64{hi})
			}
		}
		row(&text, values)
		e := r.fitError(parts, z)
		worst = max(worst, e)
	}
	log.Printf("quantileTable64: relative error %.3g (2^%.1f)", worst, math.Log2(worst))
	fmt.Fprintf(w, "// quantileTable64 has four rows for each number of leading zeros of 2n+1. Relative error of the\n// polynomials: %.2g.\nvar quantileTable64 = [%d]quantileRow64{\n%s}\n", worst, rows, text.String())
}
