package diagnosis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"actinit/datasets"
	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

func net(t *testing.T, elements ...network.Element) *network.Net[float32] {
	t.Helper()
	n, err := network.New[float32](network.Description{Input: []int{4}, Layers: elements}, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.HeNormal() }, 1); err != nil {
		t.Fatal(err)
	}
	return n
}

func measure(t *testing.T, n *network.Net[float32], examples Examples) Measurement {
	t.Helper()
	m, err := Measure(t.Context(), n, examples, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func kinds(m Measurement, n *network.Net[float32]) []string {
	var all []string
	for _, f := range m.Findings(n) {
		all = append(all, f.Kind)
	}
	return all
}

// TestNeverFiring: units whose bias keeps them at 0 are counted over all batches, and one that
// fires at a single example of the last batch is not.
func TestNeverFiring(t *testing.T) {
	n := net(t, network.Element{Dense: 50, Bias: true, Activation: "relu"}, network.Element{Dense: 3})
	examples := Normal{600, 4, 9}
	bias := n.Layers[0].Bias.Value.Row(0)
	for i := range 20 {
		bias[i] = -1000
	}
	x := dense.New[float32](600, 4)
	if err := examples.Batch(0, x); err != nil {
		t.Fatal(err)
	}
	// Unit 20 fires at the last example alone: its first weight is the example's sign.
	table := [][]float32{make([]float32, 600), make([]float32, 600), make([]float32, 600), make([]float32, 600)}
	for i := range 600 {
		for j := range 4 {
			table[j][i] = x.Row(i)[j]
		}
	}
	table[0][599] = 100
	copy(n.Layers[0].Weight.Value.Row(20), []float32{1, 0, 0, 0})
	bias[20] = -50
	var columns []*datasets.Column
	for j, name := range []string{"a", "b", "c", "d"} {
		columns = append(columns, datasets.NewValues(name, table[j]))
	}
	data, err := datasets.NewTable(columns...)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := NewTable(data, "", false)
	if err != nil {
		t.Fatal(err)
	}
	m := measure(t, n, rows)
	if got := m.Layers[1].NeverFiring; got != 20 {
		t.Errorf("%d units never fire, want 20", got)
	}
	i := slices.IndexFunc(m.Findings(n), func(f Finding) bool { return f.Kind == "never firing" })
	if i < 0 || !strings.HasPrefix(m.Findings(n)[i].Text, "layer 1 (relu): 40% of its units (20 of 50) never fire on the 600 examples") {
		t.Errorf("findings %+v", m.Findings(n))
	}
}

// TestFactors holds the factors of a linear net of known gains.
func TestFactors(t *testing.T) {
	elements := slices.Repeat([]network.Element{{Dense: 400}}, 6)
	n := net(t, elements...)
	if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer {
		return initializer.KaimingNormal(initializer.FanIn, .5)
	}, 3); err != nil {
		t.Fatal(err)
	}
	m := measure(t, n, Normal{256, 4, 1})
	forward, backward := m.Factors()
	if math.Abs(forward-.5) > .02 || math.Abs(backward-.5) > .02 {
		t.Errorf("factors %v and %v, want .5", forward, backward)
	}
	if got := kinds(m, n); !slices.Contains(got, "signal vanishes") || !slices.Contains(got, "gradient vanishes") {
		t.Errorf("findings %v", got)
	}
	if Expected(n) != 1 {
		t.Errorf("theory expects %v of a linear net", Expected(n))
	}
}

// TestExpected: ReLU's layers keep the gradient, and a last linear one doubles its square.
func TestExpected(t *testing.T) {
	relu := network.Element{Dense: 5, Activation: "relu"}
	if got := Expected(net(t, relu, relu, relu)); math.Abs(got-1) > 1e-9 {
		t.Errorf("of ReLU layers %v, want 1", got)
	}
	if got, want := Expected(net(t, relu, network.Element{Dense: 5})), math.Sqrt2; math.Abs(got-want) > 1e-9 {
		t.Errorf("with a linear top %v, want %v", got, want)
	}
}

// TestFindings: what is wrong is found, and what is not is not.
func TestFindings(t *testing.T) {
	tanh := network.Element{Dense: 60, Activation: "tanh"}
	for _, c := range []struct {
		rule initializer.Initializer
		want []string
	}{
		{initializer.KaimingNormal(initializer.FanIn, 1.59), nil},
		{initializer.Normal(0, 3), []string{"saturated", "saturated", "saturated", "signal explodes", "gradient explodes"}},
		{initializer.Zeros(), []string{"constant weights", "constant weights", "constant weights", "gradient vanishes"}},
	} {
		n := net(t, tanh, tanh, tanh)
		if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return c.rule }, 1); err != nil {
			t.Fatal(err)
		}
		m := measure(t, n, Normal{512, 4, 1})
		got := kinds(m, n)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.rule.Formula, got, c.want)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("%s: %v", c.rule.Formula, err)
		}
		if _, err := json.Marshal(m.Findings(n)); err != nil {
			t.Errorf("%s: %v", c.rule.Formula, err)
		}
	}
}

// TestBottleneck: behind a narrow layer many units span few directions, which does not make the examples alike.
func TestBottleneck(t *testing.T) {
	layer := func(units int) network.Element { return network.Element{Dense: units, Activation: "tanh"} }
	n, err := network.New[float32](network.Description{Input: []int{64}, Layers: []network.Element{layer(60), layer(3), layer(60), {Dense: 4}}}, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.HeNormal() }, 1); err != nil {
		t.Fatal(err)
	}
	m := measure(t, n, Normal{512, 64, 1})
	if got := kinds(m, n); slices.Contains(got, "low rank") || m.Layers[3].EffectiveRank > lowRankShare*60 {
		t.Errorf("%v, layer 3 has rank %v", got, m.Layers[3].EffectiveRank)
	}
	for i, want := range []int{60, 3, 3, 3} {
		if got := m.directions(m.Layers[i+1]); got != want {
			t.Errorf("layer %d can span %d directions, want %d", i+1, got, want)
		}
	}
}

// TestSingleWeight: a layer of one weight has no spread, and is only wrong where that weight is 0.
func TestSingleWeight(t *testing.T) {
	one := network.Element{Dense: 1, Activation: "tanh"}
	n := net(t, one, one)
	m := measure(t, n, Normal{512, 4, 1})
	if got := kinds(m, n); slices.Contains(got, "constant weights") {
		t.Errorf("%v", got)
	}
	n.Layers[1].Weight.Value.Row(0)[0] = 0
	m = measure(t, n, Normal{512, 4, 1})
	if got := kinds(m, n); !slices.Contains(got, "constant weights") {
		t.Errorf("of a weight 0: %v", got)
	}
}

// TestNotFinite: infinities and NaN are counted, and their JSON is null.
func TestNotFinite(t *testing.T) {
	relu := network.Element{Dense: 60, Activation: "relu"}
	n := net(t, relu, relu)
	if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.Normal(0, 1e30) }, 1); err != nil {
		t.Fatal(err)
	}
	m := measure(t, n, Normal{512, 4, 1})
	if got := kinds(m, n); !slices.Contains(got, "not finite") || m.Layers[2].NotFinite == 0 {
		t.Errorf("findings %v", got)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Error(err)
	}
}

// TestWorkers: the number of goroutines changes nothing.
func TestWorkers(t *testing.T) {
	digits := func(workers int) Measurement {
		n, err := network.New[float32](network.Description{Input: []int{64}, Layers: []network.Element{{Dense: 30, Activation: "relu"}, {Dense: 10}}}, nil, workers)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.HeNormal() }, 1); err != nil {
			t.Fatal(err)
		}
		table, err := datasets.Digits()
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		examples, err := NewTable(table, datasets.DigitsLabel, true)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Measure(t.Context(), n, examples, 1, workers)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, three := digits(1), digits(3)
	for i := range one.Layers {
		a, err := json.Marshal(one.Layers[i])
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(three.Layers[i])
		if err != nil || string(a) != string(b) {
			t.Errorf("1 worker: %s\n3 workers: %s (%v)", a, b, err)
		}
	}
	// The standardised digits, from the library that trains on them.
	want, err := datasets.StandardizedDigits()
	if err != nil {
		t.Fatal(err)
	}
	squares := 0.
	for _, v := range want.Features {
		squares += float64(v) * float64(v)
	}
	if rms := math.Sqrt(squares / float64(len(want.Features))); math.Abs(one.Layers[0].RMS-rms) > 1e-6 || one.Examples != 1797 {
		t.Errorf("inputs of RMS %v in %d examples, want %v in 1797", one.Layers[0].RMS, one.Examples, rms)
	}
	if math.Abs(one.Loss-math.Log(10)) > 1 || one.Right == 0 || one.Right == one.Examples {
		t.Errorf("loss %v, %d right", one.Loss, one.Right)
	}
}

func TestTableRefuses(t *testing.T) {
	table := func(a, b []float64) *datasets.Table {
		data, err := datasets.NewTable(datasets.NewValues("a", a), datasets.NewValues("b", b))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for want, c := range map[string]struct {
		data  *datasets.Table
		label string
	}{
		`row 2, column "a": NaN is no input of a net`:         {table([]float64{1, math.NaN()}, []float64{1, 2}), ""},
		`row 1, column "b": +Inf is no input`:                 {table([]float64{1, 2}, []float64{math.Inf(1), 2}), ""},
		`row 2, column "b": a label is a whole number from 0`: {table([]float64{1, 2}, []float64{1, 2.5}), "b"},
		`there is no label column "c"`:                        {table([]float64{1, 2}, []float64{1, 2}), "c"},
		"it has no rows":                                      {table(nil, nil), ""},
	} {
		if _, err := NewTable(c.data, c.label, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := NewTable(table([]float64{1e200, -1e200}, []float64{1, 2}), "", true); err == nil || !strings.Contains(err.Error(), `column "a": its values are too large`) {
		t.Errorf("standardising 1e200: %v", err)
	}
	far, err := NewTable(table([]float64{1e300}, []float64{1}), "", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := far.Batch(0, dense.New[float32](1, 2)); err == nil || !strings.Contains(err.Error(), "beyond float32") {
		t.Errorf("1e300: %v", err)
	}
}
