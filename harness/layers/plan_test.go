package layers

import (
	"strings"
	"testing"
	"time"

	"actinit/harness/ops"
)

func plan(t *testing.T, o Options) []Cell {
	t.Helper()
	cells, err := Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// counts returns how many activations of the table are usual and how many extended.
func counts() (usual, extended int) {
	for _, row := range ops.All() {
		switch {
		case row.Saved == ops.SavedBoth:
		case row.Twin != "":
		case row.Extended:
			extended++
		default:
			usual++
		}
	}
	return usual, extended
}

func TestDefaultPlan(t *testing.T) {
	cells := plan(t, Options{})
	usual, _ := counts()
	if want := 4 * usual; len(cells) != want {
		t.Errorf("%d cells, want every usual activation with four initialisers: %d", len(cells), want)
	}
	for _, c := range cells {
		want := 512
		if c.Activation == "tanh" || c.Activation == "relu" {
			want = 4096
		}
		if c.Depth != 6 || c.Width != want || c.Data != DataN01 {
			t.Errorf("%v: want 6x%d on %s", c, want, DataN01)
		}
	}
}

func TestPlanOfAll(t *testing.T) {
	cells := plan(t, Options{All: true})
	usual, extended := counts()
	if want := 9*usual + 4*extended; len(cells) != want {
		t.Errorf("%d cells, want four on N(0,1) for every activation and five on the digits for the usual ones: %d", len(cells), want)
	}
	units := map[string]bool{}
	for _, c := range cells {
		units[c.Unit()] = true
		row, _ := ops.Find(c.Activation)
		if small := c.Width == 512 && row.Extended; c.Depth != 6 || c.Width != 4096 && !small {
			t.Errorf("%v: want 6x4096, or 6x512 if it is extended", c)
		}
		if c.Initializer == XavierGlorot && c.Data != DataDigits {
			t.Errorf("%v: on square layers both Xaviers are the same", c)
		}
	}
	if len(units) != len(cells) {
		t.Errorf("%d cells have %d unit names", len(cells), len(units))
	}
}

// The whole of make bench has a budget, and the layers have 60 seconds of it on
// two cores; make layers has ten minutes. When an operation is added and this
// fails, make the batches of the others smaller.
func TestPlanStaysInItsShare(t *testing.T) {
	if got := Estimate(plan(t, Options{})); got > 55*time.Second {
		t.Errorf("the default plan takes %v, its share is 55 s and some air", got)
	}
	if got := Estimate(plan(t, Options{All: true})); got > 10*time.Minute {
		t.Errorf("the plan of all takes %v, its share is 10 minutes", got)
	}
}

func TestPlanTakesSizesAndFilter(t *testing.T) {
	cells := plan(t, Options{All: true, Depth: 3, Width: 40, Batch: 5000, Seed: 1,
		Filter: func(activation, initializer, data string, depth, width int) bool {
			return activation == "tanh" && initializer == Kaiming && depth == 3 && width == 40
		}})
	want := []Cell{
		cell("tanh", Kaiming, DataN01, 3, 40, 5000),
		cell("tanh", Kaiming, DataDigits, 3, 40, 1797), // there are no more
	}
	if diff := differ(cells, want); diff != "" {
		t.Error(diff)
	}
}

func TestPlanRefusesSizes(t *testing.T) {
	for flag, o := range map[string]Options{
		"--depth -1": {Depth: -1}, "--width 1000000": {Width: 1000000}, "--batch -3": {Batch: -3},
	} {
		if _, err := Plan(o); err == nil || !strings.HasPrefix(err.Error(), flag+": want ") {
			t.Errorf("%s: error %v", flag, err)
		}
	}
}

func TestEstimateGrowsWithTheWork(t *testing.T) {
	c := cell("tanh", Kaiming, DataN01, 6, 512, 64)
	for name, larger := range map[string]Cell{
		"depth": cell("tanh", Kaiming, DataN01, 12, 512, 64),
		"width": cell("tanh", Kaiming, DataN01, 6, 1024, 64),
		"batch": cell("tanh", Kaiming, DataN01, 6, 512, 128),
		"piece": cell("maxout", Kaiming, DataN01, 6, 512, 64),
	} {
		if larger.Estimate() <= c.Estimate() {
			t.Errorf("doubling the %s: %v, before %v", name, larger.Estimate(), c.Estimate())
		}
	}
}
