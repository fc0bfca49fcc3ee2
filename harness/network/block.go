package network

import (
	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
)

// A Block is a residual block, y = f(x + m*branch(x)).
type Block[T kernels.Float] struct {
	Index      int           // from 1, in the order of the forward pass
	Branch     []*Layer[T]   // its layers, those of inner blocks included
	Multiplier *Parameter[T] // m, nil where it is 1
	Op         *ops.Row      // f, nil if there is none

	branch   []module[T]
	activate activation[T]
	param    T
	buffers  buffers[T]

	made, s, y dense.Matrix[T] // of the last forward pass: branch(x), the sum, f of it
}

func (n *Net[T]) newBlock(e Element, branch []module[T], in Shape) (*Block[T], error) {
	b := &Block[T]{Index: len(n.Blocks) + 1, branch: branch, buffers: n.buffers()}
	for _, m := range branch {
		switch m := m.(type) {
		case *Layer[T]:
			b.Branch = append(b.Branch, m)
		case *Block[T]:
			b.Branch = append(b.Branch, m.Branch...)
		}
	}
	row, param, err := e.operation()
	if err != nil {
		return nil, err
	}
	b.Op, b.param = row, T(param)
	if row != nil {
		if b.activate, err = newActivation[T](row); err != nil {
			return nil, err
		}
	}
	if e.Multiplier {
		b.Multiplier = n.parameter(blockName(b.Index)+".multiplier", 1, 1, 1)
	}
	n.Blocks = append(n.Blocks, b)
	n.before, n.beforeParam = row, b.param
	return b, nil
}

func (b *Block[T]) forward(p *pass[T], x dense.Matrix[T]) dense.Matrix[T] {
	b.made = x
	for _, m := range b.branch {
		b.made = m.forward(p, b.made)
	}
	b.s = b.buffers.matrix("sum", x.Rows, x.Cols)
	factor := b.factor()
	for i := range x.Rows {
		s, made := b.s.Row(i), b.made.Row(i)
		for j, v := range x.Row(i) {
			s[j] = v + T(factor*made[j])
		}
	}
	b.y = b.s
	if b.Op != nil {
		b.y = b.buffers.matrix("y", x.Rows, x.Cols)
		b.activate.forward(p.workers, b.y, b.s, b.param)
	}
	p.see(Stream, b.Index, b.y)
	return b.y
}

func (b *Block[T]) backward(p *pass[T], g dense.Matrix[T]) dense.Matrix[T] {
	p.see(StreamGradient, b.Index, g)
	ds := g
	if b.Op != nil {
		ds = b.buffers.matrix("gradient of the sum", b.s.Rows, b.s.Cols)
		b.activate.backward(p.workers, ds, g, b.s, b.y, b.param)
	}
	into := ds
	if b.Multiplier != nil {
		into = b.buffers.matrix("gradient of the branch", ds.Rows, ds.Cols)
		factor, total := b.factor(), 0.
		for i := range ds.Rows {
			to, made := into.Row(i), b.made.Row(i)
			for j, d := range ds.Row(i) {
				to[j] = factor * d
				total += float64(d) * float64(made[j])
			}
		}
		b.Multiplier.add(total)
	}
	for i := len(b.branch) - 1; i >= 0; i-- {
		into = b.branch[i].backward(p, into)
	}
	dx := b.buffers.matrix("dx", ds.Rows, ds.Cols)
	for i := range ds.Rows {
		to, through := dx.Row(i), into.Row(i)
		for j, d := range ds.Row(i) {
			to[j] = d + through[j]
		}
	}
	return dx
}

func (b *Block[T]) factor() T {
	if b.Multiplier == nil {
		return 1
	}
	return b.Multiplier.Value.Data[0]
}
