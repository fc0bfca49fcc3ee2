package theory

import "slices"

// A WideNet is a net of fully connected layers h_l = f(W_l h_{l-1} + b_l) that are
// wide, with independent weights and biases of mean 0: what the recursions of Poole
// et al. 2016 and Schoenholz et al. 2017 need. In such a layer every
// pre-activation of one example is N(0, v) with
//
//	v_l     = fan-in * s^2 * q_{l-1} + sb^2
//	q_l     = E f(sqrt(v_l) u)^2                      u ~ N(0, 1)
//	g_{l-1} = units * s^2 * g_l * E f'(sqrt(v_l) u)^2
//
// where q is the mean square of the layer's output, g that of the gradient by it.
//
// With Residual a layer whose fan-in is the number of units adds its input:
// h_l = h_{l-1} + f(W_l h_{l-1} + b_l). Weights are independent of that input, so
// with m the mean of the outputs, which starts from 0,
//
//	m_l = m_{l-1} + E f        q_l = q_{l-1} + 2 m_{l-1} E f + E f^2
//	g_{l-1} = g_l (1 + units * s^2 * E f'^2)
type WideNet struct {
	Field    Field
	Units    int
	FanIn    []int     // of layer 1 .. depth
	Std      []float64 // of the weights of layer 1 .. depth
	BiasStd  []float64 // of the biases of layer 1 .. depth; nil for none
	Residual bool
	Inputs   []float64 // mean squares of the examples' inputs
}

// A Layer is what the theory says of one layer. Mean squares are over units and
// the batch, with a gradient of mean square 1 by the net's output.
type Layer struct {
	Preactivation  float64 // mean square of z_l = W_l h_{l-1} + b_l
	Activation     float64 // of h_l
	Gradient       float64 // of dL/dh_l
	WeightGradient float64 // of dL/dW_l, summed over the batch
	Chi            float64 // fan-in s^2 E f'^2, which is chi_1 at a fixed point, see DepthScale; 0 of the input
}

// Uniform returns a net of equal square layers, its weights of the given
// standard deviation, on one input of mean square 1.
func Uniform(f Field, depth, width int, std float64) WideNet {
	w := WideNet{Field: f, Units: width, Inputs: []float64{1}}
	for range depth {
		w.FanIn, w.Std = append(w.FanIn, width), append(w.Std, std)
	}
	return w
}

// Layers returns the theory of layer 0 (the input) .. depth. The recursion runs
// for each example on its own, because the theory is not linear in q, and is
// averaged over them.
func (w WideNet) Layers() []Layer {
	depth := len(w.Std)
	all := make([]Layer, depth+1)
	examples := grouped(w.Inputs, 16)
	share := 1 / float64(len(examples))
	q := make([]float64, depth+1)
	field := make([]Moments, depth+1)
	for _, q0 := range examples {
		q[0] = q0
		all[0].Activation += share * q0
		mean := 0.
		for l := 1; l <= depth; l++ {
			v := w.variance(l, q[l-1])
			field[l] = w.Field.At(v)
			q[l] = field[l].Second
			if w.adds(l) {
				q[l] += q[l-1] + 2*mean*field[l].Mean
				mean += field[l].Mean
			} else {
				mean = field[l].Mean
			}
			all[l].Preactivation += share * v
			all[l].Activation += share * q[l]
			all[l].Chi += share * w.gain(l) * field[l].Derivative
		}
		g := 1.
		for l := depth; l >= 1; l-- {
			all[l].Gradient += share * g
			perPiece := g * field[l].Derivative / float64(max(1, w.Field.Row.Pieces))
			all[l].WeightGradient += float64(len(w.Inputs)) * share * perPiece * q[l-1]
			back := float64(w.Units) * w.Std[l-1] * w.Std[l-1] * field[l].Derivative
			if w.adds(l) {
				back++
			}
			g *= back
		}
		all[0].Gradient += share * g
	}
	return all
}

// gain returns the factor from the mean square of layer l's input to the
// variance that it gives to the layer's pre-activations.
func (w WideNet) gain(l int) float64 { return float64(w.FanIn[l-1]) * w.Std[l-1] * w.Std[l-1] }

// bias returns the variance of layer l's biases.
func (w WideNet) bias(l int) float64 {
	if w.BiasStd == nil {
		return 0
	}
	return w.BiasStd[l-1] * w.BiasStd[l-1]
}

// variance returns that of layer l's pre-activations for an input of mean square q.
func (w WideNet) variance(l int, q float64) float64 { return w.gain(l)*q + w.bias(l) }

// adds reports whether layer l adds its input to its output.
func (w WideNet) adds(l int) bool { return w.Residual && w.FanIn[l-1] == w.Units }

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
