package verify

import (
	"math"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// A Remote is a kernel of another process: another library's, or anybody's. The one that
// fits Kernel's type is set; it takes the inputs of an ops.Kernel and is called from several
// goroutines. An error ends the run.
type Remote struct {
	Kernel result.Kernel
	Run32  func(out []float32, in [][]float32, param float32) error
	Run64  func(out []float64, in [][]float64, param float64) error
}

// unpromised is what a remote kernel is held to.
var unpromised = ops.Promise{Rounding: ops.Unpromised, ULP: math.Inf(1)}

// remotePrecision bounds, in bits, what the oracle spends on which side of a float the exact
// value is, where a remote kernel gives the float on one side of it: such as 1 - 2^-24 for
// the sigmoid of every large number. Beyond that the result counts as unfaithful.
const remotePrecision = 128

// unreachable says that a remote kernel could not be run, which says nothing about the kernel.
type unreachable struct{ error }

// remoteKernel returns r as a kernel that panics with unreachable.
func remoteKernel[T kernels.Float](r Remote) ops.Kernel[T] {
	run, ok := any(r.Run32).(func(out []T, in [][]T, param T) error)
	if !ok {
		run = any(r.Run64).(func(out []T, in [][]T, param T) error)
	}
	return func(out []T, in [][]T, param T) {
		if err := run(out, in, param); err != nil {
			panic(unreachable{err})
		}
	}
}
