package bench

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"actinit/harness/filter"
	"actinit/harness/ops"
	"actinit/harness/result"
)

func parse(t testing.TB, expr string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(expr)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func plan(t testing.TB, o Options) *Schedule {
	t.Helper()
	s, err := Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ExamplePlan() {
	f, err := filter.Parse("op:constant type:float32")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := Plan(Options{Filter: f, Sizes: []int{64, 4096}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range s.Cells {
		fmt.Println(c.Name(), c.BytesPerOp(), "B")
	}
	// Output:
	// Kernel/op=constant/dir=fill/type=float32/variant=scalar/workers=1/n=64 256 B
	// Kernel/op=constant/dir=fill/type=float32/variant=scalar/workers=1/n=4096 16384 B
}

// TestDefaultPlanFitsBudget fails when operations have been added until the
// default run takes too long. Then its sizes have to shrink.
func TestDefaultPlanFitsBudget(t *testing.T) {
	s := plan(t, Options{})
	t.Logf("%d cells, %d rounds, estimate %v", len(s.Cells), s.Rounds, s.Estimate())
	if s.Estimate() > Budget {
		t.Errorf("the default plan takes about %v, its budget is %v", s.Estimate(), Budget)
	}
}

func TestEstimateGrowsWithThePlan(t *testing.T) {
	few := plan(t, Options{Sizes: []int{64}})
	more := plan(t, Options{Sizes: []int{64, 1 << 20}})
	rounds := plan(t, Options{Sizes: []int{64}, Samples: 40})
	if few.Estimate() <= 0 || more.Estimate() < 2*few.Estimate() || rounds.Estimate() < 3*few.Estimate() {
		t.Errorf("estimates %v, %v with a large size, %v with four times the rounds", few.Estimate(), more.Estimate(), rounds.Estimate())
	}
}

// TestEveryOperationIsTimed holds the plan against the table: an operation
// that is added there is timed in both directions and types.
func TestEveryOperationIsTimed(t *testing.T) {
	timed := make(map[result.Kernel]bool)
	for _, c := range plan(t, Options{}).Cells {
		timed[c.Kernel] = true
	}
	for _, row := range ops.All() {
		for _, direction := range []string{ops.Forward, ops.Backward} {
			for _, typeName := range []string{result.Float32, result.Float64} {
				k := result.Kernel{Op: row.Name, Direction: direction, Type: typeName, Variant: "scalar", ISA: "portable"}
				if timed[k] != row.Has(direction, typeName) {
					t.Errorf("%s %s %s is in the plan: %v; the table has it: %v", k.Op, k.Direction, k.Type, timed[k], row.Has(direction, typeName))
				}
				if k.Variant = Reference; timed[k] && !row.Has(direction, typeName) {
					t.Errorf("the reference of %s %s %s is in the plan, but no kernel is", k.Op, k.Direction, k.Type)
				}
			}
		}
	}
}

func TestDefaultPlan(t *testing.T) {
	variants := make(map[result.Kernel][]string)
	for _, c := range plan(t, Options{}).Cells {
		k := c.Kernel
		k.Variant, k.ISA = "", ""
		if !slices.Contains(variants[k], c.Variant) {
			variants[k] = append(variants[k], c.Variant)
		}
		if (c.Workers > 1 || c.N == memorySize) && !inHandful(c.Kernel) {
			t.Errorf("%s is not for the default plan", c.Name())
		}
	}
	for k, v := range variants {
		if v[0] == Reference {
			v = v[1:]
		}
		beside := slices.DeleteFunc(slices.Clone(v), func(name string) bool { return name == "scalar" || name == "unrolled" })
		if v[0] != "scalar" || len(beside) > 1 {
			t.Errorf("%v is timed in variants %v, want the reference, the portable ones and the fastest", k, v)
		}
	}
}

func TestAllContainsDefault(t *testing.T) {
	all := make(map[string]bool)
	for _, c := range plan(t, Options{All: true}).Cells {
		if all[c.Name()] {
			t.Errorf("%s is planned twice", c.Name())
		}
		all[c.Name()] = true
	}
	for _, c := range plan(t, Options{}).Cells {
		if !all[c.Name()] {
			t.Errorf("%s is in the default plan only", c.Name())
		}
	}
}

func TestPlanOptions(t *testing.T) {
	s := plan(t, Options{Filter: parse(t, "op:uniform variant:scalar"), Sizes: []int{10, 20}, Workers: []int{3}, Samples: 12})
	var got []string
	for _, c := range s.Cells {
		got = append(got, fmt.Sprint(c.Type, " ", c.Workers, " ", c.N))
	}
	want := []string{"float32 3 10", "float32 3 20", "float64 3 10", "float64 3 20"}
	if diff := cmp.Diff(want, got); diff != "" || s.Rounds != 12 {
		t.Errorf("%d rounds of:\n%s", s.Rounds, diff)
	}
}

func TestPlanErrors(t *testing.T) {
	for _, c := range []struct {
		options Options
		want    string
	}{
		{Options{Samples: 3}, "3 samples are too few: 10 or more"},
		{Options{Sizes: []int{64, 0}}, "size 0: sizes are elements, from 1 to"},
		{Options{Sizes: []int{1 << 40}}, "size 1099511627776"},
		{Options{Workers: []int{0}}, "0 workers"},
		{Options{SampleTime: -1}, "negative"},
		{Options{Filter: parse(t, "op:unifrom")}, `there is no op "unifrom" (did you mean op:uniform?)`},
		{Options{Filter: parse(t, "op:uniform n:256")}, "n=256 does: add --all"},
		{Options{Filter: parse(t, "act:relu")}, "a kernel has no act"},
	} {
		_, err := Plan(c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestWrongKernelsAreLeftOut(t *testing.T) {
	wrong := result.Kernel{Op: "uniform", Direction: result.Fill, Type: result.Float32, Variant: "scalar", ISA: "portable"}
	s := plan(t, Options{Wrong: func(k result.Kernel) bool { return k == wrong }})
	if diff := cmp.Diff([]result.Kernel{wrong}, s.Skipped); diff != "" {
		t.Error(diff)
	}
	for _, c := range s.Cells {
		if c.Kernel == wrong {
			t.Errorf("%s is wrong and would be timed", c.Name())
		}
	}
	everything := plan(t, Options{Wrong: func(result.Kernel) bool { return true }})
	if len(everything.Cells) != 0 {
		t.Error("cells are left though every kernel is wrong")
	}
}

// Shards share the cells of the plan out: each is in one of them.
func TestShards(t *testing.T) {
	names := func(o Options) (names []string) {
		s, err := Plan(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cells {
			names = append(names, c.Name())
		}
		return names
	}
	whole, seen := names(Options{}), map[string]int{}
	for shard := range 7 {
		mine := names(Options{Shard: shard, Shards: 7})
		if took, share := plan(t, Options{Shard: shard, Shards: 7}).Estimate(), plan(t, Options{}).Estimate()/7; took < share*9/10 || took > share*11/10 {
			t.Errorf("shard %d takes %v, a seventh is %v", shard, took, share)
		}
		for _, name := range mine {
			seen[name]++
		}
	}
	for _, name := range whole {
		if seen[name] != 1 {
			t.Errorf("%s is in %d shards", name, seen[name])
		}
	}
	if len(seen) != len(whole) {
		t.Errorf("%d cells in shards, %d in the plan", len(seen), len(whole))
	}

	// Which cells a shard has does not depend on which kernels it has found wrong.
	wrong := func(k result.Kernel) bool { return k.Op == "relu" }
	for _, name := range names(Options{Shard: 1, Shards: 2, Wrong: wrong}) {
		if !slices.Contains(names(Options{Shard: 1, Shards: 2}), name) {
			t.Errorf("%s has come from another shard", name)
		}
	}
}

// What is held against each other is timed in one shard: an operation's reference, variants, directions, sizes and twin.
func TestShardsKeepComparisons(t *testing.T) {
	const shards = 5
	of := map[[2]string]int{} // shard by operation, without its twin's ending, and type
	for shard := range shards {
		for _, c := range plan(t, Options{All: true, Modes: result.Modes(), Shard: shard, Shards: shards}).Cells {
			key := [2]string{strings.TrimSuffix(c.Op, ops.FaithfulTwin("")), c.Type}
			if other, seen := of[key]; seen && other != shard {
				t.Fatalf("%s is in shard %d, others of %v are in %d", c.Name(), shard, key, other)
			}
			of[key] = shard
		}
	}
	whole := plan(t, Options{})
	n := whole.Groups()
	if n < 2*shards || n >= len(whole.Cells) {
		t.Errorf("%d cells in %d groups", len(whole.Cells), n)
	}
	empty := 0
	for shard := range n + 2 {
		mine := plan(t, Options{Shard: shard, Shards: n + 2})
		if len(mine.Cells) == 0 {
			empty++
		} else if mine.Groups() != 1 {
			t.Errorf("shard %d of %d has %d groups of %d", shard, n+2, mine.Groups(), n)
		}
	}
	if empty != 2 {
		t.Errorf("of %d shards of %d groups %d are empty", n+2, n, empty)
	}
}

func TestUnitsAreStable(t *testing.T) {
	o := Options{Filter: parse(t, "op:constant"), Seed: 5}
	a, b := plan(t, o), plan(t, o)
	if a.Unit(3) != b.Unit(3) {
		t.Error("the same plan has other units")
	}
	names := map[string]bool{a.Unit(3): true, a.Unit(4): true}
	o.Seed++
	names[plan(t, o).Unit(3)] = true
	o.Seed--
	o.Sizes = []int{65}
	names[plan(t, o).Unit(3)] = true
	if len(names) != 4 {
		t.Errorf("another round, seed or size does not change the unit: %v", names)
	}
}

func TestOrder(t *testing.T) {
	cells := make([]Cell, 50)
	rapid.Check(t, func(t *rapid.T) {
		seed, round := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "round")
		s := Schedule{Cells: cells, Seed: seed}
		order := s.Order(round)
		if !slices.Equal(order, s.Order(round)) {
			t.Fatal("the same seed and round give another order")
		}
		if slices.Equal(order, s.Order(round+1)) || slices.IsSorted(order) {
			t.Fatal("the order is not random")
		}
		slices.Sort(order)
		for i, cell := range order {
			if cell != i {
				t.Fatalf("not a permutation: %v", order)
			}
		}
	})
}

// TestMoreWorkersThanProcessors: two workers on one processor say nothing, so
// they are planned only on request.
func TestMoreWorkersThanProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range plan(t, Options{All: true}).Cells {
		if c.Workers > 1 {
			t.Fatalf("%s is planned on one processor", c.Name())
		}
	}
}

func TestMemory(t *testing.T) {
	s := plan(t, Options{Filter: parse(t, "op:constant"), Sizes: []int{1 << 20}})
	if got, want := s.MemoryBytes(), int64(4+8)<<20; got < want || got > want+1<<16 {
		t.Errorf("%d bytes of operands, want %d and some for their places in pages", got, want)
	}
	for meminfo, want := range map[string]string{
		"": "",
		"MemTotal:  100 kB\nMemAvailable:  x kB\n":     "",
		"MemTotal:  100 kB\nMemAvailable:  12320 kB\n": "",
		"MemTotal:  100 kB\nMemAvailable:  12287 kB\n": "operands of these sizes take 12 MiB of memory, and 11 MiB are available: leave out the largest size, 1048576",
	} {
		got := ""
		if err := s.fits([]byte(meminfo)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", meminfo, got, want)
		}
	}
}
