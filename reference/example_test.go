package reference_test

import (
	"fmt"

	"actinit/reference"
)

// The negative tail reaches down to the subnormal numbers, where float32
// libraries return 0.
func ExampleGELU() {
	fmt.Printf("%.12g %.8g\n", reference.GELU(-1), reference.GELU(-38))
	// Output: -0.158655253931 -1.0964628e-314
}

func ExampleMaxout() {
	y, argmax := reference.Maxout([]float64{0.5, 2, 2})
	fmt.Println(y, argmax)
	fmt.Println(reference.MaxoutDerivative([]float64{0.5, 2, 2}, 1), reference.MaxoutDerivative([]float64{0.5, 2, 2}, 2))
	// Output:
	// 2 1
	// 1 0
}

func ExampleGainQuadrature() {
	fmt.Printf("relu %.6f, gelu %.6f\n", reference.GainQuadrature(reference.ReLU), reference.GainQuadrature(reference.GELU))
	// Output: relu 1.414214, gelu 1.533530
}

// A 32-bit word becomes a normal number by the quantile of the middle of its
// interval, which reaches 6.3 standard deviations.
func ExampleNormalQuantile() {
	words := reference.Philox([4]uint32{}, [2]uint32{})
	fmt.Printf("%.6f\n", reference.NormalQuantile((float64(words[0])+0.5)/(1<<32)))
	fmt.Printf("%.6f\n", reference.NormalQuantile(0.5/(1<<32)))
	// Output:
	// -0.255816
	// -6.337958
}
