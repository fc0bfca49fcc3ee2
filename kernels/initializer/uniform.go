package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// Uniform draws weights from [low, high).
func Uniform(low, high float64) Initializer {
	return Initializer{"uniform", fmt.Sprintf("U[%s, %s)", number(low), number(high)), func([]int) (filling, error) {
		if width := high - low; !(width >= 0) || math.IsInf(width, 0) {
			return nil, fmt.Errorf("the interval is [%s, %s), want low <= high and a finite width", number(low), number(high))
		}
		return uniform{low: low, high: high}, nil
	}}
}

type uniform struct{ low, high, fan float64 }

func (d uniform) promise() Promise {
	return Promise{
		Mean: float64(d.low/2) + float64(d.high/2), Std: (d.high - d.low) / (2 * math.Sqrt(3)),
		Low: d.low, High: d.high, Fan: d.fan, Independent: true,
	}
}

func (d uniform) fill32(w weights[float32]) { fillUniform(w, float32(d.low), float32(d.high)) }
func (d uniform) fill64(w weights[float64]) { fillUniform(w, d.low, d.high) }

func fillUniform[T kernels.Float](w weights[T], low, high T) {
	w.each(func(piece []T, offset uint64) { kernels.Uniform(piece, w.seed, w.stream, offset, low, high) })
}

var uniformKind = Kind{
	Name: "uniform", Formula: "U[low, high)", Source: "torch; JAX, whose high is .01; Keras's random_uniform, which is on [-.05, .05)",
	Parameters: []Parameter{
		{Name: "low", Default: "0", Meaning: "smallest weight"},
		{Name: "high", Default: "1", Meaning: "above the largest weight"},
	},
	make: func(s values) (Initializer, error) { return Uniform(s.number("low"), s.number("high")), nil },
}
