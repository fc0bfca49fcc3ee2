package datasets

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"
)

// moments are those of a column as far as it was read.
type moments struct {
	nulls, nan, inf, zeros, finite int

	min, max float64

	// Of the finite values by 2^exponent, so that no square overflows: their mean, and the sum
	// of the squares of their distances from it.
	exponent    int
	mean, about float64
}

// add takes the values of an array: its own mean first, then the squares about it, so that nothing
// cancels, and then both together (Chan, Golub and LeVeque 1979, equation 2.1).
func (m *moments) add(a arrow.Array) {
	p := moments{min: math.Inf(1), max: math.Inf(-1)}
	elements(a, func(v float64, valid bool) bool {
		switch {
		case !valid:
			p.nulls++
		case math.IsNaN(v):
			p.nan++
		case math.IsInf(v, 0):
			p.inf++
		default:
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
	_, p.exponent = math.Frexp(max(p.max, -p.min))
	p.mean = p.sum(a, 1, 0) / float64(p.finite)
	p.about = p.sum(a, 2, p.mean)
	m.merge(p)
}

// sum adds up the powers of the scaled finite values less centre.
func (m *moments) sum(a arrow.Array, power int, centre float64) (total float64) {
	elements(a, func(v float64, valid bool) bool {
		if valid && !math.IsNaN(v) && !math.IsInf(v, 0) {
			d := math.Ldexp(v, -m.exponent) - centre
			if power == 2 {
				d *= d
			}
			total += d
		}
		return true
	})
	return total
}

func (m *moments) merge(p moments) {
	if m.finite == 0 {
		p.nulls, p.nan, p.inf = m.nulls, m.nan, m.inf
		*m = p
		return
	}
	m.scale(p.exponent)
	p.scale(m.exponent)
	n, k := float64(m.finite), float64(p.finite)
	d := p.mean - m.mean
	m.mean += d * k / (n + k)
	m.about += p.about + d*d*n*k/(n+k)
	m.finite, m.zeros = m.finite+p.finite, m.zeros+p.zeros
	m.min, m.max = min(m.min, p.min), max(m.max, p.max)
}

// scale raises the exponent.
func (m *moments) scale(exponent int) {
	if by := m.exponent - exponent; by < 0 {
		m.mean, m.about, m.exponent = math.Ldexp(m.mean, by), math.Ldexp(m.about, 2*by), exponent
	}
}

func (m *moments) summary(name string, t Type) Summary {
	s := Summary{Name: name, Type: t, Nulls: m.nulls, NaN: m.nan, Inf: m.inf}
	if m.finite == 0 {
		nan := math.NaN()
		s.Min, s.Max, s.Mean, s.Std, s.Zeros = nan, nan, nan, nan, nan
		return s
	}
	s.Min, s.Max = m.min, m.max
	s.Mean = math.Ldexp(m.mean, m.exponent)
	s.Std = math.Ldexp(math.Sqrt(m.about/float64(m.finite)), m.exponent)
	s.Zeros = float64(m.zeros) / float64(m.finite)
	return s
}
