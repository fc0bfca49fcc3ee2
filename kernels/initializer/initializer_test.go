package initializer_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"actinit/kernels/initializer"
	"actinit/reference"
)

var shape = []int{300, 500}

func TestStdAgreesWithReference(t *testing.T) {
	in, out := reference.Fans(shape)
	for name, want := range map[string]float64{
		"zeros":                     0,
		"normal .01":                .01,
		"normal .05":                .05,
		"normal 1":                  1,
		"uniform -1 1":              1 / math.Sqrt(3),
		"xavier (lecture)":          reference.LectureXavierStd(in),
		"xavier (glorot)":           reference.XavierStd(in, out, 1),
		"xavier uniform (glorot)":   reference.XavierStd(in, out, 1),
		"kaiming":                   reference.KaimingStd(in, math.Sqrt2),
		"kaiming (fan out)":         reference.KaimingStd(out, math.Sqrt2),
		"kaiming uniform":           reference.KaimingStd(in, math.Sqrt2),
		"kaiming uniform (fan out)": reference.KaimingStd(out, math.Sqrt2),
	} {
		rule, err := initializer.Named(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := rule.Std(shape...); err != nil || math.Abs(got-want) > 4e-16*want {
			t.Errorf("%s: Std = %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestBound(t *testing.T) {
	in, out := reference.Fans(shape)
	for _, c := range []struct {
		rule initializer.Initializer
		want float64
	}{
		{initializer.Constant(-3), 3},
		{initializer.Uniform(-4, 2), 4},
		{initializer.Uniform(3, 5), 5},
		{initializer.Normal(.5), math.Inf(1)},
		{initializer.XavierNormal(1), math.Inf(1)},
		{initializer.XavierUniform(5. / 3), reference.XavierBound(in, out, 5./3)},
		{initializer.KaimingUniform(initializer.FanOut, 2), reference.KaimingBound(out, 2)},
	} {
		if got, err := c.rule.Bound(shape...); err != nil || got != c.want && !(math.Abs(got-c.want) < 4e-16*c.want) {
			t.Errorf("%s: Bound = %v, %v, want %v", c.rule.Name, got, err, c.want)
		}
	}
}

// TestFillsFollowTheirRule measures mean, standard deviation and bound of real
// fills of 150,000 weights: five standard errors are allowed, and the seed is fixed.
func TestFillsFollowTheirRule(t *testing.T) {
	n := float64(shape[0] * shape[1])
	for _, rule := range initializer.All() {
		w64, w32 := make([]float64, int(n)), make([]float32, int(n))
		if err := rule.Fill64(w64, shape, 1, 2, 2); err != nil {
			t.Fatal(err)
		}
		if err := rule.Fill32(w32, shape, 1, 2, 2); err != nil {
			t.Fatal(err)
		}
		widened := make([]float64, len(w32))
		for i, w := range w32 {
			widened[i] = float64(w)
		}
		std, _ := rule.Std(shape...)
		bound, _ := rule.Bound(shape...)
		centre := rule.Value
		if rule.Distribution != initializer.ConstantDistribution {
			centre = (rule.Low + rule.High) / 2
		}
		for kind, w := range map[string][]float64{"float32": widened, "float64": w64} {
			var sum, squares float64
			for _, x := range w {
				sum += x
				squares += (x - centre) * (x - centre)
			}
			mean, measured := sum/n, math.Sqrt(squares/n)
			if math.Abs(mean-centre) > 5*std/math.Sqrt(n) {
				t.Errorf("%s, %s: mean %v, want %v", rule.Name, kind, mean, centre)
			}
			if math.Abs(measured-std) > 5*std/math.Sqrt(2*n) {
				t.Errorf("%s, %s: standard deviation %v, want %v", rule.Name, kind, measured, std)
			}
			if low, high := slices.Min(w), slices.Max(w); low < -bound*(1+1e-7) || high > bound*(1+1e-7) {
				t.Errorf("%s, %s: weights in [%v, %v], beyond %v", rule.Name, kind, low, high, bound)
			}
		}
	}
}

// TestFillDoesNotDependOnWorkers uses a length that no power of two divides.
func TestFillDoesNotDependOnWorkers(t *testing.T) {
	shape := []int{367, 13, 3, 3}
	n := 367 * 13 * 9
	for _, rule := range initializer.All() {
		want32, want64 := make([]float32, n), make([]float64, n)
		if err := rule.Fill32(want32, shape, 7, 8, 1); err != nil {
			t.Fatal(err)
		}
		if err := rule.Fill64(want64, shape, 7, 8, 1); err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{0, 2, 3, 7, 64} {
			got32, got64 := make([]float32, n), make([]float64, n)
			if err := rule.Fill32(got32, shape, 7, 8, workers); err != nil {
				t.Fatal(err)
			}
			if err := rule.Fill64(got64, shape, 7, 8, workers); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got32, want32) || !slices.Equal(got64, want64) {
				t.Errorf("%s: %d workers give other weights than one", rule.Name, workers)
			}
		}
	}
}

func TestBadInputIsAnErrorAndWritesNothing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		rule  initializer.Initializer
		n     int
		shape []int
		want  string
	}{
		{initializer.Normal(-.01), 6, []int{2, 3}, "standard deviation"},
		{initializer.Normal(nan), 6, []int{2, 3}, "standard deviation"},
		{initializer.Normal(1e39), 6, []int{2, 3}, "beyond float32"},
		{initializer.Constant(nan), 6, []int{2, 3}, "NaN"},
		{initializer.Constant(1e39), 6, []int{2, 3}, "beyond float32"},
		{initializer.Uniform(1, -1), 6, []int{2, 3}, "low <= high"},
		{initializer.Uniform(-inf, 1), 6, []int{2, 3}, "low <= high"},
		{initializer.Uniform(nan, 1), 6, []int{2, 3}, "low <= high"},
		{initializer.Uniform(-3e38, 3e38), 6, []int{2, 3}, "too wide"},
		{initializer.KaimingNormal(initializer.Unscaled, 1), 6, []int{2, 3}, "no fan to scale by"},
		{initializer.KaimingNormal(initializer.FanIn, nan), 6, []int{2, 3}, "gain"},
		{initializer.KaimingNormal(initializer.FanIn, -1), 6, []int{2, 3}, "gain"},
		{initializer.KaimingNormal(initializer.Mode(9), 1), 6, []int{2, 3}, "Mode(9)"},
		{initializer.KaimingNormal(initializer.FanIn, 1), 6, []int{6}, "no fans"},
		{initializer.KaimingNormal(initializer.FanIn, 1), 6, []int{6, 0}, "fan_in 0"},
		{initializer.KaimingUniform(initializer.FanOut, 1), 6, []int{0, 6}, "fan_out 0"},
		{initializer.XavierNormal(1), 6, []int{0, 0}, "fan_avg 0"},
		{initializer.XavierNormal(1), 6, []int{2, 4}, "8 elements, but dst has 6"},
		{initializer.Normal(1), 6, []int{-2, -3}, "negative"},
		{initializer.Normal(1), 6, []int{math.MaxInt, 6}, "than an int counts"},
		{initializer.Initializer{}, 6, []int{2, 3}, "no distribution"},
		{initializer.Initializer{Name: "odd", Distribution: "constant", Mode: initializer.FanIn}, 6, []int{2, 3}, "not scaled by fans"},
	} {
		dst := make([]float32, c.n)
		for i := range dst {
			dst[i] = 42
		}
		before := slices.Clone(dst)
		err := c.rule.Fill32(dst, c.shape, 1, 1, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, shape %v: error %v, want one line with %q", c.rule.Name, c.shape, err, c.want)
		}
		if !slices.Equal(dst, before) {
			t.Errorf("%s, shape %v: wrote in spite of the error", c.rule.Name, c.shape)
		}
	}
}

func TestNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range initializer.All() {
		if seen[rule.Name] {
			t.Errorf("two initialisers are called %q", rule.Name)
		}
		seen[rule.Name] = true
		if rule.Formula == "" {
			t.Errorf("%s has no formula", rule.Name)
		}
		got, err := initializer.Named(rule.Name)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(rule, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := initializer.Named("kaimming"); err == nil || !strings.Contains(err.Error(), `"kaiming"`) {
		t.Errorf("the error for an unknown name is %v, want the known ones in it", err)
	}
}
