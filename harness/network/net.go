package network

import (
	"context"
	"errors"
	"fmt"

	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// A Quantity is what an observer is shown.
type Quantity string

const (
	Weight         Quantity = "weight"          // W_l, units x fan-in
	Preactivation  Quantity = "preactivation"   // z_l, all pieces side by side
	Activation     Quantity = "activation"      // h_l; of layer 0 the net's input
	Gradient       Quantity = "gradient"        // dL/dh_l
	WeightGradient Quantity = "weight_gradient" // dL/dW_l, of this backward pass and those since ZeroGradients
	Stream         Quantity = "stream"          // what residual block l = 1, 2 .. puts out
	StreamGradient Quantity = "stream_gradient" // the loss's gradient by it
)

// An Observer is shown each matrix of a pass once, in the order in which they
// arise. It must not change or keep them. A weight matrix is shown in the forward
// pass.
type Observer[T kernels.Float] interface {
	See(q Quantity, l int, m dense.Matrix[T])
}

// A Parameter is what training changes: weights, biases, scalars.
type Parameter[T kernels.Float] struct {
	Name            string // "layer1.weight"
	Shape           []int  // PyTorch's
	Value, Gradient dense.Matrix[T]

	fresh bool // Gradient holds nothing yet
}

// beta returns the factor of what Gradient held, 0 or 1, and marks it as in use.
func (p *Parameter[T]) beta() T {
	if p.fresh {
		p.fresh = false
		return 0
	}
	return 1
}

// add adds a number to the gradient of a scalar.
func (p *Parameter[T]) add(g float64) { p.Gradient.Data[0] = p.beta()*p.Gradient.Data[0] + T(g) }

// A Net is one net with its weights and the memory of one pass. It must not be used by two
// goroutines at once.
type Net[T kernels.Float] struct {
	Input, Output Shape
	Layers        []*Layer[T] // layer l at l-1, those of branches included
	Blocks        []*Block[T] // residual blocks in the order of the forward pass

	modules    []module[T]
	parameters []*Parameter[T]
	space      dense.Workspace[T]
	workers    int
	slots      int // matrices asked of space
	batch      int // examples of the last forward pass

	before      *ops.Row // of the layer that is built next
	beforeParam T
}

// A module maps a signal, and the gradient by what it made of it back.
type module[T kernels.Float] interface {
	forward(p *pass[T], x dense.Matrix[T]) dense.Matrix[T]
	backward(p *pass[T], g dense.Matrix[T]) dense.Matrix[T]
}

// A pass is one run through the net.
type pass[T kernels.Float] struct {
	batch   int
	workers int
	observe Observer[T]
	fit     func(l *Layer[T]) // nil, or called before a layer's product
}

func (p *pass[T]) see(q Quantity, l int, m dense.Matrix[T]) {
	if p.observe != nil {
		p.observe.See(q, l, m)
	}
}

// New makes a net whose weights are whatever space holds: fill them with Initialize
// or by hand. The net's matrices live in space, nil for memory of its own: nets that
// follow one another can share one. workers is the number of goroutines for what is
// not a matrix product.
func New[T kernels.Float](d Description, space dense.Workspace[T], workers int) (*Net[T], error) {
	n, err := plan(d, space, workers)
	if err != nil {
		return nil, err
	}
	for _, p := range n.parameters {
		n.allocate(p)
	}
	return n, nil
}

// plan makes a net whose parameters have no memory yet.
func plan[T kernels.Float](d Description, space dense.Workspace[T], workers int) (*Net[T], error) {
	in, err := inputShape(d.Input)
	if err != nil {
		return nil, err
	}
	if space == nil {
		space = dense.Workspace[T]{}
	}
	n := &Net[T]{Input: in, space: space, workers: max(1, workers)}
	if len(d.Layers) == 0 {
		return nil, errors.New("a net needs a layer")
	}
	if n.modules, n.Output, err = n.build(d.Layers, in, nil); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, p := range n.parameters {
		if names[p.Name] {
			return nil, fmt.Errorf("two layers have weights called %q", p.Name)
		}
		names[p.Name] = true
	}
	return n, nil
}

// build makes the modules of a list of elements.
func (n *Net[T]) build(elements []Element, in Shape, path []int) ([]module[T], Shape, error) {
	if len(path) > MaxNesting {
		return nil, in, at(path, errNesting)
	}
	var modules []module[T]
	for i, e := range elements {
		here := append(path, i)
		if err := e.kind(); err != nil {
			return nil, in, at(here, err)
		}
		if e.Residual != nil {
			branch, out, err := n.build(e.Residual, in, here)
			if err != nil {
				return nil, in, err
			}
			if out != in {
				return nil, in, at(here, fmt.Errorf("the branch makes %v of %v, and the two are added", out, in))
			}
			block, err := n.newBlock(e, branch, in)
			if err != nil {
				return nil, in, at(here, err)
			}
			modules = append(modules, block)
			continue
		}
		out, err := e.out(in)
		if err != nil {
			return nil, in, at(here, err)
		}
		if e.Pool != "" {
			modules = append(modules, &meanPool[T]{in: in, buffers: n.buffers()})
			n.before = nil
		} else {
			l, err := n.newLayer(e, in, out)
			if err != nil {
				return nil, in, at(here, err)
			}
			modules = append(modules, l)
		}
		in = out
	}
	return modules, in, nil
}

// parameter makes a parameter, a matrix of rows x cols.
func (n *Net[T]) parameter(name string, rows, cols int, shape ...int) *Parameter[T] {
	p := &Parameter[T]{Name: name, Shape: shape, Value: dense.Matrix[T]{Rows: rows, Cols: cols}, fresh: true}
	n.parameters = append(n.parameters, p)
	return p
}

// allocate gives a parameter its memory.
func (n *Net[T]) allocate(p *Parameter[T]) {
	n.slots++
	p.Value = n.space.Matrix("parameter", n.slots, p.Value.Rows, p.Value.Cols)
	p.Gradient = n.space.Matrix("parameter gradient", n.slots, p.Value.Rows, p.Value.Cols)
}

// buffers lends a module its matrices.
func (n *Net[T]) buffers() buffers[T] {
	n.slots++
	return buffers[T]{n.space, n.slots}
}

type buffers[T kernels.Float] struct {
	space dense.Workspace[T]
	slot  int
}

func (b buffers[T]) matrix(name string, rows, cols int) dense.Matrix[T] {
	return b.space.Matrix(name, b.slot, rows, cols)
}

// Parameters returns all parameters, in the order of the layers.
func (n *Net[T]) Parameters() []*Parameter[T] { return n.parameters }

// ParameterCount returns the number of numbers in all parameters.
func (n *Net[T]) ParameterCount() int {
	count := 0
	for _, p := range n.parameters {
		count += p.Value.Rows * p.Value.Cols
	}
	return count
}

// FLOPs returns the floating-point operations of the matrix products of a forward
// pass of one example: two for each weight and position. A backward pass has twice
// as many.
func (n *Net[T]) FLOPs() int {
	flops := 0
	for _, l := range n.Layers {
		flops += 2 * l.Weight.Value.Rows * l.Weight.Value.Cols * l.out.Positions()
	}
	return flops
}

// ZeroGradients makes the next backward pass start all gradients anew.
func (n *Net[T]) ZeroGradients() {
	for _, p := range n.parameters {
		p.fresh = true
	}
}

// Initialize fills the weights of layer l by rule(l), makes biases 0, multipliers 1
// and PReLU's slopes what the description says.
// Piece p of layer l draws from stream l*256 + p, whatever the rest of the net is, so
// that nets of one seed are compared on the same draws.
func (n *Net[T]) Initialize(rule func(l *Layer[T]) initializer.Initializer, seed uint64) error {
	for _, p := range n.parameters {
		p.fill(0)
	}
	for _, l := range n.Layers {
		if l.Slope != nil {
			l.Slope.fill(l.Param)
		}
	}
	for _, b := range n.Blocks {
		if b.Multiplier != nil {
			b.Multiplier.fill(1)
		}
	}
	for _, l := range n.Layers {
		if err := l.draw(rule(l), seed, n.workers); err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	return nil
}

// DrawBiases makes every bias an independent N(0, std^2) draw.
func (n *Net[T]) DrawBiases(std float64, seed uint64) {
	for _, l := range n.Layers {
		if l.Bias != nil {
			kernels.Normal(l.Bias.Value.Row(0), seed, l.stream(biasPiece), 0, 0, T(std))
		}
	}
}

func blockName(index int) string { return fmt.Sprintf("block%d", index) }

// biasPiece stands for the bias among a layer's streams.
const biasPiece = 255

// Scale multiplies every number of the parameter's value.
func (p *Parameter[T]) Scale(factor T) {
	for i := range p.Value.Rows {
		row := p.Value.Row(i)
		for j := range row {
			row[j] *= factor
		}
	}
}

func (p *Parameter[T]) fill(v T) {
	for i := range p.Value.Rows {
		row := p.Value.Row(i)
		for j := range row {
			row[j] = v
		}
	}
}

// Forward takes a batch, examples x values, through the net and returns what the top
// layer puts out, examples*positions x channels, in memory that the next pass uses again.
// It returns the context's error after the layer or residual in which the context ends. The
// observer may be nil. It panics if x has not Input's size.
func (n *Net[T]) Forward(ctx context.Context, x dense.Matrix[T], observe Observer[T]) (dense.Matrix[T], error) {
	return n.forward(ctx, x, &pass[T]{batch: x.Rows, workers: n.workers, observe: observe})
}

// ForwardFitting is Forward for initialisers that go from layer to layer: it calls fit with
// each layer, those of branches included, when its inputs are there ([Layer.Input]) and before
// its product is made, so that the rest of the net is given what the weights fit leaves
// make. One pass does for all layers, however often fit measures one by [Layer.Preactivate].
// The first error of fit ends the pass.
func (n *Net[T]) ForwardFitting(ctx context.Context, x dense.Matrix[T], fit func(l *Layer[T]) error) (dense.Matrix[T], error) {
	inner, end := context.WithCancelCause(ctx)
	defer end(nil)
	y, err := n.forward(inner, x, &pass[T]{batch: x.Rows, workers: n.workers, fit: func(l *Layer[T]) {
		if inner.Err() != nil {
			return
		}
		if err := fit(l); err != nil {
			end(err)
		}
	}})
	if err != nil {
		err = context.Cause(inner)
	}
	return y, err
}

func (n *Net[T]) forward(ctx context.Context, x dense.Matrix[T], p *pass[T]) (dense.Matrix[T], error) {
	if x.Cols != n.Input.Size() {
		panic("network: examples of another size than the net's input")
	}
	n.batch = x.Rows
	x = n.toPositions(x)
	p.see(Activation, 0, x)
	for _, m := range n.modules {
		if err := ctx.Err(); err != nil {
			return dense.Matrix[T]{}, err
		}
		x = m.forward(p, x)
	}
	return x, ctx.Err()
}

// Backward takes the gradient of a loss by what Forward returned back through the net,
// adds the parameters' gradients up and returns that by the input, a row for each
// position. It belongs to the last Forward, whose matrices it needs: it panics if g has not
// the size of what that returned.
func (n *Net[T]) Backward(ctx context.Context, g dense.Matrix[T], observe Observer[T]) (dense.Matrix[T], error) {
	if g.Rows != n.batch*n.Output.Positions() || g.Cols != n.Output.Channels {
		panic("network: a gradient of another size than the last pass's output")
	}
	p := &pass[T]{batch: n.batch, workers: n.workers, observe: observe}
	for i := len(n.modules) - 1; i >= 0; i-- {
		if err := ctx.Err(); err != nil {
			return dense.Matrix[T]{}, err
		}
		g = n.modules[i].backward(p, g)
	}
	p.see(Gradient, 0, g)
	return g, ctx.Err()
}

// toPositions returns the examples with a row for each position.
func (n *Net[T]) toPositions(x dense.Matrix[T]) dense.Matrix[T] {
	positions := n.Input.Positions()
	if positions == 1 {
		return x
	}
	y := n.space.Matrix("input by position", 0, x.Rows*positions, n.Input.Channels)
	for i := range x.Rows {
		split(x.Row(i), y, i*positions, positions)
	}
	return y
}

// split writes an example in the order (channel, position) to the rows from first on.
func split[T kernels.Float](example []T, y dense.Matrix[T], first, positions int) {
	for c := range y.Cols {
		for q := range positions {
			y.Data[(first+q)*y.Stride+c] = example[c*positions+q]
		}
	}
}

// join is the inverse of split.
func join[T kernels.Float](example []T, y dense.Matrix[T], first, positions int) {
	for c := range y.Cols {
		for q := range positions {
			example[c*positions+q] = y.Data[(first+q)*y.Stride+c]
		}
	}
}
