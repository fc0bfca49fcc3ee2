package datasets

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"pgregory.net/rapid"
)

func TestDigits(t *testing.T) {
	table, err := Digits()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if table.Rows() != 1797 || len(table.Columns()) != 65 || table.format != CSVGzip {
		t.Fatalf("%d rows, %d columns, %s", table.Rows(), len(table.Columns()), table.format)
	}
	d, err := table.Batches().Describe()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Columns {
		top := 16.
		if s.Name == DigitsLabel {
			top = 9
		}
		if s.Type != Float32 || s.Min < 0 || s.Max > top || s.Nulls+s.NaN+s.Inf != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestStandardizedDigits(t *testing.T) {
	e, err := StandardizedDigits()
	if err != nil {
		t.Fatal(err)
	}
	if e.Rows != 1797 || e.Columns != 64 || len(e.Features) != 1797*64 || len(e.Labels) != 1797 || len(e.Names) != 64 {
		t.Fatalf("%d x %d, %d features, %d labels", e.Rows, e.Columns, len(e.Features), len(e.Labels))
	}
	constant := 0
	for j := range e.Columns {
		mean, variance := meanAndVariance(e.Features[j:], e.Columns)
		switch {
		case variance == 0 && mean == 0:
			constant++
		case math.Abs(mean) > 1e-6 || math.Abs(variance-1) > 1e-5:
			t.Errorf("column %d: mean %g, variance %g", j, mean, variance)
		}
	}
	if constant != 3 { // pixels that no digit touches
		t.Errorf("%d constant columns", constant)
	}
	counts := [10]int{}
	for _, label := range e.Labels {
		counts[label]++
	}
	if counts != [10]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180} {
		t.Errorf("labels %v", counts)
	}
}

func meanAndVariance(x []float32, stride int) (mean, variance float64) {
	n := 0.
	for i := 0; i < len(x); i += stride {
		mean += float64(x[i])
		n++
	}
	mean /= n
	for i := 0; i < len(x); i += stride {
		variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / n
	}
	return mean, variance
}

// TestStandardize holds mean 0 and variance 1 for values of any size.
func TestStandardize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := math.Ldexp(1, rapid.IntRange(-1000, 1000).Draw(t, "scale"))
		x := rapid.SliceOfN(rapid.Float64Range(-8, 8), 2, 50).Draw(t, "x")
		constant := true
		for i := range x {
			x[i] = math.Round(x[i]*16) / 16 * scale
			constant = constant && x[i] == x[0]
		}
		table, err := NewTable(NewValues("x", x), NewValues("y", x))
		if err != nil {
			t.Fatal(err)
		}
		e, err := Standardize(table, "")
		if err != nil {
			t.Fatal(err)
		}
		mean, variance := meanAndVariance(e.Features, 1)
		want := 1.
		if constant {
			want = 0
		}
		if math.Abs(mean) > 1e-5 || math.Abs(variance-want) > 1e-5 {
			t.Fatalf("mean %g, variance %g of %v", mean, variance, x)
		}
	})
}

func TestStandardizeRefuses(t *testing.T) {
	for _, test := range []struct {
		x, label []float64
		name     string
		want     string
	}{
		{[]float64{1, math.NaN()}, []float64{0, 1}, "label", `row 2, column "x": NaN cannot be standardised`},
		{[]float64{1, math.Inf(-1)}, []float64{0, 1}, "label", `row 2, column "x": -Inf cannot be standardised`},
		{[]float64{1, 2}, []float64{0, .5}, "label", `row 2, column "label": 0.5 is not a label, labels are whole numbers from 0 on`},
		{[]float64{1, 2}, []float64{0, 1}, "class", `there is no label column "class", the columns are "x", "label"`},
	} {
		table, err := NewTable(NewValues("x", test.x), NewValues("label", test.label))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Standardize(table, test.name); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	table, err := NewTable(withNulls("x", []float32{1, 2}, 0b01))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Standardize(table, ""); err == nil {
		t.Error("a null is standardised")
	}
	if _, err := Standardize(table, "x"); err == nil {
		t.Error("a null is a label")
	}
}

func TestDescribe(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	nulls := withNulls("nulls", []float64{1, 2, nan, -inf, 0, 0}, 0b111101)
	table, err := NewTable(nulls, NewValues("none", []float32{float32(nan), float32(nan), float32(inf), float32(inf), float32(nan), float32(nan)}),
		NewValues("large", []float64{1e308, -1e308, 1e308, -1e308, 1e308, -1e308}))
	if err != nil {
		t.Fatal(err)
	}
	d, err := table.Batches().Describe()
	if err != nil {
		t.Fatal(err)
	}
	got := d.Columns[0]
	if math.Abs(got.Mean-1./3) > 1e-15 || math.Abs(got.Std-math.Sqrt(2)/3) > 1e-15 {
		t.Errorf("mean %g, std %g", got.Mean, got.Std)
	}
	got.Mean, got.Std = 0, 0
	if want := (Summary{Name: "nulls", Type: Float64, Nulls: 1, NaN: 1, Inf: 1, Max: 1, Zeros: 2. / 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := d.Columns[1]; got.NaN != 4 || got.Inf != 2 || !math.IsNaN(got.Mean) || !math.IsNaN(got.Min) {
		t.Errorf("%+v", got)
	}
	if got := d.Columns[2]; got.Mean != 0 || math.Abs(got.Std/1e308-1) > 1e-15 {
		t.Errorf("%+v", got)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"none","type":"float32","nulls":0,"nan":4,"inf":2,"min":null,`; !strings.Contains(string(text), want) {
		t.Errorf("%s\nlacks %s", text, want)
	}
}

// TestDescribeOthers: columns that are not floating-point.
func TestDescribeOthers(t *testing.T) {
	r := flatRecord(8, true, arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int16, arrow.BinaryTypes.String, arrow.FixedWidthTypes.Date32)
	path := writeFile(t, bytesOf(t, ArrowStream, r))
	b, err := OpenBatches(path, Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Columns[0]; got.Type != "bool" || got.Nulls != 1 || got.Min != 0 || got.Max != 1 {
		t.Errorf("%+v", got)
	}
	if got := d.Columns[1]; got.Type != "int16" || got.Nulls != 1 || got.Min != -1 || got.Max != 32767 {
		t.Errorf("%+v", got)
	}
	if got := d.Columns[2]; got.Type != "text" || got.Nulls != 2 || got.Text.Min != "" || !strings.HasPrefix(got.Text.Max, "größer") || got.Text.Distinct != 3 || got.Text.More {
		t.Errorf("%+v %+v", got, got.Text)
	}
	if got := d.Columns[3]; got.Type != "date32" || got.Nulls != 2 || got.Text != nil || !math.IsNaN(got.Mean) {
		t.Errorf("%+v", got)
	}
	many := texts{}
	for i := range 3 {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for k := range mostDistinct / 2 {
			b.Append(fmt.Sprint(i*mostDistinct/2 + k))
		}
		many.add(b.NewArray())
	}
	if s := many.summary(); s.Distinct != mostDistinct || !s.More || s.distinct() != "> 10000 different" || s.brief(s.Min) != "0" {
		t.Errorf("%+v", s)
	}
}
