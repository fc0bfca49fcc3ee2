package ops_test

import (
	"fmt"

	"actinit/harness/ops"
	"actinit/kernels"
)

// The table knows an operation's kernels, its exact function and what they promise.
func ExampleFind() {
	row, _ := ops.Find("elu")
	in, out := []float32{-1, 0, 2}, make([]float32, 3)
	row.Kernel32(ops.Forward, kernels.Scalar)(out, [][]float32{in}, float32(row.Param.Default))
	fmt.Println(row.Title, "=", row.Formula)
	fmt.Println(out, row.Forward.Promise32.Rounding, row.Forward.Promise32.ULP, "ULP")
	// Output:
	// ELU = x for x > 0, alpha*(e^x - 1) otherwise
	// [-0.63212055 0 2] correct 0.5 ULP
}
