package statistics

import (
	"math"

	"actinit/kernels"
	"actinit/kernels/moments"
)

// Moments are the count, mean and central power sums of a set of numbers. Two
// sets merge without either being seen again.
type Moments struct {
	n          int64
	mean       float64
	m2, m3, m4 float64 // sum of (x - mean)^p
}

// MomentsOf returns the moments of x, at most [moments.Block] finite values, from 16 partial
// sums each: a fixed order of addition, which vector code keeps. The powers are those of the
// distance from the mean of the first few values, so that a large mean does not eat the digits,
// and x is read once. That mean is at most sqrt(n/centreOf) standard deviations from
// the mean of all, 8 for a full block, wherever the first values lie.
func MomentsOf[T kernels.Float](x []T) Moments {
	var sums moments.Sums
	centre := powersOf(&sums, x)
	return momentsFrom(len(x), centre, &sums)
}

// centreOf is the number of values from whose mean distances are taken.
const centreOf = 64

// powersOf adds up the powers of the values' distance from what it returns.
func powersOf[T kernels.Float](sums *moments.Sums, x []T) (centre float64) {
	first := x[:min(len(x), centreOf)]
	if len(first) == 0 {
		return 0
	}
	moments.Powers(sums, first, 0)
	centre = sums.Total(1) / float64(len(first))
	*sums = moments.Sums{}
	moments.Powers(sums, x, centre)
	return centre
}

// momentsFrom returns the moments of n values whose distances from the centre have these sums
// of powers. Products are rounded before they are added, so that no compiler fuses them.
func momentsFrom(n int, centre float64, sums *moments.Sums) Moments {
	if n == 0 {
		return Moments{}
	}
	count := float64(n)
	s2, s3, s4 := sums.Total(2), sums.Total(3), sums.Total(4)
	d := sums.Total(1) / count // from the centre to the mean
	dd := d * d
	return Moments{
		n:    int64(n),
		mean: centre + d,
		m2:   max(0, s2-float64(count*dd)),
		m3:   s3 - float64(3*d*s2) + float64(2*count*dd*d),
		m4:   max(0, s4-float64(4*d*s3)+float64(6*dd*s2)-float64(3*count*dd*dd)),
	}
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
		mean: a.mean + float64(dn*nb),
		m2:   a.m2 + b.m2 + float64(d*dn*na*nb),
		m3: a.m3 + b.m3 + float64(d*dn*dn*na*nb*(na-nb)) +
			float64(3*dn*(float64(na*b.m2)-float64(nb*a.m2))),
		m4: a.m4 + b.m4 + float64(d*dn*dn*dn*na*nb*(float64(na*na)-float64(na*nb)+float64(nb*nb))) +
			float64(6*dn*dn*(float64(na*na*b.m2)+float64(nb*nb*a.m2))) +
			float64(4*dn*(float64(na*b.m3)-float64(nb*a.m3))),
	}
}

// Variance returns the mean squared distance from the mean; NaN of nothing.
func (a Moments) Variance() float64 { return a.m2 / float64(a.n) }

// MeanSquare returns the second moment about zero.
func (a Moments) MeanSquare() float64 { return float64(a.mean*a.mean) + a.Variance() }

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
