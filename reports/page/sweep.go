package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"actinit/reports/plots"
)

// A sweptNets is nets of one picture of a sweep. Where the gain varies they have one
// initialiser, and a colour for each depth; else a colour for each initialiser, over depth.
type sweptNets struct {
	activation, initializer, data string // initializer is empty where several are compared
	nets                          []net
}

// sweep shows the nets of a grid over gain, biases and depth.
func (b *builder) sweep() (section, error) {
	s := section{
		ID: "sweep", Title: "The sweep",
		Say: "How large the activations of the last layer are, and what a layer does to the mean square of the gradient on its way back, " +
			"on average over the layers of a net, as a natural logarithm: at 0 the gradient holds, above it explodes, below it vanishes. " +
			"The gain multiplies the initialiser's weights. Dots are nets, lines join the means over the seeds, and dashed is what infinite width would give.",
		Command: "actinit layers --grid", File: "layers.parquet",
	}
	for _, g := range b.swept() {
		row := figureRow{Title: b.title(g.activation)}
		if g.initializer != "" {
			row.Title += ", " + g.initializer
		}
		row.Title += ", " + dataName(g.data)
		biases := distinct(g.nets, func(n net) float64 { return n.biasStd })
		if g.initializer != "" && len(biases) > 1 {
			deepest := slices.Max(distinct(g.nets, func(n net) int64 { return n.depth }))
			row.addDrawable(figure{
				Title: "growth of the gradient over gain and biases",
				Say:   fmt.Sprintf("ln of the factor a layer, %d layers, mean over seeds: blue vanishes, orange explodes; the line is where infinite width holds it, dots are where the nets do", deepest),
			}, chiMap(slices.DeleteFunc(slices.Clone(g.nets), func(n net) bool { return n.depth != deepest })))
		}
		least := slices.DeleteFunc(slices.Clone(g.nets), func(n net) bool { return n.biasStd != biases[0] })
		say := ""
		if biases[0] > 0 {
			say = fmt.Sprintf("biases of standard deviation %v", biases[0])
		}
		last, legend := g.lines(least, net.lastRMS, true)
		row.addDrawable(figure{Title: "RMS of the last layer against " + last.X.Label, Say: say, Legend: legend}, last)
		growth, legend := g.lines(least, net.growth, false)
		row.addDrawable(figure{Title: "ln of the gradient's growth a layer against " + growth.X.Label, Say: say, Legend: legend}, growth)
		if len(row.Figures) > 0 {
			s.Rows = append(s.Rows, row)
		}
	}
	return s, nil
}

// swept groups the nets that differ in gain or depth.
func (b *builder) swept() []sweptNets {
	var groups []sweptNets
	nets := netsOf(b.Data.Layers)
	slices.SortStableFunc(nets, func(x, y net) int {
		return cmp.Or(b.byOp(x.activation, y.activation), b.byInitializer(x.initializer, y.initializer))
	})
	group := func(activation, initializer, data string, n net) {
		i := slices.IndexFunc(groups, func(g sweptNets) bool {
			return g.activation == activation && g.initializer == initializer && g.data == data
		})
		if i < 0 {
			i = len(groups)
			groups = append(groups, sweptNets{activation: activation, initializer: initializer, data: data})
		}
		groups[i].nets = append(groups[i].nets, n)
	}
	gains := len(distinct(nets, net.factor)) > 1
	for _, n := range nets {
		if gains {
			group(n.activation, n.initializer, n.data, n)
		} else {
			group(n.activation, "", n.data, n)
		}
	}
	return slices.DeleteFunc(groups, func(g sweptNets) bool {
		return len(distinct(g.nets, net.factor)) < 2 && len(distinct(g.nets, func(n net) int64 { return n.depth })) < 2
	})
}

// distinct returns the values that nets have, ascending.
func distinct[V cmp.Ordered](nets []net, of func(net) V) []V {
	var values []V
	for _, n := range nets {
		values = append(values, of(n))
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// lastRMS returns the RMS of the last layer's activations, and that of infinite width.
func (n net) lastRMS() (measured, theory float64) {
	layers := n.layers("activation")
	if len(layers) == 0 {
		return math.NaN(), math.NaN()
	}
	last := layers[len(layers)-1]
	return last.RMS, last.TheoryRMS
}

// growth returns the mean of ln chi over the layers that have one, measured and of infinite width.
func (n net) growth() (measured, theory float64) {
	var chi, expected []float64
	for _, r := range n.layers("gradient") {
		chi, expected = append(chi, math.Log(r.Chi)), append(expected, math.Log(r.TheoryChi))
	}
	return meanOfFinite(chi), meanOfFinite(expected)
}

// meanOfFinite returns NaN where there is none.
func meanOfFinite(values []float64) float64 {
	sum, count := 0., 0.
	for _, v := range values {
		if finite(v) {
			sum += v
			count++
		}
	}
	return sum / count
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// chiMap maps the growth over gain and biases, all nets of a point together.
func chiMap(nets []net) plots.Heat {
	measured, expected := map[[2]float64][]float64{}, map[[2]float64][]float64{}
	for _, n := range nets {
		at := [2]float64{n.factor(), n.biasStd}
		m, t := n.growth()
		measured[at], expected[at] = append(measured[at], m), append(expected[at], t)
	}
	h := heat(measured)
	h.X.Label, h.Y.Label = "gain", "standard deviation of the biases"
	found := zeroLine(h)
	found.Unjoined = true
	h.Series = []plots.Series{zeroLine(heat(expected)), found}
	return h
}

// zeroLine returns where the rows of a map cross 0, by linear interpolation.
func zeroLine(h plots.Heat) plots.Series {
	var line plots.Series
	for j, y := range h.YValues {
		for i := 1; i < len(h.XValues); i++ {
			a, b := h.Z[j][i-1], h.Z[j][i]
			if a < 0 && b >= 0 {
				line.X = append(line.X, h.XValues[i-1]+(h.XValues[i]-h.XValues[i-1])*a/(a-b))
				line.Y = append(line.Y, y)
				break
			}
		}
	}
	return line
}

// mostDepths is how many depths of a sweep are drawn: the shallowest, the deepest and some between.
const mostDepths = 5

// lines draws a number of each net against gain or depth. A logarithmic number is averaged as its logarithm.
func (g sweptNets) lines(nets []net, of func(net) (measured, theory float64), logarithmic bool) (plots.Lines, []key) {
	l := plots.Lines{X: plots.Axis{Label: "depth"}}
	x := func(n net) float64 { return float64(n.depth) }
	var legend []key
	var same []func(net) bool
	if g.initializer == "" {
		for _, n := range nets { // in the page's order
			if !slices.ContainsFunc(legend, func(k key) bool { return k.Name == n.initializer }) {
				legend = append(legend, key{Name: n.initializer, Color: len(legend)})
				same = append(same, func(m net) bool { return m.initializer == n.initializer })
			}
		}
	} else {
		l.X.Label, x = "gain", net.factor
		for _, depth := range spread(distinct(nets, func(n net) int64 { return n.depth }), mostDepths) {
			legend = append(legend, key{Name: fmt.Sprintf("%d layers", depth), Color: len(legend)})
			same = append(same, func(m net) bool { return m.depth == depth })
		}
	}
	hasTheory := false
	var all []float64
	for color := range same {
		at, expected := map[float64][]float64{}, map[float64][]float64{}
		dots := plots.Series{Color: color, Unjoined: true, Dots: true, Thin: true}
		for _, n := range nets {
			if !same[color](n) {
				continue
			}
			m, t := of(n)
			dots.X, dots.Y = append(dots.X, x(n)), append(dots.Y, m)
			at[x(n)], expected[x(n)] = append(at[x(n)], m), append(expected[x(n)], t)
		}
		theory := means(expected, logarithmic)
		theory.Color, theory.Dashed = plots.Ink, true
		hasTheory = hasTheory || slices.ContainsFunc(theory.Y, finite)
		line := means(at, logarithmic)
		line.Color = color
		l.Series = append(l.Series, dots, line, theory)
		all = append(all, dots.Y...)
	}
	l.Y.Log = logarithmic && decades(all)
	if hasTheory {
		legend = append(legend, infiniteWidth)
	}
	return l, legend
}

// means returns the mean of the numbers at each x, of their logarithms if logarithmic.
func means(at map[float64][]float64, logarithmic bool) plots.Series {
	var s plots.Series
	for x := range at {
		s.X = append(s.X, x)
	}
	slices.Sort(s.X)
	for _, x := range s.X {
		values := slices.Clone(at[x])
		for i, v := range values {
			if logarithmic {
				values[i] = math.Log(v)
			}
		}
		mean := meanOfFinite(values)
		if logarithmic {
			mean = math.Exp(mean)
		}
		s.Y = append(s.Y, mean)
	}
	return s
}
