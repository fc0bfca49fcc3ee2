package kernels

// RowForwardFunc computes the rows of dst from those of src, matrices of cols columns. It
// checks its arguments as the plain functions do.
type RowForwardFunc[T Float] func(dst, src []T, cols int)

// RowBackwardFunc computes the gradients by the input of such a function from its output y.
// It checks its arguments as the plain functions do.
type RowBackwardFunc[T Float] func(dst, grad, y []T, cols int)

// A RowOperation is a function of the rows of a matrix with all its kernels, as [Operation] is
// one of elements.
type RowOperation struct {
	Name string // "softmax"

	// One loop over whole rows for each variant: lengths and overlap are checked before.
	forward32  perVariant[RowForwardFunc[float32]]
	forward64  perVariant[RowForwardFunc[float64]]
	backward32 perVariant[RowBackwardFunc[float32]]
	backward64 perVariant[RowBackwardFunc[float64]]

	best struct { // what the plain functions call; set once, at start
		forward32  RowForwardFunc[float32]
		forward64  RowForwardFunc[float64]
		backward32 RowBackwardFunc[float32]
		backward64 RowBackwardFunc[float64]
	}
}

// rowOperations lists the functions of rows. It is the only list in this package.
var rowOperations = []*RowOperation{&softmax, &logSoftmax}

// RowOperations returns every function of rows of the package.
func RowOperations() []*RowOperation { return append([]*RowOperation(nil), rowOperations...) }

// Forward32 returns the float32 forward kernel in variant v, or nil if the operation has no
// such variant or this CPU cannot run it.
func (op *RowOperation) Forward32(v Variant) RowForwardFunc[float32] {
	return forcedRows(at(&op.forward32, v))
}

// Forward64 is Forward32 for float64.
func (op *RowOperation) Forward64(v Variant) RowForwardFunc[float64] {
	return forcedRows(at(&op.forward64, v))
}

// Backward32 returns the float32 backward kernel in variant v, or nil.
func (op *RowOperation) Backward32(v Variant) RowBackwardFunc[float32] {
	return forcedRowsGrad(at(&op.backward32, v))
}

// Backward64 is Backward32 for float64.
func (op *RowOperation) Backward64(v Variant) RowBackwardFunc[float64] {
	return forcedRowsGrad(at(&op.backward64, v))
}

func forcedRows[T Float](rows RowForwardFunc[T]) RowForwardFunc[T] {
	if rows == nil {
		return nil
	}
	return func(dst, src []T, cols int) {
		checkForward(dst, src)
		checkColumns(len(src), cols)
		rows(dst, src, cols)
	}
}

func forcedRowsGrad[T Float](rows RowBackwardFunc[T]) RowBackwardFunc[T] {
	if rows == nil {
		return nil
	}
	return func(dst, grad, y []T, cols int) {
		checkBackward(dst, grad, y)
		checkColumns(len(y), cols)
		rows(dst, grad, y, cols)
	}
}

// rowForward calls op's best kernel for T.
func rowForward[T Float](op *RowOperation, dst, src []T, cols int) {
	checkForward(dst, src)
	checkColumns(len(src), cols)
	switch d := any(dst).(type) {
	case []float32:
		op.best.forward32(d, any(src).([]float32), cols)
	case []float64:
		op.best.forward64(d, any(src).([]float64), cols)
	}
}

// rowBackward calls op's best gradient kernel for T.
func rowBackward[T Float](op *RowOperation, dst, grad, y []T, cols int) {
	checkBackward(dst, grad, y)
	checkColumns(len(y), cols)
	switch d := any(dst).(type) {
	case []float32:
		op.best.backward32(d, any(grad).([]float32), any(y).([]float32), cols)
	case []float64:
		op.best.backward64(d, any(grad).([]float64), any(y).([]float64), cols)
	}
}

// choose sets what the plain functions call: the last variant up to limit that the operation
// has and the CPU runs.
func (op *RowOperation) choose(limit Variant) {
	for v := Scalar; v <= limit; v++ {
		if f := at(&op.forward32, v); f != nil {
			op.best.forward32 = f
		}
		if f := at(&op.forward64, v); f != nil {
			op.best.forward64 = f
		}
		if f := at(&op.backward32, v); f != nil {
			op.best.backward32 = f
		}
		if f := at(&op.backward64, v); f != nil {
			op.best.backward64 = f
		}
	}
}

const panicColumns = "kernels: length is not a multiple of cols"

// checkColumns panics unless n elements are whole rows of cols.
func checkColumns(n, cols int) {
	if cols < 0 || n > 0 && (cols == 0 || n%cols != 0) {
		panic(panicColumns)
	}
}
