package verify_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
)

// 16-bit kernels keep their promise for parameters that no one chose: their products with
// the input are seldom 16-bit numbers, and often near ties.
func TestHalvesOfAnyParameter(t *testing.T) {
	random := rand.New(rand.NewPCG(16, 16))
	var table []ops.Row
	for _, row := range ops.All() {
		if row.Param == nil {
			continue
		}
		param := *row.Param
		param.Others = []float64{.5 + .25*float64(random.IntN(2))} // few bits, for exact ties
		for range 2 {
			param.Others = append(param.Others, float64(float32(math.Exp2(8*random.Float64()-4))))
		}
		row.Param = &param
		table = append(table, row)
	}
	rows := run(t, verify.Options{Table: table, Fills: []ops.Fill{}, Filter: func(k result.Kernel) bool {
		return k.Type == result.Float16 || k.Type == result.BFloat16
	}})
	if len(rows) < 4*len(table) {
		t.Errorf("%d rows for %d operations of two types in two directions", len(rows), len(table))
	}
	for _, row := range rows {
		if row.Failed() {
			t.Error(verify.Summary(row))
		}
	}
}
