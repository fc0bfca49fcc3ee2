package paired

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"actinit/harness/result"
	"actinit/reports/gate"
)

// pairsOf are the rows of a run of one kernel that is slower by ratio, with noise.
func pairsOf(op string, blocks int, ratio, noise float64) []result.Pair {
	r := rand.New(rand.NewPCG(uint64(blocks), uint64(len(op))))
	var rows []result.Pair
	for b := range blocks {
		for _, comparison := range []string{result.Change, result.Floor} {
			for i, first := range []string{"old", "new"} {
				row := result.Pair{RunID: "run", Host: "box", Started: time.Unix(0, 0).UTC(), Op: op, Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2",
					Workers: 1, N: 4096, Mode: result.Warm, Comparison: comparison, Old: "rev:1a2b3c4", New: "rev:5d6e7f8",
					Block: int64(b), Pair: int64(i), First: first, Iterations: 100, OldNs: 1e6}
				change := ratio
				if comparison == result.Floor {
					change, row.New = 1, row.Old
				}
				row.NewNs = int64(1e6 * change * math.Exp(noise*r.NormFloat64()))
				row.LogRatio = math.Log(float64(row.NewNs) / float64(row.OldNs))
				rows = append(rows, row)
			}
		}
	}
	return rows
}

func judgedPairs(t *testing.T, o Options) *Comparison {
	t.Helper()
	var rows []result.Pair
	rows = append(rows, pairsOf("slower", 30, 1.03, .01)...)
	rows = append(rows, pairsOf("faster", 30, .9, .01)...)
	rows = append(rows, pairsOf("equal", 30, 1, .005)...)
	rows = append(rows, pairsOf("noisy", 30, 1, .2)...)
	rows = append(rows, pairsOf("few", 4, 2, .01)...)
	rows = append(rows, pairsOf("small change", 30, 1.005, .001)...)
	c, err := Compare(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerdicts(t *testing.T) {
	c := judgedPairs(t, Options{})
	want := map[string]gate.Verdict{"slower": gate.Regressed, "faster": gate.Improved, "equal": gate.Same, "noisy": gate.Undecided, "few": gate.Undecided, "small change": gate.Same}
	for _, r := range c.Rows {
		if r.Verdict != want[r.Op] {
			t.Errorf("%s: %s, want %s: %+v", r.Op, r.Verdict, want[r.Op], r)
		}
	}
	if !c.Report().Failed() {
		t.Error("a comparison with a regression has not failed")
	}
	if r := c.Rows[0]; math.Abs(float64(r.Delta)-.03) > .005 || r.Low > r.Delta || r.High < r.Delta || r.Blocks != 30 || r.FloorBlocks != 30 {
		t.Errorf("slower: %+v", r)
	}
}

func TestThresholds(t *testing.T) {
	thresholds, err := gate.ReadThresholds("t", strings.NewReader("slower slower=5%\nfaster ignore\n"), func(expr string) (func(gate.Subject) bool, error) {
		return func(s gate.Subject) bool { return s.Op == expr }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c := judgedPairs(t, Options{Thresholds: thresholds})
	// The rule names the thresholds that counted, and one alone where it is that of all.
	for want, o := range map[string]Options{
		"called beyond 1% and the": {}, "called beyond 3% and the": {Effect: .03}, "called beyond 1% to 5% (each kernel's threshold) and the": {Thresholds: thresholds},
		"called beyond 2% to 5% (each": {Thresholds: thresholds, Effect: .02},
	} {
		if got := judgedPairs(t, o).rule(); !strings.Contains(got, want) {
			t.Errorf("rule %q, want %q", got, want)
		}
	}
	if c.Rows[0].Verdict != gate.Same || c.Rows[0].Threshold != .05 || c.Rows[1].Verdict != gate.Ignored || c.Report().Failed() {
		t.Errorf("%+v\n%+v", c.Rows[0], c.Rows[1])
	}
}

func TestNeedMore(t *testing.T) {
	rows := append(pairsOf("equal", 30, 1, .005), pairsOf("noisy", 30, 1.5, .2)...)
	rows = append(rows, pairsOf("few", 4, 2, .01)...)
	needs, err := NeedMore(rows, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(needs) != 2 || needs[0].Op != "noisy" || needs[0].Blocks < 300 || needs[1].Op != "few" || needs[1].Blocks != MinBlocks(3, .05)-4 {
		t.Errorf("%+v", needs)
	}
}

func TestGolden(t *testing.T) {
	c := judgedPairs(t, Options{})
	var text bytes.Buffer
	if err := c.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"paired.txt": text.Bytes(), "paired.json": append(encoded, '\n')} {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got); go test -update writes it again:\n%s", golden, diff)
		}
	}
}

func TestDamagedPairs(t *testing.T) {
	damage := func(change func(*result.Pair)) []result.Pair {
		rows := pairsOf("tanh", 3, 1, .01)
		change(&rows[5]) // block 1, change, pair 1
		return rows
	}
	for want, rows := range map[string][]result.Pair{
		"no pairs of timings":             nil,
		"block 1, pair 1: the log ratio":  damage(func(p *result.Pair) { p.LogRatio = math.Inf(1) }),
		"two in opposite order":           damage(func(p *result.Pair) { p.First = "old" }),
		"pairs 0 and 0 of it":             damage(func(p *result.Pair) { p.Pair = 0 }),
		`comparison is "", want "change"`: damage(func(p *result.Pair) { p.Comparison = "" }),
	} {
		if _, err := Compare(rows, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	for _, o := range []Options{{Alpha: 1}, {Alpha: math.NaN()}, {Effect: -1}, {Effect: math.Inf(1)}} {
		if _, err := Compare(pairsOf("tanh", 3, 1, .01), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

// A run that was stopped in a block has its whole blocks, and says so.
func TestHalfBlock(t *testing.T) {
	rows := pairsOf("tanh", 10, 1, .01)
	c, err := Compare(rows[:len(rows)-1], Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Rows[0].Blocks != 10 || c.Rows[0].FloorBlocks != 9 || len(c.Warnings) == 0 || !strings.Contains(c.Warnings[0], "1 blocks of one pair are left out") {
		t.Errorf("%+v", c)
	}
}

// Where lasting processes differ, the floor is raised and said.
func TestFloorOfDifferingProcesses(t *testing.T) {
	w := world{scale: .001, noise: all(noises[0]), shift: none, offset: .03, blocks: 20}
	c := w.judged(1, 20)
	for _, r := range c.Rows {
		if r.Floor < .05 || r.Verdict == gate.Regressed || r.Verdict == gate.Improved {
			t.Errorf("%+v", r)
		}
	}
	if text := strings.Join(c.Warnings, "\n"); !strings.Contains(text, "processes of the same program differ") {
		t.Errorf("warnings %q", text)
	}
}

func ExampleCompare() {
	var rows []result.Pair // as a paired run stores them in pairs.parquet
	for block := range int64(20) {
		for pair, first := range []string{"old", "new"} {
			rows = append(rows, result.Pair{Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2", Workers: 1, N: 4096,
				Comparison: result.Change, Old: "rev:1a2b3c4", New: "rev:5d6e7f8", Block: block, Pair: int64(pair), First: first,
				LogRatio: .03 + .001*float64(block%5)})
		}
	}
	c, err := Compare(rows, Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	row := c.Rows[0]
	fmt.Printf("%s: %s by %.1f%% (%s)\n", row.Op, row.Verdict, 100*row.Delta, row.Interval())
	// Output:
	// sigmoid: regressed by 3.3% (+3.15% .. +3.36%)
}
