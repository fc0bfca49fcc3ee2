package datasets

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"
)

// moments are those of a column as far as it was read.
type moments struct {
	nulls, nan, inf, zeros, finite int

	min, max float64

	// Of the finite values' distances from the first of them, which are small where the column is narrow, by
	// 2^exponent, so that no square overflows nor underflows: their mean, and the sum of the squares of their
	// distances from it.
	first       float64
	exponent    int
	mean, about float64
}

// add takes the values of an array: its own mean first, then the squares about it, so that nothing
// cancels, and then both together (Chan, Golub and LeVeque 1979, equation 2.1).
func (m *moments) add(a arrow.Array) {
	p := moments{min: math.Inf(1), max: math.Inf(-1)}
	if m.finite > 0 {
		p.first, p.min, p.max = m.first, m.min, m.max
	}
	elements(a, func(v float64, valid bool) bool {
		switch {
		case !valid:
			p.nulls++
		case math.IsNaN(v):
			p.nan++
		case math.IsInf(v, 0):
			p.inf++
		default:
			if m.finite+p.finite == 0 {
				p.first = v
			}
			p.finite++
			if v == 0 {
				p.zeros++
			}
			p.min, p.max = min(p.min, v), max(p.max, v)
		}
		return true
	})
	m.nulls, m.nan, m.inf = m.nulls+p.nulls, m.nan+p.nan, m.inf+p.inf
	if p.finite == 0 {
		return
	}
	p.exponent = exponentOf(max(p.max, -p.min))
	p.mean = p.sum(a, 1, 0) / float64(p.finite)
	p.about = p.sum(a, 2, p.mean)
	m.merge(p)
}

// exponentOf returns the least exponent with |x| < 2^exponent.
func exponentOf(x float64) int {
	if x == 0 {
		return -1074 // below that of the smallest
	}
	_, exponent := math.Frexp(x)
	return exponent
}

// A power is one of two, in two factors, as 2^1074 is beyond float64. Multiplying by it rounds as math.Ldexp does, in
// a fifth of the time.
type power [2]float64

func powerOfTwo(exponent int) power {
	half := exponent / 2
	return power{math.Ldexp(1, half), math.Ldexp(1, exponent-half)}
}

func (p power) times(v float64) float64 { return v * p[0] * p[1] }

// distance returns the function that gives a value's distance from the first by 2^exponent.
func (m *moments) distance() func(v float64) float64 {
	by := powerOfTwo(-m.exponent)
	first := by.times(m.first)
	return func(v float64) float64 { return by.times(v) - first }
}

// sum adds up the powers of the finite values' distances less centre.
func (m *moments) sum(a arrow.Array, power int, centre float64) (total float64) {
	distance := m.distance()
	elements(a, func(v float64, valid bool) bool {
		if valid && !math.IsNaN(v) && !math.IsInf(v, 0) {
			d := distance(v) - centre
			if power == 2 {
				d *= d
			}
			total += d
		}
		return true
	})
	return total
}

// merge adds the moments of further values, which were taken from the same first one and whose extremes and
// exponent are those of all.
func (m *moments) merge(p moments) {
	by := m.exponent - p.exponent
	before, about := math.Ldexp(m.mean, by), math.Ldexp(m.about, 2*by)
	n, k := float64(m.finite), float64(p.finite)
	d := p.mean - before
	m.mean = before + d*(k/(n+k))
	m.about = about + p.about + d*d*n*k/(n+k)
	m.finite, m.zeros = m.finite+p.finite, m.zeros+p.zeros
	m.first, m.min, m.max, m.exponent = p.first, p.min, p.max, p.exponent
}

// std returns the standard deviation by 2^exponent.
func (m *moments) std() float64 { return math.Sqrt(m.about / float64(m.finite)) }

func (m *moments) summary(name string, t Type) Summary {
	s := Summary{Name: name, Type: t, Nulls: m.nulls, NaN: m.nan, Inf: m.inf}
	if m.finite == 0 {
		nan := math.NaN()
		s.Min, s.Max, s.Mean, s.Std, s.Zeros = nan, nan, nan, nan, nan
		return s
	}
	s.Min, s.Max = m.min, m.max
	s.Mean = min(max(m.min, math.Ldexp(math.Ldexp(m.first, -m.exponent)+m.mean, m.exponent)), m.max)
	s.Std = math.Ldexp(m.std(), m.exponent)
	s.Zeros = float64(m.zeros) / float64(m.finite)
	return s
}
