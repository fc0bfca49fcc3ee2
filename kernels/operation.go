package kernels

// Float is the set of element types the kernels work on.
type Float interface{ float32 | float64 }

// ForwardFunc computes dst[i] = f(src[i]; param). Operations without a
// parameter ignore param. It checks its arguments as the plain functions do.
type ForwardFunc[T Float] func(dst, src []T, param T)

// BackwardFunc computes dst[i] = grad[i] * f'(.) from saved[i], which is what
// the operation keeps for its backward pass: its input or its output. It
// checks its arguments as the plain functions do.
type BackwardFunc[T Float] func(dst, grad, saved []T, param T)

// perVariant holds one implementation for each variant; nil where there is none.
type perVariant[F any] [variantCount]F

// An Operation is one element-wise activation with all its kernels. The plain
// functions (Sigmoid, SigmoidGrad, ...) are the way to call it; an Operation is
// the way to list its variants and to force one.
type Operation struct {
	Name string // as in the harness's table and in file names: "sigmoid", "leakyrelu"

	// One bare loop for each variant: lengths and overlap are checked before.
	forward32  perVariant[ForwardFunc[float32]]
	forward64  perVariant[ForwardFunc[float64]]
	backward32 perVariant[BackwardFunc[float32]]
	backward64 perVariant[BackwardFunc[float64]]

	// fuses says that there are kernels that compute f and f' of the input, which have no
	// parameter. Listed are those in which one exponential serves both; compose adds the others.
	fuses   bool
	fused32 perVariant[FusedFunc[float32]]
	fused64 perVariant[FusedFunc[float64]]

	// side tells, where no float64 does, on which side of a line f lies that may be a
	// tie of a 16-bit format (half_operation.go): f(x) less the line has its sign. The line
	// is f's tangent for tiny x, if that is not x itself but x/2, for instance, or its
	// asymptote for large |x|, if that is not x itself but x-1, for instance. 0 where
	// float64 tells and where f is the line; nil where there is no such line.
	side func(x, param float32) float32

	best best // what the plain functions call; set once, at start
}

// best is an Operation's fastest loop of each kind on the selected instruction set.
type best struct {
	forward32  ForwardFunc[float32]
	forward64  ForwardFunc[float64]
	backward32 BackwardFunc[float32]
	backward64 BackwardFunc[float64]
	fused32    FusedFunc[float32]
	fused64    FusedFunc[float64]
}

// operations lists every element-wise operation. It is the only list in this package.
var operations = []*Operation{
	&celu,
	&elu,
	&eluFaithfully,
	&exponential,
	&expFaithfully,
	&gelu,
	&geluTanh,
	&hardshrink,
	&hardsigmoid,
	&hardswish,
	&hardswishFaithfully,
	&hardtanh,
	&leakyReLU,
	&logSigmoid,
	&mish,
	&prelu,
	&relu,
	&relu6,
	&rrelu,
	&selu,
	&seluFaithfully,
	&sigmoid,
	&sigmoidFaithfully,
	&silu,
	&siluFaithfully,
	&softplus,
	&softplusFaithfully,
	&softshrink,
	&softsign,
	&sparsePlus,
	&sparseSigmoid,
	&squareplus,
	&tanh,
	&tanhFaithfully,
	&tanhshrink,
	&threshold,
}

// Operations returns every element-wise operation of the package.
func Operations() []*Operation { return append([]*Operation(nil), operations...) }

// Lookup returns the operation called name, or nil if there is none.
func Lookup(name string) *Operation {
	for _, op := range operations {
		if op.Name == name {
			return op
		}
	}
	return nil
}

// Forward32 returns the float32 forward kernel in variant v, or nil if the
// operation has no such variant or this CPU cannot run it.
func (op *Operation) Forward32(v Variant) ForwardFunc[float32] { return forced(at(&op.forward32, v)) }

// Forward64 is Forward32 for float64.
func (op *Operation) Forward64(v Variant) ForwardFunc[float64] { return forced(at(&op.forward64, v)) }

// Backward32 returns the float32 backward kernel in variant v, or nil.
func (op *Operation) Backward32(v Variant) BackwardFunc[float32] {
	return forcedGrad(at(&op.backward32, v))
}

// Backward64 is Backward32 for float64.
func (op *Operation) Backward64(v Variant) BackwardFunc[float64] {
	return forcedGrad(at(&op.backward64, v))
}

func at[F any](p *perVariant[F], v Variant) F {
	var none F
	if v >= variantCount || !v.Supported() {
		return none
	}
	return p[v]
}

// forced puts the argument checks before a bare loop.
func forced[T Float](loop ForwardFunc[T]) ForwardFunc[T] {
	if loop == nil {
		return nil
	}
	return func(dst, src []T, param T) {
		checkForward(dst, src)
		loop(dst, src, param)
	}
}

// forcedGrad puts the argument checks before a bare loop.
func forcedGrad[T Float](loop BackwardFunc[T]) BackwardFunc[T] {
	if loop == nil {
		return nil
	}
	return func(dst, grad, saved []T, param T) {
		checkBackward(dst, grad, saved)
		loop(dst, grad, saved, param)
	}
}

// forward calls op's best loop for T. The type switches are decided when the
// instance for T is compiled to a comparison of a constant, and allocate nothing.
func forward[T Float](op *Operation, dst, src []T, param T) {
	checkForward(dst, src)
	switch d := any(dst).(type) {
	case []float32:
		op.best.forward32(d, any(src).([]float32), float32(param))
	case []float64:
		op.best.forward64(d, any(src).([]float64), float64(param))
	}
}

// backward calls op's best gradient loop for T.
func backward[T Float](op *Operation, dst, grad, saved []T, param T) {
	checkBackward(dst, grad, saved)
	switch d := any(dst).(type) {
	case []float32:
		op.best.backward32(d, any(grad).([]float32), any(saved).([]float32), float32(param))
	case []float64:
		op.best.backward64(d, any(grad).([]float64), any(saved).([]float64), float64(param))
	}
}

// choose sets what the plain functions call: the last variant up to limit that
// the operation has and the CPU runs.
func (op *Operation) choose(limit Variant) {
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
		if f := at(&op.fused32, v); f != nil {
			op.best.fused32 = f
		}
		if f := at(&op.fused64, v); f != nil {
			op.best.fused64 = f
		}
	}
}

// has reports whether the operation has any kernel in variant v.
func (op *Operation) has(v Variant) bool {
	return op.forward32[v] != nil || op.forward64[v] != nil ||
		op.backward32[v] != nil || op.backward64[v] != nil
}
