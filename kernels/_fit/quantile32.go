package main

import (
	"bytes"
	"fmt"
	"log"
	"math"
	"math/big"
)

// The float32 table has a row for each octave of p: p = m * 2^(octave-32), m in [1, 2), and
//
//	-quantile(p) = c0 + t*(c1 + t*(c2 + ... + t*c9)), t = m - centre
//
// Rounding c0 would cost half an ULP. So the centre is no middle but a float near it whose
// quantile is almost a float. The octave that ends at p = 1/2, where the quantile is 0, has
// its centre there and c0 = 0; its slope is a sum of two numbers. c9 is the same in all octaves: the
// others' lower coefficients make up for it.
const (
	quantileRows32   = 32
	quantileDegree32 = 9
	topOctave        = 30 // p from 1/4 to 1/2
)

// A row32 is the fit of an octave.
type row32 struct {
	centre       float64
	coefficients []float32 // c0 ... c8
	slope        float32   // of the top octave, of which c1 is the rest
	err          float64   // the largest relative error
}

// tailAt is -quantile(m * 2^(octave-32)) as a function of t = m - centre.
func tailAt(octave int, centre float64) func(t *big.Float) *big.Float {
	z := quantileAt(math.Ldexp(centre, octave-32), math.Ldexp(1, octave-32))
	return func(t *big.Float) *big.Float { return new(big.Float).Neg(z(t)) }
}

// fit32 fits an octave, with the last coefficient given, or found if it is 0.
func fit32(octave int, last float32) (r row32, c9 float32) {
	r.centre = 2
	if octave != topOctave {
		r.centre = nearFloat(octave)
	}
	z := tailAt(octave, r.centre)
	zero := z(newFloat(quantilePrec, 0))
	slope := func(t *big.Float) *big.Float {
		power := newFloat(quantilePrec, float64(last))
		for range quantileDegree32 - 1 {
			power = mul(power, t)
		}
		return sub(quo(sub(z(t), zero), t), power)
	}
	degree := quantileDegree32 - 1
	if last != 0 {
		degree--
	}
	c := interpolate(slope, 1-r.centre, 2-r.centre, degree, quantilePrec)
	c0, _ := zero.Float32()
	r.coefficients = append(r.coefficients, c0)
	for i, x := range c {
		hi, lo := split32(x)
		if i == 0 && octave == topOctave {
			r.slope, hi = hi, lo
		}
		r.coefficients = append(r.coefficients, hi)
	}
	if last == 0 {
		last = r.coefficients[quantileDegree32]
		r.coefficients = r.coefficients[:quantileDegree32]
	}
	r.err = r.error(last, z)
	return r, last
}

// nearFloat returns the float near 1.5 whose quantile in that octave is nearest to a float, in its ULP.
func nearFloat(octave int) float64 {
	const reach = 1 << 12
	c := interpolate(tailAt(octave, 1.5), -.001, .001, 5, quantilePrec)
	best, least := 0., math.Inf(1)
	for k := -reach; k <= reach; k++ {
		t := math.Ldexp(float64(k), -23)
		var z float64
		for i := len(c) - 1; i >= 0; i-- {
			x, _ := c[i].Float64()
			z = float64(z*t) + x
		}
		if off := math.Abs(float64(float32(z))-z) / math.Ldexp(1, math.Ilogb(z)-23); off < least {
			best, least = 1.5+t, off
		}
	}
	return best
}

// error is the largest relative error of the rounded polynomial.
func (r row32) error(last float32, z func(t *big.Float) *big.Float) float64 {
	worst := 0.
	for i := range 65 {
		t := math.Round((1-r.centre+(float64(i)+.25)/65)*0x1p23) / 0x1p23
		var rounded []float64
		for _, x := range r.coefficients {
			rounded = append(rounded, float64(x))
		}
		rounded[1] += float64(r.slope) // exact: the parts are neighbours
		worst = max(worst, polynomialError(append(rounded, float64(last)), t, z(newFloat(quantilePrec, t))))
	}
	return worst
}

func quantileTables32(w *bytes.Buffer) {
	top, last := fit32(topOctave, 0)
	worst := top.err
	var rows [quantileRows32][3 + quantileDegree32]float32
	for octave := -1; octave <= topOctave; octave++ {
		c := top
		if octave != topOctave {
			c, _ = fit32(octave, last)
		}
		worst = max(worst, c.err)
		at := (octave - 1) & (quantileRows32 - 1) // the low bits of the exponent of 2^32 p
		rows[at][0] = float32(c.centre)
		copy(rows[at][1:], append(c.coefficients, last, c.slope))
	}
	log.Printf("quantileTable32: relative error %.3g (2^%.1f)", worst, math.Log2(worst))
	fmt.Fprintf(w, "// Relative error of the polynomials: %.2g.\nvar quantileTable32 = [...]quantileRow32{\n", worst)
	for _, c := range rows {
		row(w, c[:])
	}
	fmt.Fprint(w, "}\n")
}
