//go:build amd64 && !purego

package kernels

import (
	"math"
	"testing"
)

// TestQuantileVectors holds the vectors' transform of words to the portable one, bit for bit: on
// samples, or with -exhaustive on all 2^32 words. That one is held to the reference.
func TestQuantileVectors(t *testing.T) {
	stride := 4099
	if *exhaustive {
		stride = 1
	}
	const piece = 1 << 12
	for _, c := range []struct {
		v     Variant
		table *float32
	}{{AVX2, &quantileTable32[0][0]}, {AVX512, &quantileColumns32[0][0]}} {
		if !c.v.Supported() {
			continue
		}
		t.Run(c.v.String(), func(t *testing.T) {
			t.Parallel()
			ParallelRange(0, (1<<32)/piece/stride, 1, func(lo, hi int) {
				words, got := make([]uint32, piece), make([]float32, piece)
				for block := lo; block < hi; block++ {
					for i := range words {
						words[i] = uint32((block*piece + i) * stride)
					}
					normalWords(c.v, &got[0], &words[0], piece, c.table, 0, 1)
					for i, w := range words {
						if want := normalQuantile32(w); math.Float32bits(got[i]) != math.Float32bits(want) {
							t.Errorf("word %#x gives %v, want %v", w, got[i], want)
							return
						}
					}
				}
			})
		})
	}
}
