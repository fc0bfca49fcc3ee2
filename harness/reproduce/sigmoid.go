package reproduce

import (
	"context"
	"math"
	"slices"
	"time"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/kernels/initializer"
)

// What the lecture holds against the sigmoid: its outputs are never negative, its
// derivative is small, and exp costs more than max. What it does to whole nets is in
// activations.go.
const lecture = "CS231n, lecture on training neural networks, part 1"

// Six inputs make a chance of 2^-5 = .031 that zero-mean ones have one sign. Each seed takes so
// many first layers, whose 100 examples share their weights' luck: the share over the layers
// has a standard deviation of about .05/sqrt(layers), a sixth of the tolerance.
const (
	signInputs   = 6
	signLayers   = 100
	signExamples = 100
	signUnits    = 8
	signBatch    = 64
)

var (
	signSigmoid = Claim{"sigmoid inputs: share of a unit's weight gradients, of one example, that have one sign", 1, lecture, AtLeast, 0}
	signNormal  = Claim{"zero-mean inputs: the same share", 1. / 32, "2^(1-n), n = 6 independent signs", About, .01}
	signTanh    = Claim{"tanh inputs: the same share", 1. / 32, "2^(1-n), n = 6 independent signs", About, .01}
	signBatches = Claim{"sigmoid inputs: the same share of mini-batches of 64", .9, lecture + ": mini-batches help; the .9 is ours", AtMost, 0}
)

// Derivatives.
var (
	slopeSigmoid = Claim{"largest derivative of the sigmoid", .25, lecture, About, 1e-6}
	slopeTanh    = Claim{"largest derivative of tanh", 1, lecture, About, 1e-6}
	slopeAtTen   = Claim{"derivative of the sigmoid at |x| = 10", 4.539581e-5, "e^-10/(1+e^-10)^2", Within, 1e-3}
	slopeBest    = Claim{"log4 of the gradient left after 10 sigmoids at their steepest points", -slopeDepth, "(1/4)^10", About, 1e-6}
	// Mean field: variance-keeping weights lead to E h^2 = .264687, where E s'(z)^2 = .0557207;
	// the first layers pass less: .044836 .055124 .055691 .055719. Gradients of nets 512 wide
	// fluctuate by about sqrt(10/512) = .14 in the square, less a fifth of that by the batch.
	slopeNet = Claim{"gradient RMS after 10 sigmoid layers of 512 units, Xavier, over the top's", 4.7910e-7, "mean field: sqrt of the product of E s'(z)^2", Within, .15}
)

const (
	slopeDepth = 10
	slopeWidth = 512
	slopeBatch = 32
)

// The time of a kernel is the shortest of many rounds in which the kernels take turns: what
// else the machine does can only lengthen it.
var costClaim = Claim{"time of the sigmoid kernel over ReLU's, 4096 float32", 2, lecture + ": exp is a bit compute expensive; the 2 is ours", AtLeast, 0}

const (
	costElements = 4096
	costRounds   = 100
	costCalls    = 40
)

var sigmoidProblems = Experiment{
	Name: "sigmoid-problems", Paper: "CS231n",
	About: "one-signed gradients, the zig-zag path, vanishing derivatives and the cost of exp",
	Cost:  6 * time.Second, Seeds: 5, Run: runSigmoidProblems,
	Claims: slices.Concat([]Claim{
		signSigmoid, signNormal, signTanh, signBatches,
	}, zigzagClaims, []Claim{
		slopeSigmoid, slopeTanh, slopeAtTen, slopeBest, slopeNet, costClaim,
	}),
}

// A sigmoidResult is one seed's.
type sigmoidResult struct {
	signs   map[string]float64 // by what feeds the units
	batches float64
	passed  float64
	paths   []path
}

func runSigmoidProblems(ctx context.Context, e *Env) error {
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (r sigmoidResult, err error) {
		r.signs = map[string]float64{}
		for _, feed := range []string{"sigmoid", "", "tanh"} {
			if r.signs[feed], err = oneSigned(ctx, feed, 1, seed); err != nil {
				return r, err
			}
		}
		if r.batches, err = oneSigned(ctx, "sigmoid", signBatch, seed); err != nil {
			return r, err
		}
		if r.passed, err = gradientPassed(ctx, seed); err != nil {
			return r, err
		}
		r.paths = walkAll(seed)
		return r, nil
	})
	if err != nil {
		return err
	}
	of := func(f func(sigmoidResult) float64) []float64 { return values(results, f) }
	e.Measured(signSigmoid, of(func(r sigmoidResult) float64 { return r.signs["sigmoid"] })...)
	e.Measured(signNormal, of(func(r sigmoidResult) float64 { return r.signs[""] })...)
	e.Measured(signTanh, of(func(r sigmoidResult) float64 { return r.signs["tanh"] })...)
	e.Measured(signBatches, of(func(r sigmoidResult) float64 { return r.batches })...)
	e.Measured(slopeNet, of(func(r sigmoidResult) float64 { return r.passed })...)
	e.zigzag(values(results, func(r sigmoidResult) []path { return r.paths }))
	e.same(slopeSigmoid, slices.Max(derivatives("sigmoid", slopePoints())))
	e.same(slopeTanh, slices.Max(derivatives("tanh", slopePoints())))
	e.same(slopeAtTen, derivatives("sigmoid", []float32{-10, 10})...)
	best, err := steepest(ctx, slopeDepth)
	if err != nil {
		return err
	}
	e.same(slopeBest, math.Log(best)/math.Log(4))
	for _, name := range []string{"sigmoid", "tanh", "relu", "leakyrelu", "elu", "selu"} {
		for i, d := range derivatives(name, slopePoints()) {
			e.Point("gradient passed against x", name, e.Seed, float64(slopePoints()[i]), d)
		}
	}
	var ratios []float64
	for range e.Seeds() {
		ratios = append(ratios, timeRatio("sigmoid", "relu"))
	}
	e.Measured(costClaim, ratios...)
	return nil
}

// same records what no seed changes: the value that is farthest from the claim for all.
func (e *Env) same(c Claim, of ...float64) {
	farthest := slices.MaxFunc(of, func(a, b float64) int {
		if math.Abs(a-c.Published) < math.Abs(b-c.Published) {
			return -1
		}
		return 1
	})
	e.Measured(c, slices.Repeat([]float64{farthest}, e.experiment.Seeds)...)
}

// oneSigned returns the share of units whose weights' gradients, of one mini-batch, all
// have one sign. The units take inputs that are N(0, 1) or an activation of sums of such; the
// loss's gradient by what the units put out is N(0, 1).
func oneSigned(ctx context.Context, feed string, batch int, seed uint64) (float64, error) {
	d := network.Description{Input: []int{signInputs}}
	if feed != "" {
		d.Layers = append(d.Layers, network.Element{Dense: signInputs, Activation: feed})
	}
	d.Layers = append(d.Layers, network.Element{Dense: signUnits})
	n, err := network.New[float32](d, nil, 1)
	if err != nil {
		return 0, err
	}
	one, all := 0, 0
	units := n.Layers[len(n.Layers)-1].Weight
	for layer := range signLayers {
		draw := seed + uint64(layer)<<32
		if err := n.Initialize(every(initializer.XavierLecture()), draw); err != nil {
			return 0, err
		}
		x := normalBatch(signExamples, signInputs, draw, streamInput)
		g := normalBatch(signExamples, signUnits, draw, streamGradient)
		for i := 0; i+batch <= signExamples; i += batch {
			if _, err := n.Forward(ctx, x.RowRange(i, i+batch), nil); err != nil {
				return 0, err
			}
			n.ZeroGradients()
			if _, err := n.Backward(ctx, g.RowRange(i, i+batch), nil); err != nil {
				return 0, err
			}
			one += oneSignedRows(units.Gradient)
			all += signUnits
		}
	}
	return float64(one) / float64(all), nil
}

// oneSignedRows counts the rows whose elements are all positive or all negative.
func oneSignedRows(m dense.Matrix[float32]) int {
	count := 0
	for i := range m.Rows {
		positive, negative := 0, 0
		for _, v := range m.Row(i) {
			switch {
			case v > 0:
				positive++
			case v < 0:
				negative++
			}
		}
		if positive == m.Cols || negative == m.Cols {
			count++
		}
	}
	return count
}

// slopePoints are the x of the derivatives' curves, 0 among them.
func slopePoints() []float32 {
	var x []float32
	for i := -80; i <= 80; i++ {
		x = append(x, float32(i)/8)
	}
	return x
}

// derivatives returns what the backward kernel passes of a gradient of 1 at each x, at the
// default parameter.
func derivatives(activation string, x []float32) []float64 {
	row, _ := ops.Find(activation)
	d, param := make([]float32, len(x)), float32(0)
	if row.Param != nil {
		param = float32(row.Param.Default)
	}
	derive(row, param, d, x)
	return widened(d)
}

// derive writes what the backward kernel passes of a gradient of 1 at each x to d.
func derive(row ops.Row, param float32, d, x []float32) {
	saved := x
	if row.Saved == ops.SavedOutput {
		saved = make([]float32, len(x))
		ops.Fastest[float32](&row, ops.Forward)(saved, [][]float32{x}, param)
	}
	ops.Fastest[float32](&row, ops.Backward)(d, [][]float32{slices.Repeat([]float32{1}, len(x)), saved}, param)
}

// steepest returns what is left of a gradient of 1 behind a chain of sigmoids with weights
// of 1, whose biases put every one of them at 0, where it is steepest.
func steepest(ctx context.Context, depth int) (float64, error) {
	d := network.Description{Input: []int{1}}
	for range depth {
		d.Layers = append(d.Layers, network.Element{Dense: 1, Bias: true, Activation: "sigmoid"})
	}
	n, err := newNet(d, every(initializer.Ones()), 0)
	if err != nil {
		return 0, err
	}
	for _, l := range n.Layers[1:] {
		l.Bias.Value.Data[0] = -.5
	}
	if _, err := n.Forward(ctx, dense.New[float32](1, 1), nil); err != nil {
		return 0, err
	}
	g, err := n.Backward(ctx, dense.Of(1, 1, []float32{1}), nil)
	if err != nil {
		return 0, err
	}
	return float64(g.Data[0]), nil
}

// gradientPassed returns the RMS of the gradient behind a net of sigmoid layers over that
// of the gradient at its top.
func gradientPassed(ctx context.Context, seed uint64) (float64, error) {
	n, err := newNet(tower(slopeDepth, slopeWidth, "sigmoid"), every(initializer.XavierLecture()), seed)
	if err != nil {
		return 0, err
	}
	if _, err := n.Forward(ctx, normalBatch(slopeBatch, slopeWidth, seed, streamInput), nil); err != nil {
		return 0, err
	}
	top := normalBatch(slopeBatch, slopeWidth, seed, streamGradient)
	g, err := n.Backward(ctx, top, nil)
	if err != nil {
		return 0, err
	}
	return math.Sqrt(meanSquare(g) / meanSquare(top)), nil
}

// timeRatio returns the time of one operation's forward kernel over another's.
func timeRatio(slow, fast string) float64 {
	x, y := normalBatch(1, costElements, 1, streamInput).Row(0), make([]float32, costElements)
	var shortest [2]time.Duration
	var run [2]ops.Kernel[float32]
	for i, name := range []string{slow, fast} {
		row, _ := ops.Find(name)
		run[i], shortest[i] = ops.Fastest[float32](&row, ops.Forward), math.MaxInt64
	}
	for range costRounds {
		for i, kernel := range run {
			start := time.Now()
			for range costCalls {
				kernel(y, [][]float32{x}, 0)
			}
			shortest[i] = min(shortest[i], time.Since(start))
		}
	}
	return float64(shortest[0]) / float64(shortest[1])
}
