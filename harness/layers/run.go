package layers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"actinit/datasets"
	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/harness/statistics"
	"actinit/harness/theory"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// Random streams of a net: layer l's piece p draws its weights from stream
// l*256 + p, which these are far from. All cells of a seed share them, so two
// activations or two initialisers are compared on the same draws.
const (
	streamInput    = 1 << 40
	streamGradient = 1<<40 + 1
	streamDigits   = 1<<40 + 2
)

// The shipped digits' shape.
const (
	digitsExamples = 1797
	digitsInputs   = 64
)

// Run runs the planned cells that the journal does not have yet and saves each
// one's rows as it ends. A cell that cannot be run has one row that says why, of
// the quantity Failed. The rows, but for CellSeconds, depend on the cell and
// the seed alone: not on the workers, nor on which other cells run.
//
// When the context ends, Run returns its error within the time of one layer;
// the finished cells are in the journal.
func Run(ctx context.Context, o Options) error {
	if o.Journal == nil {
		return errors.New("layers: no journal to save rows in")
	}
	cells, err := Plan(o)
	if err != nil {
		return err
	}
	report := o.Progress
	if report == nil {
		report = progress.Silent{}
	}
	cells = slices.DeleteFunc(cells, func(c Cell) bool { return o.Journal.Done(c.Unit()) })
	work := progress.BeginWork(report, "layers: seconds of work, estimated", Estimate(cells))
	defer work.End()
	m := NewMachine(o.Workers)
	for _, c := range cells {
		rows, err := m.Measure(ctx, c)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil { // one net's; the others do not depend on it
			row := c.row()
			row.Quantity, row.Failure = Failed, err.Error()
			rows = []result.Layer{row}
		}
		for i := range rows {
			rows[i].RunID, rows[i].Host, rows[i].Started = o.Identity.RunID, o.Identity.Host, o.Identity.Started
		}
		if err := o.Journal.Save(c.Unit(), rows); err != nil {
			return err
		}
		work.Add(c.Estimate())
	}
	return nil
}

// A Machine runs cells one after the other in the same memory: for the
// lecture's size 400 MB of weights, 67 MB for the gradient of one layer's, and
// what the batch needs.
type Machine struct {
	workers int
	space   dense.Workspace[float32]
}

// NewMachine returns a machine with the given number of goroutines for fills,
// activations and statistics; the rows do not depend on it.
func NewMachine(workers int) *Machine {
	return &Machine{max(1, workers), dense.Workspace[float32]{}}
}

// Measure runs one cell and returns its rows, by layer and quantity, without a run's identity.
func (m *Machine) Measure(ctx context.Context, c Cell) ([]result.Layer, error) {
	row, ok := ops.Find(c.Activation)
	if !ok {
		return nil, fmt.Errorf("layers: no activation is called %q", c.Activation)
	}
	init, err := startNamed(c.Initializer)
	if err != nil {
		return nil, err
	}
	x, err := m.input(c)
	if err != nil {
		return nil, err
	}
	return m.measure(ctx, c, row, init, x)
}

// measure is Measure with the parts of the cell in hand, which need not be those it names.
func (m *Machine) measure(ctx context.Context, c Cell, row ops.Row, init start, x dense.Matrix[float32]) ([]result.Layer, error) {
	start := time.Now()
	n, err := network.New[float32](c.description(), m.space, m.workers)
	if err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	report, err := init.kind.Apply(ctx, n, x, c.Seed)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", c, err)
	}
	if gain := c.gain(); gain != 1 {
		for _, l := range n.Layers {
			l.Weight.Scale(float32(gain))
		}
	}
	if c.BiasStd != 0 {
		n.DrawBiases(c.BiasStd, c.Seed)
	}
	template := c.row()
	template.Param = float64(n.Layers[0].Param)
	if row.Param == nil && n.Layers[0].Pieces > 1 {
		template.Param = float64(n.Layers[0].Pieces)
	}
	r := NewRecorder(template, n, m.workers)
	r.Rounds(report.Rounds)
	if c.Spectra {
		r.Spectra()
	}
	if init.rule != nil {
		if err := m.expect(r, c, row, *init.rule, n, x); err != nil {
			return nil, err
		}
	}
	g := m.space.Matrix("g", 0, x.Rows, c.Width)
	for i := range g.Rows {
		kernels.Normal(g.Row(i), c.Seed, streamGradient, uint64(i*g.Cols), 0, 1)
	}
	if _, err := n.Forward(ctx, x, r); err != nil {
		return nil, err
	}
	if _, err := n.Backward(ctx, g, r); err != nil {
		return nil, err
	}
	if c.Spectra {
		r.Jacobians()
	}
	return r.Rows(time.Since(start).Seconds()), nil
}

// expect tells the recorder what the rule promises, and what the theory of wide nets makes
// of it where it has a word: for weights that are independent and of mean 0.
func (m *Machine) expect(r *Recorder, c Cell, row ops.Row, rule initializer.Initializer, n *network.Net[float32], x dense.Matrix[float32]) error {
	w := theory.WideNet{
		Field: theory.Field{Row: row, Param: float64(n.Layers[0].Param)}, Units: c.Width, Inputs: meanSquares(x),
	}
	wide := true
	for _, layer := range n.Layers {
		promise, err := rule.Promise(layer.Shape()...)
		if err != nil {
			return err
		}
		w.FanIn, w.Std = append(w.FanIn, layer.FanIn), append(w.Std, c.gain()*promise.Std)
		wide = wide && promise.Independent && promise.Mean == 0
	}
	if c.BiasStd != 0 {
		w.BiasStd = slices.Repeat([]float64{c.BiasStd}, c.Depth)
	}
	r.Promise(w.Std)
	if wide {
		r.Expect(w, statistics.GramOf(x).Correlation())
	}
	return nil
}

// input returns the cell's batch, examples x inputs.
func (m *Machine) input(c Cell) (dense.Matrix[float32], error) {
	x := m.space.Matrix("x", 0, c.Batch, c.inputs())
	switch c.Data {
	case DataN01:
		for i := range x.Rows {
			kernels.Normal(x.Row(i), c.Seed, streamInput, uint64(i*x.Cols), 0, 1)
		}
	case DataDigits:
		digits, err := standardizedDigits()
		if err != nil {
			return x, err
		}
		drawn := rand.New(rand.NewPCG(c.Seed, streamDigits)).Perm(digits.Rows)
		for i := range x.Rows {
			copy(x.Row(i), digits.Features[drawn[i]*digits.Columns:])
		}
	default:
		return x, fmt.Errorf("layers: no data is called %q, there are %s and %s", c.Data, DataN01, DataDigits)
	}
	return x, nil
}

var standardizedDigits = sync.OnceValues(datasets.StandardizedDigits)

// meanSquares returns the mean square of each row of x.
func meanSquares(x dense.Matrix[float32]) []float64 {
	q := make([]float64, x.Rows)
	for i := range q {
		row := x.Row(i)
		for _, v := range row {
			q[i] += float64(v) * float64(v) / float64(len(row))
		}
	}
	return q
}
