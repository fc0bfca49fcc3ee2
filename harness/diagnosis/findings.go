package diagnosis

import (
	"fmt"
	"math"
	"slices"

	"actinit/harness/network"
	"actinit/harness/theory"
)

// A Finding is one thing that is wrong, in words: the layer, the number and the cure.
type Finding struct {
	Kind  string  `json:"kind"`  // "never firing", "saturated", ...
	Layer int     `json:"layer"` // 0 for the input, or for the whole net
	Value float64 `json:"value"` // the number
	Text  string  `json:"text"`
}

// Above these a share is mentioned; an input is standardised within these.
const (
	neverFiringShare = .02
	deepFiringShare  = .1 // expected of the layer with the advised weights, where no more are
	saturatedShare   = .25
	lowRankShare     = .1 // of the units, below
	largestMean      = .5 // of the standard deviation
	smallestRMS      = .5
	largestRMS       = 2.
)

// endsBranch reports whether a layer is the last of a residual's branch, which may begin as nothing (Fixup).
func endsBranch(n *network.Net[float32], layer int) bool {
	return slices.ContainsFunc(n.Blocks, func(b *network.Block[float32]) bool { return b.Branch[len(b.Branch)-1].Index == layer })
}

// single reports whether a layer has one weight and that is not 0: nothing is wrong with its having no spread.
func single(l *network.Layer[float32]) bool {
	return l.Pieces*l.Units*l.FanIn == 1 && l.Weight.Value.Row(0)[0] != 0
}

// Healthy is what is said of a net without findings.
const Healthy = "Nothing is wrong: signal and gradient keep their size, and all units take part."

// Findings says what is wrong, the input first and the whole net last; none, but not nil, is a healthy net.
func (m Measurement) Findings(n *network.Net[float32]) []Finding { return m.findings(n, lowRankShare) }

// FindingsOfDraws returns the findings, and what may be one with another draw of the weights: effective ranks
// of up to six layers differ by a third from draw to draw, and all else is held against what chance can do. Behind ten ReLU layers of
// 64 units they differ by a factor of two to three: those of another draw may be low where none is found.
func (m Measurement) FindingsOfDraws(n *network.Net[float32]) []Finding {
	return m.findings(n, 1.5*lowRankShare)
}

func (m Measurement) findings(n *network.Net[float32], rankShare float64) []Finding {
	all := []Finding{}
	add := func(kind string, l int, value float64, text string, args ...any) {
		all = append(all, Finding{kind, l, value, fmt.Sprintf(text, args...)})
	}
	in := m.Layers[0]
	switch {
	case math.Abs(in.Mean) > largestMean*in.Std:
		add("input", 0, in.Mean, "the inputs have mean %s and standard deviation %s: they are not standardised, and one sign of all of them makes the gradients of a unit's weights share theirs; --standardize shows the net the standardised columns",
			short(in.Mean), short(in.Std))
	case in.RMS < smallestRMS || in.RMS > largestRMS:
		add("input", 0, in.RMS, "the inputs have RMS %s: initialisers expect 1; --standardize shows the net the standardised columns", short(in.RMS))
	}
	apart := "fewer layers or residuals"
	if len(n.Blocks) > 0 {
		apart = "fewer layers"
	}
	for _, l := range m.Layers {
		title := fmt.Sprintf("layer %d (%s)", l.Index, nameOf(l))
		if l.NotFinite > 0 && l.Index == 0 {
			add("not finite", 0, float64(l.NotFinite), "%s: %d values of the gradient by it are NaN or infinite", title, l.NotFinite)
			continue
		}
		if l.NotFinite > 0 {
			add("not finite", l.Index, float64(l.NotFinite), "%s: %d values are NaN or infinite: look at the layer below for what explodes, and at the weights and the data for what they hold", title, l.NotFinite)
			continue
		}
		if l.Index == 0 {
			continue
		}
		if l.WeightStd == 0 && l.PreRMS == 0 && endsBranch(n, l.Index) {
			continue
		}
		if l.WeightStd == 0 && !single(n.Layers[l.Index-1]) {
			add("constant weights", l.Index, 0, "%s: all its weights are the same: its units learn the same, and with zeros the layers below learn nothing before it does", title)
			continue
		}
		if l.NeverFiring > 0 {
			share := float64(l.NeverFiring) / float64(l.Units)
			expected, most := neverFiring(n, l.Index, m.Examples)
			what := fmt.Sprintf("%s: %.0f%% of its units (%d of %d) never fire on the %d examples: they do not learn", title, 100*share, l.NeverFiring, l.Units, m.Examples)
			switch {
			case share < neverFiringShare:
			case share > most:
				add("never firing", l.Index, share, "%s; give it standardised inputs, %s and biases 0, train at a smaller rate, or take leakyrelu", what, Rule(n.Layers[l.Index-1]))
			case expected > deepFiringShare && l.Index > 1:
				add("never firing", l.Index, share, "%s; %d ReLU layers make examples alike with any weights (theory: %.0f%%); take fewer, residuals, leakyrelu or selu", what, l.Index, 100*expected)
			}
		}
		if l.Saturated > saturatedShare {
			add("saturated", l.Index, l.Saturated, "%s: %.0f%% of its activations are saturated, where the derivative is near 0: its pre-activations have RMS %s, and with %s they would have 1 (theory)",
				title, 100*l.Saturated, short(l.PreRMS), Rule(n.Layers[l.Index-1]))
		}
		if l.EffectiveRank > 0 && l.EffectiveRank < rankShare*float64(m.directions(l)) && l.NeverFiring < l.Units {
			add("low rank", l.Index, l.EffectiveRank, "%s: its %d units span %s directions (effective rank): the examples have become alike; %s keep them apart", title, l.Units, short(l.EffectiveRank), apart)
		}
	}
	return append(all, m.changes(n)...)
}

// directions is how many directions a layer's units can span about: no more than the examples, than the units, and than what goes into
// it or, outside branches, into a layer below, as behind the narrowest layer of an autoencoder.
func (m Measurement) directions(l Layer) int {
	most := min(l.Units, m.Examples, m.Layers[0].Units, l.FanIn)
	for _, below := range m.Layers[1:l.Index] {
		if !below.InBranch {
			most = min(most, below.FanIn)
		}
	}
	return most
}

// changes returns the findings on what becomes of signal and gradient over the whole net.
func (m Measurement) changes(n *network.Net[float32]) []Finding {
	steps := m.steps()
	if steps == 0 {
		return nil
	}
	forward, backward := m.Factors()
	signal, gradient, rule := m.predict(n)
	trunk := m.trunk()
	first, last := trunk[0].Index, trunk[len(trunk)-1].Index
	var all []Finding
	for _, c := range []struct {
		what, way, of string
		factor        float64
		from, to      int
		theory        prediction
	}{
		{"signal", "", "RMS of the pre-activations", forward, first, last, signal},
		{"gradient", " on its way down", "its norm", backward, last, first, gradient},
	} {
		word := c.theory.judge(c.factor, steps)
		if word == "" {
			continue
		}
		size := "x" + short(math.Pow(c.factor, float64(steps)))
		if steps > 1 {
			size = fmt.Sprintf("x%s a layer, %s", short(c.factor), size)
		}
		all = append(all, Finding{c.what + " " + word, 0, c.factor, fmt.Sprintf("the %s %s by %s from layer %d to layer %d%s (%s)%s",
			c.what, verb(word), size, c.from, c.to, c.way, c.of, c.theory.cure(c.factor, steps, rule))})
	}
	return all
}

// Factors returns by how much a layer multiplies the RMS of the pre-activations on the way up
// and the norm of the gradient on the way down: geometric means over the layers outside
// residuals' branches that have as many positions as the first, from that to the last. They are
// NaN for fewer than two: a pooling changes norms for reasons of its own.
func (m Measurement) Factors() (forward, backward float64) {
	trunk := m.trunk()
	if len(trunk) < 2 {
		return math.NaN(), math.NaN()
	}
	first, last := trunk[0], trunk[len(trunk)-1]
	steps := 1 / float64(last.Index-first.Index)
	return math.Pow(last.PreRMS/first.PreRMS, steps), math.Pow(first.GradientNorm/last.GradientNorm, steps)
}

// trunk returns the layers that Factors is about.
func (m Measurement) trunk() []Layer {
	var trunk []Layer
	for _, l := range m.Layers[1:] {
		if !l.InBranch && l.Positions == m.Layers[1].Positions {
			trunk = append(trunk, l)
		}
	}
	return trunk
}

// steps returns the number of layers over which Factors are means.
func (m Measurement) steps() int {
	trunk := m.trunk()
	if len(trunk) < 2 {
		return 0
	}
	return trunk[len(trunk)-1].Index - trunk[0].Index
}

// Expected returns Factors' backward of a wide net whose layers have the advised gains:
// of the squares gain(f_{l-1})^2 E f_l'(z)^2, z ~ N(0, 1), the geometric mean. Widths are not in it: weights of variance gain^2/fan-in
// change the norm of what they are multiplied with on the way down by gain, whatever the fan-out. It is NaN of nets with residuals
// or images above the input, which are no chain of such layers.
func Expected(n *network.Net[float32]) float64 {
	product := 1.
	for _, l := range n.Layers {
		if l.Out().Positions() > 1 || l.Index > 1 && l.In().Positions() > 1 || len(n.Blocks) > 0 {
			return math.NaN()
		}
		if l.Index > 1 {
			product *= math.Pow(Gain(l), 2) * slopeSquare(l)
		}
	}
	return math.Pow(product, .5/float64(max(1, len(n.Layers)-1)))
}

func slopeSquare(l *network.Layer[float32]) float64 {
	if l.Op == nil {
		return 1
	}
	return theory.Field{Row: *l.Op, Param: float64(l.Param)}.At(1).Derivative
}

// Gain returns the factor on weights of variance 1/fan-in with which a layer's pre-activations
// have variance 1, if those of the layer before have: that of the activation before it, 1 for the
// first layer, whose inputs have variance 1.
func Gain(l *network.Layer[float32]) float64 {
	if l.Before == nil {
		return 1
	}
	return theory.Field{Row: *l.Before, Param: float64(l.BeforeParam)}.Gain()
}

// Rule names the initialiser with that gain.
func Rule(l *network.Layer[float32]) string {
	switch {
	case l.Before == nil || l.Before.Name == "selu":
		return "lecun_normal"
	case l.Before.Name == "relu":
		return "kaiming_normal"
	}
	return fmt.Sprintf("kaiming_normal of gain %.4g", Gain(l))
}

func nameOf(l Layer) string {
	switch {
	case l.Index == 0:
		return "input"
	case l.Activation == "":
		return "linear"
	}
	return l.Activation
}

func verb(trend string) string {
	if trend == "vanishes" {
		return "falls"
	}
	return "grows"
}

// short writes a number with two digits, three from 10 on.
func short(x float64) string {
	switch a := math.Abs(x); {
	case a >= .095 && a < .995:
		return fmt.Sprintf("%.2g", x)
	case a >= .995 && a < 9.95:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
