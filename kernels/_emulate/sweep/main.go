// Command sweep computes every float32 kernel of a variant on a share of all
// inputs, and prints a checksum of the results' bits for each kernel and block of
// inputs. Two variants agree where their output does, on one machine or on two:
//
//	go run ./kernels/_emulate/sweep -variant avx2 -every 65536
//
// A forward kernel is given the inputs of a block; a gradient is given them as what
// was saved, and random gradients. NaN results count as one.
package main

import (
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"math"
	"math/rand/v2"
	"strings"

	"actinit/kernels"
)

var (
	name  = flag.String("variant", "avx512", "scalar, unrolled, avx2 or avx512")
	every = flag.Int64("every", 1<<12, "take every so many inputs of all 2^32")
	from  = flag.Int64("from", 0, "the first input's bits")
	to    = flag.Int64("to", 1<<32, "the input's bits behind the last")
	block = flag.Int("block", 1<<16, "how many inputs a kernel is given at a time")
	only  = flag.String("kernels", "", "only kernels whose name begins so, for example sigmoid or sigmoid/backward")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	variant := kernels.Scalar
	for variant.String() != *name {
		if variant++; variant > kernels.AVX512 {
			log.Fatalf("-variant: %q is unknown", *name)
		}
	}
	if !variant.Supported() {
		log.Fatalf("-variant: this CPU does not run %s", variant)
	}
	ran := 0
	for _, op := range kernels.Operations() {
		if f := op.Forward32(variant); f != nil && strings.HasPrefix(op.Name+"/forward", *only) {
			sweep(op.Name+"/forward", func(dst, _, x []float32) { f(dst, x, parameter(op.Name)) })
			ran++
		}
		if f := op.Backward32(variant); f != nil && strings.HasPrefix(op.Name+"/backward", *only) {
			sweep(op.Name+"/backward", func(dst, grad, x []float32) { f(dst, grad, x, parameter(op.Name)) })
			ran++
		}
	}
	if ran == 0 {
		log.Fatalf("no kernel of variant %s begins with %q", variant, *only)
	}
}

// parameter is the operation's default.
func parameter(operation string) float32 {
	switch operation {
	case "leakyrelu":
		return .01
	case "prelu":
		return .25
	}
	return 1
}

// sweep prints the checksum of each block of a kernel's results.
func sweep(kernel string, run func(dst, grad, x []float32)) {
	x, grad, dst := make([]float32, *block), make([]float32, *block), make([]float32, *block)
	random := rand.New(rand.NewPCG(5, 12))
	for i := range grad {
		grad[i] = float32(random.NormFloat64())
	}
	bytes := make([]byte, 0, 4**block)
	for first := *from; first < *to; {
		n, next := 0, first
		for ; n < *block && next < *to; next += *every {
			x[n] = math.Float32frombits(uint32(next))
			n++
		}
		run(dst[:n], grad[:n], x[:n])
		bytes = bytes[:0]
		for _, y := range dst[:n] {
			u := math.Float32bits(y)
			if y != y {
				u = math.Float32bits(float32(math.NaN()))
			}
			bytes = append(bytes, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
		}
		fmt.Printf("%s -from %#x -to %#x -every %d: %08x\n", kernel, first, next, *every, crc32.ChecksumIEEE(bytes))
		first = next
	}
}
