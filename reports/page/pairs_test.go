package page

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// TestPairs: what regressed is said on top, drawn and in the table; the floor's pairs are no kernel of their own.
func TestPairs(t *testing.T) {
	data := &runstore.Data{Environment: result.Environment{Complete: true}}
	for _, op := range []string{"relu", "tanh"} {
		for block := range 40 {
			for half := range 2 {
				for _, comparison := range []string{result.Change, result.Floor} {
					ratio := .001 * math.Sin(float64(7*block+3*half+len(comparison)))
					if op == "tanh" && comparison == result.Change {
						ratio += math.Log(1.1)
					}
					row := result.Pair{RunID: "r", Started: time.Unix(1e9, 0), Op: op, Direction: result.Forward, Type: result.Float32, Variant: "avx2", ISA: "avx2",
						Workers: 1, N: 4096, Mode: result.Warm, Comparison: comparison, Old: "rev:1", New: "now", Block: int64(block), Pair: int64(half), First: []string{"old", "new"}[half],
						Iterations: 10, OldNs: 1e6, NewNs: int64(1e6 * math.Exp(ratio)), LogRatio: ratio}
					if comparison == result.Floor {
						row.New = row.Old
					}
					data.Pairs = append(data.Pairs, row)
				}
			}
		}
	}
	var page bytes.Buffer
	if err := Write(&page, Input{Data: data, Ops: []Op{{Name: "relu", Title: "ReLU"}, {Name: "tanh", Title: "tanh"}}}); err != nil {
		t.Fatal(err)
	}
	html := page.String()
	for want, times := range map[string]int{
		`class="verdict wrong"`:          1,
		"now against rev:1: 1 regressed": 1,
		`<tr class="wrong">`:             1,
		"ReLU 4Ki":                       1,
		"var(--series-2":                 1,
		"ReLU forward float32 4Ki":       1,
	} {
		if got := strings.Count(html, want); got < times || strings.HasPrefix(want, "<tr") && got != times {
			t.Errorf("%q stands %d times in the page, want %d", want, got, times)
		}
	}
	if strings.Contains(html, "NaN") || strings.Contains(html, "Inf") {
		t.Error("the page shows a number that is none")
	}
}
