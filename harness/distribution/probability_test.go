package distribution

import (
	"math"
	"testing"
)

// Published values: Marsaglia, Tsang and Wang 2003; Stephens 1974; Marsaglia and
// Marsaglia 2004; and chi-square tables.
func TestProbabilities(t *testing.T) {
	for _, c := range []struct {
		what            string
		got, want, near float64
	}{
		{"normal 1.959964", normalBeyond(-1.959963984540054), .05, 1e-12},
		{"Kolmogorov 1.3581", kolmogorovAbove(1.3580986393), .05, 1e-8},
		{"Kolmogorov 1.6276", kolmogorovAbove(1.6276236115), .01, 1e-8},
		{"Kolmogorov .5", kolmogorovAbove(.5), .9639452437, 1e-9},
		{"Kolmogorov 1 from below", kolmogorovAbove(math.Nextafter(1, 0)), kolmogorovAbove(1), 1e-12},
		{"Anderson-Darling 2.492", andersonAbove(2.492), .05, 5e-5},
		{"Anderson-Darling 3.878", andersonAbove(3.878), .01, 2e-5},
		{"Anderson-Darling 1 (mean)", andersonAbove(1), .3573, 2e-4},
		{"Anderson-Darling 2 from below", andersonAbove(math.Nextafter(2, 0)), andersonAbove(2), 1e-5},
		{"chi-square", chiSquareAbove(18.307038, 10), .05, 1e-7},
		{"Poisson, as expected", poissonBeyond(5, 5), 1, 0},
		{"Poisson, none of 5", poissonBeyond(0, 5), 2 * math.Exp(-5), 1e-12},
		{"Poisson, 3 of .1", poissonBeyond(3, .1), 2 * (1 - math.Exp(-.1)*(1+.1+.005)), 1e-12},
		{"Poisson, many", poissonBeyond(100400, 99999), normalBeyond(401 / math.Sqrt(99999)), 2e-3},
	} {
		if !(math.Abs(c.got-c.want) <= c.near) {
			t.Errorf("%s: probability %v, want %v", c.what, c.got, c.want)
		}
	}
}

// The constants of mean and spread are held against integrals of the tails.
func TestMeansAndSpreads(t *testing.T) {
	for name, c := range map[string]struct {
		above     func(float64) float64
		mean, std float64
	}{
		"Kolmogorov-Smirnov": {kolmogorovAbove, kolmogorovMean, kolmogorovStd},
		"Anderson-Darling":   {andersonAbove, 1, andersonStd},
	} {
		const step = 1e-3
		var mean, square float64 // E x = integral of P(X > x), E x^2 = integral of 2x P(X > x)
		for x := step / 2; x < 30; x += step {
			p := c.above(x)
			mean += p * step
			square += 2 * x * p * step
		}
		if std := math.Sqrt(square - mean*mean); math.Abs(mean-c.mean) > 1e-4 || math.Abs(std-c.std) > 1e-3 {
			t.Errorf("%s: mean %v and standard deviation %v, the tail gives %v and %v", name, c.mean, c.std, mean, std)
		}
	}
}
