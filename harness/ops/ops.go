// Package ops is the table of operations. One row per operation, in one place,
// drives tests, gradient checks, fuzzing, verification, benchmarks, reports and
// the README: whoever adds a row has added the operation everywhere.
package ops

import (
	"fmt"
	"math"
	"math/big"

	"actinit/harness/result"
	"actinit/kernels"
	"actinit/reference/doubledouble"
)

// Directions of a kernel, as they stand in results.
const (
	Forward  = result.Forward
	Backward = result.Backward
	Fused    = result.Fused
)

// A Row is one operation.
type Row struct {
	Name    string // "sigmoid": the name in kernels, in files and on the command line
	Title   string // "sigmoid", "leaky ReLU", "GELU (tanh form)"
	Formula string // plain text: "1/(1+e^-x)"
	Source  string // paper

	// Twin names the operation that this is the faithfully rounded float32 twin of: such
	// a row has forward kernels over float32 and no others.
	Twin string

	Param  *Param    // nil if there is none
	Pieces int       // inputs of the forward function: 1, 2 for gated units, or k for maxout
	Saved  Saved     // what backward takes beside the gradient
	Kinks  []float64 // where the forward function's derivative is not smooth; see KinksAt
	Points []float64 // further inputs near which verification looks closely: roots, thresholds of underflow and saturation

	// KinkAtParam says that the parameter and its negative are kinks too.
	KinkAtParam bool

	// Extended marks what frameworks offer beyond the lecture's operations and
	// the usual ones. Extended operations are verified as all are, but the
	// default run times them at one size and leaves their nets out: a filter
	// or --all has the rest.
	Extended bool

	Forward  Function
	Backward Function
	Fused    Function // the forward function and its derivative, of the input; without Value where there are no such kernels

	// Derivative is the reference's f'(x): what Backward computes at gradient 1,
	// but for what rounding the saved output loses. Nil for maxout.
	Derivative func(x, param float64) float64

	Kernel32 func(direction string, v kernels.Variant) Kernel[float32] // nil if there is no such kernel
	Kernel64 func(direction string, v kernels.Variant) Kernel[float64]

	// The kernels over 16-bit types, as kernels over the float32 that hold their values.
	KernelFloat16, KernelBFloat16 func(direction string, v kernels.Variant) Kernel[float32]

	// The gradient of the parameter, summed over all elements: nil but for PReLU.
	SlopeGrad32 func(grad, x []float32) float64
	SlopeGrad64 func(grad, x []float64) float64
}

// Has reports whether the row has kernels in a direction over an element type.
func (r *Row) Has(direction, typeName string) bool {
	if direction == Fused {
		return r.Fused.Value != nil && (typeName == result.Float32 || typeName == result.Float64)
	}
	return r.Twin == "" || direction == Forward && typeName == result.Float32
}

// KinksAt returns the kinks at a parameter.
func (r *Row) KinksAt(param float64) []float64 {
	if !r.KinkAtParam {
		return r.Kinks
	}
	return append([]float64{param, -param}, r.Kinks...)
}

// Param is the parameter of an operation.
type Param struct {
	Name    string    // "alpha", "slope"
	Default float64   // rounded to the element type before use
	Others  []float64 // further values that tests and verification try
	Domain  Domain    // of the values at which the function is defined
}

// Domain says which values a parameter may have.
type Domain string

const (
	Finite      Domain = "finite number"
	NotNegative Domain = "finite number from 0 on"
	Positive    Domain = "finite number above 0"
)

// Check returns an error that says what is wanted, unless the function is defined at the value.
func (p *Param) Check(value float64) error {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0),
		p.Domain == NotNegative && value < 0,
		p.Domain == Positive && value <= 0:
		return fmt.Errorf("%s must be a %s", p.Name, p.Domain)
	}
	return nil
}

// Saved says what the forward pass keeps for the backward pass.
type Saved string

const (
	SavedInput  Saved = "input"
	SavedOutput Saved = "output"
	SavedPieces Saved = "pieces" // maxout: all pieces, of which the kernel keeps the argmax
	SavedBoth   Saved = "both"   // gated units: values and gates
)

// A Kernel computes Outputs*n results from input slices of n elements each.
//
// Forward: in is src, or the pieces of maxout. Backward: in is grad and what
// was saved (for maxout grad and all pieces; out holds the pieces' gradients
// one after the other). Fused: in is src, and out holds the function's values and then
// its derivatives.
type Kernel[T kernels.Float] func(out []T, in [][]T, param T)

// A Function is the exact function a kernel is held against.
type Function struct {
	Formula string // of the backward function too: "grad * y * (1-y)"
	Inputs  int    // input slices
	Outputs int    // output elements per input tuple: 1, or k for maxout's backward

	// Value returns the float64 reference's value of output element piece
	// (0 unless Outputs > 1) and a bound on its distance to the exact value.
	// A bound of 0 says the value is exact.
	Value func(in []float64, param float64, piece int) (y, bound float64)

	// Pair returns the value in double-double arithmetic, for where Value's bound
	// does not decide. Like Oracle it is called for finite inputs only, and only
	// where Value's bound is not 0. Nil leaves those inputs to the oracle.
	Pair func(in []float64, param float64, piece int) doubledouble.Value

	// Oracle returns the exact value of output element piece with a relative error of
	// at most 2^-prec, and whether it is exact. It is called for finite inputs only,
	// and only where Value's bound is not 0.
	Oracle func(prec uint, in []float64, param float64, piece int) (y *big.Float, exact bool)

	// Product says that a kernel multiplies its inputs but the last, the gradient for
	// instance, by a factor of the last that is rounded to the element type, which an
	// infinite input shows: it gives NaN where that factor is zero. Kernels that
	// select give what Value says.
	Product bool

	Domain [2]float64 // of the last input: where the promise holds, e.g. [0, 1] for a saved sigmoid

	Promise32, Promise64 Promise
}

// Promise is the error bound a kernel states.
type Promise struct {
	Rounding Rounding
	ULP      float64 // largest error in ULP of the exact value

	// Underflow widens the bound of a product such as grad * d(v) where the factor
	// d(v) is itself subnormal, so that rounding it loses relative accuracy: there the
	// error may be |grad| * Underflow times the smallest subnormal larger, |grad|
	// standing for all inputs but the last. It is 1/2 where d is correctly rounded,
	// 1 where it is faithful, 0 where d cannot be subnormal.
	Underflow float64
}

// Widening words what Underflow adds to a bound: "+ 2^-150 abs(grad) where its factor is
// subnormal", or nothing. Forward functions multiply the piece a.
func (f *Function) Widening(direction, typeName string) string {
	p, smallest := f.Promise32, -149
	if typeName == result.Float64 {
		p, smallest = f.Promise64, -1074
	}
	if p.Underflow == 0 {
		return ""
	}
	others := "grad"
	switch {
	case direction == Forward:
		others = "a"
	case f.Inputs > 2:
		others = "grad*a"
	}
	return fmt.Sprintf("+ 2^%d abs(%s) where its factor is subnormal", smallest+math.Ilogb(p.Underflow), others)
}

// Rounding is the kind of promise.
type Rounding string

const (
	Exact    Rounding = "exact"    // one rounding at most, of the exact value
	Correct  Rounding = "correct"  // correctly rounded: 0.5 ULP
	Faithful Rounding = "faithful" // the exact value rounded down or up: < 1 ULP
	Bounded  Rounding = "bounded"  // at most ULP

	Unpromised Rounding = result.Unpromised // nothing: another library's kernel
)
