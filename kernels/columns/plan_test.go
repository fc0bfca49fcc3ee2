package columns_test

import (
	"testing"

	"actinit/kernels"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

var planSchema = arrow.NewSchema([]arrow.Field{
	{Name: "x", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "n", Type: arrow.PrimitiveTypes.Int32},
	{Name: "y", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, {Name: "h", Type: arrow.FixedWidthTypes.Float16},
}, nil)

var triples = columns.Function{Float32: triple[float32], Float64: triple[float64]}

func TestNewPlanRefuses(t *testing.T) {
	for _, test := range []struct {
		into  string
		names []string
		want  string
	}{
		{"", nil, `column "h" is of type float16, over which there is no such kernel`},
		{"", []string{"z"}, `there is no column "z", the columns are "x", "n", "y", "h"`},
		{"", []string{"x", "x"}, `column "x" is named twice`},
		{"", []string{"n"}, `column "n" is of type int32, over which there is no such kernel`},
		{"z", []string{"x", "y"}, `2 columns cannot all go into "z": name the one`},
		{"n", []string{"x"}, `there is a column "n" already`},
	} {
		if _, err := columns.NewPlan(triples, planSchema, test.into, test.names...); err == nil || err.Error() != test.want {
			t.Errorf("into %q of %v: %v, want %s", test.into, test.names, err, test.want)
		}
	}
	text := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String}}, nil)
	if _, err := columns.NewPlan(triples, text, ""); err == nil || err.Error() != "no column is of float16, float32 or float64" {
		t.Error(err)
	}
}

// TestPlan: results stand where they should, other columns are the same arrays, and all memory goes back.
func TestPlan(t *testing.T) {
	var pool columns.Pool
	rapid.Check(t, func(t *rapid.T) {
		x := drawArray[float32](t, arrow.PrimitiveTypes.Float32)
		rows := x.Len()
		whole := make([]float64, rows)
		for i := range whole {
			whole[i] = float64(i)
		}
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendValues(whole, nil)
		n := array.NewInt32Builder(memory.DefaultAllocator)
		n.AppendValues(make([]int32, rows), nil)
		h := array.NewFloat16Builder(memory.DefaultAllocator)
		h.AppendValues(nil, nil)
		for range rows {
			h.AppendNull()
		}
		record := array.NewRecord(planSchema, []arrow.Array{x, n.NewArray(), b.NewArray(), h.NewArray()}, int64(rows))
		into := rapid.SampledFrom([]string{"", "z"}).Draw(t, "into")
		plan, err := columns.NewPlan(triples, planSchema, into, "x")
		if err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(&pool)
		out, err := plan.Apply(mem, record)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		if into != "" {
			at = 4
			if !array.Equal(out.Column(0), x) || out.ColumnName(4) != "z" {
				t.Fatal("the input is not kept")
			}
		}
		src, _ := columns.Values[float32](x)
		got, _ := columns.Values[float32](out.Column(at))
		for i := range rows {
			if out.Column(at).IsNull(i) != x.IsNull(i) || x.IsValid(i) && got[i] != 3*src[i] {
				t.Fatalf("row %d: %v of %v", i, got[i], src[i])
			}
		}
		if out.Column(1) != record.Column(1) || out.Column(2) != record.Column(2) {
			t.Fatal("other columns were copied")
		}
		out.Release()
		mem.AssertSize(t, 0)
	})
}

func TestPlanHoldsItsSchema(t *testing.T) {
	plan, err := columns.NewPlan(triples, planSchema, "", "x")
	if err != nil {
		t.Fatal(err)
	}
	other := array.NewRecord(arrow.NewSchema(nil, nil), nil, 0)
	if _, err := plan.Apply(memory.DefaultAllocator, other); err == nil {
		t.Error("a record of another schema is taken")
	}
}

func TestApplyFloat16(t *testing.T) {
	b := array.NewFloat16Builder(memory.DefaultAllocator)
	in := b.NewArray()
	f := columns.Function{Float16: func(dst, src []kernels.Float16) { copy(dst, src) }}
	if out, err := f.Apply(memory.DefaultAllocator, in); err != nil || out.Len() != 0 {
		t.Error(out, err)
	}
	if _, err := triples.Apply(memory.DefaultAllocator, in); err == nil {
		t.Error("there is no kernel over float16, and it is run")
	}
}
