package ops_test

import (
	"math"
	"testing"

	"actinit/harness/ops"
)

// Each law's mean, standard deviation and moments are held against integrals of
// its quantile function, and that against its distribution function.
func TestLaws(t *testing.T) {
	for name, l := range map[string]ops.Law{
		"uniform on [-1, 1)":            ops.UniformLaw(-1, 1),
		"uniform on [3, 3.5)":           ops.UniformLaw(3, 3.5),
		"standard normal":               ops.NormalLaw(0, 1),
		"normal with mean 2 and std .5": ops.NormalLaw(2, .5),
		"standard normal on [-2, 2]":    ops.TruncatedNormalLaw(0, 1, -2, 2),
		"normal 1, 2 on [0, 4]":         ops.TruncatedNormalLaw(1, 2, 0, 4),
		"standard normal on [-.5, 1]":   ops.TruncatedNormalLaw(0, 1, -.5, 1),
	} {
		t.Run(name, func(t *testing.T) {
			near := func(what string, got, want, tolerance float64) {
				if !(math.Abs(got-want) <= tolerance) {
					t.Errorf("%s is %v, the integral gives %v", what, got, want)
				}
			}
			mean := integral(l.Quantile)
			near("mean", l.Mean, mean, 1e-6*l.Std)
			variance := integral(func(p float64) float64 { d := l.Quantile(p) - mean; return d * d })
			near("standard deviation", l.Std, math.Sqrt(variance), 1e-5*l.Std)
			for k, m := range l.Moments {
				want := integral(func(p float64) float64 { return math.Pow((l.Quantile(p)-l.Mean)/l.Std, float64(k)) })
				near("a moment", m, want, 2e-3*math.Max(1, want))
			}
			for _, p := range []float64{1e-9, .001, .2, .5, .77, .9999} {
				near("probability below a quantile", l.CDF(l.Quantile(p)), p, 1e-9*p+1e-13)
			}
		})
	}
}

// integral is that of f over [0, 1] by the rule of midpoints, with steps that
// narrow towards both ends: p = 1/2 - cos(pi*s)/2.
func integral(f func(p float64) float64) float64 {
	const steps = 200000
	sum := 0.0
	for i := range steps {
		s := math.Pi * (float64(i) + .5) / steps
		sin := math.Sin(s / 2)
		sum += f(sin*sin) * math.Sin(s) / 2
	}
	return sum * math.Pi / steps
}

func TestBernoulliLaw(t *testing.T) {
	l := ops.BernoulliLaw(.25)
	if l.Mean != .25 || l.Std != math.Sqrt(.1875) || l.Quantile != nil {
		t.Errorf("mean %v, std %v", l.Mean, l.Std)
	}
	for x, want := range map[float64]float64{-1: 0, 0: 0, .5: .75, 1: .75, 2: 1} {
		if got := l.CDF(x); got != want {
			t.Errorf("the probability below %v is %v, want %v", x, got, want)
		}
	}
	want := [9]float64{0: 1, 1: 0, 2: 1}
	for k := range 3 {
		if math.Abs(l.Moments[k]-want[k]) > 1e-15 {
			t.Errorf("moment %d is %v, want %v", k, l.Moments[k], want[k])
		}
	}
}
