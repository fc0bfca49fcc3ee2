package kernels_test

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"actinit/kernels"
)

// A kernel of one float32 input: second is the other result of a fused one.
type oneInput func(dst, second, x []float32)

// comparisons lists the kernels that have to give the bits of separate AVX2 ones: those of AVX-512,
// forward and backward with a gradient of 1, and the fused ones of both. In blocks of up to 1<<12.
func comparisons(t *testing.T) (all []struct {
	name           string
	narrow, kernel oneInput
}) {
	ones := make([]float32, 1<<12)
	for i := range ones {
		ones[i] = 1
	}
	for _, op := range kernels.Operations() {
		param := float32(1)
		if op.Name == "squareplus" {
			param = 4
		}
		unary := func(v kernels.Variant) oneInput {
			f := op.Forward32(v)
			if f == nil {
				return nil
			}
			return func(dst, _, x []float32) { f(dst, x, param) }
		}
		gradient := func(v kernels.Variant) oneInput {
			f := op.Backward32(v)
			if f == nil {
				return nil
			}
			return func(dst, _, x []float32) { f(dst, ones[:len(x)], x, param) }
		}
		add := func(name string, narrow, kernel oneInput) {
			if narrow != nil && kernel != nil {
				all = append(all, struct {
					name           string
					narrow, kernel oneInput
				}{op.Name + "/" + name, narrow, kernel})
			}
		}
		forward, backward := unary(kernels.AVX2), gradient(kernels.AVX2)
		add("forward", forward, unary(kernels.AVX512))
		add("backward", backward, gradient(kernels.AVX512))
		for _, v := range []kernels.Variant{kernels.AVX2, kernels.AVX512} {
			if f := op.Fused32(v); f != nil {
				add(fmt.Sprintf("fused %s", v),
					func(dst, second, x []float32) { forward(dst, nil, x); backward(second, nil, x) },
					func(dst, second, x []float32) { f(dst, second, x) })
			}
		}
	}
	if len(all) == 0 {
		t.Skip("compares AVX-512 and fused kernels with AVX2's, and this CPU or build has no AVX2")
	}
	return all
}

// agrees compares both kernels on blocks of inputs that next fills, until it returns 0.
func agrees(t *testing.T, narrow, kernel oneInput, next func(x []float32) int) {
	const block = 1 << 12
	x := make([]float32, block)
	y, y2, want, want2 := make([]float32, block), make([]float32, block), make([]float32, block), make([]float32, block)
	for n := next(x); n > 0; n = next(x) {
		narrow(want[:n], want2[:n], x[:n])
		kernel(y[:n], y2[:n], x[:n])
		for _, pair := range [][2][]float32{{y[:n], want[:n]}, {y2[:n], want2[:n]}} {
			if i, same := sameBits(pair[0], pair[1]); !same {
				t.Fatalf("at %#08x: %x, and %x in AVX2", math.Float32bits(x[i]), pair[0][i], pair[1][i])
			}
		}
	}
}

// TestVectorsAgree holds them to those bits. With -exhaustive it tries all 2^32 inputs, else
// one of each 4093.
func TestVectorsAgree(t *testing.T) {
	step := uint64(4093)
	if flag.Lookup("exhaustive").Value.String() == "true" {
		step = 1
	}
	for _, c := range comparisons(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := uint64(0)
			agrees(t, c.narrow, c.kernel, func(x []float32) (n int) {
				for ; n < len(x) && at < 1<<32; n++ {
					x[n] = math.Float32frombits(uint32(at))
					at += step
				}
				return n
			})
		})
	}
}

// TestVectorsAgreeBesideStrangers does so where an element's neighbours in the vector have nothing to do with
// it, as they do not where all inputs are tried in turn: AVX-512 kernels share a division between two elements. Few
// are special or at random, so that most vectors have none that is in doubt.
func TestVectorsAgreeBesideStrangers(t *testing.T) {
	special := []float32{0, float32(minus0), float32(inf), -float32(inf), float32(nan), 1e-45, -1e-45, math.MaxFloat32, -math.MaxFloat32, -87.4, 104, -104}
	random := testSeed()
	const blocks = 100
	inputs := make([]float32, blocks<<12)
	for i := range inputs {
		switch k := random.IntN(100); {
		case k == 0:
			inputs[i] = math.Float32frombits(random.Uint32())
		case k == 1:
			inputs[i] = special[random.IntN(len(special))]
		case k < 20:
			inputs[i] = float32(random.NormFloat64() * 25)
		case k < 40:
			inputs[i] = float32(math.Copysign(math.Exp(-60*random.Float64()), random.NormFloat64()))
		case k < 50:
			inputs[i] = float32(200*random.Float64() - 90)
		default:
			inputs[i] = float32(random.NormFloat64() * 4)
		}
	}
	for _, c := range comparisons(t) {
		t.Run(c.name, func(t *testing.T) {
			left := inputs
			agrees(t, c.narrow, c.kernel, func(x []float32) int {
				n := copy(x, left)
				left = left[n:]
				return n
			})
		})
	}
}
