package network

import (
	"fmt"

	"gonum.org/v1/gonum/blas"

	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// A Layer is an affine map, dense or a convolution, and an activation.
type Layer[T kernels.Float] struct {
	Name   string
	Index  int           // from 1, in the order of the forward pass
	Weight *Parameter[T] // pieces*units x fan-in
	Bias   *Parameter[T] // one for each row of Weight, nil if there is none
	Op     *ops.Row      // the activation, nil if there is none
	Param  T             // its parameter, where PReLU starts
	Pieces int           // weight matrices: 1, k for maxout, 2 for gated units
	Units  int           // of the output: units, or channels
	FanIn  int

	// Before is the activation whose values the layer takes in, nil for the net's input, a sum
	// without activation, a pooling's means and what a layer without activation puts out.
	Before      *ops.Row
	BeforeParam T

	// Scalar biases as Fixup has them, nil if there are none: before the affine map, and
	// before the activation.
	BiasIn, BiasOut *Parameter[T]

	// The slope of PReLU, nil for other activations.
	Slope *Parameter[T]

	in, out  Shape
	patches  *patches // of a convolution
	activate activation[T]
	buffers  buffers[T]
	n        *Net[T]

	u, z, h dense.Matrix[T] // of the last forward pass
}

func (n *Net[T]) newLayer(e Element, in, out Shape) (*Layer[T], error) {
	l := &Layer[T]{
		Name: e.Name, Index: len(n.Layers) + 1, Pieces: 1, Units: out.Channels,
		in: in, out: out, buffers: n.buffers(), n: n, Before: n.before, BeforeParam: n.beforeParam,
	}
	if l.Name == "" {
		l.Name = fmt.Sprintf("layer%d", l.Index)
	}
	if l.Index > maxDepth {
		return nil, fmt.Errorf("more than %d layers", maxDepth)
	}
	row, param, err := e.operation()
	if err != nil {
		return nil, err
	}
	l.Op, l.Param = row, T(param)
	if row != nil {
		l.Pieces = max(1, row.Pieces)
		if l.activate, err = newActivation[T](row); err != nil {
			return nil, err
		}
	}
	shape := []int{l.Units, in.Size()}
	l.FanIn = in.Size()
	if e.Conv != 0 {
		shape = []int{l.Units, in.Channels, e.Kernel, e.Kernel}
		l.FanIn = in.Channels * e.Kernel * e.Kernel
		l.patches = &patches{in: in, out: out, kernel: e.Kernel, stride: max(1, e.Stride), padding: e.Padding}
	}
	shape[0] *= l.Pieces
	if n.ParameterCount()+l.Pieces*l.Units*l.FanIn > MaxWeights {
		return nil, fmt.Errorf("more than %d weights", MaxWeights)
	}
	if e.ScalarBias {
		l.BiasIn = n.parameter(l.Name+".bias_in", 1, 1, 1)
	}
	l.Weight = n.parameter(l.Name+".weight", l.Pieces*l.Units, l.FanIn, shape...)
	if e.Bias {
		l.Bias = n.parameter(l.Name+".bias", 1, l.Pieces*l.Units, l.Pieces*l.Units)
	}
	if e.ScalarBias {
		l.BiasOut = n.parameter(l.Name+".bias_out", 1, 1, 1)
	}
	if row != nil && row.SlopeGrad32 != nil {
		l.Slope = n.parameter(l.Name+".slope", 1, 1, 1)
	}
	n.Layers = append(n.Layers, l)
	n.before, n.beforeParam = row, l.Param
	return l, nil
}

// In and Out return the shapes of the layer's input and output.
func (l *Layer[T]) In() Shape  { return l.in }
func (l *Layer[T]) Out() Shape { return l.out }

// Shape returns the shape of one piece's weights, as initialisers take it:
// (units, inputs), or (out, in, k, k).
func (l *Layer[T]) Shape() []int {
	shape := append([]int(nil), l.Weight.Shape...)
	shape[0] = l.Units
	return shape
}

// Input returns the matrix that the last forward pass multiplied the weights with:
// examples x inputs, or the patches of all positions of all examples. It stays until the
// next pass.
func (l *Layer[T]) Input() dense.Matrix[T] { return l.u }

// Fill fills the layer's weights alone, by a rule as Net.Initialize would.
func (l *Layer[T]) Fill(rule initializer.Initializer, seed uint64) error {
	return l.draw(rule, seed, l.n.workers)
}

// Jacobian returns dh/du of one example of the last forward pass, units x fan-in: row i is
// the sum over the pieces p of f'(z)_p,i times their weights. It is that of dense layers by
// their input; it panics for a convolution, and for a layer on an image.
func (l *Layer[T]) Jacobian(example int) dense.Matrix[T] {
	if l.patches != nil || l.in.Positions() > 1 {
		panic("network: the Jacobian of a layer on an image")
	}
	slopes := dense.New[T](1, l.Pieces*l.Units)
	ones := dense.New[T](1, l.Units)
	for i := range ones.Row(0) {
		ones.Row(0)[i] = 1
	}
	slopes.CopyFrom(ones)
	if l.Op != nil {
		at := func(m dense.Matrix[T]) dense.Matrix[T] { return m.RowRange(example, example+1) }
		l.activate.backward(1, slopes, ones, at(l.z), at(l.h), l.param())
	}
	j := dense.New[T](l.Units, l.FanIn)
	for p := range l.Pieces {
		for i := range l.Units {
			slope := slopes.Row(0)[p*l.Units+i]
			to := j.Row(i)
			for k, w := range l.Weight.Value.Row(p*l.Units + i) {
				to[k] += T(slope * w)
			}
		}
	}
	return j
}

// stream returns the random stream of piece p.
func (l *Layer[T]) stream(p int) uint64 { return uint64(l.Index)<<8 | uint64(p) }

// draw fills the weights by a rule, each piece by itself.
func (l *Layer[T]) draw(rule initializer.Initializer, seed uint64, workers int) error {
	w := l.Weight.Value.Compact()
	size := l.Units * l.FanIn
	for p := range l.Pieces {
		var err error
		switch piece := any(w.Data[p*size : (p+1)*size]).(type) {
		case []float32:
			err = rule.Fill32(piece, l.Shape(), seed, l.stream(p), workers)
		case []float64:
			err = rule.Fill64(piece, l.Shape(), seed, l.stream(p), workers)
		}
		if err != nil {
			return err
		}
	}
	l.Weight.Value.Spread()
	return nil
}

func (l *Layer[T]) forward(p *pass[T], x dense.Matrix[T]) dense.Matrix[T] {
	if l.BiasIn != nil {
		shifted := l.buffers.matrix("shifted", x.Rows, x.Cols)
		shift(shifted, x, l.BiasIn.Value.Data[0])
		x = shifted
	}
	l.u = l.gather(p, x)
	if p.fit != nil {
		p.fit(l)
	}
	p.see(Weight, l.Index, l.Weight.Value)
	l.Preactivate()
	p.see(Preactivation, l.Index, l.z)
	l.h = l.z
	if l.Op != nil {
		l.h = l.buffers.matrix("h", l.z.Rows, l.Units)
		l.activate.forward(p.workers, l.h, l.z, l.param())
	}
	p.see(Activation, l.Index, l.h)
	return l.h
}

// Preactivate computes the layer's pre-activations from its inputs in the last pass, or in
// the one that calls the fit of [Net.ForwardFitting], by the weights and biases as they are
// now. The matrix is the one that the layer's next product is written to.
func (l *Layer[T]) Preactivate() dense.Matrix[T] {
	l.z = l.buffers.matrix("z", l.u.Rows, l.Pieces*l.Units)
	dense.Multiply(l.u, l.Weight.Value, blas.Trans, l.z)
	if l.Bias != nil {
		bias := l.Bias.Value.Row(0)
		for i := range l.z.Rows {
			for j, b := range bias {
				l.z.Data[i*l.z.Stride+j] += b
			}
		}
	}
	if l.BiasOut != nil {
		shift(l.z, l.z, l.BiasOut.Value.Data[0])
	}
	return l.z
}

func (l *Layer[T]) backward(p *pass[T], g dense.Matrix[T]) dense.Matrix[T] {
	p.see(Gradient, l.Index, g)
	dz := g
	if l.Op != nil {
		dz = l.buffers.matrix("dz", l.z.Rows, l.z.Cols)
		l.activate.backward(p.workers, dz, g, l.z, l.h, l.param())
		if l.Slope != nil {
			l.Slope.add(slopeGradient(l.Op, g, l.z))
		}
	}
	if l.BiasOut != nil {
		l.BiasOut.add(sum(dz))
	}
	if l.Bias != nil {
		columnSums(l.Bias, dz)
	}
	dense.MultiplyAdd(1, blas.Trans, dz, blas.NoTrans, l.u, l.Weight.beta(), l.Weight.Gradient)
	p.see(WeightGradient, l.Index, l.Weight.Gradient)
	du := l.buffers.matrix("du", l.u.Rows, l.u.Cols)
	dense.Multiply(dz, l.Weight.Value, blas.NoTrans, du)
	dx := l.scatter(p, du)
	if l.BiasIn != nil {
		l.BiasIn.add(sum(dx))
	}
	return dx
}

// param returns the activation's parameter.
func (l *Layer[T]) param() T {
	if l.Slope != nil {
		return l.Slope.Value.Data[0]
	}
	return l.Param
}

// slopeGradient returns the loss's gradient by PReLU's slope, summed row by row.
func slopeGradient[T kernels.Float](op *ops.Row, g, z dense.Matrix[T]) float64 {
	total := 0.
	for i := range g.Rows {
		switch g := any(g.Row(i)).(type) {
		case []float32:
			total += op.SlopeGrad32(g, any(z.Row(i)).([]float32))
		case []float64:
			total += op.SlopeGrad64(g, any(z.Row(i)).([]float64))
		}
	}
	return total
}

// gather returns the matrix that the weights are multiplied with.
func (l *Layer[T]) gather(p *pass[T], x dense.Matrix[T]) dense.Matrix[T] {
	switch positions := l.in.Positions(); {
	case l.patches != nil:
		u := l.buffers.matrix("u", p.batch*l.out.Positions(), l.FanIn)
		gatherPatches(l.patches, p, u, x)
		return u
	case positions > 1:
		u := l.buffers.matrix("u", p.batch, l.FanIn)
		for i := range p.batch {
			join(u.Row(i), x, i*positions, positions)
		}
		return u
	}
	return x
}

// scatter is the transpose of gather.
func (l *Layer[T]) scatter(p *pass[T], du dense.Matrix[T]) dense.Matrix[T] {
	switch positions := l.in.Positions(); {
	case l.patches != nil:
		dx := l.buffers.matrix("dx", p.batch*positions, l.in.Channels)
		scatterPatches(l.patches, p, dx, du)
		return dx
	case positions > 1:
		dx := l.buffers.matrix("dx", p.batch*positions, l.in.Channels)
		for i := range p.batch {
			split(du.Row(i), dx, i*positions, positions)
		}
		return dx
	}
	return du
}

// shift computes y = x + s.
func shift[T kernels.Float](y, x dense.Matrix[T], s T) {
	for i := range x.Rows {
		out := y.Row(i)
		for j, v := range x.Row(i) {
			out[j] = v + s
		}
	}
}

// sum adds up all elements in float64, row by row.
func sum[T kernels.Float](m dense.Matrix[T]) float64 {
	total := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			total += float64(v)
		}
	}
	return total
}

// columnSums adds the sums of m's columns, taken in float64, to a bias's gradient.
func columnSums[T kernels.Float](bias *Parameter[T], m dense.Matrix[T]) {
	sums := make([]float64, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			sums[j] += float64(v)
		}
	}
	beta := bias.beta()
	g := bias.Gradient.Row(0)
	for j, s := range sums {
		g[j] = beta*g[j] + T(s)
	}
}
