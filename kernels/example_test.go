package kernels_test

import (
	"fmt"

	"actinit/kernels"
)

func ExampleSigmoid() {
	x := []float32{-1, 0, 1}
	kernels.Sigmoid(x, x) // in place
	fmt.Println(x)
	// Output: [0.26894143 0.5 0.7310586]
}

func ExampleSigmoidGrad() {
	y := make([]float64, 2)
	kernels.Sigmoid(y, []float64{0, 2})
	grad := []float64{1, 1}
	kernels.SigmoidGrad(grad, grad, y) // from the saved output
	fmt.Printf("%.4f\n", grad)
	// Output: [0.2500 0.1050]
}

func ExampleELU() {
	dst := make([]float32, 3)
	kernels.ELU(dst, []float32{-1, 0, 1}, 1)
	fmt.Println(dst)
	// Output: [-0.63212055 0 1]
}

func ExamplePReLUChannels() {
	// Two examples of three channels with two pixels each.
	x := []float32{-1, 1, -1, 1, -1, 1, -2, 2, -2, 2, -2, 2}
	slope := []float32{.25, .5, 1}
	y := make([]float32, len(x))
	kernels.PReLUChannels(y, x, slope, 2)
	fmt.Println(y)

	grad := make([]float32, len(x))
	for i := range grad {
		grad[i] = 1
	}
	slopeGrad := make([]float64, 3)
	kernels.PReLUChannelsSlopeGrad(slopeGrad, grad, x, 2)
	fmt.Println(slopeGrad)
	// Output:
	// [-0.25 1 -0.5 1 -1 1 -0.5 2 -1 2 -2 2]
	// [-3 -3 -3]
}

func ExampleMaxout() {
	// Two pieces of three units.
	pieces := []float32{1, 5, -2, 3, 4, -2}
	y, argmax := make([]float32, 3), make([]uint8, 3)
	kernels.Maxout(y, argmax, pieces, 2, 3)
	fmt.Println(y, argmax)

	grad := make([]float32, 6)
	kernels.MaxoutGrad(grad, []float32{10, 20, 30}, argmax, 2, 3)
	fmt.Println(grad)
	// Output:
	// [3 5 -2] [1 0 0]
	// [0 20 30 10 0 0]
}

func ExampleParallel() {
	x := make([]float32, 100_000)
	kernels.Parallel(0, kernels.Tanh, x, x) // one goroutine for each processor
	fmt.Println(x[0])
	// Output: 0
}

func ExampleOperations() {
	// Every variant of an operation gives the same bits.
	x, y := []float32{1}, make([]float32, 1)
	for _, op := range kernels.Operations() {
		if op.Name != "tanh" {
			continue
		}
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			if forward := op.Forward32(v); forward != nil && v == kernels.Scalar {
				forward(y, x, 0)
				fmt.Println(v, y)
			}
		}
	}
	// Output: scalar [0.7615942]
}

// Any operation runs on 16-bit floats.
func ExampleForwardHalf() {
	x, y := make([]kernels.BFloat16, 4), make([]kernels.BFloat16, 4)
	kernels.Narrow(x, []float32{-1, 0, 0.5, 3})
	kernels.ForwardHalf(kernels.Lookup("gelu"), y, x, 0)
	for i := range y {
		fmt.Print(y[i].Float32(), " ")
	}
	// Output: -0.15820312 0 0.34570312 3
}

func ExampleHardtanh() {
	dst := make([]float32, 4)
	kernels.Hardtanh(dst, []float32{-2, -.5, .5, 3}, -1, 2)
	fmt.Println(dst)
	// Output: [-1 -0.5 0.5 2]
}

func ExampleRReLU() {
	const seed, stream = 1, 0
	x := []float32{-1, -1, 1, -1}
	y := make([]float32, 4)
	kernels.RReLU(y, x, 1./8, 1./3, seed, stream, 0)
	fmt.Println(y)

	// The second half alone: slopes belong to elements.
	kernels.RReLU(y[2:], x[2:], 1./8, 1./3, seed, stream, 2)
	fmt.Println(y[2:])

	kernels.RReLUEvaluation(y, x, .125, .375)
	fmt.Println(y)
	// Output:
	// [-0.31047067 -0.31139266 1 -0.27318084]
	// [1 -0.27318084]
	// [-0.25 -0.25 1 -0.25]
}

func ExampleSwiGLU() {
	up, gate := []float32{1, 2, 3}, []float32{-1, 0, 1}
	dst := make([]float32, 3)
	kernels.SwiGLU(dst, up, gate)
	fmt.Println(dst)

	grad := []float32{1, 1, 1}
	gradUp, gradGate := make([]float32, 3), make([]float32, 3)
	kernels.SwiGLUGrad(gradUp, gradGate, grad, up, gate)
	fmt.Println(gradUp, gradGate)
	// Output:
	// [-0.26894143 0 2.1931758]
	// [-0.26894143 0 0.7310586] [0.07232949 1 2.7830117]
}

func ExampleGatedRows() {
	// Two rows of two values and two gates.
	src := []float32{1, 2, 0, 0, 3, 4, -1, 1}
	dst := make([]float32, 4)
	kernels.GatedRows(kernels.GLU[float32], dst, src, 2)
	fmt.Println(dst)
	// Output: [0.5 1 0.8068243 2.9242344]
}

// A training step keeps the derivative in place of the input: backward is then one product.
func ExampleSiLUWithDerivative() {
	x := []float32{-1, 0, 2}
	y := make([]float32, 3)
	kernels.SiLUWithDerivative(y, x, x) // x becomes the derivative
	fmt.Println(y, x)

	grad := []float32{1, -1, .5}
	kernels.Bilinear(grad, grad, x)
	fmt.Println(grad)
	// Output:
	// [-0.26894143 0 1.7615942] [0.07232949 0.5 1.0907842]
	// [0.07232949 -0.5 0.5453921]
}
