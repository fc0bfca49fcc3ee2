package bench

import (
	"unsafe"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// A subject is one kernel that can be timed at any size.
type subject struct {
	kernel    result.Kernel
	extended  bool          // see ops.Row
	remote    *remoteKernel // of another process; nil if the kernel is this program's
	footprint footprint
	setup     footprint // what prepare needs beyond that

	// bind returns the loop over the kernel on n elements of the operands with
	// so many workers, and what has to be done before a sample, or nil.
	bind func(o *operands, n, workers int) (prepare func(), loop loop)
}

// footprint is how many elements a kernel reads or writes of each operand for
// each of its n elements. Operands and bytes per call follow from it.
type footprint struct{ x, grad, saved, out, argmax int }

// bytes returns the bytes read and written by a call on n elements.
func (f footprint) bytes(n, elementSize int) int64 {
	return int64(n) * int64((f.x+f.grad+f.saved+f.out)*elementSize+f.argmax)
}

func elementSize(typeName string) int {
	if typeName == result.Float64 {
		return 8
	}
	return 4
}

// subjects lists every kernel up to the selected instruction set, in the
// table's order; of one operation, direction and type the fastest variant comes last.
func subjects() []subject {
	var all []subject
	for _, row := range ops.All() {
		for _, s := range append(ofRow[float32](row), ofRow[float64](row)...) {
			s.extended = row.Extended
			all = append(all, s)
		}
	}
	all = append(all, rowFunctions()...)
	return append(all, fills()...)
}

// ofRow lists the kernels of one operation.
func ofRow[T kernels.Float](row ops.Row) []subject {
	switch row.Saved {
	case ops.SavedPieces:
		return maxout[T](row.Name, row.Pieces)
	case ops.SavedBoth:
		return gated[T](row.Name)
	}
	var all []subject
	for _, op := range kernels.Operations() {
		if op.Name == row.Name {
			all = elementWise[T](row, op)
		}
	}
	if row.SlopeGrad32 != nil {
		all = append(all, slopeGrad[T](row.Name))
	}
	return all
}

// elementWise lists the variants of an element-wise operation in all directions.
func elementWise[T kernels.Float](row ops.Row, op *kernels.Operation) []subject {
	var param T
	if row.Param != nil {
		param = T(row.Param.Default)
	}
	var all []subject
	typeName := named[T](row.Name, ops.Forward, kernels.Scalar).Type
	addForward := func(k result.Kernel, f kernels.ForwardFunc[T]) {
		all = append(all, subject{
			kernel:    k,
			footprint: footprint{x: 1, out: 1},
			bind: func(o *operands, n, workers int) (func(), loop) {
				t := of[T](o)
				return nil, forwardLoop(f, t.out[:n], t.x[:n], param, workers)
			},
		})
	}
	if f, ok := any(referenceForward(row)).(kernels.ForwardFunc[T]); ok && row.Has(ops.Forward, typeName) {
		addForward(referenceKernel(row.Name, ops.Forward), f)
	}
	for _, v := range ops.Selected() {
		if f, _ := kernelsOf[T](op, v); f != nil {
			addForward(named[T](row.Name, ops.Forward, v), f)
		}
	}
	forward := fastest[T](op)
	savedBy := func(o *operands, n int) (saved []T, prepare func()) {
		t := of[T](o)
		if row.Saved != ops.SavedOutput {
			return t.x[:n], nil
		}
		saved = t.saved[:n]
		return saved, func() {
			repeat(saved, t.output(row.Name, func(dst, src []T) { forward(dst, src, param) }))
		}
	}
	addBackward := func(k result.Kernel, f kernels.BackwardFunc[T]) {
		s := subject{kernel: k, footprint: backwardFootprint(row)}
		s.bind = func(o *operands, n, workers int) (func(), loop) {
			saved, prepare := savedBy(o, n)
			t := of[T](o)
			return prepare, backwardLoop(f, t.out[:n], t.grad[:n], saved, param, workers)
		}
		all = append(all, s)
	}
	if f, ok := any(referenceBackward(row)).(kernels.BackwardFunc[T]); ok && row.Has(ops.Backward, typeName) {
		addBackward(referenceKernel(row.Name, ops.Backward), f)
	}
	for _, v := range ops.Selected() {
		if _, f := kernelsOf[T](op, v); f != nil {
			addBackward(named[T](row.Name, ops.Backward, v), f)
		}
	}
	for _, v := range ops.Selected() {
		if f := fusedOf[T](op, v); f != nil {
			all = append(all, subject{
				kernel:    named[T](row.Name, ops.Fused, v),
				footprint: footprint{x: 1, out: 2},
				bind: func(o *operands, n, workers int) (func(), loop) {
					t := of[T](o)
					dst, derivative, src := t.out[:n], t.out[n:2*n], t.x[:n]
					if workers == 1 {
						return nil, func(iterations int) {
							for range iterations {
								f(dst, derivative, src)
							}
						}
					}
					return nil, sliceLoop(dst, workers, func(lo, hi int) { f(dst[lo:hi], derivative[lo:hi], src[lo:hi]) })
				},
			})
		}
	}
	return all
}

// backwardFootprint is what a backward kernel of the row reads and writes.
func backwardFootprint(row ops.Row) footprint {
	if row.Saved == ops.SavedOutput {
		return footprint{grad: 1, saved: 1, out: 1}
	}
	return footprint{x: 1, grad: 1, out: 1}
}

// kernelsOf returns the variant's kernels for T, or nil.
func kernelsOf[T kernels.Float](op *kernels.Operation, v kernels.Variant) (kernels.ForwardFunc[T], kernels.BackwardFunc[T]) {
	var element T
	var forward, backward any
	if unsafe.Sizeof(element) == 4 {
		forward, backward = op.Forward32(v), op.Backward32(v)
	} else {
		forward, backward = op.Forward64(v), op.Backward64(v)
	}
	return forward.(kernels.ForwardFunc[T]), backward.(kernels.BackwardFunc[T])
}

// fusedOf returns the variant's fused kernel for T, or nil.
func fusedOf[T kernels.Float](op *kernels.Operation, v kernels.Variant) kernels.FusedFunc[T] {
	if f, ok := any(op.Fused32(v)).(kernels.FusedFunc[T]); ok {
		return f
	}
	return any(op.Fused64(v)).(kernels.FusedFunc[T])
}

// fastest returns the forward kernel of the last variant that has one.
func fastest[T kernels.Float](op *kernels.Operation) (last kernels.ForwardFunc[T]) {
	for _, v := range ops.Selected() {
		if f, _ := kernelsOf[T](op, v); f != nil {
			last = f
		}
	}
	return last
}

// named names a kernel.
func named[T kernels.Float](op, direction string, v kernels.Variant) result.Kernel {
	typeName := result.Float32
	var element T
	if unsafe.Sizeof(element) == 8 {
		typeName = result.Float64
	}
	return result.Kernel{Op: op, Direction: direction, Type: typeName, Variant: v.String(), ISA: v.ISA()}
}

// forwardLoop calls f through a variable, which the compiler can neither
// inline nor leave out.
func forwardLoop[T kernels.Float](f kernels.ForwardFunc[T], dst, src []T, param T, workers int) loop {
	if workers == 1 {
		return func(iterations int) {
			for range iterations {
				f(dst, src, param)
			}
		}
	}
	piece := func(dst, src []T) { f(dst, src, param) }
	return func(iterations int) {
		for range iterations {
			kernels.Parallel(workers, piece, dst, src)
		}
	}
}

func backwardLoop[T kernels.Float](f kernels.BackwardFunc[T], dst, grad, saved []T, param T, workers int) loop {
	if workers == 1 {
		return func(iterations int) {
			for range iterations {
				f(dst, grad, saved, param)
			}
		}
	}
	return sliceLoop(dst, workers, func(lo, hi int) { f(dst[lo:hi], grad[lo:hi], saved[lo:hi], param) })
}

// sliceLoop splits the elements of dst over the workers.
func sliceLoop[T kernels.Float](dst []T, workers int, piece func(lo, hi int)) loop {
	return func(iterations int) {
		for range iterations {
			kernels.ParallelSlice(workers, dst, piece)
		}
	}
}
