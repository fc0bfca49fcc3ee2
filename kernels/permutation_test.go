package kernels_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"actinit/kernels"
)

func TestPermutationIsOne(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 127, 128, 129, 1000, 100_000} {
		dst := make([]int, n)
		kernels.Permutation(dst, 5, uint64(n))
		slices.Sort(dst)
		for i, v := range dst {
			if v != i {
				t.Fatalf("%d elements: %d is not there once", n, i)
			}
		}
	}
}

// All 24 permutations of 4 come equally often: a chi-squared test with 23 degrees of
// freedom, mean 23 and variance 46.
func TestPermutationIsUniform(t *testing.T) {
	const draws = 24 * 4000
	counts := map[[4]int]int{}
	for stream := range uint64(draws) {
		var p [4]int
		kernels.Permutation(p[:], 6, stream)
		counts[p]++
	}
	var chi float64
	for _, c := range counts {
		chi += float64((c-4000)*(c-4000)) / 4000
	}
	if len(counts) != 24 || math.Abs(chi-23) > 5*math.Sqrt(46) {
		t.Errorf("%d permutations, chi squared %v", len(counts), chi)
	}
}

// Every number comes at every place of a longer one.
func TestPermutationPlaces(t *testing.T) {
	const n, draws = 300, 3000
	sums, p := make([]float64, n), make([]int, n)
	for stream := range uint64(draws) {
		kernels.Permutation(p, 7, stream)
		for i, v := range p {
			sums[i] += float64(v)
		}
	}
	const mean, variance = (n - 1) / 2., (n*n - 1) / 12.
	for i, sum := range sums {
		if got := sum / draws; math.Abs(got-mean) > 5*math.Sqrt(variance/draws) {
			t.Errorf("place %d: mean %v, want %v", i, got, mean)
		}
	}
}

func ExamplePermutation() {
	p := make([]int, 8)
	kernels.Permutation(p, 1, 0)
	fmt.Println(p)
	// Output: [7 1 2 5 3 4 6 0]
}
