package layers

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/result"
	"actinit/harness/statistics"
	"actinit/harness/theory"
	"actinit/kernels/moments"
)

// Quantities of a row, in the order in which a layer's rows stand.
const (
	Weight         = string(network.Weight)
	Preactivation  = string(network.Preactivation)
	Activation     = string(network.Activation)
	Gradient       = string(network.Gradient)       // dL/dh_l
	WeightGradient = string(network.WeightGradient) // dL/dW_l, summed over the batch

	// Singular values for the first example, where they were asked for.
	Jacobian    = "jacobian"     // of dh_l/dh_{l-1}
	NetJacobian = "net_jacobian" // of dh_l/dx
)

// Failed is the quantity of the only row of a net that could not be run.
const Failed = "failed"

var quantities = []string{Weight, Preactivation, Activation, Gradient, WeightGradient, Jacobian, NetJacobian}

// learningRate is what Layer.UpdateToWeight multiplies the gradient with.
const learningRate = .01

// A Recorder is an observer that turns what it is shown of a net into rows. The data
// set may come in many batches, each a forward and a backward pass: activations,
// pre-activations and gradients add up over them, and weight gradients are what the net
// has summed at the end.
type Recorder struct {
	template result.Layer // what all rows of the net share
	net      *network.Net[float32]
	std      []float64      // promised by the initialiser, of layer 1 .. depth; nil where there is no promise
	theory   []theory.Layer // of layer 0 .. depth; nil where there is none
	similar  []float64      // correlation of examples in theory, of layer 0 .. depth; nil where there is none
	rounds   []int          // of a data-dependent initialiser, of layer 1 .. depth; nil where there is none
	workers  int

	ranges map[string]statistics.Edges // of the histogram, by quantity
	seen   map[place]*statistics.Set
	units  map[int]*statistics.Units // of layer 0 .. depth
	alike  map[int]*resemblance
	ranks  map[int]*statistics.Covariance // of layer 1 .. depth; empty unless Spectra was called
}

// A place is a quantity at a layer.
type place struct {
	quantity string
	layer    int
}

// A resemblance adds up what the examples of the batches have to do with one another.
type resemblance struct {
	cosines, pairs         float64 // sums over all pairs within a batch
	participation, batches float64 // sum over the batches, and their number
}

// NewRecorder returns a recorder of a net. The template has what all rows share.
func NewRecorder(template result.Layer, n *network.Net[float32], workers int) *Recorder {
	return &Recorder{
		template: template, net: n, workers: workers,
		ranges: map[string]statistics.Edges{}, seen: map[place]*statistics.Set{},
		units: map[int]*statistics.Units{}, alike: map[int]*resemblance{}, ranks: map[int]*statistics.Covariance{},
	}
}

// Promise says what the initialiser promised of each layer's weights.
func (r *Recorder) Promise(std []float64) { r.std = std }

// Expect says what the theory expects of the net on inputs whose correlation is c.
func (r *Recorder) Expect(w theory.WideNet, c float64) {
	r.theory, r.similar = w.Layers(), w.Similarities(c)
}

// Rounds says how many rounds a data-dependent initialiser took for each layer.
func (r *Recorder) Rounds(rounds []int) { r.rounds = rounds }

// Spectra makes the recorder keep the covariance of each layer's units, from which the
// rows get their ranks. For up to 512 units it costs about as much as a layer's forward
// pass, and its eigenvalues a fifth of a second for each layer at the end.
func (r *Recorder) Spectra() {
	for _, l := range r.net.Layers {
		r.ranks[l.Index] = statistics.NewCovariance(l.Units)
	}
}

// MaxJacobian is the largest width of a net whose Jacobians are asked for: singular values
// take the cube of it, a third of a second a layer at this.
const MaxJacobian = 512

// Jacobians adds the singular values of every layer's Jacobian, and of the net's up to that
// layer, for the first example of the last forward pass. The net has dense layers on inputs
// without positions and no residual blocks.
func (r *Recorder) Jacobians() {
	var whole dense.Matrix[float32]
	for i, l := range r.net.Layers {
		j := l.Jacobian(0)
		if i == 0 {
			whole = j
		} else {
			product := dense.New[float32](j.Rows, whole.Cols)
			dense.Multiply(j, whole, blas.NoTrans, product)
			whole = product
		}
		for _, of := range []struct {
			quantity string
			m        dense.Matrix[float32]
		}{{Jacobian, j}, {NetJacobian, whole}} {
			values, err := statistics.SingularValues(of.m)
			if err != nil { // of values that are not finite: counted as such
				values = slices.Repeat([]float64{math.NaN()}, min(of.m.Rows, of.m.Cols))
			}
			m := dense.Of(1, len(values), values)
			s := statistics.Describe(m, unsaturated(statistics.Edges{Lo: 0, Hi: symmetric(values[0]).Hi}), 1)
			r.seen[place{of.quantity, l.Index}] = s
		}
	}
}

// See takes in a matrix of a pass.
func (r *Recorder) See(q network.Quantity, l int, m dense.Matrix[float32]) {
	switch q {
	case network.Preactivation, network.Gradient:
		r.describe(string(q), l, m, r.rangeOf(string(q), m))
	case network.Activation:
		r.activation(l, m)
	}
}

func (r *Recorder) activation(l int, h dense.Matrix[float32]) {
	e := r.activationEdges(l, h)
	r.describe(Activation, l, h, e)
	if r.units[l] == nil {
		r.units[l], r.alike[l] = statistics.NewUnits(h.Cols), &resemblance{}
	}
	statistics.ObserveUnits(r.units[l], h, e.SatLo, e.SatHi)
	if h.Rows > 1 { // one example is like no other
		gram := statistics.GramOf(h)
		a := r.alike[l]
		cosines, pairs := gram.Cosines()
		a.cosines += cosines
		a.pairs += float64(pairs)
		a.participation += gram.Participation()
		a.batches++
	}
	if c := r.ranks[l]; c != nil {
		c.Observe(h)
	}
}

// activationEdges returns how the activations of a layer are classified: those of tanh
// and sigmoid by their limits.
func (r *Recorder) activationEdges(l int, h dense.Matrix[float32]) statistics.Edges {
	if s := r.seen[place{Activation, l}]; s != nil {
		return s.Edges()
	}
	if l == 0 {
		return unsaturated(symmetric(4 * statistics.RMS(h, r.workers)))
	}
	if op := r.net.Layers[l-1].Op; op != nil {
		switch op.Name {
		case "tanh":
			return statistics.Edges{Lo: -1, Hi: 1, SatLo: -.97, SatHi: .97}
		case "sigmoid":
			return statistics.Edges{Lo: 0, Hi: 1, SatLo: .03, SatHi: .97}
		}
	}
	return r.rangeOf(Activation, h)
}

// describe adds a matrix to the set of its place.
func (r *Recorder) describe(quantity string, l int, m dense.Matrix[float32], e statistics.Edges) {
	at := place{quantity, l}
	if s := r.seen[at]; s != nil {
		s.Merge(statistics.Describe(m, s.Edges(), r.workers))
	} else {
		r.seen[at] = statistics.Describe(m, e, r.workers)
	}
}

// Rows returns a row for each quantity of each layer, layer by layer, with the time the
// net took.
func (r *Recorder) Rows(seconds float64) []result.Layer {
	for _, l := range r.net.Layers {
		r.describe(Weight, l.Index, l.Weight.Value, unsaturated(symmetric(4*r.weightStd(l))))
		if r.seen[place{Gradient, l.Index}] != nil {
			r.describe(WeightGradient, l.Index, l.Weight.Gradient, r.rangeOf(WeightGradient, l.Weight.Gradient))
		}
	}
	var rows []result.Layer
	for l := range len(r.net.Layers) + 1 {
		for _, quantity := range quantities {
			if s := r.seen[place{quantity, l}]; s != nil {
				rows = append(rows, r.row(quantity, l, s, seconds))
			}
		}
	}
	return rows
}

// weightStd returns the promised standard deviation of a layer's weights, or what they have.
func (r *Recorder) weightStd(l *network.Layer[float32]) float64 {
	if r.std != nil {
		return r.std[l.Index-1]
	}
	return statistics.RMS(l.Weight.Value, r.workers)
}

func (r *Recorder) row(quantity string, l int, s *statistics.Set, seconds float64) result.Layer {
	nan := math.NaN()
	row := r.template
	row.Layer, row.Quantity, row.CellSeconds = int64(l), quantity, seconds
	row.Parameters, row.FLOPs = int64(r.net.ParameterCount()), int64(r.net.FLOPs())
	row.NormToWeight, row.UpdateToWeight = nan, nan
	row.Chi, row.TheoryChi, row.TheoryDepthScale = nan, nan, nan
	row.Correlation, row.TheoryCorrelation, row.ParticipationRank, row.EntropyRank = nan, nan, nan, nan
	s.Store(&row)
	if l > 0 {
		layer := r.net.Layers[l-1]
		row.FanIn, row.Units = int64(layer.FanIn), int64(layer.Units)
		if r.std != nil {
			row.WeightStd = r.std[l-1]
		}
	}
	expected := theory.Layer{Preactivation: nan, Activation: nan, Gradient: nan, WeightGradient: nan, Chi: nan}
	if r.theory != nil {
		expected, row.TheoryCorrelation = r.theory[l], r.similar[l]
	}
	if quantity != Activation {
		row.TheoryCorrelation = nan
	}
	meanSquare := 0.
	switch quantity {
	case Weight:
		meanSquare = row.WeightStd * row.WeightStd
		if r.std == nil {
			meanSquare = nan
		}
		if r.rounds != nil {
			row.InitRounds = int64(r.rounds[l-1])
		}
	case Preactivation:
		meanSquare = expected.Preactivation
	case Activation:
		meanSquare = expected.Activation
		row.DeadUnits = r.units[l].Dead()
		a := r.alike[l]
		row.Correlation = a.cosines / a.pairs
		row.ParticipationRank = a.participation / a.batches
		if c := r.ranks[l]; c != nil {
			ranks := c.Ranks()
			row.ParticipationRank, row.EntropyRank, row.IntrinsicDimension = ranks.Participation, ranks.Entropy, int64(ranks.Intrinsic)
		}
	case Gradient:
		meanSquare = expected.Gradient
		if below := r.seen[place{Gradient, l - 1}]; l > 0 && below != nil {
			row.Chi = below.MeanSquare() / s.MeanSquare() * float64(row.FanIn) / float64(row.Units)
			row.TheoryChi, row.TheoryDepthScale = expected.Chi, theory.DepthScale(expected.Chi)
		}
	case Jacobian, NetJacobian:
		meanSquare = r.jacobianTheory(quantity, l)
	case WeightGradient:
		meanSquare = expected.WeightGradient
		row.NormToWeight = s.Norm() / r.seen[place{Weight, l}].Norm()
		row.UpdateToWeight = learningRate * row.NormToWeight
	}
	row.TheoryRMS = math.Sqrt(meanSquare)
	row.Deviation = row.RMS/row.TheoryRMS - 1
	return row
}

// jacobianTheory returns the mean squared singular value in wide nets of square layers,
// chi_l of a layer and the product of those up to it (Pennington, Schoenholz & Ganguli 2017);
// NaN where there is none.
func (r *Recorder) jacobianTheory(quantity string, l int) float64 {
	if r.theory == nil || l > 1 && r.net.Layers[l-1].FanIn != r.net.Layers[l-1].Units || r.net.Layers[0].FanIn != r.net.Layers[0].Units {
		return math.NaN()
	}
	if quantity == Jacobian {
		return r.theory[l].Chi
	}
	product := 1.
	for k := 1; k <= l; k++ {
		product *= r.theory[k].Chi
	}
	return product
}

// rangeOf returns the histogram range of a quantity: 4 RMS of the first layer
// that is seen, layer 1 going up and the top layer going down, kept for all
// layers. With one range for the whole net a signal that vanishes is seen as a
// spike at 0, and one that explodes as counts outside.
func (r *Recorder) rangeOf(quantity string, m dense.Matrix[float32]) statistics.Edges {
	e, ok := r.ranges[quantity]
	if !ok {
		e = unsaturated(symmetric(4 * statistics.RMS(m, r.workers)))
		if quantity == Activation && nonNegative(m) {
			e.Lo = 0
		}
		r.ranges[quantity] = e
	}
	return e
}

// unsaturated is e for values of which none is saturated.
func unsaturated(e statistics.Edges) statistics.Edges {
	e.SatLo, e.SatHi = math.Inf(-1), math.Inf(1)
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

// nonNegative reports whether no value of m is below zero; NaN is not.
func nonNegative(m dense.Matrix[float32]) bool {
	infinity := float32(math.Inf(1))
	for i := range m.Rows {
		if moments.Inside(m.Row(i), -infinity, -math.SmallestNonzeroFloat32) > 0 {
			return false
		}
	}
	return true
}
