package kernels_test

import (
	"math"
	"slices"
	"testing"

	"actinit/kernels"
)

// TestMaxoutVariants holds every variant to the scalar one: bits, winners, what lies
// between and behind the pieces, in place, and the refusal of a piece that is not there.
func TestMaxoutVariants(t *testing.T) {
	random := testSeed()
	scalar, scalarGrad := kernels.MaxoutIn[float32](kernels.Scalar)
	for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
		forward, backward := kernels.MaxoutIn[float32](v)
		if forward == nil {
			continue
		}
		for range 3000 {
			n, k := random.IntN(200), 1+random.IntN(6)
			if random.IntN(50) == 0 {
				k = kernels.MaxoutMaxPieces
			}
			stride := n + random.IntN(3)*random.IntN(20) + 1
			offset := random.IntN(8)
			src := make([]float32, offset+k*stride+8)[offset:]
			mixed(random, src)
			for i := range src { // ties, of zeros too
				if random.IntN(4) == 0 {
					src[i] = []float32{0, float32(math.Copysign(0, -1)), 1}[random.IntN(3)]
				}
			}
			want, dst := make([]float32, n+1), make([]float32, n+1)
			wantWinners, winners := make([]uint8, n+1), make([]uint8, n+1)
			scalar(want[:n], wantWinners[:n], src, k, stride)
			forward(dst[:n], winners[:n], src, k, stride)
			if i, same := sameBits(dst, want); !same || !slices.Equal(winners, wantWinners) {
				t.Fatalf("%s: %d units, %d pieces, stride %d: element %d is %x, winners %v, want %v", v, n, k, stride, i, dst[i], winners, wantWinners)
			}
			place := slices.Clone(src)
			forward(place[:n], nil, place, k, stride)
			if i, same := sameBits(place, append(slices.Clone(want[:n]), src[n:]...)); !same {
				t.Fatalf("%s: in place, without winners: element %d is %x", v, i, place[i])
			}

			grad := make([]float32, n)
			mixed(random, grad)
			wantBack, back := slices.Clone(src), slices.Clone(src)
			scalarGrad(wantBack, grad, winners[:n], k, stride)
			backward(back, grad, winners[:n], k, stride)
			if i, same := sameBits(back, wantBack); !same {
				t.Fatalf("%s gradient: %d units, %d pieces, stride %d: element %d is %x, want %x", v, n, k, stride, i, back[i], wantBack[i])
			}
			if n > 0 && k < kernels.MaxoutMaxPieces {
				winners[random.IntN(n)] = uint8(k)
				if panics(func() { backward(back, grad, winners[:n], k, stride) }) == "" {
					t.Fatalf("%s gradient: a winner that is not there is not refused", v)
				}
			}
		}
	}
}
