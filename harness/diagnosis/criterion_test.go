package diagnosis

import (
	"math"
	"testing"
)

// TestJudge: half a decade over few layers, 10^.1 a layer over more, two decades at most; and with theory and chance
// beside it as much as the advised weights may come to.
func TestJudge(t *testing.T) {
	nothing, chance := prediction{}, prediction{chance: math.Log(8)}
	for _, c := range []struct {
		theory prediction
		factor float64
		steps  int
		want   string
	}{
		{nothing, 1.45, 1, ""}, {nothing, 3, 1, ""}, {nothing, 3.3, 1, "explodes"}, {nothing, .3, 1, "vanishes"},
		{nothing, 1.24, 10, ""}, {nothing, 1.28, 10, "explodes"}, {nothing, .78, 10, "vanishes"},
		{nothing, 1.04, 100, ""}, {nothing, 1.05, 100, "explodes"}, {nothing, .95, 100, "vanishes"},
		{nothing, 0, 1, "vanishes"}, {nothing, math.Inf(1), 1, "explodes"}, {nothing, math.NaN(), 3, ""},
		{chance, 7, 1, ""}, {chance, 9, 1, "explodes"}, {chance, 1. / 9, 1, "vanishes"},
		{prediction{chance: math.Log(1e6)}, 99, 1, ""}, {prediction{chance: math.Log(1e6)}, 101, 1, "explodes"},
		{prediction{wide: math.Log(2), chance: math.Log(2)}, 3.9, 1, ""}, {prediction{wide: math.Log(2), chance: math.Log(2)}, 4.1, 1, "explodes"},
		{prediction{wide: math.Log(2), chance: math.Log(2)}, 1 / 3.2, 1, "vanishes"},
		{prediction{wide: math.Log(.04)}, .53, 5, "vanishes"}, // sigmoid's gradient, with any weights
	} {
		if got := c.theory.judge(c.factor, c.steps); got != c.want {
			t.Errorf("x%v over %d layers, theory %+v: %q, want %q", c.factor, c.steps, c.theory, got, c.want)
		}
	}
}
