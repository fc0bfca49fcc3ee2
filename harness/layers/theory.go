package layers

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"

	"actinit/harness/ops"
)

// A meanField is the infinite-width theory of one activation (Poole et al.
// 2016, Schoenholz et al. 2017). In a wide layer with independent weights of
// mean 0 and variance s^2 every pre-activation of one example is N(0, v) with
// v = fan-in * s^2 * q, where q is the mean square of the layer's input, so
//
//	q_{l+1} = E f(sqrt(v) u)^2          u ~ N(0, 1)
//	g_l     = units * s^2 * g_{l+1} * E f'(sqrt(v_{l+1}) u)^2
//
// with g the mean square of the gradient by an activation. Expectations come
// from the table's reference functions by quadrature, so every row has a theory.
//
// For maxout u is the largest of k independent N(0, 1), which has density
// k phi(u) Phi(u)^(k-1); one piece alone receives the gradient.
type meanField struct {
	row   ops.Row
	param float64
}

// expectations are moments of f and f' under z ~ N(0, v).
type expectations struct {
	second     float64 // E f^2
	fourth     float64 // E f^4
	derivative float64 // E f'^2, summed over the pieces
}

// legendreNodes and legendreWeights are a Gauss-Legendre rule on [-1, 1].
var legendreNodes, legendreWeights = func() (x, w []float64) {
	x, w = make([]float64, 8), make([]float64, 8)
	quad.Legendre{}.FixedLocations(x, w, -1, 1)
	return x, w
}()

// panels are the ends of the integration panels on u > 0. They shrink towards 0,
// where a saturating f of a large argument has all its bend, and end where the
// normal density is below 1e-17 of its peak.
var panels = func() []float64 {
	ends := []float64{0}
	for u := math.Ldexp(1, -19); u < .5; u *= 4 {
		ends = append(ends, u)
	}
	for u := .5; u <= 9; u += .5 {
		ends = append(ends, u)
	}
	return ends
}()

// at returns the expectations for pre-activations of variance v. They are NaN
// where the reference is.
func (m meanField) at(v float64) expectations {
	var sum expectations
	pieces := max(1, m.row.Pieces)
	in := make([]float64, pieces)
	saved := make([]float64, pieces+1)
	scale := math.Sqrt(v)
	m.integrate(v, func(u, weight, f float64) {
		sum.second += weight * f * f
		sum.fourth += weight * f * f * f * f
		for j := range in {
			in[j] = scale * u
		}
		for j := range in {
			d := m.derivative(in, f, j, saved)
			sum.derivative += weight * d * d
		}
	})
	return sum
}

// integrate shows the nodes of a quadrature over u to add: f = f(sqrt(v) u)
// and the weight, the density included.
func (m meanField) integrate(v float64, add func(u, weight, f float64)) {
	scale := math.Sqrt(v)
	ends := slices.Clone(panels)
	for _, u := range panels[1:] {
		ends = append(ends, -u)
	}
	for _, kink := range m.row.Kinks {
		if u := kink / scale; math.Abs(u) < 9 {
			ends = append(ends, u) // no panel straddles a kink
		}
	}
	slices.Sort(ends)
	pieces := max(1, m.row.Pieces)
	in := make([]float64, pieces)
	for p := 1; p < len(ends); p++ {
		mid, half := (ends[p]+ends[p-1])/2, (ends[p]-ends[p-1])/2
		for i, x := range legendreNodes {
			u := mid + half*x
			weight := half * legendreWeights[i] * maxDensity(u, pieces)
			if weight == 0 {
				continue
			}
			for j := range in {
				in[j] = scale * u
			}
			f, _ := m.row.Forward.Value(in, m.param, 0)
			add(u, weight, f)
		}
	}
}

// derivative returns f' by piece j of the inputs, through the backward
// function with gradient 1. saved is room for its arguments.
func (m meanField) derivative(in []float64, f float64, j int, saved []float64) float64 {
	saved[0] = 1
	copy(saved[1:], in)
	if m.row.Saved == ops.SavedOutput {
		saved[1] = f
	}
	d, _ := m.row.Backward.Value(saved, m.param, j)
	return d
}

// maxDensity is the density at u of the largest of k independent N(0, 1).
func maxDensity(u float64, k int) float64 {
	phi := math.Exp(-u*u/2) / math.Sqrt(2*math.Pi)
	if k == 1 {
		return phi
	}
	return float64(k) * phi * math.Pow(math.Erfc(-u/math.Sqrt2)/2, float64(k-1))
}

// A wideLayer is what the theory says of one layer, mean squares over the batch.
type wideLayer struct {
	preactivation  float64 // of z_l
	activation     float64 // of h_l
	gradient       float64 // of dL/dh_l
	weightGradient float64 // of dL/dW_l
}

// A wideNet is a net whose layers are wide: what the recursions need.
type wideNet struct {
	field  meanField
	units  int
	fanIn  []int     // of layer 1 .. depth
	std    []float64 // of the weights of layer 1 .. depth
	inputs []float64 // mean squares of the examples' inputs
}

// layers returns the theory of layer 0 (the input) .. depth. The recursion runs
// for each example on its own, because the theory is not linear in q, and is
// averaged over them.
func (w wideNet) layers() []wideLayer {
	depth := len(w.std)
	all := make([]wideLayer, depth+1)
	examples := grouped(w.inputs, 16)
	share := 1 / float64(len(examples))
	q := make([]float64, depth+1)
	field := make([]expectations, depth+1)
	for _, q0 := range examples {
		q[0] = q0
		all[0].activation += share * q0
		for l := 1; l <= depth; l++ {
			v := w.gain(l) * q[l-1]
			field[l] = w.field.at(v)
			q[l] = field[l].second
			all[l].preactivation += share * v
			all[l].activation += share * q[l]
		}
		g := 1.
		for l := depth; l >= 1; l-- {
			all[l].gradient += share * g
			perPiece := g * field[l].derivative / float64(max(1, w.field.row.Pieces))
			all[l].weightGradient += float64(len(w.inputs)) * share * perPiece * q[l-1]
			g *= float64(w.units) * w.std[l-1] * w.std[l-1] * field[l].derivative
		}
		all[0].gradient += share * g
	}
	return all
}

// gain returns the factor from the mean square of layer l's input to the
// variance of its pre-activations.
func (w wideNet) gain(l int) float64 { return float64(w.fanIn[l-1]) * w.std[l-1] * w.std[l-1] }

// grouped returns at most n numbers that stand for x: the means of equal
// groups of it in sorted order, so that a large batch costs no more than a small one.
func grouped(x []float64, n int) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	if len(sorted) <= n {
		return sorted
	}
	means := make([]float64, n)
	for g := range means {
		group := sorted[g*len(sorted)/n : (g+1)*len(sorted)/n]
		for _, v := range group {
			means[g] += v / float64(len(group))
		}
	}
	return means
}
