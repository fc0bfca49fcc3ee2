package kernels

// Float is the set of element types the kernels work on.
type Float interface{ float32 | float64 }

// ForwardFunc computes dst[i] = f(src[i]; param). Operations without a
// parameter ignore param.
type ForwardFunc[T Float] func(dst, src []T, param T)

// BackwardFunc computes dst[i] = grad[i] * f'(.) from saved[i], which is what
// the operation keeps for its backward pass: its input or its output.
type BackwardFunc[T Float] func(dst, grad, saved []T, param T)

// perVariant holds one implementation for each variant; nil where there is none.
type perVariant[F any] [variantCount]F

// An Operation is one element-wise activation with all its kernels. The plain
// functions (Sigmoid, SigmoidGrad, ...) are the way to call it; an Operation is
// the way to list its variants and to force one.
type Operation struct {
	Name string // as in the harness's table and in file names: "sigmoid", "leakyrelu"

	forward32  perVariant[ForwardFunc[float32]]
	forward64  perVariant[ForwardFunc[float64]]
	backward32 perVariant[BackwardFunc[float32]]
	backward64 perVariant[BackwardFunc[float64]]
}

// operations lists every element-wise operation. It is the only list in this package.
var operations = []*Operation{
	&relu,
}

// Operations returns every element-wise operation of the package.
func Operations() []*Operation { return append([]*Operation(nil), operations...) }

// Forward32 returns the float32 forward kernel in variant v, or nil if the
// operation has no such variant or this CPU cannot run it.
func (op *Operation) Forward32(v Variant) ForwardFunc[float32] { return at(&op.forward32, v) }

// Forward64 is Forward32 for float64.
func (op *Operation) Forward64(v Variant) ForwardFunc[float64] { return at(&op.forward64, v) }

// Backward32 returns the float32 backward kernel in variant v, or nil.
func (op *Operation) Backward32(v Variant) BackwardFunc[float32] { return at(&op.backward32, v) }

// Backward64 is Backward32 for float64.
func (op *Operation) Backward64(v Variant) BackwardFunc[float64] { return at(&op.backward64, v) }

func at[F any](p *perVariant[F], v Variant) F {
	var none F
	if int(v) >= len(p) || !v.Supported() {
		return none
	}
	return p[v]
}
