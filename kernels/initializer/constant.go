package initializer

import "actinit/kernels"

// Constant sets every weight to value.
func Constant(value float64) Initializer {
	return Initializer{"constant", number(value), func([]int) (filling, error) {
		return constant(value), finite("value", value)
	}}
}

// Zeros sets every weight to 0.
func Zeros() Initializer {
	in := Constant(0)
	in.Name = "zeros"
	return in
}

// Ones sets every weight to 1.
func Ones() Initializer {
	in := Constant(1)
	in.Name = "ones"
	return in
}

type constant float64

func (c constant) promise() Promise {
	v := float64(c)
	return Promise{Mean: v, Low: v, High: v}
}

func (c constant) fill32(w weights[float32]) { fillConstant(w, float32(c)) }
func (c constant) fill64(w weights[float64]) { fillConstant(w, float64(c)) }

func fillConstant[T kernels.Float](w weights[T], v T) {
	w.each(func(piece []T, _ uint64) { kernels.Constant(piece, v) })
}

var constantKind = Kind{
	Name: "constant", Formula: "value", Source: "torch, JAX, Keras",
	Parameters: []Parameter{{Name: "value", Default: "0", Meaning: "of every weight"}},
	make:       func(s values) (Initializer, error) { return Constant(s.number("value")), nil },
}

var zerosKind = Kind{
	Name: "zeros", Formula: "0", Source: "torch, JAX, Keras",
	make: func(values) (Initializer, error) { return Zeros(), nil },
}

var onesKind = Kind{
	Name: "ones", Formula: "1", Source: "torch, JAX, Keras",
	make: func(values) (Initializer, error) { return Ones(), nil },
}
