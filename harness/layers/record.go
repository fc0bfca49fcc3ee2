package layers

import (
	"cmp"
	"math"
	"slices"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/result"
	"actinit/harness/statistics"
	"actinit/harness/theory"
)

// Quantities of a row, in the order in which a layer's rows stand.
const (
	Weight         = string(network.Weight)
	Preactivation  = string(network.Preactivation)
	Activation     = string(network.Activation)
	Gradient       = string(network.Gradient)       // dL/dh_l
	WeightGradient = string(network.WeightGradient) // dL/dW_l, summed over the batch
)

var quantities = []string{Weight, Preactivation, Activation, Gradient, WeightGradient}

// learningRate is what Layer.UpdateToWeight multiplies the gradient with.
const learningRate = .01

// A recorder turns what it observes of a net into rows.
type recorder struct {
	template result.Layer   // what all rows of the net share
	fanIn    []int          // of layer 1 .. depth
	std      []float64      // promised, of layer 1 .. depth
	theory   []theory.Layer // of layer 0 .. depth; nil where there is none
	workers  int

	ranges     map[string]statistics.Edges // of the histogram, by quantity
	weightNorm []float64                   // of layer l at l
	rows       []result.Layer
}

func newRecorder(template result.Layer, fanIn []int, std []float64, expected []theory.Layer, workers int) *recorder {
	return &recorder{
		template: template, fanIn: fanIn, std: std, theory: expected, workers: workers,
		ranges: map[string]statistics.Edges{}, weightNorm: make([]float64, len(fanIn)+1),
	}
}

// See makes a row of what a net shows.
func (r *recorder) See(q network.Quantity, l int, m dense.Matrix[float32]) {
	switch q {
	case network.Weight:
		r.weight(l, m)
	case network.Preactivation:
		r.preactivation(l, m)
	case network.Activation:
		r.activation(l, m)
	case network.Gradient:
		r.gradient(l, m)
	case network.WeightGradient:
		r.weightGradient(l, m)
	}
}

func (r *recorder) weight(l int, w dense.Matrix[float32]) {
	promised := r.std[l-1]
	row, s := r.describe(l, Weight, w, symmetric(4*promised), promised*promised)
	r.weightNorm[l] = s.Norm()
	r.rows = append(r.rows, row)
}

func (r *recorder) preactivation(l int, z dense.Matrix[float32]) {
	row, _ := r.describe(l, Preactivation, z, r.rangeOf(Preactivation, z), r.theoryOf(l).Preactivation)
	r.rows = append(r.rows, row)
}

func (r *recorder) activation(l int, h dense.Matrix[float32]) {
	var e statistics.Edges
	switch name := r.template.Activation; {
	case l == 0:
		e = symmetric(4 * rms(h))
	case name == "tanh":
		e = statistics.Edges{Lo: -1, Hi: 1, SatLo: -.97, SatHi: .97}
	case name == "sigmoid":
		e = statistics.Edges{Lo: 0, Hi: 1, SatLo: .03, SatHi: .97}
	default:
		e = r.rangeOf(Activation, h)
	}
	row, _ := r.describe(l, Activation, h, e, r.theoryOf(l).Activation)
	units := statistics.NewUnits(h.Cols)
	statistics.ObserveUnits(units, h, e.SatLo, e.SatHi)
	row.DeadUnits = units.Dead()
	r.rows = append(r.rows, row)
}

func (r *recorder) gradient(l int, dh dense.Matrix[float32]) {
	row, _ := r.describe(l, Gradient, dh, r.rangeOf(Gradient, dh), r.theoryOf(l).Gradient)
	r.rows = append(r.rows, row)
}

func (r *recorder) weightGradient(l int, dw dense.Matrix[float32]) {
	row, s := r.describe(l, WeightGradient, dw, r.rangeOf(WeightGradient, dw), r.theoryOf(l).WeightGradient)
	row.NormToWeight = s.Norm() / r.weightNorm[l]
	row.UpdateToWeight = learningRate * row.NormToWeight
	r.rows = append(r.rows, row)
}

// describe returns a row with everything that all quantities have.
func (r *recorder) describe(l int, quantity string, m dense.Matrix[float32], e statistics.Edges, theoryMeanSquare float64) (result.Layer, *statistics.Set) {
	if e.SatHi == 0 {
		e.SatLo, e.SatHi = math.Inf(-1), math.Inf(1)
	}
	s := statistics.Describe(m, e, r.workers)
	row := r.template
	row.Layer, row.Quantity = int64(l), quantity
	if l > 0 {
		row.FanIn, row.WeightStd = int64(r.fanIn[l-1]), r.std[l-1]
	}
	row.NormToWeight, row.UpdateToWeight = math.NaN(), math.NaN()
	row.TheoryRMS = math.Sqrt(theoryMeanSquare)
	s.Store(&row)
	return row, s
}

func (r *recorder) theoryOf(l int) theory.Layer {
	if r.theory == nil {
		nan := math.NaN()
		return theory.Layer{Preactivation: nan, Activation: nan, Gradient: nan, WeightGradient: nan, Chi: nan}
	}
	return r.theory[l]
}

// rangeOf returns the histogram range of a quantity: 4 RMS of the first layer
// that is seen, layer 1 going up and the top layer going down, kept for all
// layers. With one range for the whole net a signal that vanishes is seen as a
// spike at 0, and one that explodes as counts outside.
func (r *recorder) rangeOf(quantity string, m dense.Matrix[float32]) statistics.Edges {
	e, ok := r.ranges[quantity]
	if !ok {
		e = symmetric(4 * rms(m))
		if quantity == Activation && nonNegative(m) {
			e.Lo = 0
		}
		r.ranges[quantity] = e
	}
	return e
}

// symmetric returns the range [-x, x], x rounded up to one or two digits; [-1, 1]
// where x is no range at all.
func symmetric(x float64) statistics.Edges {
	if !(x > 0) || math.IsInf(x, 0) {
		return statistics.Edges{Lo: -1, Hi: 1}
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, mantissa := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if rounded := mantissa * unit; rounded >= x {
			return statistics.Edges{Lo: -rounded, Hi: rounded}
		}
	}
	return statistics.Edges{Lo: -10 * unit, Hi: 10 * unit}
}

// rms returns the root mean square of the finite values of m, 0 if there are none.
func rms(m dense.Matrix[float32]) float64 {
	sum, n := 0., 0
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			if f := float64(v); f-f == 0 {
				sum += f * f
				n++
			}
		}
	}
	return math.Sqrt(sum / float64(max(n, 1)))
}

func nonNegative(m dense.Matrix[float32]) bool {
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			if v < 0 {
				return false
			}
		}
	}
	return true
}

// finish returns the rows by layer and quantity, with the time the net took.
func (r *recorder) finish(seconds float64) []result.Layer {
	for i := range r.rows {
		r.rows[i].CellSeconds = seconds
	}
	slices.SortStableFunc(r.rows, func(a, b result.Layer) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer),
			cmp.Compare(slices.Index(quantities, a.Quantity), slices.Index(quantities, b.Quantity)))
	})
	return r.rows
}
