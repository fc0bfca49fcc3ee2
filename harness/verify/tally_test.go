package verify

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
)

// Judging only what is not correctly rounded gives what judging one by one gives,
// and declines where something is worse than an error in ULP.
func TestMostlyRightAgreesWithOneByOne(t *testing.T) {
	row, _ := ops.Find("sigmoid")
	s := subject[float32]{&row, ops.Forward, result.Float32, row.Kernel32, binary32}
	random := rand.New(rand.NewPCG(1, 2))
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		spoil func(x float32) float32
		quick bool
	}{
		"nothing":            {func(x float32) float32 { return x }, true},
		"one in nine by one": {func(x float32) float32 { return math.Nextafter32(x, []float32{-9, 9}[random.IntN(2)]) }, true},
		"one in nine wild":   {func(x float32) float32 { return x * 1.0001 }, true},
		"NaN":                {func(x float32) float32 { return nan }, false},
		"an infinity":        {func(x float32) float32 { return float32(math.Inf(1)) }, false},
	} {
		b := &block[float32]{in: [][]float32{make([]float32, 3000)}}
		for i := range b.in[0] {
			b.in[0][i] = float32(random.NormFloat64() * math.Pow(2, float64(random.IntN(12)-8)))
		}
		if name == "one in nine wild" {
			b.in[0][17] = nan // whose right result is no number
		}
		j := newJudge(&s, 0)
		b.resize(len(b.in[0]), 1)
		j.block(b)
		b.weigh(binary32)
		out := slices.Clone(b.correct)
		for i := 0; i < len(out); i += 9 {
			out[i] = c.spoil(out[i])
		}
		quick := tally[float32]{format: binary32, promise: ops.Promise{Rounding: ops.Faithful, ULP: 1}, judge: j}
		slow := quick
		quick.empty()
		if did := quick.mostlyRight(b, out); did != c.quick {
			t.Errorf("%s: judged by what is not right: %v, want %v", name, did, c.quick)
			continue
		}
		quick.grade(b, out)
		slow.empty()
		for i, r := range out {
			slow.one(b, i, r)
		}
		if quick.correct != slow.correct || quick.unfaithful != slow.unfaithful || quick.overBound != slow.overBound || quick.nan != slow.nan || quick.inf != slow.inf ||
			quick.errors.compared != slow.errors.compared || quick.errors.max != slow.errors.max || quick.errors.sum != slow.errors.sum ||
			quick.errors.histogram != slow.errors.histogram || quick.worst.ulp != slow.worst.ulp || quick.worst.failed != slow.worst.failed {
			t.Errorf("%s: %+v\none by one: %+v", name, quick, slow)
		}
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if !slices.EqualFunc(quick.errors.binades, slow.errors.binades, same) {
			t.Errorf("%s: the binades' errors differ", name)
		}
	}
}
