package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/blas"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// The nets are float64 and the inputs white, X^T X = examples * I, so that theory's
// assumptions hold exactly; what is left is the length of a step of gradient descent, whose
// effect at rate 1e-3 is 1e-4 or less.
const (
	saxeWidth = 16
	saxeRate  = 1e-3
	saxeStart = .01 // u0 of every mode
	saxeTime  = 10. // ten times the slowest mode's time constant 1/(2s)

	// Random starts: entries N(0, .005^2) make modes of about 64*.005^2/2 = 8e-4, a
	// thousandth of the strengths that they grow to. Of 64 hidden units the directions of
	// two modes overlap by 1/8, so that they hardly disturb one another.
	saxeHidden    = 64
	saxeRandomStd = .005
	saxeRandom    = 14.
)

// saxeStrengths are the singular values of the map to be learnt; the others are 0.
var saxeStrengths = []float64{3, 2, 1, .5}

// Random streams of the matrices that make up the problem.
const (
	streamLeft = 1<<40 + 16 + iota
	streamRight
	streamHidden
	streamExamples
)

var (
	saxeEquation  = "closed form u(t) = s*E/(E-1+s/u0), E = e^(2st/tau), equation 9"
	saxeAtTwo     = Claim{"strength of the mode s = 3 at t = 2, from u0 = .01", 2.994499, saxeEquation, About, 1e-3}
	saxeArrival   = Claim{"time until the mode s = 3 is learnt to 99%", 1.71593, "t = (tau/2s) ln(uf(s-u0)/(u0(s-uf)))", About, 5e-3}
	saxeDeviation = Claim{"largest deviation of a mode from its curve, as a share of s", 0, saxeEquation, AtMost, 5e-3}
	// The prediction sees each mode alone. Three others, with an eighth of its direction each,
	// may take 3/64 of u0 and as much again of either sign from the inputs without a mode.
	saxeRandomHalf = Claim{"random small starts: time to s/2 over the closed form's, the mode that is farthest off", 1, "closed form from u0 = |(a+b)/2|^2, a and b the mode's two vectors", About, .1}
)

var saxeDepths = []int{2, 5, 10, 20, 50, 100}

// saxeSteps are the steps of D*u^(2-2/D)*(1-u), iterated with the same rate.
var saxeSteps = []float64{91, 102, 106, 108, 110, 110}

const (
	saxeDepthStart = .5
	saxeDepthRate  = .05 // over the depth
)

func saxeDepthClaim(i int) Claim {
	return Claim{
		fmt.Sprintf("steps until %d orthogonal layers have learnt 99%%", saxeDepths[i]),
		saxeSteps[i], "tau du/dt = D*u^(2-2/D)*(s-u), section 3, iterated", About, 1,
	}
}

// The comparison of starts asks a deep net for a map that has nothing to do with its first
// weights: ten outputs of 32 inputs.
const (
	saxeDeepWidth   = 32
	saxeDeepOutputs = 10
	saxeDeepShare   = .01 // of the first loss counts as learnt
	saxeDeepBudget  = 600 // steps
)

var (
	saxeShallow, saxeDeep = 5, 50
	// From 5 to 50 layers the aligned modes' own steps grow by 8%, before they settle; modes that start
	// at an angle may take a few times that.
	saxeOrthogonal = Claim{"steps with 50 layers over steps with 5, orthogonal starts", 1, "section 3: learning time does not grow with depth", AtMost, .5}
	saxeGaussian   = Claim{"steps with 50 layers (at most 600) over steps with 5, Gaussian starts of variance 1/n", 2, "section 3 and figure 6: scaled Gaussian starts slow down with depth", AtLeast, 0}
)

var saxe = Experiment{
	Name: "saxe-2013", Paper: "Saxe, McClelland and Ganguli 2013",
	About: "the modes of a linear net follow their closed form, and from orthogonal weights depth costs no time",
	Cost:  6 * time.Second, Seeds: 5, Run: runSaxe,
	Claims: []Claim{
		saxeAtTwo, saxeArrival, saxeDeviation, saxeRandomHalf,
		saxeDepthClaim(0), saxeDepthClaim(1), saxeDepthClaim(2), saxeDepthClaim(3), saxeDepthClaim(4), saxeDepthClaim(5),
		saxeOrthogonal, saxeGaussian,
	},
}

type saxeResult struct {
	aligned, random      modes
	steps                []int
	orthogonal, gaussian [2]deepRun
}

// A deepRun is one training of a deep linear net.
type deepRun struct {
	steps  int
	losses []float64 // shares of the first
}

func runSaxe(ctx context.Context, e *Env) error {
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (r saxeResult, err error) {
		if r.aligned, err = learnModes(ctx, seed, saxeTime, true); err != nil {
			return r, err
		}
		if r.random, err = learnModes(ctx, seed, saxeRandom, false); err != nil {
			return r, err
		}
		for _, depth := range saxeDepths {
			steps, err := learnOrthogonal(ctx, depth, seed)
			if err != nil {
				return r, err
			}
			r.steps = append(r.steps, steps)
		}
		for i, depth := range []int{saxeShallow, saxeDeep} {
			if r.orthogonal[i], err = learnLinear(ctx, depth, initializer.Orthogonal(1), seed); err != nil {
				return r, err
			}
			if r.gaussian[i], err = learnLinear(ctx, depth, initializer.XavierLecture(), seed); err != nil {
				return r, err
			}
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	e.Measured(saxeAtTwo, values(results, func(r saxeResult) float64 { return r.aligned.at(0, 2) })...)
	e.Measured(saxeArrival, values(results, func(r saxeResult) float64 { return r.aligned.reaches(0, .99*saxeStrengths[0]) })...)
	e.Measured(saxeDeviation, values(results, func(r saxeResult) float64 { return r.aligned.deviation() })...)
	e.Measured(saxeRandomHalf, values(results, func(r saxeResult) float64 { return r.random.farthestHalf() })...)
	for i := range saxeDepths {
		e.Measured(saxeDepthClaim(i), values(results, func(r saxeResult) float64 { return float64(r.steps[i]) })...)
	}
	ratio := func(d [2]deepRun) float64 { return float64(d[1].steps) / float64(d[0].steps) }
	e.Measured(saxeOrthogonal, values(results, func(r saxeResult) float64 { return ratio(r.orthogonal) })...)
	e.Measured(saxeGaussian, values(results, func(r saxeResult) float64 { return ratio(r.gaussian) })...)
	for i, seed := range e.Seeds() {
		results[i].draw(e, seed)
	}
	return nil
}

func (r saxeResult) draw(e *Env, seed uint64) {
	const sparse = 50 // steps between two points
	for m, s := range saxeStrengths {
		name := fmt.Sprintf("s = %v", s)
		for i := 0; i < len(r.aligned.u); i += sparse {
			t := float64(i) * saxeRate
			e.Point("strength of the modes against time", name, seed, t, r.aligned.u[i][m])
			if seed == e.Seed {
				e.Point("strength of the modes against time", SeriesTheory+", "+name, 0, t, saxeMode(s, saxeStart).At(t))
			}
		}
		for i := 0; i < len(r.random.u); i += sparse {
			t := float64(i) * saxeRate
			e.Point("strength of the modes against time, random starts", name, seed, t, r.random.u[i][m])
		}
	}
	for i, depth := range saxeDepths {
		e.Point("steps until learnt against depth", "orthogonal", seed, float64(depth), float64(r.steps[i]))
		if seed == e.Seed {
			e.Point("steps until learnt against depth", SeriesTheory, 0, float64(depth), saxeSteps[i])
		}
	}
	for i, depth := range []int{saxeShallow, saxeDeep} {
		for step, l := range r.orthogonal[i].losses {
			e.Point("loss against step", fmt.Sprintf("orthogonal, %d layers", depth), seed, float64(step), l)
		}
		for step, l := range r.gaussian[i].losses {
			e.Point("loss against step", fmt.Sprintf("Gaussian, %d layers", depth), seed, float64(step), l)
		}
	}
}

// saxeMode is a mode of two weight layers, in theory.
func saxeMode(s, u0 float64) theory.Mode {
	return theory.Mode{Strength: s, Start: u0, Depth: 2, Tau: 1}
}

// modes are the strengths of the modes after each step.
type modes struct {
	u      [][]float64 // step, mode
	starts []float64   // u0 of each, as the closed form takes it
}

// at returns a mode's strength at a time.
func (m modes) at(mode int, t float64) float64 {
	return m.u[int(math.Round(t/saxeRate))][mode]
}

// reaches returns the time at which a mode first has that strength, between two steps by
// a straight line; Inf if it never has.
func (m modes) reaches(mode int, strength float64) float64 {
	for i := 1; i < len(m.u); i++ {
		if before, now := m.u[i-1][mode], m.u[i][mode]; now >= strength {
			return saxeRate * (float64(i-1) + (strength-before)/(now-before))
		}
	}
	return math.Inf(1)
}

// deviation returns the largest distance from the closed form, as a share of s.
func (m modes) deviation() float64 {
	worst := 0.
	for i, u := range m.u {
		for mode, s := range saxeStrengths {
			worst = math.Max(worst, math.Abs(u[mode]-saxeMode(s, m.starts[mode]).At(float64(i)*saxeRate))/s)
		}
	}
	return worst
}

// farthestHalf returns, of the mode where it is farthest from 1, the time to s/2 over the
// closed form's.
func (m modes) farthestHalf() float64 {
	farthest := 1.
	for mode, s := range saxeStrengths {
		if r := m.reaches(mode, s/2) / saxeMode(s, m.starts[mode]).Time(s/2); math.Abs(r-1) > math.Abs(farthest-1) {
			farthest = r
		}
	}
	return farthest
}

// orthogonal returns an orthogonal matrix, rows x cols.
func orthogonal(rows, cols int, seed, stream uint64) (dense.Matrix[float64], error) {
	data := make([]float64, rows*cols)
	err := initializer.Orthogonal(1).Fill64(data, []int{rows, cols}, seed, stream, 1)
	return dense.Of(rows, cols, data), err
}

// product returns opA(a) opB(b).
func product(opA blas.Transpose, a dense.Matrix[float64], opB blas.Transpose, b dense.Matrix[float64]) dense.Matrix[float64] {
	rows, cols := a.Rows, b.Cols
	if opA == blas.Trans {
		rows = a.Cols
	}
	if opB == blas.Trans {
		cols = b.Rows
	}
	c := dense.Of(rows, cols, make([]float64, rows*cols))
	dense.MultiplyAdd(1, opA, a, opB, b, 0, c)
	return c
}

// whiteExamples returns as many inputs as they have values, with X^T X = examples * I.
func whiteExamples(width int, seed uint64) (dense.Matrix[float64], error) {
	x, err := orthogonal(width, width, seed, streamExamples)
	for i := range x.Data {
		x.Data[i] *= math.Sqrt(float64(width))
	}
	return x, err
}

// descendSquares takes steps of gradient descent on squares. After each forward pass
// it calls look with the outputs and their loss, and ends when that returns false.
func descendSquares(ctx context.Context, n *network.Net[float64], x, target dense.Matrix[float64], rate float64, steps int, look func(step int, y dense.Matrix[float64], loss float64) bool) error {
	sgd := training.SGD[float64]{Rate: rate}
	g := dense.New[float64](target.Rows, target.Cols)
	for step := 0; ; step++ {
		y, err := n.Forward(ctx, x, nil)
		if err != nil {
			return err
		}
		loss := training.Squares(y, target, g)
		if !look(step, y, loss) || step == steps {
			return nil
		}
		n.ZeroGradients()
		if _, err := n.Backward(ctx, g, nil); err != nil {
			return err
		}
		sgd.Step(n.Parameters())
	}
}

// learnModes trains a net of two weight layers for a time, with all steps' modes. Aligned
// starts are in the data's own directions with saxeStart each, others random.
func learnModes(ctx context.Context, seed uint64, until float64, aligned bool) (modes, error) {
	const n = saxeWidth
	var m modes
	left, err := orthogonal(n, n, seed, streamLeft)
	if err != nil {
		return m, err
	}
	right, err := orthogonal(n, n, seed, streamRight)
	if err != nil {
		return m, err
	}
	hidden, err := orthogonal(saxeHidden, n, seed, streamHidden)
	if err != nil {
		return m, err
	}
	x, err := whiteExamples(n, seed)
	if err != nil {
		return m, err
	}
	strengths, starts := dense.Of(n, n, make([]float64, n*n)), dense.Of(n, n, make([]float64, n*n))
	for i, s := range saxeStrengths {
		strengths.Row(i)[i], starts.Row(i)[i] = s, math.Sqrt(saxeStart)
	}
	wanted := product(blas.NoTrans, product(blas.NoTrans, left, blas.NoTrans, strengths), blas.Trans, right)
	net, err := network.New[float64](network.Description{Input: []int{n}, Layers: []network.Element{{Dense: saxeHidden}, {Dense: n}}}, nil, 1)
	if err != nil {
		return m, err
	}
	if err := net.Initialize(func(*network.Layer[float64]) initializer.Initializer { return initializer.Normal(0, saxeRandomStd) }, seed); err != nil {
		return m, err
	}
	first, second := net.Layers[0].Weight.Value, net.Layers[1].Weight.Value
	if aligned {
		first.CopyFrom(product(blas.NoTrans, product(blas.NoTrans, hidden, blas.NoTrans, starts), blas.Trans, right))
		second.CopyFrom(product(blas.NoTrans, product(blas.NoTrans, left, blas.NoTrans, starts), blas.Trans, hidden))
	}
	a, b := product(blas.NoTrans, first, blas.NoTrans, right), product(blas.Trans, left, blas.NoTrans, second)
	for mode := range saxeStrengths {
		u0 := 0.
		for h := range saxeHidden {
			grows := (a.Row(h)[mode] + b.Row(mode)[h]) / 2
			u0 += grows * grows
		}
		m.starts = append(m.starts, u0)
	}
	steps := int(math.Round(until / saxeRate))
	// Of white inputs, Y^T X / examples is the net's matrix.
	err = descendSquares(ctx, net, x, product(blas.NoTrans, x, blas.Trans, wanted), saxeRate, steps, func(_ int, y dense.Matrix[float64], _ float64) bool {
		whole := product(blas.Trans, y, blas.NoTrans, x)
		inFrame := product(blas.Trans, left, blas.NoTrans, product(blas.NoTrans, whole, blas.NoTrans, right))
		var u []float64
		for mode := range saxeStrengths {
			u = append(u, inFrame.Row(mode)[mode]/float64(n))
		}
		m.u = append(m.u, u)
		return true
	})
	return m, err
}

// linearNet describes weight layers without activations.
func linearNet(depth, width, outputs int) network.Description {
	d := tower(depth-1, width, "")
	d.Layers = append(d.Layers, network.Element{Dense: outputs})
	return d
}

// learnOrthogonal returns the steps until a net has learnt 99% of an orthogonal map. Its
// layers are random orthogonal matrices times u0^(1/D), the last one the one that makes the
// product u0 times the map: all modes start at u0, in their directions.
func learnOrthogonal(ctx context.Context, depth int, seed uint64) (int, error) {
	const n = saxeWidth
	x, err := whiteExamples(n, seed)
	if err != nil {
		return 0, err
	}
	wanted, err := orthogonal(n, n, seed, streamLeft)
	if err != nil {
		return 0, err
	}
	net, err := network.New[float64](linearNet(depth, n, n), nil, 1)
	if err != nil {
		return 0, err
	}
	if err := net.Initialize(func(*network.Layer[float64]) initializer.Initializer { return initializer.Orthogonal(1) }, seed); err != nil {
		return 0, err
	}
	last := wanted // wanted Q_1^T .. Q_(D-1)^T
	for _, l := range net.Layers[:depth-1] {
		last = product(blas.NoTrans, last, blas.Trans, l.Weight.Value)
	}
	net.Layers[depth-1].Weight.Value.CopyFrom(last)
	scale := math.Pow(saxeDepthStart, 1/float64(depth))
	for _, l := range net.Layers {
		for i := range n {
			row := l.Weight.Value.Row(i)
			for j := range row {
				row[j] *= scale
			}
		}
	}
	target := product(blas.NoTrans, x, blas.Trans, wanted)
	learnt := -1
	err = descendSquares(ctx, net, x, target, saxeDepthRate/float64(depth), saxeDeepBudget, func(step int, y dense.Matrix[float64], _ float64) bool {
		// The modes' mean strength is tr(wanted^T W)/n, and so of white inputs y.t / t.t.
		overlap, whole := 0., 0.
		for i := range n {
			for j, t := range target.Row(i) {
				overlap += t * y.Row(i)[j]
				whole += t * t
			}
		}
		learnt = step
		return overlap/whole < .99
	})
	return learnt, err
}

// learnLinear trains a net from a rule's weights on a map with orthonormal rows.
func learnLinear(ctx context.Context, depth int, rule initializer.Initializer, seed uint64) (deepRun, error) {
	x, err := whiteExamples(saxeDeepWidth, seed)
	if err != nil {
		return deepRun{}, err
	}
	wanted, err := orthogonal(saxeDeepOutputs, saxeDeepWidth, seed, streamLeft)
	if err != nil {
		return deepRun{}, err
	}
	net, err := network.New[float64](linearNet(depth, saxeDeepWidth, saxeDeepOutputs), nil, 1)
	if err != nil {
		return deepRun{}, err
	}
	if err := net.Initialize(func(*network.Layer[float64]) initializer.Initializer { return rule }, seed); err != nil {
		return deepRun{}, err
	}
	run := deepRun{steps: saxeDeepBudget}
	err = descendSquares(ctx, net, x, product(blas.NoTrans, x, blas.Trans, wanted), saxeDepthRate/float64(depth), saxeDeepBudget, func(step int, _ dense.Matrix[float64], loss float64) bool {
		share := loss
		if step > 0 {
			share = loss / run.losses[0]
		}
		run.losses = append(run.losses, share)
		if step > 0 && share < saxeDeepShare {
			run.steps = step
			return false
		}
		return true
	})
	run.losses[0] = 1
	return run, err
}
