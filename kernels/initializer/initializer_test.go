package initializer_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"actinit/kernels"
	"actinit/kernels/initializer"
	"actinit/reference"
)

// A claim is what a rule's formula says of a shape, written out a second time.
type claim struct {
	rule     initializer.Initializer
	std      func(fanIn, fanOut int) float64
	mean     float64
	reach    float64 // the bound, in standard deviations from the mean
	kurtosis float64 // of the distribution, for the standard error of a standard deviation
	fanOf    func(fanIn, fanOut float64) float64
}

const (
	kurtosisNormal    = 3
	kurtosisUniform   = 1.8
	kurtosisTruncated = 2.366 // of a normal distribution within two standard deviations
)

func fixed(rule initializer.Initializer, mean, std, reach, kurtosis float64) claim {
	return claim{rule: rule, std: func(int, int) float64 { return std }, mean: mean, reach: reach, kurtosis: kurtosis}
}

func claims() []claim {
	in := func(in, _ float64) float64 { return in }
	out := func(_, out float64) float64 { return out }
	average := func(in, out float64) float64 { return (in + out) / 2 }
	normal := func(rule initializer.Initializer, fan func(in, out float64) float64, std func(in, out int) float64) claim {
		return claim{rule: rule, std: std, reach: math.Inf(1), kurtosis: kurtosisNormal, fanOf: fan}
	}
	uniform := func(rule initializer.Initializer, fan func(in, out float64) float64, std func(in, out int) float64) claim {
		return claim{rule: rule, std: std, reach: math.Sqrt(3), kurtosis: kurtosisUniform, fanOf: fan}
	}
	truncated := func(rule initializer.Initializer, fan func(in, out float64) float64, std func(in, out int) float64) claim {
		return claim{rule: rule, std: std, reach: 2 / .87962566103423978, kurtosis: kurtosisTruncated, fanOf: fan}
	}
	lecture := func(in, _ int) float64 { return reference.LectureXavierStd(in) }
	glorot := func(gain float64) func(in, out int) float64 {
		return func(in, out int) float64 { return reference.XavierStd(in, out, gain) }
	}
	he := func(gain float64) func(in, _ int) float64 {
		return func(in, _ int) float64 { return reference.KaimingStd(in, gain) }
	}
	heOut := func(gain float64) func(_, out int) float64 {
		return func(_, out int) float64 { return reference.KaimingStd(out, gain) }
	}
	return []claim{
		fixed(initializer.Zeros(), 0, 0, 0, 1),
		fixed(initializer.Ones(), 1, 0, 0, 1),
		fixed(initializer.Constant(-.3), -.3, 0, 0, 1),
		fixed(initializer.Normal(0, .02), 0, .02, math.Inf(1), kurtosisNormal),
		fixed(initializer.Normal(-3, .5), -3, .5, math.Inf(1), kurtosisNormal),
		fixed(initializer.Uniform(0, 1), .5, 1/math.Sqrt(12), math.Sqrt(3), kurtosisUniform),
		fixed(initializer.Uniform(-.05, .05), 0, .1/math.Sqrt(12), math.Sqrt(3), kurtosisUniform),
		// The standard deviation of a normal distribution cut at 2 is .8796.
		fixed(initializer.TruncNormal(0, 1, -2, 2), 0, .87962566103423978, 2/.87962566103423978, kurtosisTruncated),
		fixed(initializer.TruncNormal(0, .02, -2, 2), 0, .02, 100, kurtosisNormal), // torch's default cuts nothing here
		fixed(initializer.TruncatedNormal(1, .05, -2, 2), 1, .05*.87962566103423978, 2/.87962566103423978, kurtosisTruncated),
		normal(initializer.XavierNormal(1), average, glorot(1)),
		uniform(initializer.XavierUniform(5./3), average, glorot(5./3)),
		normal(initializer.XavierLecture(), in, lecture),
		normal(initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), in, he(math.Sqrt2)),
		normal(initializer.KaimingNormal(initializer.FanOut, .75), out, heOut(.75)),
		normal(initializer.KaimingNormal(initializer.FanAverage, 1), average, glorot(1)),
		uniform(initializer.KaimingUniform(initializer.FanIn, math.Sqrt2), in, he(math.Sqrt2)),
		uniform(initializer.KaimingUniform(initializer.FanOut, 1), out, heOut(1)),
		truncated(initializer.LeCunNormal(), in, lecture),
		uniform(initializer.LeCunUniform(), in, lecture),
		truncated(initializer.GlorotNormal(), average, glorot(1)),
		uniform(initializer.GlorotUniform(), average, glorot(1)),
		truncated(initializer.HeNormal(), in, he(math.Sqrt2)),
		uniform(initializer.HeUniform(), in, he(math.Sqrt2)),
		truncated(initializer.VarianceScaling(2, initializer.FanOut, initializer.TruncatedDistribution), out, heOut(math.Sqrt2)),
		normal(initializer.VarianceScaling(.5, initializer.FanIn, initializer.NormalDistribution), in, he(math.Sqrt(.5))),
		uniform(initializer.VarianceScaling(1, initializer.FanAverage, initializer.UniformDistribution), average, glorot(1)),
		normal(initializer.RandomWalk("relu"), in, func(in, _ int) float64 {
			return math.Sqrt2 * math.Exp(1.2/(max(float64(in), 6)-2.4)) / math.Sqrt(float64(in))
		}),
		normal(initializer.RandomWalk("linear"), in, func(in, _ int) float64 {
			return math.Exp(1/(2*float64(in))) / math.Sqrt(float64(in))
		}),
		normal(initializer.RandomWalk("tanh"), in, func(in, _ int) float64 { return 1.2 / math.Sqrt(float64(in)) }),
	}
}

var claimShapes = [][]int{
	{1, 1}, {1, 4096}, {4096, 1}, {3, 5}, {64, 4096}, {300, 784}, {4096, 4096},
	{64, 3, 7, 7}, {128, 1, 3, 3}, {32, 16, 5}, {8, 4, 3, 3, 3}, {1, 1, 1, 1},
}

// TestPromises holds what every rule promises against its formula.
func TestPromises(t *testing.T) {
	for _, c := range claims() {
		for _, shape := range claimShapes {
			in, out := reference.Fans(shape)
			std := c.std(in, out)
			reach := 0.
			if std > 0 {
				reach = c.reach * std
			}
			want := initializer.Promise{Mean: c.mean, Std: std, Low: c.mean - reach, High: c.mean + reach}
			if c.fanOf != nil {
				want.Fan = c.fanOf(float64(in), float64(out))
			}
			got, err := c.rule.Promise(shape...)
			if err != nil {
				t.Errorf("%s, shape %v: %v", c.rule.Name, shape, err)
				continue
			}
			near := func(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-12*math.Max(math.Abs(b), std) }
			if !near(got.Mean, want.Mean) || !near(got.Std, want.Std) || !near(got.Low, want.Low) || !near(got.High, want.High) || got.Fan != want.Fan {
				t.Errorf("%s, %s, shape %v: promises %+v, want %+v", c.rule.Name, c.rule.Formula, shape, got, want)
			}
			if got.Independent != (std > 0) {
				t.Errorf("%s: independent %v", c.rule.Name, got.Independent)
			}
			if bound := math.Max(-want.Low, want.High); !near(got.Bound(), bound) {
				t.Errorf("%s, shape %v: bound %v, want %v", c.rule.Name, shape, got.Bound(), bound)
			}
		}
	}
}

// TestFillsKeepTheirPromise measures the mean, the standard deviation and the range of
// 2^13 weights or more of every rule with independent draws, of as many tensors as that
// takes. Five standard errors are allowed and the seed is fixed: some 1400 figures, of
// which a right program has one beyond that with a probability of 1 in 1000.
func TestFillsKeepTheirPromise(t *testing.T) {
	for _, shape := range claimShapes {
		size := 1
		for _, n := range shape {
			size *= n
		}
		if size > 1<<20 && testing.Short() {
			continue
		}
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			t.Parallel()
			w32, w64 := make([]float32, size), make([]float64, size)
			worst := 0.
			for i, c := range claims() {
				stream := uint64(i) << 32 // the rules' draws are independent of each other
				worst = max(worst, keepsPromise(t, c, shape, stream, w32, c.rule.Fill32))
				if size <= 1<<20 {
					worst = max(worst, keepsPromise(t, c, shape, stream+1<<31, w64, c.rule.Fill64))
				}
			}
			t.Logf("no mean or standard deviation is off by more than %.2f standard errors", worst)
		})
	}
}

// keepsPromise returns by how many standard errors the mean or the standard deviation is off.
func keepsPromise[T kernels.Float](t *testing.T, c claim, shape []int, stream uint64, w []T, fill func([]T, []int, uint64, uint64, int) error) float64 {
	promise, err := c.rule.Promise(shape...)
	if err != nil {
		t.Fatal(err)
	}
	const enough = 1 << 13
	var n, sum, squares float64
	low, high := T(math.Inf(1)), T(math.Inf(-1))
	for ; n < enough; stream++ {
		if err := fill(w, shape, 2026, stream, 2); err != nil {
			t.Fatal(err)
		}
		for _, x := range w {
			d := float64(x) - promise.Mean
			sum += d
			squares += d * d
			low, high = min(low, x), max(high, x)
		}
		n += float64(len(w))
	}
	const rounding = 2e-7 // of a bound or a constant to float32
	if float64(low) < promise.Low-math.Abs(promise.Low)*rounding || float64(high) > promise.High+math.Abs(promise.High)*rounding {
		t.Errorf("%s, %T: weights in [%v, %v], promised [%v, %v]", c.rule.Formula, w, low, high, promise.Low, promise.High)
	}
	mean, std := sum/n, math.Sqrt(squares/n)
	if promise.Std == 0 {
		if math.Abs(mean) > rounding*math.Abs(promise.Mean) || std > rounding*math.Abs(promise.Mean) {
			t.Errorf("%s, %T: weights off by %v on average, spread %v", c.rule.Formula, w, mean, std)
		}
		return 0
	}
	off := math.Abs(mean) / (promise.Std / math.Sqrt(n))
	spread := math.Abs(std-promise.Std) / (promise.Std * math.Sqrt((c.kurtosis-1)/(4*n)))
	if off > 5 || spread > 5 {
		t.Errorf("%s, %T: mean off by %v, %.1f standard errors; standard deviation %v, promised %v, %.1f standard errors", c.rule.Formula, w, mean, off, std, promise.Std, spread)
	}
	return max(off, spread)
}

// TestTruncatedPromises compares moments of cut normal distributions with closed
// forms, and with the limits for narrow intervals and far tails.
func TestTruncatedPromises(t *testing.T) {
	density := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
	for _, c := range [][2]float64{{-2, 2}, {-1, 3}, {0, 1}, {-.5, .25}, {-8, 8}, {1, math.Inf(1)}, {math.Inf(-1), .5}} {
		a, b := c[0], c[1]
		mass := (math.Erf(b/math.Sqrt2) - math.Erf(a/math.Sqrt2)) / 2
		times := func(z float64) float64 {
			if math.IsInf(z, 0) {
				return 0
			}
			return z * density(z)
		}
		mean := (density(a) - density(b)) / mass
		std := math.Sqrt(1 + (times(a)-times(b))/mass - mean*mean)
		p, err := initializer.TruncNormal(3, .5, 3+a/2, 3+b/2).Promise(7)
		if err != nil || math.Abs(p.Mean-(3+mean/2)) > 1e-12 || math.Abs(p.Std-std/2) > 1e-12 {
			t.Errorf("N(0, 1) within [%v, %v]: %+v, %v, want mean 3 + %v/2 and std %v/2", a, b, p, err, mean, std)
		}
	}
	if p, err := initializer.TruncNormal(0, 1, 1, 1+1e-6).Promise(7); err != nil || math.Abs(p.Std/(1e-6/math.Sqrt(12))-1) > 1e-6 {
		t.Errorf("a narrow interval: %+v, %v", p, err)
	}
	// Beyond 6 the distribution falls nearly as e^(-6z): Mills' ratio gives the mean.
	if p, err := initializer.TruncNormal(0, 1, 6, 40).Promise(7); err != nil || math.Abs(p.Mean-density(6)/(math.Erfc(6/math.Sqrt2)/2)) > 1e-9 || p.Std < .15 || p.Std > .16 {
		t.Errorf("a far tail: %+v, %v", p, err)
	}
}

// rulesOf are all rules at a shape of four dimensions or, where matrix, of two.
func rulesOf(t *testing.T, matrix bool) []initializer.Initializer {
	t.Helper()
	var rules []initializer.Initializer
	shape := []int{48, 13, 3, 3}
	if matrix {
		shape = []int{48, 13}
	}
	for _, kind := range initializer.All() {
		settings := initializer.Settings{}
		if kind.Name == "sparse" {
			settings["sparsity"] = .3
		}
		rule, err := kind.New(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rule.Promise(shape...); err == nil {
			rules = append(rules, rule)
		}
	}
	if len(rules) < 20 {
		t.Fatalf("only %d rules at shape %v", len(rules), shape)
	}
	return rules
}

// TestFillDoesNotDependOnWorkers uses lengths that no power of two divides, and one that is
// enough for 64 pieces.
func TestFillDoesNotDependOnWorkers(t *testing.T) {
	for _, shape := range [][]int{{367, 585}, {367, 65, 3, 3}, {1847, 1163}} {
		n := 1
		for _, size := range shape {
			n *= size
		}
		for _, rule := range rulesOf(t, len(shape) == 2) {
			sameBits(t, rule.Name, n, func(dst []float32, workers int) error { return rule.Fill32(dst, shape, 7, 8, workers) })
			if n < 1<<20 {
				sameBits(t, rule.Name, n, func(dst []float64, workers int) error { return rule.Fill64(dst, shape, 7, 8, workers) })
			}
		}
	}
}

func sameBits[T kernels.Float](t *testing.T, name string, n int, fill func(dst []T, workers int) error) {
	t.Helper()
	want, got := make([]T, n), make([]T, n)
	if err := fill(want, 1); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{0, 2, 3, 7, 64} {
		clear(got)
		if err := fill(got, workers); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, %d weights of %T: %d workers give others than one", name, n, want, workers)
		}
	}
}

func TestBadInputIsAnErrorAndWritesNothing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	zero := initializer.VarianceScaling(-1, initializer.FanIn, initializer.NormalDistribution)
	for _, c := range []struct {
		rule  initializer.Initializer
		shape []int
		want  string
	}{
		{initializer.Normal(0, -.01), []int{2, 3}, "normal: the standard deviation is -.01"},
		{initializer.Normal(0, nan), []int{2, 3}, "standard deviation"},
		{initializer.Normal(inf, 1), []int{2, 3}, "mean"},
		{initializer.Normal(0, 1e39), []int{2, 3}, "beyond float32"},
		{initializer.Normal(1e39, 1), []int{2, 3}, "mean 1e+39 is beyond float32"},
		{initializer.Normal(0, 1e-50), []int{2, 3}, "below what float32 can hold"},
		{initializer.Constant(nan), []int{2, 3}, "NaN"},
		{initializer.Constant(1e39), []int{2, 3}, "beyond float32"},
		{initializer.Uniform(1, -1), []int{2, 3}, "low <= high"},
		{initializer.Uniform(-inf, 1), []int{2, 3}, "low <= high"},
		{initializer.Uniform(nan, 1), []int{2, 3}, "low <= high"},
		{initializer.Uniform(-3e38, 3e38), []int{2, 3}, "too wide"},
		{initializer.TruncNormal(0, -1, -2, 2), []int{2, 3}, "standard deviation"},
		{initializer.TruncNormal(nan, 1, -2, 2), []int{2, 3}, "mean"},
		{initializer.TruncNormal(0, 1, 2, -2), []int{2, 3}, "low < high"},
		{initializer.TruncNormal(0, 1, nan, 2), []int{2, 3}, "low < high"},
		{initializer.TruncNormal(0, 0, 1, 2), []int{2, 3}, "probability"},
		{initializer.TruncNormal(0, 1, 8, 9), []int{2, 3}, "probability of [8, 9] under N(0, 1) is 6.2e-16"},
		{initializer.TruncNormal(0, 1, 50, 51), []int{2, 3}, "probability"},
		{initializer.TruncNormal(0, 4e38, -1e32, 1e32), []int{2, 3}, "beyond float32"},
		{initializer.TruncNormal(6e38, 1e38, -1e38, 3e38), []int{2, 3}, "mean"},
		{initializer.TruncNormal(1+3e-8, 1e-8, 1+7e-8, 2), []int{2, 3}, "probability of [1.00000011920928"}, // after rounding
		{initializer.KaimingNormal(initializer.Unscaled, 1), []int{2, 3}, "no fan"},
		{initializer.KaimingNormal(initializer.FanIn, nan), []int{2, 3}, "the gain is NaN"},
		{initializer.KaimingNormal(initializer.FanIn, -1), []int{2, 3}, "gain"},
		{initializer.KaimingNormal(initializer.Mode(9), 1), []int{2, 3}, "Mode(9)"},
		{initializer.KaimingNormal(initializer.FanIn, 1), []int{6}, "no fans"},
		{initializer.KaimingNormal(initializer.FanIn, 1), []int{6, 0}, "fan_in 0"},
		{initializer.KaimingUniform(initializer.FanOut, 1), []int{0, 6}, "fan_out 0"},
		{initializer.XavierNormal(1), []int{0, 0}, "fan_avg 0"},
		{initializer.XavierNormal(1), []int{2, 4}, "8 elements, but dst has 6"},
		{initializer.Normal(0, 1), []int{-2, -3}, "negative"},
		{initializer.Normal(0, 1), []int{math.MaxInt, 6}, "than an int counts"},
		{zero, []int{2, 3}, "the scale is -1"},
		{initializer.VarianceScaling(nan, initializer.FanIn, initializer.NormalDistribution), []int{2, 3}, "the scale is NaN"},
		{initializer.VarianceScaling(1, initializer.FanIn, "cauchy"), []int{2, 3}, `"cauchy"`},
		{initializer.RandomWalk("gelu"), []int{2, 3}, "gelu"},
		{initializer.RandomWalk("relu"), []int{6}, "no fans"},
		{initializer.Sparse(1.5, 1), []int{2, 3}, "sparsity"},
		{initializer.Sparse(nan, 1), []int{2, 3}, "sparsity"},
		{initializer.Sparse(.5, -1), []int{2, 3}, "standard deviation"},
		{initializer.Sparse(.5, 1), []int{2, 3, 1}, "not a matrix"},
		{initializer.Eye(1), []int{6}, "not a matrix"},
		{initializer.Eye(inf), []int{2, 3}, "gain"},
		{initializer.Eye(1e39), []int{2, 3}, "beyond float32"},
		{initializer.Dirac(1), []int{2, 3}, "convolution"},
		{initializer.Dirac(2), []int{3, 2, 1}, "2 groups do not divide the 3 outputs"},
		{initializer.Dirac(0), []int{3, 2, 1}, "groups"},
		{initializer.Dirac(1), []int{3, 2, 0}, "empty filter"},
		{initializer.ZerO(1), []int{6}, "no layer's"},
		{initializer.ZerO(nan), []int{2, 3}, "gain"},
		{initializer.ZerO(1), []int{3, 2, 0}, "empty filter"},
		{initializer.Orthogonal(-1), []int{2, 3}, "orthogonal: the gain is -1"},
		{initializer.DeltaOrthogonal(1), []int{2, 3, 1}, "larger fan_in"},
		{initializer.Initializer{}, []int{2, 3}, "zero Initializer"},
	} {
		dst := []float32{42, 42, 42, 42, 42, 42}
		err := c.rule.Fill32(dst, c.shape, 1, 1, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, shape %v: error %v, want one line with %q", c.rule.Name, c.shape, err, c.want)
		}
		if !slices.Equal(dst, []float32{42, 42, 42, 42, 42, 42}) {
			t.Errorf("%s, shape %v: wrote in spite of the error", c.rule.Name, c.shape)
		}
	}
}

// Rules without draws, or of standard deviation 0, are no errors.
func TestDegenerateRules(t *testing.T) {
	for _, rule := range []initializer.Initializer{
		initializer.Normal(2, 0), initializer.Uniform(2, 2), initializer.TruncNormal(2, 0, -2, 2), initializer.TruncatedNormal(2, 0, -2, 2),
	} {
		dst := make([]float32, 5)
		if err := rule.Fill32(dst, []int{5}, 1, 2, 1); err != nil || !slices.Equal(dst, []float32{2, 2, 2, 2, 2}) {
			t.Errorf("%s: %v, %v", rule.Name, dst, err)
		}
	}
	if err := initializer.VarianceScaling(0, initializer.FanIn, initializer.TruncatedDistribution).Fill64(make([]float64, 6), []int{2, 3}, 1, 2, 1); err != nil {
		t.Error(err)
	}
}
