package rowfile_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// TestNovember reads files of runs of commit ae6dcab (November 2026), from before tables had a
// day, and timings a mode, counters and a roofline. A change that makes them unreadable, or
// reads other values, is one that loses users their history.
func TestNovember(t *testing.T) {
	bench := november[result.Bench](t, 30)
	variants := map[string]int{}
	for _, r := range bench {
		variants[r.Variant]++
		if r.Op != "relu" || r.N != 64 || r.Day != "2026-11-29" || r.Host == "" || !(r.NsPerElem > 0) ||
			r.Mode != "" || r.Cycles != nil || r.Switches != nil || r.FrequencyHz != nil || r.Intensity != nil || r.Bound != "" || r.BoundNs != nil {
			t.Fatalf("read %+v", r)
		}
	}
	if diff := cmp.Diff(map[string]int{"avx512": 10, "reference": 10, "scalar": 10}, variants); diff != "" {
		t.Error(diff)
	}
	if r := bench[0]; result.Name(r) != "Kernel/op=relu/dir=forward/type=float32/variant=avx512/workers=1/n=64" {
		t.Errorf("the first row is %s", result.Name(r))
	}
	for _, r := range november[result.Accuracy](t, 0) {
		if r.Op != "relu" && r.Op != "bernoulli" || r.Day != "2026-11-29" || r.Inputs == 0 || r.Failed() || r.MaxULP != 0 || len(r.Histogram) != result.HistogramBins {
			t.Errorf("read %+v", r)
		}
	}
	for _, r := range november[result.Distribution](t, 0) {
		if r.Fill != "bernoulli" || r.Day != "2026-11-29" || r.Failed() {
			t.Errorf("read %+v", r)
		}
	}
	for _, r := range november[result.Layer](t, 0) {
		if r.Activation != "tanh" || r.Width != 8 || r.Day != "2026-11-29" || len(r.Histogram) != result.LayerHistogramBins {
			t.Errorf("read %+v", r)
		}
	}
	for _, r := range november[result.Claim](t, 0) {
		if r.Experiment != "sigmoid-problems" || r.Day != "2026-11-29" || !r.Agrees || r.Published == 0 && r.Tolerance == 0 {
			t.Errorf("read %+v", r)
		}
	}
	for _, r := range november[result.Curve](t, 0) {
		if r.Experiment != "sigmoid-problems" || r.Figure == "" || r.Day != "2026-11-29" {
			t.Errorf("read %+v", r)
		}
	}
}

// TestOlderAccuracy reads a file from before verify told of inputs outside the domain.
func TestOlderAccuracy(t *testing.T) {
	rows, err := rowfile.ReadParquet[result.Accuracy](filepath.Join("testdata", "accuracy-before-domain.parquet"))
	if err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	for _, r := range rows {
		if r.Op != "elu" || r.Day != "2026-11-29" || r.Inputs == 0 || r.OutsideDomain != 0 || r.SweptBoundULP != 0 || r.Failed() {
			t.Errorf("read %+v", r)
		}
	}
}

// november reads a table, and checks that its rows are the same when they are written again.
func november[R rowfile.Row](t *testing.T, rows int) []R {
	t.Helper()
	read, err := rowfile.ReadParquet[R](filepath.Join("testdata", "2026-11", rowfile.Name[R]()+".parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(read) == 0 || rows > 0 && len(read) != rows {
		t.Fatalf("%s: %d rows, want %d", rowfile.Name[R](), len(read), rows)
	}
	var again bytes.Buffer
	if err := rowfile.WriteParquet(&again, read); err != nil {
		t.Fatal(err)
	}
	back, err := rowfile.ReadParquetFrom[R](bytes.NewReader(again.Bytes()), int64(again.Len()), "again")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read, back, cmpopts.EquateNaNs(), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("%s: written again (-before +after):\n%s", rowfile.Name[R](), diff)
	}
	return read
}
