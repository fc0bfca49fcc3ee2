package layers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
)

// A witness keeps what a net shows.
type witness struct {
	order           []string
	top             dense.Matrix[float64]   // h_depth
	inputGradient   dense.Matrix[float64]   // dL/dx
	weightGradients []dense.Matrix[float64] // dL/dW_l at l
}

func clone(m dense.Matrix[float64]) dense.Matrix[float64] {
	m.Data = slices.Clone(m.Data)
	return m
}

func (o *witness) note(quantity string, l int) {
	o.order = append(o.order, fmt.Sprint(quantity, " ", l))
}

func (o *witness) weight(l int, _ dense.Matrix[float64])        { o.note(Weight, l) }
func (o *witness) preactivation(l int, _ dense.Matrix[float64]) { o.note(Preactivation, l) }

func (o *witness) activation(l int, h dense.Matrix[float64]) {
	o.note(Activation, l)
	o.top = clone(h)
}

func (o *witness) gradient(l int, dh dense.Matrix[float64]) {
	o.note(Gradient, l)
	o.inputGradient = clone(dh)
}

func (o *witness) weightGradient(l int, dw dense.Matrix[float64]) {
	o.note(WeightGradient, l)
	o.weightGradients = append([]dense.Matrix[float64]{clone(dw)}, o.weightGradients...)
}

// A specimen is a small float64 net with everything it needs.
type specimen struct {
	net     net[float64]
	x, g    dense.Matrix[float64]
	weights []dense.Matrix[float64] // W_l at l-1, which tests may change
}

func random(rng *rand.Rand, rows, cols int, std float64) dense.Matrix[float64] {
	m := dense.Matrix[float64]{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	for i := range m.Data {
		m.Data[i] = std * rng.NormFloat64()
	}
	return m
}

func newSpecimen(row ops.Row) *specimen {
	const inputs, units, depth, batch = 3, 5, 3, 4
	rng := rand.New(rand.NewPCG(1, 2))
	s := &specimen{x: random(rng, batch, inputs, 1), g: random(rng, batch, units, 1)}
	pieces := max(1, row.Pieces)
	s.net = net[float64]{
		pieces: pieces, saved: row.Saved,
		forward: row.Kernel64(ops.Forward, kernels.Scalar), backward: row.Kernel64(ops.Backward, kernels.Scalar),
		inputs: inputs, units: units, depth: depth, workers: 2,
		weights: func(l int, w dense.Matrix[float64]) error { copy(w.Data, s.weights[l-1].Data); return nil },
		space:   dense.Workspace[float64]{},
	}
	if row.Param != nil {
		s.net.param = row.Param.Default
	}
	for l := 1; l <= depth; l++ {
		s.weights = append(s.weights, random(rng, pieces*units, s.net.fanIn(l), .7))
	}
	return s
}

func (s *specimen) run(t *testing.T) *witness {
	t.Helper()
	var seen witness
	if err := s.net.run(context.Background(), s.x, s.g, &seen); err != nil {
		t.Fatal(err)
	}
	return &seen
}

// loss returns L = sum(G * h_depth).
func (s *specimen) loss(t *testing.T) float64 {
	sum := 0.
	h := s.run(t).top
	for i := range h.Rows {
		for j, v := range h.Row(i) {
			sum += v * s.g.Row(i)[j]
		}
	}
	return sum
}

// TestFiniteDifferences holds every weight gradient and the input gradient of
// every activation of the table against central differences of the loss.
func TestFiniteDifferences(t *testing.T) {
	rows := ops.All()
	if len(rows) < 4 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	for _, row := range rows {
		if row.Twin != "" || row.Saved == ops.SavedBoth {
			continue // there are no nets of them
		}
		t.Run(row.Name, func(t *testing.T) {
			s := newSpecimen(row)
			seen := s.run(t)
			const step = 1e-5
			check := func(name string, value *float64, got float64) {
				kept := *value
				*value = kept + step
				up := s.loss(t)
				*value = kept - step
				down := s.loss(t)
				*value = kept
				want := (up - down) / (2 * step)
				if math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
					t.Errorf("%s: gradient %.12g, central difference %.12g", name, got, want)
				}
			}
			for l, w := range s.weights {
				for i := range w.Rows {
					for j := range w.Cols {
						check(fmt.Sprintf("dL/dW_%d[%d,%d]", l+1, i, j), &w.Row(i)[j], seen.weightGradients[l].Row(i)[j])
					}
				}
			}
			for i := range s.x.Rows {
				for j := range s.x.Cols {
					check(fmt.Sprintf("dL/dx[%d,%d]", i, j), &s.x.Row(i)[j], seen.inputGradient.Row(i)[j])
				}
			}
		})
	}
}

func tanhRow(t *testing.T) ops.Row {
	t.Helper()
	row, ok := ops.Find("tanh")
	if !ok {
		t.Fatal("no tanh in the table")
	}
	return row
}

func TestNetShowsEverythingInOrder(t *testing.T) {
	got := newSpecimen(tanhRow(t)).run(t).order
	want := []string{"activation 0"}
	for l := 1; l <= 3; l++ {
		for _, q := range []string{Weight, Preactivation, Activation} {
			want = append(want, fmt.Sprint(q, " ", l))
		}
	}
	for l := 3; l >= 1; l-- {
		want = append(want, fmt.Sprint(Gradient, " ", l), fmt.Sprint(WeightGradient, " ", l))
	}
	want = append(want, "gradient 0")
	if !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
}

// A context that ends while a layer is computed stops the net before the next one.
func TestNetStopsBetweenLayers(t *testing.T) {
	const steps = 6 // three layers up, three down
	for stopAt := range steps {
		s := newSpecimen(tanhRow(t))
		ctx, cancel := context.WithCancel(context.Background())
		seen := &stopper{stopAt: stopAt, cancel: cancel}
		if stopAt == 0 {
			cancel()
		}
		if err := s.net.run(ctx, s.x, s.g, seen); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at step %d: error %v", stopAt, err)
		}
		if seen.steps != stopAt {
			t.Errorf("stopped at step %d, but %d were made", stopAt, seen.steps)
		}
		cancel()
	}
}

// A stopper cancels a context at a step: an activation above the input going
// up, a weight gradient going down.
type stopper struct {
	witness
	steps, stopAt int
	cancel        context.CancelFunc
}

func (s *stopper) step() {
	if s.steps++; s.steps == s.stopAt {
		s.cancel()
	}
}

func (s *stopper) activation(l int, _ dense.Matrix[float64]) {
	if l > 0 {
		s.step()
	}
}

func (s *stopper) weightGradient(int, dense.Matrix[float64]) { s.step() }

// Nets too large to keep their weights draw them again, all but the top
// layer's, and compute the same.
func TestNetRedrawsWhatItDoesNotKeep(t *testing.T) {
	run := func(room, draws int) *witness {
		s := newSpecimen(tanhRow(t))
		s.net.room = room
		drawn, draw := 0, s.net.weights
		s.net.weights = func(l int, w dense.Matrix[float64]) error { drawn++; return draw(l, w) }
		seen := s.run(t)
		if drawn != draws {
			t.Errorf("room for %d weights: drawn %d times, want %d", room, drawn, draws)
		}
		return seen
	}
	const weights = 5*3 + 5*5 + 5*5
	kept, redrawn := run(weights, 3), run(weights-1, 3+2)
	if !slices.Equal(kept.inputGradient.Data, redrawn.inputGradient.Data) {
		t.Error("the gradients by the input differ")
	}
	for l := range kept.weightGradients {
		if !slices.Equal(kept.weightGradients[l].Data, redrawn.weightGradients[l].Data) {
			t.Errorf("layer %d: the weight gradients differ", l+1)
		}
	}
}

func TestNetHandsOnTheInitialisersError(t *testing.T) {
	s := newSpecimen(tanhRow(t))
	refused := errors.New("refused")
	s.net.weights = func(l int, w dense.Matrix[float64]) error {
		if l == 2 {
			return refused
		}
		return nil
	}
	if err := s.net.run(context.Background(), s.x, s.g, &witness{}); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
}
