package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// Normal draws weights from the normal distribution of the given mean and
// standard deviation.
func Normal(mean, std float64) Initializer {
	return Initializer{"normal", fmt.Sprintf("N(%s, std), std = %s", number(mean), number(std)), func([]int) (filling, error) {
		if err := finite("mean", mean); err != nil {
			return nil, err
		}
		return normal{mean: mean, std: std}, notNegative("standard deviation", std)
	}}
}

type normal struct{ mean, std, fan float64 }

func (d normal) promise() Promise {
	return Promise{Mean: d.mean, Std: d.std, Low: math.Inf(-1), High: math.Inf(1), Fan: d.fan, Independent: true}
}

func (d normal) fill32(w weights[float32]) { fillNormal(w, float32(d.mean), float32(d.std)) }
func (d normal) fill64(w weights[float64]) { fillNormal(w, d.mean, d.std) }

func fillNormal[T kernels.Float](w weights[T], mean, std T) {
	w.each(func(piece []T, offset uint64) { kernels.Normal(piece, w.seed, w.stream, offset, mean, std) })
}

var normalKind = Kind{
	Name: "normal", Formula: "N(mean, std)", Source: "torch; JAX, whose std is .01; Keras's random_normal, whose std is .05",
	Parameters: []Parameter{
		{Name: "mean", Default: "0", Meaning: "of the distribution"},
		{Name: "std", Default: "1", Meaning: "standard deviation, >= 0"},
	},
	make: func(s values) (Initializer, error) { return Normal(s.number("mean"), s.number("std")), nil },
}
