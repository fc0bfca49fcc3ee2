//go:build unix

package cli

import (
	"bytes"
	"encoding/gob"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

// hasRows sees that a run has every row of units that were finished, by their paths, as it was then, times and all:
// none was lost, and none made again. What verify finds in units is added up, and held against another run's rows.
func hasRows(t *testing.T, what string, run *runstore.Data, units map[string][]byte) {
	t.Helper()
	hasRowsOf(t, what, run.Bench, units)
	hasRowsOf(t, what, run.Layers, units)
	hasRowsOf(t, what, run.Claims, units)
	hasRowsOf(t, what, run.Curves, units)
	hasRowsOf(t, what, run.Pairs, units)
	hasRowsOf(t, what, run.Limits, units)
}

func hasRowsOf[R result.Bench | result.Layer | result.Claim | result.Curve | result.Pair | result.Limit](t *testing.T, what string, rows []R, units map[string][]byte) {
	t.Helper()
	there := map[string]bool{}
	for _, row := range rows {
		there[encoded(t, row)] = true
	}
	for unit, data := range units {
		if !strings.HasSuffix(unit, "."+rowfile.Name[R]()+".parquet") {
			continue
		}
		finished, err := rowfile.ReadParquetFrom[R](bytes.NewReader(data), int64(len(data)), unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range finished {
			if !there[encoded(t, row)] {
				t.Errorf("%s: a row of the finished unit %s is not in the run: %+v", what, unit, row)
				return
			}
		}
	}
}

// encoded returns a row as a text that is the same of equal rows, NaNs and pointers too.
func encoded(t *testing.T, row any) string {
	t.Helper()
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(row); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
