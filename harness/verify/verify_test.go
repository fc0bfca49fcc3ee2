package verify_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/harness/verify"
)

// memory is a journal that keeps rows in memory.
type memory struct {
	mu      sync.Mutex
	units   map[string][]result.Accuracy
	onSave  func(saved int)
	refuses error
}

func (m *memory) Done(unit string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, done := m.units[unit]
	return done
}

func (m *memory) Save(unit string, rows []result.Accuracy) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuses != nil {
		return m.refuses
	}
	if m.units == nil {
		m.units = map[string][]result.Accuracy{}
	}
	m.units[unit] = rows
	if m.onSave != nil {
		m.onSave(len(m.units))
	}
	return nil
}

// merged returns the merged rows in the order of the units' names.
func (m *memory) merged() []result.Accuracy {
	names := make([]string, 0, len(m.units))
	for name := range m.units {
		names = append(names, name)
	}
	slices.Sort(names)
	var rows []result.Accuracy
	for _, name := range names {
		rows = append(rows, m.units[name]...)
	}
	return verify.Merge(rows)
}

// few keeps the tests quick; the inputs that are not random are all there.
const few = .02

func run(t *testing.T, o verify.Options) []result.Accuracy {
	t.Helper()
	m := new(memory)
	o.Journal = m
	if o.Samples == 0 {
		o.Samples = few
	}
	if err := verify.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return m.merged()
}

// only selects one operation.
func only(op string) func(result.Kernel) bool {
	return func(k result.Kernel) bool { return k.Op == op }
}

var ignoreSeconds = cmpopts.IgnoreFields(result.Accuracy{}, "Seconds")

func TestKernelsKeepTheirPromises(t *testing.T) {
	rows := run(t, verify.Options{})
	if len(rows) < 4*len(ops.All()) {
		t.Errorf("%d rows for %d operations in two types and directions", len(rows), len(ops.All()))
	}
	for _, row := range rows {
		if row.Failed() || row.Mistrusted {
			t.Error(verify.Summary(row))
		}
	}
}

func TestWorkersDoNotMatter(t *testing.T) {
	o := verify.Options{Seed: 7, Workers: 1, Filter: func(k result.Kernel) bool { return k.Op == "silu" || k.Op == "elu" }}
	one := run(t, o)
	o.Workers = 3
	if diff := cmp.Diff(one, run(t, o), ignoreSeconds, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("rows of 1 and of 3 workers differ:\n%s", diff)
	}
	o.Seed = 8
	if cmp.Equal(one, run(t, o), ignoreSeconds) {
		t.Error("another seed gives the same rows")
	}
}

func TestShardsCoverThePlan(t *testing.T) {
	whole, err := verify.Plan(verify.Options{Exhaustive: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for shard := range 3 {
		part, err := verify.Plan(verify.Options{Exhaustive: true, Shard: shard, Shards: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range part {
			seen[u.Name]++
		}
	}
	for _, u := range whole {
		if seen[u.Name] != 1 {
			t.Errorf("unit %s is in %d shards", u.Name, seen[u.Name])
		}
	}
	if len(seen) != len(whole) {
		t.Errorf("%d units in shards, %d in the plan", len(seen), len(whole))
	}
	if _, err := verify.Plan(verify.Options{Shard: 3, Shards: 3}); err == nil {
		t.Error("shard 3 of 3 was accepted")
	}
}

func TestPlanStaysWithinItsBudget(t *testing.T) {
	estimate, err := verify.Estimate(verify.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if estimate.Seconds() > 60 {
		t.Errorf("the default plan takes about %v on two cores, over its minute: lower the density of samples", estimate)
	}
}

func TestCancelledRunResumes(t *testing.T) {
	o := verify.Options{Samples: few, Workers: 2, Filter: only("tanh")}
	whole := run(t, o)

	ctx, cancel := context.WithCancel(t.Context())
	m := &memory{onSave: func(saved int) {
		if saved == 2 {
			cancel()
		}
	}}
	o.Journal = m
	if err := verify.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("Run returned %v, want context.Canceled", err)
	}
	if len(m.units) < 2 {
		t.Fatalf("%d units were saved before the cancellation, want 2 or more", len(m.units))
	}
	kept := len(m.units)
	m.onSave = nil
	if err := verify.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, m.merged(), ignoreSeconds, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("a resumed run differs from an uninterrupted one (%d units kept):\n%s", kept, diff)
	}
}

// counter adds up progress.
type counter struct {
	progress.Silent
	mu          sync.Mutex
	total, done int64
}

func (c *counter) Begin(_ string, total int64) { c.total = total }

func (c *counter) Add(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done += n
}

func TestProgressAddsUp(t *testing.T) {
	c := new(counter)
	m := new(memory)
	o := verify.Options{Samples: few, Progress: c, Journal: m, Filter: func(k result.Kernel) bool { return k.Op == "prelu" || k.Op == "uniform" }}
	for _, what := range []string{"a run", "a run with nothing left to do"} {
		c.done = 0
		if err := verify.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if c.done != c.total || (c.total > 0) != (what == "a run") {
			t.Errorf("%s reports %d of %d seconds", what, c.done, c.total)
		}
	}
}

func TestJournalErrorEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	o := verify.Options{Samples: few, Filter: only("relu"), Journal: &memory{refuses: full}}
	if err := verify.Run(t.Context(), o); !errors.Is(err, full) {
		t.Errorf("Run returned %v, want the journal's error", err)
	}
	o.Journal = nil
	if err := verify.Run(t.Context(), o); err == nil {
		t.Error("Run accepted options without a journal")
	}
}

func TestRoundingLoss(t *testing.T) {
	losses := verify.RoundingLoss(ops.All())
	saved := 0
	for _, row := range ops.All() {
		if row.Saved == ops.SavedOutput {
			saved++
		}
	}
	if saved == 0 || len(losses)%(2*saved) != 0 || len(losses) == 0 {
		t.Fatalf("%d losses for %d operations", len(losses), saved)
	}
	for _, l := range losses {
		if l.Op != "sigmoid" || l.Type != "float32" {
			continue
		}
		// y within 2^-25 of the sigmoid loses 2^-25/(1-y) of 1-y.
		switch {
		case l.To <= 1 && (l.Max < 1e-8 || l.Max > 5e-7):
			t.Errorf("sigmoid loses %g for |x| < 1 in float32, want some 1e-7", l.Max)
		case l.From == 20 && l.Max != 1:
			t.Errorf("sigmoid loses %g for |x| > 20 in float32, want all: y has rounded to 1", l.Max)
		}
	}
}
