package training

import (
	"math"

	"actinit/harness/network"
	"actinit/kernels"
)

// An Optimizer changes parameters by their gradients. It keeps a state for each
// parameter by its place in the list, so it serves one net.
type Optimizer[T kernels.Float] interface {
	Step(parameters []*network.Parameter[T])
}

// SGD is gradient descent with momentum as PyTorch has it,
//
//	v = Momentum*v + g + Decay*w        w = w - Rate*v
type SGD[T kernels.Float] struct {
	Rate, Momentum, Decay float64

	velocity [][]T
}

// Step changes the parameters.
func (s *SGD[T]) Step(parameters []*network.Parameter[T]) {
	s.velocity = states(s.velocity, parameters)
	rate, momentum, decay := T(s.Rate), T(s.Momentum), T(s.Decay)
	each(parameters, func(i, first int, w, g []T) {
		v := s.velocity[i][first : first+len(w)]
		for j := range w {
			d := g[j] + T(decay*w[j])
			v[j] = T(momentum*v[j]) + d
			w[j] -= T(rate * v[j])
		}
	})
}

// Adam is the method of Kingma & Ba 2015 with bias correction,
//
//	m = Beta1*m + (1-Beta1)*g        v = Beta2*v + (1-Beta2)*g^2
//	w = w - Rate * (m/(1-Beta1^t)) / (sqrt(v/(1-Beta2^t)) + Epsilon)
//
// Zero values of Beta1, Beta2 and Epsilon stand for .9, .999 and 1e-8.
type Adam[T kernels.Float] struct {
	Rate, Beta1, Beta2, Epsilon float64

	steps         int
	mean, squares [][]T
}

// Step changes the parameters.
func (a *Adam[T]) Step(parameters []*network.Parameter[T]) {
	a.mean, a.squares = states(a.mean, parameters), states(a.squares, parameters)
	a.steps++
	b1, b2, epsilon := orElse(a.Beta1, .9), orElse(a.Beta2, .999), orElse(a.Epsilon, 1e-8)
	c1, c2 := 1-math.Pow(b1, float64(a.steps)), 1-math.Pow(b2, float64(a.steps))
	each(parameters, func(i, first int, w, g []T) {
		m, v := a.mean[i][first:first+len(w)], a.squares[i][first:first+len(w)]
		for j := range w {
			d := float64(g[j])
			mj := b1*float64(m[j]) + (1-b1)*d
			vj := b2*float64(v[j]) + (1-b2)*d*d
			m[j], v[j] = T(mj), T(vj)
			w[j] -= T(a.Rate * (mj / c1) / (math.Sqrt(vj/c2) + epsilon))
		}
	})
}

func orElse(x, otherwise float64) float64 {
	if x == 0 {
		return otherwise
	}
	return x
}

// states returns a number for each of the parameters' numbers, zeros at first.
func states[T kernels.Float](have [][]T, parameters []*network.Parameter[T]) [][]T {
	if have == nil {
		for _, p := range parameters {
			have = append(have, make([]T, p.Value.Rows*p.Value.Cols))
		}
	}
	return have
}

// each calls do for the rows of all parameters: row j of parameter i begins at its
// number first.
func each[T kernels.Float](parameters []*network.Parameter[T], do func(i, first int, w, g []T)) {
	for i, p := range parameters {
		for j := range p.Value.Rows {
			do(i, j*p.Value.Cols, p.Value.Row(j), p.Gradient.Row(j))
		}
	}
}
