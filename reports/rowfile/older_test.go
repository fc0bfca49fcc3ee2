package rowfile_test

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// TestOlderLayers reads a file that a program wrote before the table had gain and the
// columns behind it.
func TestOlderLayers(t *testing.T) {
	const file = "testdata/layers-before-gain.parquet"
	rows, err := rowfile.ReadParquet[result.Layer](file)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 12 {
		t.Fatalf("%d rows, want two layers of five quantities, the input and the gradient by it", len(rows))
	}
	for _, r := range rows {
		if r.Activation != "tanh" || r.Width != 8 || !(r.RMS > 0) {
			t.Errorf("read %+v", r)
		}
		if r.Gain != 0 || r.InitRounds != 0 || r.IntrinsicDimension != 0 || !math.IsNaN(r.Chi) || !math.IsNaN(r.Deviation) || !math.IsNaN(r.EntropyRank) {
			t.Errorf("columns the file does not have: %+v", r)
		}
	}
	// Written again the rows have all columns, and are the same.
	var again bytes.Buffer
	if err := rowfile.WriteParquet(&again, rows); err != nil {
		t.Fatal(err)
	}
	back, err := rowfile.ReadParquetFrom[result.Layer](bytes.NewReader(again.Bytes()), int64(again.Len()), "again")
	if err != nil || len(back) != len(rows) || !math.IsNaN(back[0].Chi) {
		t.Errorf("written again: %d rows, %v", len(back), err)
	}
	// A column that every file has must be there.
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.ReplaceAll(data, []byte("skewness"), []byte("skewnezz"))
	if _, err := rowfile.ReadParquetFrom[result.Layer](bytes.NewReader(spoilt), int64(len(spoilt)), "spoilt"); err == nil || !strings.Contains(err.Error(), `no column "skewness"`) {
		t.Errorf("without a column that all files have: %v", err)
	}
}
