package initializer_test

import (
	"math"
	"testing"

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

// TestGainByQuadrature holds the gains that are not PyTorch's, and ReLU's,
// against their definition.
func TestGainByQuadrature(t *testing.T) {
	for _, c := range []struct {
		name  string
		param float64
		f     func(float64) float64
	}{
		{"relu", 0, reference.ReLU},
		{"gelu", 0, reference.GELU},
		{"gelutanh", 0, reference.GELUTanh},
		{"silu", 0, reference.SiLU},
		{"elu", 1, func(z float64) float64 { return reference.ELU(z, 1) }},
		{"elu", -40, func(z float64) float64 { return reference.ELU(z, -40) }},
		{"elu", .3, func(z float64) float64 { return reference.ELU(z, .3) }},
	} {
		got, err := initializer.Gain(c.name, c.param)
		if want := reference.GainQuadrature(c.f); err != nil || !(math.Abs(got-want) < 1e-12*want) {
			t.Errorf("Gain(%s, %v) = %v, %v, want %v", c.name, c.param, got, err, want)
		}
	}
}

func TestGainErrors(t *testing.T) {
	if g, err := initializer.Gain("swishy", 0); err == nil {
		t.Errorf("Gain of an unknown activation = %v", g)
	}
	for _, p := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, name := range []string{"leakyrelu", "prelu", "elu"} {
			if g, err := initializer.Gain(name, p); err == nil {
				t.Errorf("Gain(%s, %v) = %v", name, p, g)
			}
		}
	}
}
