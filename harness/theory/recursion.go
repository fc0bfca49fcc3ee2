package theory

import "math"

// A Recursion is a net of which a share Pass of the mean square goes through each
// activation in either direction: 1 for a linear net and for tanh near 0 (Glorot &
// Bengio 2010), 1/2 for ReLU and (1+slope^2)/2 for PReLU (He et al.
// 2015). Layer l = 1 .. depth is element l-1 of the slices.
//
// He's variance of a layer before its activation differs from the mean square after
// it, which this counts, by the constant factor Pass.
type Recursion struct {
	FanIn, FanOut []int     // weights into a unit, and out of an input: of a convolution k^2 times the channels
	Var           []float64 // of the weights
	Pass          float64
}

// Activation returns the mean square of the output of layer 0 (the input) .. depth
// relative to the input's, the product of Pass * fan-in * Var.
func (r Recursion) Activation() []float64 {
	q := make([]float64, len(r.Var)+1)
	q[0] = 1
	for l, v := range r.Var {
		q[l+1] = r.Pass * float64(r.FanIn[l]) * v * q[l]
	}
	return q
}

// Gradient returns the mean square of the gradient by the output of layer 0 ..
// depth relative to that of the last, the product of Pass * fan-out * Var.
func (r Recursion) Gradient() []float64 {
	depth := len(r.Var)
	g := make([]float64, depth+1)
	g[depth] = 1
	for l := depth; l > 0; l-- {
		g[l-1] = r.Pass * float64(r.FanOut[l-1]) * r.Var[l-1] * g[l]
	}
	return g
}

// WeightGradient returns the mean square of the gradient by the weights of layer
// 1 .. depth relative to the last layer's (Glorot & Bengio 2010).
func (r Recursion) WeightGradient() []float64 {
	depth := len(r.Var)
	q, g := r.Activation(), r.Gradient()
	w := make([]float64, depth)
	for l := range w {
		w[l] = q[l] * g[l+1] / q[depth-1]
	}
	return w
}

// BlockGrowth returns the factor by which a residual block of m layers,
// h + W_m relu(.. relu(W_1 h)), multiplies the mean square of h where W_k is
// scales[k-1] times He's: 1 + 2 (s_1 ... s_m)^2, for He's own weights 3, and 1 where
// one layer is zero. Layers keep the mean square but the last, which has
// no ReLU to make up for. (Zhang et al. 2019 count a branch without that
// factor 2, for which the growth is 2.)
func BlockGrowth(scales ...float64) float64 {
	product := 1.
	for _, s := range scales {
		product *= s
	}
	return 1 + 2*product*product
}

// FixupScale returns L^(-1/(2m-2)), the factor on He's weights in all layers of a
// residual branch but the last in a net of L branches with m >= 2 layers each (Zhang et al.
// 2019, section 3).
func FixupScale(branches, layers int) float64 {
	if layers < 2 {
		panic("theory: Fixup of branches with fewer than two layers")
	}
	return math.Pow(float64(branches), -1/float64(2*layers-2))
}

// WeightsLeft returns the share of a net's weights that is left after rounds of
// pruning that each take the share rates[l] of what layer l has (Frankle & Carbin 2019:
// 20% of a fully connected layer, 10% of the output layer).
func WeightsLeft(weights []int, rates []float64, rounds int) float64 {
	left, all := 0., 0.
	for l, n := range weights {
		left += float64(n) * math.Pow(1-rates[l], float64(rounds))
		all += float64(n)
	}
	return left / all
}
