package ops

import "math"

// A Law is the distribution that a fill's elements are to have, as far as the
// statistics of its draws need it.
type Law struct {
	Mean, Std float64

	// Moments holds E z^k, z = (x-Mean)/Std, at index k.
	Moments [9]float64

	// CDF returns the probability of a value below x, and Quantile the x of a
	// probability between 0 and 1; Quantile is nil where values are discrete.
	CDF      func(x float64) float64
	Quantile func(p float64) float64
}

// UniformLaw is the law of numbers uniform on [lo, hi).
func UniformLaw(lo, hi float64) Law {
	l := Law{
		Mean: (lo + hi) / 2, Std: (hi - lo) / math.Sqrt(12),
		CDF:      func(x float64) float64 { return min(max((x-lo)/(hi-lo), 0), 1) },
		Quantile: func(p float64) float64 { return lo + (hi-lo)*p },
	}
	for k := 0; k < len(l.Moments); k += 2 {
		l.Moments[k] = math.Pow(3, float64(k)/2) / float64(k+1)
	}
	return l
}

// NormalLaw is the law of N(mean, std).
func NormalLaw(mean, std float64) Law {
	return Law{
		Mean: mean, Std: std,
		Moments:  [9]float64{0: 1, 2: 1, 4: 3, 6: 15, 8: 105},
		CDF:      func(x float64) float64 { return normalBelow((x - mean) / std) },
		Quantile: func(p float64) float64 { return mean + std*normalQuantile(p) },
	}
}

// TruncatedNormalLaw is the law of N(mean, std) on the condition that it lies
// in [lo, hi]. The interval must have a probability that is not tiny: the
// moments are computed in float64 from differences.
func TruncatedNormalLaw(mean, std, lo, hi float64) Law {
	a, b := (lo-mean)/std, (hi-mean)/std
	below, inside := normalBelow(a), normalBelow(b)-normalBelow(a)
	density := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

	// E z^k by parts: (k-1) E z^(k-2) - [z^(k-1) density(z)] / inside.
	var raw [9]float64
	raw[0] = 1
	for k := 1; k < len(raw); k++ {
		raw[k] = (math.Pow(a, float64(k-1))*density(a) - math.Pow(b, float64(k-1))*density(b)) / inside
		if k > 1 {
			raw[k] += float64(k-1) * raw[k-2]
		}
	}
	center, spread := raw[1], math.Sqrt(raw[2]-raw[1]*raw[1])
	l := Law{
		Mean: mean + std*center, Std: std * spread,
		CDF: func(x float64) float64 {
			return min(max((normalBelow((x-mean)/std)-below)/inside, 0), 1)
		},
		Quantile: func(p float64) float64 {
			return min(max(mean+std*normalQuantile(below+p*inside), lo), hi)
		},
	}
	for k := range l.Moments {
		binomial := 1.0
		for i := 0; i <= k; i++ {
			l.Moments[k] += binomial * raw[k-i] * math.Pow(-center, float64(i))
			binomial *= float64(k-i) / float64(i+1)
		}
		l.Moments[k] /= math.Pow(spread, float64(k))
	}
	return l
}

// BernoulliLaw is the law of numbers that are 1 with probability p and 0 else.
func BernoulliLaw(p float64) Law {
	l := Law{
		Mean: p, Std: math.Sqrt(p * (1 - p)),
		CDF: func(x float64) float64 {
			switch {
			case x <= 0:
				return 0
			case x <= 1:
				return 1 - p
			}
			return 1
		},
	}
	one, zero := (1-p)/l.Std, -p/l.Std
	for k := range l.Moments {
		l.Moments[k] = p*math.Pow(one, float64(k)) + (1-p)*math.Pow(zero, float64(k))
	}
	return l
}

func normalBelow(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// normalQuantile keeps its relative accuracy near 0 and in the lower tail.
func normalQuantile(p float64) float64 {
	if p > .25 && p < .75 {
		return math.Sqrt2 * math.Erfinv(2*p-1)
	}
	return -math.Sqrt2 * math.Erfcinv(2*p)
}
