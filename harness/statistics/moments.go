package statistics

import "math"

// Moments are the count, mean and central power sums of a set of numbers. Two
// sets merge without either being seen again.
type Moments struct {
	n          int64
	mean       float64
	m2, m3, m4 float64 // sum of (x - mean)^p
}

// momentsBlock is the number of values whose moments are taken directly, in two
// passes over a block that is still in the first-level cache; blocks merge in
// index order. Subtracting each block's own mean before squaring keeps the
// digits that raw power sums lose when the mean is large.
const momentsBlock = 4096

// MomentsOf returns the moments of x, at most momentsBlock values, from 16
// partial sums each: a fixed order of addition that vector code can keep.
func MomentsOf(x []float64) Moments {
	if len(x) == 0 {
		return Moments{}
	}
	var s [16]float64
	for i, v := range x {
		s[i&15] += v
	}
	n := float64(len(x))
	mean := total(&s) / n
	var s2, s3, s4 [16]float64
	for i, v := range x {
		d := v - mean
		dd := d * d
		s2[i&15] += dd
		s3[i&15] += dd * d
		s4[i&15] += dd * dd
	}
	return Moments{int64(len(x)), mean, total(&s2), total(&s3), total(&s4)}
}

func total(s *[16]float64) float64 {
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum
}

// Merge returns the moments of the union (Chan, Golub & LeVeque 1979; third and
// fourth powers: Pebay, Sandia report SAND2008-6212).
func (a Moments) Merge(b Moments) Moments {
	if a.n == 0 {
		return b
	}
	if b.n == 0 {
		return a
	}
	na, nb := float64(a.n), float64(b.n)
	n := na + nb
	d := b.mean - a.mean
	dn := d / n
	return Moments{
		n:    a.n + b.n,
		mean: a.mean + dn*nb,
		m2:   a.m2 + b.m2 + d*dn*na*nb,
		m3: a.m3 + b.m3 + d*dn*dn*na*nb*(na-nb) +
			3*dn*(na*b.m2-nb*a.m2),
		m4: a.m4 + b.m4 + d*dn*dn*dn*na*nb*(na*na-na*nb+nb*nb) +
			6*dn*dn*(na*na*b.m2+nb*nb*a.m2) +
			4*dn*(na*b.m3-nb*a.m3),
	}
}

// Variance returns the mean squared distance from the mean; NaN of nothing.
func (a Moments) Variance() float64 { return a.m2 / float64(a.n) }

// MeanSquare returns the second moment about zero.
func (a Moments) MeanSquare() float64 { return a.mean*a.mean + a.Variance() }

// Skewness returns E(x-mean)^3 / std^3; NaN where std is 0.
func (a Moments) Skewness() float64 {
	v := a.Variance()
	return a.m3 / float64(a.n) / (v * math.Sqrt(v))
}

// ExcessKurtosis returns E(x-mean)^4 / std^4 - 3, 0 for a normal distribution;
// NaN where std is 0.
func (a Moments) ExcessKurtosis() float64 {
	v := a.Variance()
	return a.m4/float64(a.n)/(v*v) - 3
}
