package initializer_test

import (
	"math"
	"slices"
	"testing"

	"actinit/harness/ops"
	"actinit/kernels/initializer"
	"actinit/reference"
)

func TestGainAgreesWithReference(t *testing.T) {
	for _, c := range []struct {
		name  string
		param float64
	}{
		{"linear", 0}, {"sigmoid", 0}, {"tanh", 0}, {"relu", 0}, {"selu", 0},
		{"leakyrelu", .01}, {"leakyrelu", -3}, {"prelu", .25},
	} {
		got, err := initializer.Gain(c.name, c.param)
		want, ok := reference.Gain(c.name, c.param)
		if err != nil || !ok || math.Abs(got-want) > 4e-16*want {
			t.Errorf("Gain(%s, %v) = %v, %v, want %v", c.name, c.param, got, err, want)
		}
	}
}

// TestExactGainOfTheTable holds the gain of every operation of the table that has one, at its
// default parameter and others, against the reference's function and quadrature, which has no
// node at most kinks: hence the tolerance. Known closed forms are tighter.
func TestExactGainOfTheTable(t *testing.T) {
	found := 0
	for _, row := range ops.All() {
		if row.Twin != "" {
			continue
		}
		params := []float64{0}
		if row.Param != nil {
			params = append([]float64{row.Param.Default}, row.Param.Others...)
			if p, ok := initializer.DefaultParameter(row.Name); !ok || p != row.Param.Default {
				t.Errorf("%s: default parameter %v, %v, the table has %v", row.Name, p, ok, row.Param.Default)
			}
		} else if p, ok := initializer.DefaultParameter(row.Name); ok {
			t.Errorf("%s: default parameter %v, the table has none", row.Name, p)
		}
		for _, param := range params {
			f := func(z float64) float64 { y, _ := row.Forward.Value([]float64{z}, param, 0); return y }
			var want float64
			switch {
			case row.Name == "maxout":
				want = 1
			case row.Saved == ops.SavedBoth: // E a^2 f(b)^2 = E f(b)^2
				want = reference.GainQuadrature(func(z float64) float64 { y, _ := row.Forward.Value([]float64{1, z}, param, 0); return y })
			default:
				want = reference.GainQuadrature(f)
			}
			got, err := initializer.ExactGain(row.Name, param)
			if math.IsInf(want, 1) {
				if err == nil {
					t.Errorf("ExactGain(%s, %v) = %v, and the activation is 0", row.Name, param, got)
				}
				continue
			}
			tolerance := 1e-11
			if jumps := row.Name == "hardshrink" || row.Name == "threshold"; jumps {
				tolerance = 1e-3
			} else if row.KinkAtParam || slices.ContainsFunc(row.Kinks, func(k float64) bool { return k != 0 }) {
				tolerance = 1e-5
			}
			if err != nil || !(math.Abs(got-want) < tolerance*want) {
				t.Errorf("ExactGain(%s, %v) = %v, %v, want %v", row.Name, param, got, err, want)
			}
			found++
		}
	}
	if found < 50 {
		t.Errorf("only %d gains compared", found)
	}
}

func TestExactGainClosedForms(t *testing.T) {
	tail := func(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }
	density := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
	for _, c := range []struct {
		name  string
		param float64
		want  float64
	}{
		{"linear", 0, 1}, {"conv", 0, 1}, {"bilinear", 0, 1}, {"maxout", 0, 1},
		{"relu", 0, math.Sqrt2},
		{"leakyrelu", .2, math.Sqrt(2 / 1.04)},
		{"selu", 0, 1}, // by construction
		{"exp", 0, math.Exp(-1)},
		{"hardshrink", .7, 1 / math.Sqrt(2*(.7*density(.7)+tail(.7)))},
		{"threshold", 1.1, 1 / math.Sqrt(1.1*density(1.1)+tail(1.1))},
		{"threshold", -2, 1 / math.Sqrt(-2*density(-2)+tail(-2))},
		{"hardtanh", .3, 1 / math.Sqrt(1-2*(.3*density(.3)+tail(.3))+2*.09*tail(.3))},
		{"softshrink", .3, 1 / math.Sqrt(2*(1.09*tail(.3)-.3*density(.3)))},
	} {
		got, err := initializer.ExactGain(c.name, c.param)
		if err != nil || !(math.Abs(got-c.want) < 1e-13*c.want) {
			t.Errorf("ExactGain(%s, %v) = %v, %v, want %v", c.name, c.param, got, err, c.want)
		}
	}
}

// Where PyTorch has no gain, Gain is the exact one.
func TestGainFallsBack(t *testing.T) {
	for _, name := range []string{"gelu", "silu", "mish", "softplus", "elu", "swiglu"} {
		got, err := initializer.Gain(name)
		want, err2 := initializer.ExactGain(name)
		if got != want || err != nil || err2 != nil {
			t.Errorf("Gain(%s) = %v, %v, ExactGain %v, %v", name, got, err, want, err2)
		}
	}
}

func TestGainErrors(t *testing.T) {
	for _, gain := range []func(string, ...float64) (float64, error){initializer.Gain, initializer.ExactGain} {
		if g, err := gain("swishy"); err == nil {
			t.Errorf("gain of an unknown activation = %v", g)
		}
		if g, err := gain("elu", 1, 2); err == nil {
			t.Errorf("gain with two parameters = %v", g)
		}
		if g, err := gain("threshold", 100); err == nil {
			t.Errorf("gain of an activation that is 0 = %v", g)
		}
		for _, p := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, name := range []string{"leakyrelu", "prelu", "elu"} {
				if g, err := gain(name, p); err == nil {
					t.Errorf("gain of %s at %v = %v", name, p, g)
				}
			}
		}
	}
}
