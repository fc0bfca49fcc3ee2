package ops

import (
	"math"
	"math/big"

	"actinit/kernels"
	"actinit/reference"
	"actinit/reference/oracle"
)

// A RowFunction is a function of all elements of a row at once, computed for each row of
// cols elements of a matrix, and so no row of the table. It is verified on its own.
type RowFunction struct {
	Name string

	Kernels *kernels.RowOperation

	// Reference is the straightforward function of one row, for infinities and NaNs.
	Reference func(dst, x []float64)

	// Exact and ExactGrad return the exact values of one row of finite inputs, with a
	// relative error of at most 2^-prec.
	Exact     func(prec uint, x []float64) []*big.Float
	ExactGrad func(prec uint, grad, y []float64) []*big.Float

	// Cancels32 and Cancels64 return how much further off than its bound in ULP element j of
	// a gradient may be, because terms cancel.
	Cancels32, Cancels64 func(grad, y []float64, j int) float64
}

// RowFunctions returns every function of rows of package kernels, with its reference.
func RowFunctions() []RowFunction {
	var all []RowFunction
	for _, op := range kernels.RowOperations() {
		f := rowReferences[op.Name]
		f.Name, f.Kernels = op.Name, op
		all = append(all, f)
	}
	return all
}

// rowReferences holds, by name, what the kernels of functions of rows are held against.
var rowReferences = map[string]RowFunction{
	"softmax": {
		Reference: reference.Softmax, Exact: oracle.Softmax, ExactGrad: oracle.SoftmaxGrad,
		Cancels32: softmaxCancels, Cancels64: softmaxCancels,
	},
	"logsoftmax": {
		Reference: reference.LogSoftmax, Exact: oracle.LogSoftmax, ExactGrad: oracle.LogSoftmaxGrad,
		Cancels32: logSoftmaxCancels(0x1p-38), Cancels64: logSoftmaxCancels(0x1p-57),
	},
}

// softmaxCancels is what kernels.SoftmaxGrad states.
func softmaxCancels(grad, y []float64, j int) float64 {
	magnitude := 0.
	for i, g := range grad {
		magnitude += math.Abs(g * y[i])
	}
	return math.Abs(y[j]) * (0x1p-80*magnitude + float64(len(y))*0x1p-1073)
}

// logSoftmaxCancels is what kernels.LogSoftmaxGrad states for an exponential with the
// error.
func logSoftmaxCancels(exponential float64) func(grad, y []float64, j int) float64 {
	return func(grad, y []float64, j int) float64 {
		total, magnitude := 0., 0.
		for _, g := range grad {
			total += g
			magnitude += math.Abs(g)
		}
		share := min(math.Exp(y[j]), -math.Expm1(y[j]))
		return exponential*math.Abs(total)*share + 0x1p-80*magnitude
	}
}
