package layers

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// An initialiser draws weights of a layer of the given fans.
type initialiser struct {
	std func(fanIn, fanOut int) float64
}

var initialisers = map[string]initialiser{
	Normal01:      {func(int, int) float64 { return .01 }},
	Normal05:      {func(int, int) float64 { return .05 }},
	XavierLecture: {func(in, _ int) float64 { return 1 / math.Sqrt(float64(in)) }},
	XavierGlorot:  {func(in, out int) float64 { return math.Sqrt(2 / float64(in+out)) }},
	Kaiming:       {func(in, _ int) float64 { return math.Sqrt(2 / float64(in)) }},
}

func named(name string) (initialiser, error) {
	if i, ok := initialisers[name]; ok {
		return i, nil
	}
	return initialiser{}, fmt.Errorf("layers: no initialiser is called %q", name)
}

// Std returns the standard deviation of the weights of a layer with the shape
// (units, fan-in).
func (i initialiser) Std(shape ...int) (float64, error) { return i.std(shape[1], shape[0]), nil }

// Fill32 draws the weights of a layer with the shape (units, fan-in).
func (i initialiser) Fill32(dst []float32, shape []int, seed, stream uint64, workers int) error {
	std := float32(i.std(shape[1], shape[0]))
	kernels.ParallelRange(workers, len(dst), kernels.ParallelGrain, func(lo, hi int) {
		kernels.Normal(dst[lo:hi], seed, stream, uint64(lo), 0, std)
	})
	return nil
}
