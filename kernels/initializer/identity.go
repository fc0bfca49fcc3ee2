package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// Eye is the identity times gain: weight (i, i) of a matrix is the gain, all others 0,
// whether it is square or not.
func Eye(gain float64) Initializer {
	return Initializer{"eye", fmt.Sprintf("%s where row = column, else 0", number(gain)), func(shape []int) (filling, error) {
		if len(shape) != 2 {
			return nil, fmt.Errorf("shape %v is not a matrix: want (out, in)", shape)
		}
		columns := shape[1]
		return newPlaced(min(shape[0], columns), func(i int) int { return i*columns + i }, shape, gain), finite("gain", gain)
	}}
}

// Dirac lets a convolution begin as the identity: in each group, output channel i
// passes input channel i on through the middle of the filter, position k/2 rounded
// down, and what channels are left over are 0. Shapes have three to five dimensions; groups
// divides out.
func Dirac(groups int) Initializer {
	formula := "1 in the middle of the filter from input i to output i, else 0"
	if groups != 1 {
		formula = fmt.Sprintf("%s, in each of %d groups", formula, groups)
	}
	return Initializer{"dirac", formula, func(shape []int) (filling, error) {
		if len(shape) < 3 || len(shape) > 5 {
			return nil, fmt.Errorf("shape %v is not that of a convolution: want (out, in/groups, k...) with one to three k", shape)
		}
		if groups < 1 || shape[0]%groups != 0 {
			return nil, fmt.Errorf("%d groups do not divide the %d outputs of shape %v", groups, shape[0], shape)
		}
		field, middle := receptiveField(shape, func(k int) int { return k / 2 })
		if field == 0 { // a place in it would be none of the tensor's
			return nil, fmt.Errorf("shape %v has an empty filter", shape)
		}
		outputs, inputs := shape[0]/groups, shape[1] // of a group
		passed := min(outputs, inputs)
		place := func(i int) int {
			group, channel := i/passed, i%passed
			return ((group*outputs+channel)*inputs+channel)*field + middle
		}
		return newPlaced(groups*passed, place, shape, 1), nil
	}}
}

// receptiveField returns the size of a convolution's filters and the index in one of
// the place whose coordinate on an axis of size k is middle(k).
func receptiveField(shape []int, middle func(k int) int) (size, index int) {
	size = 1
	for _, k := range shape[2:] {
		size *= k
		index = index*k + middle(k)
	}
	return size, index
}

// placed is value at count places and 0 elsewhere.
type placed struct {
	count int
	place func(i int) int
	value float64
	n     int // elements in all
}

func newPlaced(count int, place func(i int) int, shape []int, value float64) placed {
	n, _ := elements(shape)
	return placed{count, place, value, n}
}

func (p placed) promise() Promise {
	share := 0.
	if p.n > 0 {
		share = float64(p.count) / float64(p.n)
	}
	return Promise{
		Mean: p.value * share, Std: math.Abs(p.value) * math.Sqrt(share*(1-share)),
		Low: math.Min(0, p.value), High: math.Max(0, p.value),
	}
}

func (p placed) fill32(w weights[float32]) { fillPlaced(p, w) }
func (p placed) fill64(w weights[float64]) { fillPlaced(p, w) }

func fillPlaced[T kernels.Float](p placed, w weights[T]) {
	fillConstant(w, 0)
	for i := range p.count {
		w.dst[p.place(i)] = T(p.value)
	}
}

var eyeKind = Kind{
	Name: "eye", Aliases: []string{"identity"}, Formula: "gain where row = column, else 0", Source: "torch; Keras's identity",
	Parameters: []Parameter{{Name: "gain", Default: "1", Meaning: "on the diagonal"}},
	make:       func(s values) (Initializer, error) { return Eye(s.number("gain")), nil },
}

var diracKind = Kind{
	Name: "dirac", Formula: "1 in the middle of the filter from input i to output i of each group, else 0", Source: "torch; Zagoruyko and Komodakis 2017",
	Parameters: []Parameter{{Name: "groups", Default: "1", Meaning: "of the convolution, a divisor of its outputs", whole: true}},
	make:       func(s values) (Initializer, error) { return Dirac(int(s.number("groups"))), nil },
}
