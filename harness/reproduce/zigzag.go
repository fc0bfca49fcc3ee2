package reproduce

import (
	"math"

	"actinit/harness/dense"
	"actinit/kernels"
)

// Two weights start at (0, 0) and are to learn y = x1 - x2, one up and one down, from one
// example at a time. The gradient is (w.x - y)x: with inputs that are all positive every step
// moves both weights up or both down, and only what the two moves differ by leads to the
// goal.
//
// In the limit of small steps the weights' distance d from the goal keeps its direction,
// (1, -1)/sqrt(2), and a path is E|d.x||x| / E(d.x)^2 times as long as the straight line.
// Of all-positive inputs no path can be shorter than sqrt(2) times it. The rate
// makes d stray by about sqrt(rate/40) of its length, 1/30, and the path longer or shorter by
// some of the square of that; a walk ends at a hundredth of the way.
const (
	zigzagRate  = .05
	zigzagWalks = 20
	zigzagEnd   = .01
	zigzagSteps = 100000 // of which no walk needs a tenth
)

var (
	zigzagBound   = Claim{"sigmoid inputs: path of two weights to (1, -1) over the straight line, shortest walk", math.Sqrt2, "every step lies in the first or third quadrant", AtLeast, 0}
	zigzagSigmoid = Claim{"sigmoid inputs: path over the straight line", 2.97716, "E|d.x||x| / E(d.x)^2, x = sigmoid(N(0,1)), quadrature", Within, .05}
	zigzagNormal  = Claim{"zero-mean inputs: path over the straight line", 4 / math.Pi, "the same, x = N(0,1)", Within, .05}
	zigzagTanh    = Claim{"tanh inputs: path over the straight line", 1.19749, "the same, x = tanh(N(0,1)), quadrature", Within, .05}
	zigzagSlower  = Claim{"steps with sigmoid inputs over steps with tanh inputs", 9.08952, "ratio of the inputs' variances, quadrature", Within, .05}

	zigzagClaims = []Claim{zigzagBound, zigzagSigmoid, zigzagNormal, zigzagTanh, zigzagSlower}
)

// A path is the way of two weights.
type path struct {
	length float64 // over the straight line's
	steps  float64
	w      [][2]float64
}

// The inputs of the walks: what becomes of N(0, 1), in the order of walkAll's paths.
var zigzagInputs = []struct {
	name string
	of   func(dst, src []float64)
}{
	{"sigmoid", kernels.Sigmoid[float64]},
	{"zero-mean", func(dst, src []float64) { copy(dst, src) }},
	{"tanh", kernels.Tanh[float64]},
}

// zigzagDrawn is the rate of the paths that are drawn, large enough to see the steps.
const zigzagDrawn = .4

// walkAll takes zigzagWalks walks with each of zigzagInputs, and one more to be drawn.
func walkAll(seed uint64) []path {
	var paths []path
	for _, inputs := range zigzagInputs {
		for i := range uint64(zigzagWalks) {
			paths = append(paths, walk(zigzagRate, inputs.of, seed, i))
		}
		paths = append(paths, walk(zigzagDrawn, inputs.of, seed, zigzagWalks))
	}
	return paths
}

// walk takes steps of gradient descent until the weights are near (1, -1).
func walk(rate float64, inputs func(dst, src []float64), seed, stream uint64) path {
	const buffer = 1024 // values drawn at a time
	x := dense.New[float64](1, buffer).Row(0)
	goal := [2]float64{1, -1}
	straight := math.Sqrt2
	p := path{w: [][2]float64{{0, 0}}}
	var w [2]float64
	for step := range zigzagSteps {
		at := 2 * step % buffer
		if at == 0 {
			kernels.Normal(x, seed, streamInput+1<<20+stream, uint64(2*step), 0, 1)
			inputs(x, x)
		}
		miss := (w[0]-goal[0])*x[at] + (w[1]-goal[1])*x[at+1]
		a, b := -rate*miss*x[at], -rate*miss*x[at+1]
		w[0], w[1] = w[0]+a, w[1]+b
		p.length += math.Hypot(a, b) / straight
		p.steps++
		p.w = append(p.w, w)
		if math.Hypot(w[0]-goal[0], w[1]-goal[1]) <= zigzagEnd*straight {
			break
		}
	}
	return p
}

// zigzag records the claims on the paths of each seed, and draws one path of each kind.
func (e *Env) zigzag(perSeed [][]path) {
	length, steps := make([][]float64, len(zigzagInputs)), make([][]float64, len(zigzagInputs))
	var shortest []float64
	for s, paths := range perSeed {
		shortest = append(shortest, math.Inf(1))
		for k, inputs := range zigzagInputs {
			of := paths[k*(zigzagWalks+1):][:zigzagWalks+1]
			meanLength, meanSteps := 0., 0.
			for _, p := range of[:zigzagWalks] {
				meanLength += p.length / zigzagWalks
				meanSteps += p.steps / zigzagWalks
				if inputs.name == "sigmoid" {
					shortest[s] = math.Min(shortest[s], p.length)
				}
			}
			// A walk covers all but the last hundredth of the straight line.
			length[k], steps[k] = append(length[k], meanLength/(1-zigzagEnd)), append(steps[k], meanSteps)
			for _, w := range of[zigzagWalks].w {
				e.Point("path of two weights", inputs.name, e.Seeds()[s], w[0], w[1])
			}
		}
	}
	var slower []float64
	for s := range perSeed {
		slower = append(slower, steps[0][s]/steps[2][s])
	}
	e.Measured(zigzagBound, shortest...)
	for k, c := range []Claim{zigzagSigmoid, zigzagNormal, zigzagTanh} {
		e.Measured(c, length[k]...)
	}
	e.Measured(zigzagSlower, slower...)
}
