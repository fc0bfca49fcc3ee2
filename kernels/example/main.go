// A program in a module of its own that uses actinit's kernels: one layer of a
// network, initialised and run. Copy it as a start; until actinit has a public
// address, go.mod says where its source is by a replace line.
package main

import (
	"fmt"
	"math"
	"runtime"

	"actinit/kernels"
	"actinit/kernels/initializer"
)

func main() {
	const inputs, units = 256, 1024

	kaiming := initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
	weights := make([]float32, units*inputs)
	const seed, stream = 7, 0
	if err := kaiming.Fill32(weights, []int{units, inputs}, seed, stream, runtime.GOMAXPROCS(0)); err != nil {
		panic(err)
	}

	x := make([]float32, inputs)
	kernels.Normal(x, seed, 1, 0, 0, 1)

	z := make([]float32, units)
	for i := range z {
		for j, w := range weights[i*inputs : (i+1)*inputs] {
			z[i] += float32(w * x[j])
		}
	}
	kernels.ReLU(z, z)

	var sum float64
	for _, h := range z {
		sum += float64(h) * float64(h)
	}
	fmt.Printf("%s kernels; root mean square after one ReLU layer: %.3f\n", kernels.ISA(), math.Sqrt(sum/units))
}
