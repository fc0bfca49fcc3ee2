package initializer_test

import (
	"fmt"

	"actinit/kernels/initializer"
)

func Example() {
	kaiming, err := initializer.Named("kaiming")
	if err != nil {
		fmt.Println(err)
		return
	}
	const units, inputs = 4, 64
	weights := make([]float32, units*inputs)
	const seed, stream, workers = 7, 0, 2
	if err := kaiming.Fill32(weights, []int{units, inputs}, seed, stream, workers); err != nil {
		fmt.Println(err)
		return
	}
	std, _ := kaiming.Std(units, inputs)
	fmt.Println(kaiming.Formula)
	fmt.Printf("std %.4f\n", std)
	// Output:
	// N(0, std), std = sqrt(2)/sqrt(fan_in)
	// std 0.1768
}

func ExampleFans() {
	in, out, _ := initializer.Fans(64, 3, 7, 7) // 64 filters of 7x7 on 3 channels
	fmt.Println(in, out)
	// Output: 147 3136
}

func ExampleGain() {
	gain, _ := initializer.Gain("tanh", 0)
	std, _ := initializer.XavierNormal(gain).Std(1024, 512)
	fmt.Printf("%.4f %.5f\n", gain, std)
	// Output: 1.6667 0.06014
}

func ExampleAll() {
	for _, rule := range initializer.All() {
		fmt.Printf("%-26s%s\n", rule.Name, rule.Formula)
	}
	// Output:
	// zeros                     0
	// ones                      1
	// normal .01                N(0, std), std = .01
	// normal .05                N(0, std), std = .05
	// normal 1                  N(0, std), std = 1
	// uniform -1 1              U[-1, 1)
	// xavier (lecture)          N(0, std), std = 1/sqrt(fan_in)
	// xavier (glorot)           N(0, std), std = 1/sqrt(fan_avg)
	// xavier uniform (glorot)   U[-a, a), a = sqrt(3/fan_avg)
	// kaiming                   N(0, std), std = sqrt(2)/sqrt(fan_in)
	// kaiming (fan out)         N(0, std), std = sqrt(2)/sqrt(fan_out)
	// kaiming uniform           U[-a, a), a = sqrt(2)*sqrt(3/fan_in)
	// kaiming uniform (fan out) U[-a, a), a = sqrt(2)*sqrt(3/fan_out)
}
