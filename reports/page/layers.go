package page

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// A netKey names one net; a net is its rows.
type netKey struct {
	activation, initializer, data string
	depth, width, batch, seed     int64
	gain, biasStd                 float64
}

type net struct {
	netKey
	rows []result.Layer
}

func netsOf(rows []result.Layer) []net {
	var nets []net
	at := map[netKey]int{}
	for _, r := range rows {
		if r.Failure != "" {
			continue
		}
		key := netKey{r.Activation, r.Initializer, r.Data, r.Depth, r.Width, r.Batch, r.Seed, r.Gain, r.BiasStd}
		i, ok := at[key]
		if !ok {
			i = len(nets)
			at[key] = i
			nets = append(nets, net{netKey: key})
		}
		nets[i].rows = append(nets[i].rows, r)
	}
	return nets
}

// layers returns the rows of one quantity, layer 1 first.
func (n net) layers(quantity string) []result.Layer {
	var rows []result.Layer
	for _, r := range n.rows {
		if r.Quantity == quantity && r.Layer >= 1 {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b result.Layer) int { return int(a.Layer - b.Layer) })
	return rows
}

// factor is the net's gain; 0 stands for 1.
func (n net) factor() float64 {
	if n.gain == 0 {
		return 1
	}
	return n.gain
}

// typical picks one net of each activation, initialiser and data: of the widest that with the gain nearest
// to 1, of those with the smallest biases, then the deepest, then the first.
func typical(nets []net) []net {
	better := func(x, y net) int {
		return cmp.Or(cmp.Compare(y.width, x.width), cmp.Compare(math.Abs(math.Log(x.factor())), math.Abs(math.Log(y.factor()))),
			cmp.Compare(x.biasStd, y.biasStd), cmp.Compare(y.depth, x.depth))
	}
	var picked []net
	for _, n := range nets {
		i := slices.IndexFunc(picked, func(p net) bool {
			return p.activation == n.activation && p.initializer == n.initializer && p.data == n.data
		})
		switch {
		case i < 0:
			picked = append(picked, n)
		case better(n, picked[i]) < 0:
			picked[i] = n
		}
	}
	return picked
}

// ofMany says which nets typical picked, if it left any aside.
func ofMany(nets []net, picked int) string {
	if picked == len(nets) {
		return ""
	}
	return fmt.Sprintf(" Of %d nets %d are shown here, one of each activation, initialiser and data: the widest, with the gain nearest to 1, the smallest biases, the most layers and the first seed.", len(nets), picked)
}

// maxHistogramNets bounds the size of the page: the rest is in layers.parquet.
const maxHistogramNets = 32

// histograms shows the activations of each layer of the widest nets.
func (b *builder) histograms() (section, error) {
	s := section{
		ID: "histograms", Title: "Activations layer by layer",
		Say: "What each layer of a deep net puts out when it has just been initialised, the first layer on top. " +
			"Small weights let the signal collapse to 0, and the gradient with it. Large ones drive a bounded activation into saturation: " +
			"a saturated unit passes almost no gradient, while the units in between multiply it by large weights, so that over the layers it may grow or vanish. " +
			"An initialiser that fits the activation keeps signal and gradient in range. Each layer is as high as its own peak; exact zeros and what lies beyond the ends are given in words, for the last layer that has any.",
		Command: "actinit layers", File: "layers.parquet",
	}
	all := netsOf(b.Data.Layers)
	nets := typical(all)
	slices.SortStableFunc(nets, func(x, y net) int {
		return cmp.Or(cmp.Compare(y.width, x.width), b.byOp(x.activation, y.activation), cmp.Compare(x.data, y.data), b.byInitializer(x.initializer, y.initializer))
	})
	nets = nets[:min(len(nets), maxHistogramNets)]
	s.Say += ofMany(all, len(nets))
	var row figureRow
	for i, n := range nets {
		if i == 0 || n.activation != nets[i-1].activation || n.data != nets[i-1].data {
			if len(row.Figures) > 0 {
				s.Rows = append(s.Rows, row)
			}
			row = figureRow{Narrow: true, Title: b.title(n.activation), Say: fmt.Sprintf("%d layers of %d units, %s; the RMS stands beside the layer's number", n.depth, n.width, dataName(n.data))}
		}
		f := figure{Title: n.initializer, Say: n.tell()}
		if n.factor() != 1 {
			f.Title += fmt.Sprintf(", gain %v", n.gain)
		}
		if n.biasStd > 0 {
			f.Title += fmt.Sprintf(", biases %v", n.biasStd)
		}
		r := plots.Ridges{Color: len(row.Figures)}
		aside := ""
		for _, layer := range spread(n.layers("activation"), mostRidges) {
			counts, left := shape(layer)
			r.Lo, r.Hi = layer.HistogramLo, layer.HistogramHi
			r.Ridges = append(r.Ridges, plots.Ridge{Name: fmt.Sprintf("%d: %s", layer.Layer, significant(layer.RMS, 2)), Counts: counts})
			if left != "" {
				aside = fmt.Sprintf("; layer %d%s", layer.Layer, left)
			}
		}
		f.Say += aside
		r.Ticks = ends(r.Lo, r.Hi)
		if svg, err := r.SVG(); err == nil {
			f.SVG = template.HTML(svg)
		} else {
			f.Say += ", nothing else in range"
		}
		row.Figures = append(row.Figures, f)
	}
	if len(row.Figures) > 0 {
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// shape returns the counts to draw and says in words what they leave aside:
// exact zeros, which would dwarf all else where a ReLU makes them, and values
// beyond the ends of the histogram.
func shape(layer result.Layer) (counts []int64, aside string) {
	const shown = .001 // shares below are not worth words
	counts = slices.Clone(layer.Histogram)
	share := func(n int64) float64 { return float64(n) / float64(max(1, layer.Count)) }
	zeros := int64(math.Round(layer.ZeroShare * float64(layer.Count-layer.NaN-layer.Inf)))
	bin := int(-layer.HistogramLo / (layer.HistogramHi - layer.HistogramLo) * float64(len(counts)))
	if share(zeros) > shown && bin >= 0 && bin < len(counts) && counts[bin] >= zeros {
		counts[bin] -= zeros
		aside += fmt.Sprintf(", %.2g%% are 0", 100*share(zeros))
	}
	if beyond := share(layer.HistogramBelow + layer.HistogramAbove); beyond > shown {
		aside += fmt.Sprintf(", %.2g%% beyond", 100*beyond)
	}
	if lost := layer.NaN + layer.Inf; lost > 0 {
		aside += fmt.Sprintf(", %d NaN or infinite", lost)
	}
	return counts, aside
}

func dataName(data string) string {
	if data == "n01" {
		return "inputs from N(0, 1)"
	}
	return data
}

func ends(lo, hi float64) map[float64]string {
	ticks := map[float64]string{}
	for _, v := range []float64{lo, (lo + hi) / 2, hi} {
		ticks[v] = significant(v, 3)
	}
	return ticks
}

// mostRidges is how many layers of a net are drawn.
const mostRidges = 6

// spread picks so many of a list at most, the first and the last among them.
func spread[E any](list []E, most int) []E {
	if len(list) <= most {
		return list
	}
	var picked []E
	for i := range most {
		picked = append(picked, list[i*(len(list)-1)/(most-1)])
	}
	return picked
}

// tell says in words what the layers do to the signal, and to the gradient on
// its way back.
func (n net) tell() string {
	layers := n.layers("activation")
	if len(layers) == 0 {
		return "no activations"
	}
	said := tellSignal(layers)
	gradients := n.layers("gradient")
	if len(gradients) < 2 {
		return said
	}
	first, last := gradients[0], gradients[len(gradients)-1]
	factor := math.Pow(first.Norm/last.Norm, 1/float64(len(gradients)-1))
	course := "holds"
	switch {
	case first.NaN+first.Inf > 0:
		course = "overflows"
	case factor < vanishing:
		course = "vanishes"
	case factor > exploding:
		course = "explodes"
	}
	return fmt.Sprintf("%s; the gradient %s, ×%s a layer", said, course, significant(factor, 2))
}

// A signal vanishes or explodes when it changes by more than these factors a
// layer, by 10 within ten layers, as in the words of package layers.
var vanishing, exploding = math.Pow(10, -.1), math.Pow(10, .1)

// saturated is the share at the limits beyond which a layer saturates.
const saturated = .25

func tellSignal(layers []result.Layer) string {
	first, last := layers[0], layers[len(layers)-1]
	course := fmt.Sprintf("RMS %s → %s", significant(first.RMS, 3), significant(last.RMS, 3))
	switch factor := math.Pow(last.RMS/first.RMS, 1/float64(max(1, len(layers)-1))); {
	case last.NaN+last.Inf > 0:
		return course + ", it overflows"
	case factor < vanishing:
		return course + ", it collapses towards 0"
	case last.SaturatedShare > saturated:
		return fmt.Sprintf("%s, it saturates: %.0f%% of the last layer is at the limits", course, 100*last.SaturatedShare)
	case factor > exploding:
		return course + ", it explodes"
	}
	return course + ", it holds"
}

// depth shows RMS and gradient norm over the layers, one plot per activation.
func (b *builder) depth() (section, error) {
	s := section{
		ID: "depth", Title: "Signal and gradient over depth",
		Say: "Left to right is input to output. A straight slope on this logarithmic scale is a factor per layer: " +
			"downhill activations vanish, and gradients that fall towards the left never reach the first layers. " +
			"Chi is what a layer does to the mean square of the gradient on its way back: at 1 it holds. " +
			"Dashed is the value for infinite width where theory gives one.",
		Command: "actinit layers", File: "layers.parquet",
	}
	all := netsOf(b.Data.Layers)
	nets := typical(all)
	s.Say += ofMany(all, len(nets))
	var data []string
	for _, n := range nets {
		if !slices.Contains(data, n.data) {
			data = append(data, n.data)
		}
	}
	for _, d := range data {
		for _, f := range depthFigures {
			row := figureRow{Legend: b.initializerKeys(nets, d), Title: f.title + ", " + dataName(d)}
			hasTheory := false
			for _, op := range opsOf(b, nets, func(n net) (string, bool) { return n.activation, n.data == d }) {
				l := plots.Lines{X: plots.Axis{Label: "layer"}, Y: plots.Axis{Label: f.label, Log: f.log}}
				l.Series, l.X.Ticks = b.depthSeries(nets, op, d, f)
				if !drawable(l.Series) {
					continue
				}
				if err := row.add(b.title(op), l); err != nil {
					return s, err
				}
				hasTheory = hasTheory || slices.ContainsFunc(l.Series, func(s plots.Series) bool { return s.Color == plots.Ink })
			}
			if hasTheory {
				row.Legend = append(row.Legend, infiniteWidth)
			}
			if len(row.Figures) > 0 {
				s.Rows = append(s.Rows, row)
			}
		}
	}
	return s, nil
}

// A depthFigure is a quantity over the layers of a net.
type depthFigure struct {
	quantity, title, label string
	log                    bool
	value, theory          func(result.Layer) float64
}

var depthFigures = []depthFigure{
	{"activation", "RMS of the activations", "RMS", true, rmsOf, theoryOf},
	{"gradient", "RMS of the gradient by the activations", "RMS", true, rmsOf, theoryOf},
	{"weight_gradient", "RMS of the gradient by the weights", "RMS", true, rmsOf, theoryOf},
	{"gradient", "chi, the growth of the gradient's mean square by each layer", "chi", true,
		func(r result.Layer) float64 { return r.Chi }, func(r result.Layer) float64 { return r.TheoryChi }},
	{"activation", "how alike the examples are, the mean cosine of pairs", "cosine", false,
		func(r result.Layer) float64 { return r.Correlation }, func(r result.Layer) float64 { return r.TheoryCorrelation }},
	{"activation", "directions in which the examples vary, the participation rank of the activations", "rank", false,
		func(r result.Layer) float64 { return r.ParticipationRank }, func(result.Layer) float64 { return math.NaN() }},
}

func rmsOf(r result.Layer) float64    { return r.RMS }
func theoryOf(r result.Layer) float64 { return r.TheoryRMS }

// initializerKeys is the legend of the initialisers, the same for all plots of a data set.
func (b *builder) initializerKeys(nets []net, data string) []key {
	var names []string
	for _, n := range nets {
		if n.data == data && !slices.Contains(names, n.initializer) {
			names = append(names, n.initializer)
		}
	}
	slices.SortFunc(names, b.byInitializer)
	keys := make([]key, len(names))
	for i, name := range names {
		keys[i] = key{Name: name, Color: i}
	}
	return keys
}

func drawable(series []plots.Series) bool {
	return slices.ContainsFunc(series, func(s plots.Series) bool {
		return slices.ContainsFunc(s.Y, func(y float64) bool { return y > 0 && !math.IsInf(y, 0) })
	})
}

func (b *builder) depthSeries(nets []net, op, data string, f depthFigure) ([]plots.Series, map[float64]string) {
	var series []plots.Series
	ticks := map[float64]string{}
	keys := b.initializerKeys(nets, data)
	for _, n := range nets {
		if n.activation != op || n.data != data {
			continue
		}
		color := slices.IndexFunc(keys, func(k key) bool { return k.Name == n.initializer })
		line := plots.Series{Color: color, Dots: n.depth <= 12}
		theory := plots.Series{Color: plots.Ink, Dashed: true}
		for _, r := range n.layers(f.quantity) {
			x := float64(r.Layer)
			line.X, line.Y = append(line.X, x), append(line.Y, f.value(r))
			if v := f.theory(r); !math.IsNaN(v) && (v > 0 || !f.log) {
				theory.X, theory.Y = append(theory.X, x), append(theory.Y, v)
			}
			if step := (n.depth + 9) / 10; r.Layer%step == 0 {
				ticks[x] = fmt.Sprint(r.Layer)
			}
		}
		series = append(series, line)
		if len(theory.X) > 0 {
			series = append(series, theory)
		}
	}
	return series, ticks
}
