package ops

import (
	"sync"

	"actinit/kernels"
)

func init() {
	table = append(table, faithfulTwins()...)
	for i := range table {
		row := &table[i]
		if row.Pieces == 0 {
			row.Pieces = 1
		}
		if row.Forward.Formula == "" {
			row.Forward.Formula = row.Formula
		}
		if row.Kernel32 == nil && row.Kernel64 == nil {
			row.Kernel32, row.Kernel64 = elementWise(row.Name)
			if row.Kernel32(Fused, kernels.Scalar) != nil {
				row.Fused = fusedFunction(row)
			}
			if row.Twin != "" {
				continue
			}
			row.KernelFloat16, row.KernelBFloat16 = halves[kernels.Float16](row.Name), halves[kernels.BFloat16](row.Name)
		}
	}
}

// elementWise returns the kernels that package kernels registers under name.
func elementWise(name string) (func(string, kernels.Variant) Kernel[float32], func(string, kernels.Variant) Kernel[float64]) {
	for _, op := range kernels.Operations() {
		if op.Name == name {
			return pick(op.Forward32, op.Backward32, op.Fused32), pick(op.Forward64, op.Backward64, op.Fused64)
		}
	}
	return nil, nil
}

// pick makes one look-up of forward, backward and fused kernels.
func pick[T kernels.Float](forward func(kernels.Variant) kernels.ForwardFunc[T], backward func(kernels.Variant) kernels.BackwardFunc[T], fused func(kernels.Variant) kernels.FusedFunc[T]) func(string, kernels.Variant) Kernel[T] {
	return func(direction string, v kernels.Variant) Kernel[T] {
		switch direction {
		case Forward:
			if f := forward(v); f != nil {
				return func(out []T, in [][]T, param T) { f(out, in[0], param) }
			}
		case Backward:
			if f := backward(v); f != nil {
				return func(out []T, in [][]T, param T) { f(out, in[0], in[1], param) }
			}
		case Fused:
			if f := fused(v); f != nil {
				return func(out []T, in [][]T, _ T) { f(out[:len(in[0])], out[len(in[0]):], in[0]) }
			}
		}
		return nil
	}
}

// maxoutKernel is maxout as a kernel of the table. Pieces that follow one
// another in memory at a constant stride, as slices of one array, are used
// where they are; others are copied.
func maxoutKernel[T kernels.Float](direction string, v kernels.Variant) Kernel[T] {
	forward, backward := kernels.MaxoutIn[T](v)
	if forward == nil {
		return nil
	}
	switch direction {
	case Forward:
		return func(out []T, in [][]T, _ T) {
			src, stride := strided(in)
			forward(out, nil, src, len(in), stride)
		}
	case Backward:
		return func(out []T, in [][]T, _ T) {
			grad, pieces := in[0], in[1:]
			src, stride := strided(pieces)
			argmax, _ := argmaxPool.Get().(*[]uint8)
			if argmax == nil || cap(*argmax) < len(grad) {
				fresh := make([]uint8, len(grad))
				argmax = &fresh
			}
			winners := (*argmax)[:len(grad)]
			forward(out[:len(grad)], winners, src, len(pieces), stride) // out is overwritten next
			backward(out, grad, winners, len(pieces), len(grad))
			argmaxPool.Put(argmax)
		}
	}
	return nil
}

// argmaxPool keeps the winners between calls of maxout's backward kernel, which
// the network's forward pass keeps for it otherwise.
var argmaxPool sync.Pool

// strided returns pieces as one slice with piece j at j*stride.
func strided[T kernels.Float](pieces [][]T) (src []T, stride int) {
	n, k := len(pieces[0]), len(pieces)
	if n == 0 {
		return nil, 0
	}
	first := pieces[0][:cap(pieces[0])]
	stride = n
	if k > 1 {
		stride = cap(pieces[0]) - cap(pieces[1])
	}
	together := stride >= n && len(first) >= (k-1)*stride+n
	for j := 1; together && j < k; j++ {
		together = &first[j*stride] == &pieces[j][0]
	}
	if together {
		return first[:(k-1)*stride+n], stride
	}
	src = make([]T, 0, k*n)
	for _, piece := range pieces {
		src = append(src, piece...)
	}
	return src, n
}
