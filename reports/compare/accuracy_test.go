package compare

import (
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/gate"
)

func accuracy(change func(*result.Accuracy)) result.Accuracy {
	a := result.Accuracy{RunID: "one", Host: "box", Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2",
		Inputs: 1000, Compared: 990, CorrectlyRounded: 995, MaxULP: .6, Rounding: "faithful", BoundULP: 1}
	if change != nil {
		change(&a)
	}
	return a
}

func TestAccuracy(t *testing.T) {
	ignore, err := gate.ReadThresholds("t", strings.NewReader("x ignore"), func(string) (func(gate.Subject) bool, error) {
		return func(s gate.Subject) bool { return s.Op == "sigmoid" }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lenient, err := gate.ReadThresholds("t", strings.NewReader("x max_ulp=.2 misrounded=1%"), func(string) (func(gate.Subject) bool, error) {
		return func(s gate.Subject) bool { return true }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	worse := func(a *result.Accuracy) { a.MaxULP, a.CorrectlyRounded = .7, 990 }
	for name, c := range map[string]struct {
		before, after func(*result.Accuracy)
		thresholds    *gate.Thresholds
		otherSeed     bool
		want          map[string]gate.Verdict
	}{
		"nothing changed":   {nil, nil, nil, false, map[string]gate.Verdict{gate.UnitWrong: gate.Same, gate.UnitMaxULP: gate.Same, gate.UnitMisrounded: gate.Same}},
		"larger errors":     {nil, worse, nil, false, map[string]gate.Verdict{gate.UnitWrong: gate.Same, gate.UnitMaxULP: gate.Regressed, gate.UnitMisrounded: gate.Regressed}},
		"smaller errors":    {worse, nil, nil, false, map[string]gate.Verdict{gate.UnitWrong: gate.Same, gate.UnitMaxULP: gate.Improved, gate.UnitMisrounded: gate.Improved}},
		"allowed errors":    {nil, worse, lenient, false, map[string]gate.Verdict{gate.UnitWrong: gate.Same, gate.UnitMaxULP: gate.Same, gate.UnitMisrounded: gate.Same}},
		"other inputs":      {nil, worse, nil, true, map[string]gate.Verdict{gate.UnitWrong: gate.Same, gate.UnitMaxULP: gate.Undecided, gate.UnitMisrounded: gate.Undecided}},
		"ignored":           {nil, worse, ignore, false, map[string]gate.Verdict{gate.UnitWrong: gate.Ignored, gate.UnitMaxULP: gate.Ignored, gate.UnitMisrounded: gate.Ignored}},
		"a NaN":             {nil, func(a *result.Accuracy) { a.NaNDisagree = 1 }, lenient, true, map[string]gate.Verdict{gate.UnitWrong: gate.Regressed, gate.UnitMaxULP: gate.Same, gate.UnitMisrounded: gate.Same}},
		"a NaN and no more": {func(a *result.Accuracy) { a.NaNDisagree = 1 }, func(a *result.Accuracy) { a.InfDisagree = 1 }, nil, false, map[string]gate.Verdict{gate.UnitWrong: gate.Regressed, gate.UnitMaxULP: gate.Same, gate.UnitMisrounded: gate.Same}},
		"repaired":          {func(a *result.Accuracy) { a.OverBound = 1 }, nil, nil, false, map[string]gate.Verdict{gate.UnitWrong: gate.Improved, gate.UnitMaxULP: gate.Same, gate.UnitMisrounded: gate.Same}},
	} {
		t.Run(name, func(t *testing.T) {
			seed, other := uint64(1), uint64(2)
			before := NewSide("a", nil, []result.Accuracy{accuracy(c.before)})
			after := NewSide("b", nil, []result.Accuracy{accuracy(c.after)})
			before.Seed, after.Seed = &seed, &seed
			if c.otherSeed {
				after.Seed = &other
			}
			compared, err := Compare(before, after, Options{Thresholds: c.thresholds})
			if err != nil {
				t.Fatal(err)
			}
			regressed := false
			got := map[string]gate.Verdict{}
			for _, k := range compared.Accuracy {
				got[k.Unit] = k.Verdict
				regressed = regressed || k.Verdict == gate.Regressed
			}
			if len(got) != len(c.want) {
				t.Errorf("cases %v", got)
			}
			for unit, want := range c.want {
				if got[unit] != want {
					t.Errorf("%s: %s, want %s", unit, got[unit], want)
				}
			}
			if compared.Report().Failed() != regressed {
				t.Error("the report disagrees with its cases")
			}
			var text strings.Builder
			if err := compared.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			if shown := strings.Contains(text.String(), "REGRESSED"); shown != regressed {
				t.Errorf("regressed %v:\n%s", regressed, text.String())
			}
		})
	}
}

// Of files alone nothing says which inputs were tried, unless all were.
func TestAccuracyOfFiles(t *testing.T) {
	worse := func(a *result.Accuracy) { a.MaxULP = .7 }
	all := func(change func(*result.Accuracy)) func(*result.Accuracy) {
		return func(a *result.Accuracy) {
			a.Exhaustive = true
			if change != nil {
				change(a)
			}
		}
	}
	for _, c := range []struct {
		before, after func(*result.Accuracy)
		fails         bool
	}{{nil, worse, false}, {all(nil), all(worse), true}} {
		compared, err := Compare(NewSide("a", nil, []result.Accuracy{accuracy(c.before)}), NewSide("b", nil, []result.Accuracy{accuracy(c.after)}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if compared.Report().Failed() != c.fails {
			t.Errorf("%+v", compared.Accuracy)
		}
	}
}
