package verify_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
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

// Saved outputs that no input gives are tried and counted apart: they are not misrounded.
func TestInputsOutsideTheDomainAreCountedApart(t *testing.T) {
	row, _ := ops.Find("exp") // its outputs are 0 and above
	rows := run(t, verify.Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, Filter: func(k result.Kernel) bool {
		return k.Direction == result.Backward && k.Type == result.Float16
	}})
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	for _, a := range rows {
		if below := int64(0x7c00); a.OutsideDomain%below != 0 || a.OutsideDomain == 0 || a.CorrectlyRounded > a.InDomain() {
			t.Errorf("%+v: want -2^-24 .. -Inf outside the domain", a)
		}
		if want := fmt.Sprintf("%d of them outside the domain", a.OutsideDomain); !strings.Contains(verify.Summary(a), want) {
			t.Errorf("%q lacks %q", verify.Summary(a), want)
		}
	}
}
