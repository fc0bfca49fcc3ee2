package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"actinit/harness/dense"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// bits returns every number of a matrix.
func bits(m dense.Matrix[float32]) []uint32 {
	var all []uint32
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			all = append(all, math.Float32bits(v))
		}
	}
	return all
}

// A witness writes down what it is shown.
type witness struct {
	order  []string
	bits   [][]uint32
	cancel func() // called in layer 2
}

func (w *witness) See(q Quantity, l int, m dense.Matrix[float32]) {
	w.order = append(w.order, fmt.Sprintf("%s %d: %dx%d", q, l, m.Rows, m.Cols))
	w.bits = append(w.bits, bits(m))
	if w.cancel != nil && l == 2 && (q == Weight || q == Gradient) {
		w.cancel()
	}
}

var mixed = Description{Input: []int{2, 6, 6}, Layers: []Element{
	{Conv: 4, Kernel: 3, Padding: 1, Bias: true, Activation: "tanh"},
	{Residual: []Element{{Conv: 4, Kernel: 3, Padding: 1, Activation: "maxout"}}, Activation: "relu"},
	{Pool: PoolMean},
	{Residual: []Element{{Dense: 5, Activation: "swiglu"}, {Dense: 4, ScalarBias: true}}, Multiplier: true},
	{Dense: 3, Name: "head", Bias: true, Activation: "prelu"},
}}

func lecun(l *Layer[float32]) initializer.Initializer { return initializer.LeCunNormal() }

// run makes a net and takes a batch forward and back.
func run(t *testing.T, d Description, space dense.Workspace[float32], workers, batch int) (*Net[float32], *witness) {
	t.Helper()
	n, err := New(d, space, workers)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Initialize(lecun, 7); err != nil {
		t.Fatal(err)
	}
	n.DrawBiases(.1, 7)
	x := dense.New[float32](batch, n.Input.Size())
	g := dense.New[float32](batch*n.Output.Positions(), n.Output.Channels)
	for _, m := range []dense.Matrix[float32]{x, g} {
		for i := range m.Rows {
			kernels.Normal(m.Row(i), 3, 1, uint64(i*m.Cols), 0, 1)
		}
	}
	w := &witness{}
	if _, err := n.Forward(t.Context(), x, w); err != nil {
		t.Fatal(err)
	}
	dx, err := n.Backward(t.Context(), g, w)
	if err != nil {
		t.Fatal(err)
	}
	w.bits = append(w.bits, bits(dx))
	for _, p := range n.Parameters() {
		w.bits = append(w.bits, bits(p.Value), bits(p.Gradient))
	}
	return n, w
}

func TestObserverOrder(t *testing.T) {
	_, w := run(t, mixed, nil, 2, 3)
	want := []string{
		"activation 0: 108x2",
		"weight 1: 4x18", "preactivation 1: 108x4", "activation 1: 108x4",
		"weight 2: 8x36", "preactivation 2: 108x8", "activation 2: 108x4", "stream 1: 108x4",
		"weight 3: 10x4", "preactivation 3: 3x10", "activation 3: 3x5",
		"weight 4: 4x5", "preactivation 4: 3x4", "activation 4: 3x4", "stream 2: 3x4",
		"weight 5: 3x4", "preactivation 5: 3x3", "activation 5: 3x3",
		"gradient 5: 3x3", "weight_gradient 5: 3x4",
		"stream_gradient 2: 3x4", "gradient 4: 3x4", "weight_gradient 4: 4x5", "gradient 3: 3x5", "weight_gradient 3: 10x4",
		"stream_gradient 1: 108x4", "gradient 2: 108x4", "weight_gradient 2: 8x36",
		"gradient 1: 108x4", "weight_gradient 1: 4x18",
		"gradient 0: 108x2",
	}
	if !slices.Equal(w.order, want) {
		t.Errorf("shown\n%s\nwant\n%s", strings.Join(w.order, "\n"), strings.Join(want, "\n"))
	}
}

// TestWorkers: the number of goroutines changes no bit of what is seen, returned or kept.
func TestWorkers(t *testing.T) {
	wide := mixed
	wide.Layers = append(slices.Clone(mixed.Layers), Element{Dense: 700, Activation: "gelu"}, Element{Dense: 300, Activation: "selu"})
	_, one := run(t, wide, nil, 1, 33)
	_, three := run(t, wide, nil, 3, 33)
	if !slices.EqualFunc(one.bits, three.bits, slices.Equal) {
		t.Error("3 workers give other bits than 1")
	}
}

// TestWorkspace: nets of other shapes that had the memory before change nothing.
func TestWorkspace(t *testing.T) {
	small := Description{Input: []int{3}, Layers: []Element{{Dense: 2, Activation: "relu"}, {Dense: 400}}}
	_, want := run(t, mixed, nil, 2, 5)
	_, wantSmall := run(t, small, nil, 2, 9)
	space := dense.Workspace[float32]{}
	for range 2 {
		if _, got := run(t, mixed, space, 2, 5); !slices.EqualFunc(got.bits, want.bits, slices.Equal) {
			t.Error("the convolutional net gives other bits in used memory")
		}
		if _, got := run(t, small, space, 2, 9); !slices.EqualFunc(got.bits, wantSmall.bits, slices.Equal) {
			t.Error("the small net gives other bits in used memory")
		}
		run(t, Description{Input: []int{50}, Layers: []Element{{Dense: 70, Activation: "maxout"}}}, space, 2, 100)
	}
}

func TestCancelled(t *testing.T) {
	n, _ := run(t, mixed, nil, 1, 3)
	x := dense.New[float32](3, n.Input.Size())
	g := dense.New[float32](3, 3)
	ctx, cancel := context.WithCancel(context.Background())
	w := &witness{cancel: cancel}
	if _, err := n.Forward(ctx, x, w); !errors.Is(err, context.Canceled) {
		t.Errorf("forward: %v", err)
	}
	if last := w.order[len(w.order)-1]; last != "stream 1: 108x4" {
		t.Errorf("cancelled in layer 2, a forward pass went on to %s", last)
	}
	if _, err := n.Forward(context.Background(), x, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	w = &witness{cancel: cancel}
	if _, err := n.Backward(ctx, g, w); !errors.Is(err, context.Canceled) {
		t.Errorf("backward: %v", err)
	}
	if last := w.order[len(w.order)-1]; last != "weight_gradient 2: 8x36" {
		t.Errorf("cancelled in layer 2, a backward pass went on to %s", last)
	}
}

// TestInitialize: piece p of layer l is the rule's draw from stream l*256 + p, whatever
// the rest of the net is, and everything else is as documented.
func TestInitialize(t *testing.T) {
	const seed = 11
	n, err := New[float32](mixed, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Parameters() {
		p.fill(float32(math.NaN()))
	}
	asked := []int{}
	rules := []initializer.Initializer{initializer.HeNormal(), initializer.Orthogonal(2), initializer.Normal(0, .1), initializer.Uniform(-1, 1), initializer.XavierNormal(1)}
	err = n.Initialize(func(l *Layer[float32]) initializer.Initializer {
		asked = append(asked, l.Index)
		return rules[l.Index-1]
	}, seed)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked, []int{1, 2, 3, 4, 5}) {
		t.Errorf("rules of the layers %v were asked for", asked)
	}
	shapes := [][]int{{4, 2, 3, 3}, {4, 4, 3, 3}, {5, 4}, {4, 5}, {3, 4}}
	for i, l := range n.Layers {
		if !slices.Equal(l.Shape(), shapes[i]) {
			t.Errorf("%s has shape %v, want %v", l.Name, l.Shape(), shapes[i])
		}
		for p := range l.Pieces {
			want := make([]float32, l.Units*l.FanIn)
			if err := rules[i].Fill32(want, shapes[i], seed, uint64(l.Index*256+p), 1); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(bits(l.Weight.Value.RowRange(p*l.Units, (p+1)*l.Units)), bits(dense.Of(l.Units, l.FanIn, want))) {
				t.Errorf("%s, piece %d: not the draw of its stream", l.Name, p)
			}
		}
	}
	for name, want := range map[string]float32{
		"layer1.bias": 0, "layer4.bias_in": 0, "layer4.bias_out": 0, "block2.multiplier": 1, "head.bias": 0, "head.slope": .25,
	} {
		i := slices.IndexFunc(n.Parameters(), func(p *Parameter[float32]) bool { return p.Name == name })
		if i < 0 {
			t.Errorf("no parameter %q", name)
			continue
		}
		for _, v := range n.Parameters()[i].Value.Row(0) {
			if v != want {
				t.Errorf("%s is %v, want %v", name, v, want)
			}
		}
	}
	// What a rule refuses names the layer.
	err = n.Initialize(func(*Layer[float32]) initializer.Initializer { return initializer.Normal(0, -1) }, seed)
	if err == nil || !strings.Contains(err.Error(), "layer1: ") {
		t.Errorf("a negative standard deviation: %v", err)
	}
}

func TestDrawBiases(t *testing.T) {
	n, err := New[float64](Description{Input: []int{1}, Layers: []Element{{Dense: 40000, Bias: true}, {Dense: 1}}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	n.DrawBiases(3, 5)
	sum := 0.
	for _, b := range n.Layers[0].Bias.Value.Row(0) {
		sum += b * b
	}
	if got := math.Sqrt(sum / 40000); math.Abs(got-3) > 4*3/math.Sqrt(2*40000) {
		t.Errorf("biases of RMS %v, want 3", got)
	}
	if n.Layers[1].Bias != nil {
		t.Error("a layer without a bias has one")
	}
}

// TestCounts: parameters and operations of a net that fits on a sheet of paper.
func TestCounts(t *testing.T) {
	n, err := New[float32](mixed, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	// conv 4x2x3x3 + 4; maxout 2 x 4x4x3x3; swiglu 2 x 5x4; 4x5 and two scalars; the
	// multiplier; 3x4 + 3 and a slope.
	if got, want := n.ParameterCount(), 72+4+2*144+2*20+20+2+1+12+3+1; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := n.FLOPs(), 2*(36*(72+288)+40+20+12); got != want {
		t.Errorf("%d operations, want %d", got, want)
	}
	if n.Output != (Shape{3, 1, 1}) || n.Input.String() != "2x6x6" || n.Output.String() != "3" {
		t.Errorf("%v to %v", n.Input, n.Output)
	}
	block := n.Blocks[1]
	if len(n.Blocks) != 2 || len(block.Branch) != 2 || block.Branch[1] != n.Layers[3] || block.Op != nil || n.Blocks[0].Op.Name != "relu" {
		t.Errorf("blocks %+v", n.Blocks)
	}
}

// TestWrongSizes: what does not fit the net panics before anything is computed.
func TestWrongSizes(t *testing.T) {
	n, _ := run(t, mixed, nil, 1, 3)
	panics := func(want string, do func() error) {
		t.Helper()
		defer func() {
			if got := recover(); got != want {
				t.Errorf("panic %v, want %q", got, want)
			}
		}()
		t.Errorf("no panic: %v", do())
	}
	panics("network: examples of another size than the net's input", func() error {
		_, err := n.Forward(t.Context(), dense.New[float32](3, 71), nil)
		return err
	})
	for _, size := range [][2]int{{2, 3}, {4, 3}, {3, 2}} {
		panics("network: a gradient of another size than the last pass's output", func() error {
			_, err := n.Backward(t.Context(), dense.New[float32](size[0], size[1]), nil)
			return err
		})
	}
}

// TestForward: a dense net's output is the composition of its layers, written out.
func TestForward(t *testing.T) {
	n, err := New[float64](Description{Input: []int{3}, Layers: []Element{{Dense: 4, Bias: true, Activation: "tanh"}, {Dense: 2}}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range n.Parameters() {
		p.Value.CopyFrom(random(rng, p.Value.Rows, p.Value.Cols, 1))
	}
	x := random(rng, 2, 3, 1)
	y, err := n.Forward(t.Context(), x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Rows {
		for k := range 2 {
			want := 0.
			for j := range 4 {
				z := n.Layers[0].Bias.Value.Row(0)[j]
				for c, v := range x.Row(i) {
					z += n.Layers[0].Weight.Value.Row(j)[c] * v
				}
				want += n.Layers[1].Weight.Value.Row(k)[j] * math.Tanh(z)
			}
			if got := y.Row(i)[k]; math.Abs(got-want) > 1e-14 {
				t.Errorf("output %d,%d is %v, want %v", i, k, got, want)
			}
		}
	}
}

// Fitting shows every layer once, in order, and what it leaves in the weights is what the
// pass, and a plain one behind it, is made with.
func TestForwardFitting(t *testing.T) {
	n, _ := run(t, mixed, nil, 2, 3)
	x := dense.New[float32](3, n.Input.Size())
	for i := range x.Rows {
		kernels.Normal(x.Row(i), 5, 0, uint64(i*x.Cols), 0, 1)
	}
	var order []int
	y, err := n.ForwardFitting(context.Background(), x, func(l *Layer[float32]) error {
		order = append(order, l.Index)
		before := bits(l.Preactivate())
		l.Weight.Scale(2)
		if after := bits(l.Preactivate()); slices.Equal(before, after) {
			t.Errorf("layer %d: twice the weights make the same pre-activations", l.Index)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 5}; !slices.Equal(order, want) {
		t.Errorf("layers %v, want %v", order, want)
	}
	fitted := bits(y)
	if y, err = n.Forward(context.Background(), x, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(fitted, bits(y)) {
		t.Error("a plain pass has another output")
	}

	broken := errors.New("broken")
	order = nil
	if _, err := n.ForwardFitting(context.Background(), x, func(l *Layer[float32]) error {
		order = append(order, l.Index)
		if l.Index == 3 { // within a branch
			return broken
		}
		return nil
	}); err != broken {
		t.Errorf("error %v, want fit's own", err)
	}
	if want := []int{1, 2, 3}; !slices.Equal(order, want) {
		t.Errorf("layers %v, want %v: none behind an error", order, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := n.ForwardFitting(ctx, x, func(*Layer[float32]) error { return nil }); err != context.Canceled {
		t.Errorf("of a context that ended: %v", err)
	}
}
