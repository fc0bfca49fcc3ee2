package kernels_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"actinit/kernels"
)

// TestVectorsAgree holds the AVX-512 kernels of float32 functions of one input to those of AVX2,
// bit for bit: forward, backward with a gradient of 1, and both results of the fused ones. With
// -exhaustive it tries all 2^32 inputs, else one of each 4093.
func TestVectorsAgree(t *testing.T) {
	if kernels.Lookup("relu").Forward32(kernels.AVX512) == nil {
		t.Skip("no AVX-512 on this machine: there is nothing to hold to AVX2's bits")
	}
	step := uint64(4093)
	if flag.Lookup("exhaustive").Value.String() == "true" {
		step = 1
	}
	for _, op := range kernels.Operations() {
		param := float32(1)
		if op.Name == "squareplus" {
			param = 4
		}
		unary := func(f kernels.ForwardFunc[float32]) func(dst, _, x []float32) {
			if f == nil {
				return nil
			}
			return func(dst, _, x []float32) { f(dst, x, param) }
		}
		gradient := func(f kernels.BackwardFunc[float32]) func(dst, _, x []float32) {
			if f == nil {
				return nil
			}
			ones := make([]float32, 1<<12)
			for i := range ones {
				ones[i] = 1
			}
			return func(dst, _, x []float32) { f(dst, ones[:len(x)], x, param) }
		}
		both := func(f kernels.FusedFunc[float32]) func(dst, derivative, x []float32) {
			if f == nil {
				return nil
			}
			return func(dst, derivative, x []float32) { f(dst, derivative, x, param) }
		}
		for direction, kernel := range map[string]func(v kernels.Variant) func(dst, second, x []float32){
			"forward":  func(v kernels.Variant) func(dst, second, x []float32) { return unary(op.Forward32(v)) },
			"backward": func(v kernels.Variant) func(dst, second, x []float32) { return gradient(op.Backward32(v)) },
			"fused":    func(v kernels.Variant) func(dst, second, x []float32) { return both(op.Fused32(v)) },
		} {
			narrow, wide := kernel(kernels.AVX2), kernel(kernels.AVX512)
			if narrow == nil || wide == nil {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", op.Name, direction), func(t *testing.T) {
				t.Parallel()
				const block = 1 << 12
				x := make([]float32, block)
				y, y2, want, want2 := make([]float32, block), make([]float32, block), make([]float32, block), make([]float32, block)
				for next := uint64(0); next < 1<<32; {
					n := 0
					for ; n < block && next < 1<<32; n++ {
						x[n] = math.Float32frombits(uint32(next))
						next += step
					}
					narrow(want[:n], want2[:n], x[:n])
					wide(y[:n], y2[:n], x[:n])
					for _, pair := range [][2][]float32{{y[:n], want[:n]}, {y2[:n], want2[:n]}} {
						if i, same := sameBits(pair[0], pair[1]); !same {
							t.Fatalf("at %#08x: %x, and %x in AVX2", math.Float32bits(x[i]), pair[0][i], pair[1][i])
						}
					}
				}
			})
		}
	}
}
