package diagnosis

import (
	"fmt"
	"math"

	"actinit/harness/layers"
	"actinit/harness/network"
	"actinit/harness/theory"
)

// What a signal or a gradient may change by from one end of a net to the other, up or down: a
// factor of layers.Exploding for each layer, but half a decade in nets of few layers, where
// more a layer does no harm, and no more than two decades however many there are.
const fewLayers, manyLayers = 5, 20

// sigmas is how many standard deviations of the draw of weights are taken for chance.
const sigmas = 3

// allowed returns the logarithm of what a change over so many layers may be.
func allowed(steps int) float64 {
	return float64(min(max(steps, fewLayers), manyLayers)) * math.Log(layers.Exploding)
}

// A prediction is what theory says of the logarithm of a change over a net with the advised
// weights: its value in a wide net, 0 where there is no theory, and what the draw of weights of so few units can add.
type prediction struct{ wide, chance float64 }

// judge names a change of so many layers by a factor each: "vanishes", "explodes", or nothing where it does no harm.
func (p prediction) judge(factor float64, steps int) string {
	total := float64(steps) * math.Log(factor)
	switch {
	case total < -p.limit(-1, steps):
		return "vanishes"
	case total > p.limit(1, steps):
		return "explodes"
	}
	return ""
}

// limit returns the logarithm of what a change may be in one direction, 1 for up and -1 for down: what [allowed] says, or, where the
// advised weights keep that in a wide net, what they and chance may come to, up to two decades.
func (p prediction) limit(direction float64, steps int) float64 {
	limit, wide := allowed(steps), math.Max(0, direction*p.wide)
	if wide > limit {
		return limit
	}
	return math.Min(math.Max(limit, wide+p.chance), allowed(manyLayers))
}

// cure says what to do about a harmful change.
func (p prediction) cure(factor float64, steps int, rule string) string {
	total := float64(steps) * math.Log(factor)
	switch {
	case rule == "":
		return "; actinit advise names initialisers that keep it, as far as there are any"
	case math.Abs(total-p.wide) > math.Max(allowed(fewLayers), p.chance):
		return fmt.Sprintf("; with %s it would be %s a layer (theory)", rule, short(math.Exp(p.wide/float64(steps))))
	case math.Abs(p.wide) > math.Abs(total-p.wide):
		return "; no gain of these activations keeps both signal and gradient over so many layers: take others, fewer layers or residuals"
	}
	return fmt.Sprintf("; with %s, too, chance can do that to so many layers of so few units: take fewer, wider ones, or residuals", rule)
}

// predict returns what theory says of Factors' signal and gradient, and the rule that it is about: "" for
// nets with residuals or images, whose layers outside branches leave something to chance as others do.
func (m Measurement) predict(n *network.Net[float32]) (signal, gradient prediction, rule string) {
	var up, down theory.Walk
	moments := map[string]response{}
	for _, measured := range m.trunk() {
		l := n.Layers[measured.Index-1]
		name := fmt.Sprint(measured.Activation, l.Param)
		if _, known := moments[name]; !known {
			moments[name] = respond(l)
		}
		r := moments[name]
		down = down.Then(1, theory.SampleWalk(r.gradient, l.Units))
		down.Variance += r.coupling * r.coupling * up.Variance
		up = up.Then(r.slope, theory.SampleWalk(r.signal, l.Units))
	}
	signal.chance, gradient.chance = chance(up), chance(down)
	if expected := Expected(n); !math.IsNaN(expected) && len(n.Layers) > 1 {
		gradient.wide, rule = float64(m.steps())*math.Log(expected), Rule(n.Layers[1])
	}
	return signal, gradient, rule
}

// chance returns what a walk of the logarithm of a mean square can do to the logarithm of the RMS.
func chance(w theory.Walk) float64 {
	c := (math.Abs(w.Mean) + sigmas*math.Sqrt(w.Variance)) / 2
	if math.IsNaN(c) {
		return 0
	}
	return c
}

// A response is what an activation does to normal pre-activations of variance 1: the relative variances of
// what a unit adds to the mean squares of signal and gradient, and the powers of a deviation of the
// mean square by which the next layer's deviates, and the factor of the gradient.
type response struct{ signal, gradient, slope, coupling float64 }

func respond(l *network.Layer[float32]) response {
	if l.Op == nil {
		return response{2, 2, 1, 0}
	}
	f := theory.Field{Row: *l.Op, Param: float64(l.Param)}
	const step = 1e-3
	m := f.At(1)
	return response{
		signal:   m.Fourth/(m.Second*m.Second) - 1,
		gradient: 3*m.DerivativeFourth/(m.Derivative*m.Derivative) - 1, // of f' times a normal value
		slope:    theory.Ensemble{Field: f, WeightVar: 1 / m.Second}.VarianceSlope(1),
		coupling: math.Log(f.At(1+step).Derivative/f.At(1-step).Derivative) / (2 * step),
	}
}

// neverFiring returns the share of a layer's units that theory expects to be 0 at every example of uncorrelated
// ones, in a wide net of ReLU layers with the advised weights, or of ReLU6, which hardly bends at 6 standard
// deviations, and the largest that chance leaves to one of so few units and inputs. Examples grow more alike
// with every layer, and their correlation, of which a layer adds a variance of 1/units to the about half that it hands
// on, may be nearer to 1. Both are 0 of other nets.
func neverFiring(n *network.Net[float32], layer, examples int) (expected, most float64) {
	if len(n.Blocks) > 0 {
		return 0, 0
	}
	c, units := 0., math.MaxInt
	for _, l := range n.Layers[:layer] {
		if l.Op == nil || l.Op.Name != "relu" && l.Op.Name != "relu6" || l.Out().Positions() > 1 {
			return 0, 0
		}
		if l.Index > 1 {
			c = theory.ArcCosine(1, c)
		}
		units = min(units, l.FanIn)
	}
	nearer := math.Min(1, sigmas*math.Sqrt(float64(min(layer-1, 2))/float64(units)))
	most = theory.NeverFiring(c+(1-c)*nearer, examples)
	of := float64(n.Layers[layer-1].Units)
	return theory.NeverFiring(c, examples), math.Min(.5, most+sigmas*math.Sqrt(most*(1-most)/of)) // half of the units where all examples are one
}
