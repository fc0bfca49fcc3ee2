package theory

import (
	"math"
	"slices"

	"actinit/harness/ops"
)

// A Field is one activation under Gaussian pre-activations: the table's row at a
// parameter. Its expectations come from the table's reference functions by
// quadrature over 576 nodes within nine standard deviations, so every row has a
// theory. An activation that grows exponentially has one as long as what lies
// beyond them does not count, for a variance up to about 1.
//
// For maxout u is the largest of k independent N(0, 1), which has density
// k phi(u) Phi(u)^(k-1); one piece alone receives the gradient. The two inputs of a
// gated unit a*f(b) are independent and have the same variance.
type Field struct {
	Row   ops.Row
	Param float64 // of the activation; 0 if it has none
}

// Of returns the field of the table's activation of that name, at its default
// parameter, and whether there is one.
func Of(name string) (Field, bool) {
	row, ok := ops.Find(name)
	f := Field{Row: row}
	if ok && row.Param != nil {
		f.Param = row.Param.Default
	}
	return f, ok
}

// Moments are expectations over pre-activations z ~ N(0, v). They are NaN where
// the reference is.
type Moments struct {
	Mean   float64 // E f
	Second float64 // E f^2
	Fourth float64 // E f^4

	// Of the gradients by the pieces, summed over these.
	Derivative       float64 // E f'^2
	DerivativeFourth float64 // E f'^4
}

// At returns the moments for pre-activations of variance v.
func (f Field) At(v float64) Moments {
	if f.Row.Saved == ops.SavedBoth {
		return f.gated(v)
	}
	var m Moments
	slope := f.slope()
	scale := math.Sqrt(v)
	f.integrate(v, func(u, weight, y float64) {
		d := slope(scale * u)
		yy, dd := y*y, d*d
		m.Mean += weight * y
		m.Second += weight * yy
		m.Fourth += weight * yy * yy
		m.Derivative += weight * dd
		m.DerivativeFourth += weight * dd * dd
	})
	return m
}

// gated returns the moments of a*f(b) for independent a, b ~ N(0, v), whose
// gradients are f(b) and a*f'(b).
func (f Field) gated(v float64) Moments {
	var m Moments
	slope := f.slope()
	scale := math.Sqrt(v)
	f.integrate(v, func(u, weight, y float64) {
		d := slope(scale * u)
		yy, dd := y*y, d*d
		m.Second += weight * v * yy
		m.Fourth += weight * 3 * v * v * yy * yy
		m.Derivative += weight * (yy + v*dd)
		m.DerivativeFourth += weight * (yy*yy + 3*v*v*dd*dd)
	})
	return m
}

// second returns E f^2 for pre-activations of variance v.
func (f Field) second(v float64) (sum float64) {
	f.integrate(v, func(_, weight, y float64) { sum += weight * y * y })
	if f.Row.Saved == ops.SavedBoth {
		sum *= v
	}
	return sum
}

// slope returns the derivative as a function of the pre-activation: of a gated
// unit that of its gate, of maxout that by the largest piece.
func (f Field) slope() func(x float64) float64 {
	switch {
	case f.Row.Saved == ops.SavedPieces:
		return func(float64) float64 { return 1 }
	case f.Row.Saved == ops.SavedBoth:
		in := []float64{1, 1, 0}
		return func(x float64) float64 {
			in[2] = x
			d, _ := f.Row.Backward.Value(in, f.Param, 0)
			return d
		}
	default:
		return func(x float64) float64 { return f.Row.Derivative(x, f.Param) }
	}
}

// value returns the activation as a function of the pre-activation: of a gated
// unit its gate, of maxout one of equal pieces.
func (f Field) value() func(x float64) float64 {
	in := make([]float64, max(1, f.Row.Pieces))
	for i := range in {
		in[i] = 1
	}
	return func(x float64) float64 {
		in[len(in)-1] = x
		if f.Row.Saved == ops.SavedPieces {
			return x
		}
		y, _ := f.Row.Forward.Value(in, f.Param, 0)
		return y
	}
}

// integrate shows the nodes of a quadrature over u to add: y = f(sqrt(v) u)
// and the weight, the density included.
func (f Field) integrate(v float64, add func(u, weight, y float64)) {
	f.integrateBetween(f.kinks(math.Sqrt(v)), v, add)
}

// integrateBetween is integrate with panels that end at the given places, in
// ascending order, beside those that they always end at.
func (f Field) integrateBetween(ends []float64, v float64, add func(u, weight, y float64)) {
	value := f.value()
	scale := math.Sqrt(v)
	pieces := 1
	if f.Row.Saved == ops.SavedPieces {
		pieces = f.Row.Pieces
	}
	show := func(p *panel) {
		for i, u := range p.nodes {
			weight := p.weights[i]
			if pieces > 1 {
				weight *= float64(pieces) * math.Pow(math.Erfc(-u/math.Sqrt2)/2, float64(pieces-1))
			}
			add(u, weight, value(scale*u))
		}
	}
	for i := range panels {
		split(&panels[i], ends, show)
	}
}

// jumps reports whether the activation is discontinuous.
func (f Field) jumps() bool {
	const gap = 1e-6
	value := f.value()
	return slices.ContainsFunc(f.Row.KinksAt(f.Param), func(kink float64) bool {
		side := 1e-9 * max(1, math.Abs(kink))
		return math.Abs(value(kink+side)-value(kink-side)) > gap
	})
}

// kinks returns the kinks of f(scale u) in ascending order.
func (f Field) kinks(scale float64) []float64 {
	all := f.Row.KinksAt(f.Param)
	u := make([]float64, len(all))
	for i, kink := range all {
		u[i] = kink / scale
	}
	slices.Sort(u)
	return u
}
