package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

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

// maxHistogramNets bounds the size of the page: the rest is in layers.parquet.
const maxHistogramNets = 16

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
	nets := netsOf(b.Data.Layers)
	var widest int64
	for _, n := range nets {
		widest = max(widest, n.width)
	}
	nets = slices.DeleteFunc(nets, func(n net) bool { return n.width < widest })
	slices.SortStableFunc(nets, func(x, y net) int {
		return cmp.Or(b.byOp(x.activation, y.activation), b.byInitializer(x.initializer, y.initializer))
	})
	var row figureRow
	for i, n := range nets[:min(len(nets), maxHistogramNets)] {
		if i == 0 || n.activation != nets[i-1].activation {
			if len(row.Figures) > 0 {
				s.Rows = append(s.Rows, row)
			}
			row = figureRow{Narrow: true, Title: b.title(n.activation), Say: fmt.Sprintf("%d layers of %d units, %s; the RMS stands beside the layer's number", n.depth, n.width, dataName(n.data))}
		}
		title := fmt.Sprintf("%s: %s", n.initializer, n.tell())
		r := plots.Ridges{Color: len(row.Figures)}
		aside := ""
		for _, layer := range some(n.layers("activation")) {
			counts, left := shape(layer)
			r.Lo, r.Hi = layer.HistogramLo, layer.HistogramHi
			r.Ridges = append(r.Ridges, plots.Ridge{Name: fmt.Sprintf("%d: %.2g", layer.Layer, layer.RMS), Counts: counts})
			if left != "" {
				aside = fmt.Sprintf(" (layer %d%s)", layer.Layer, left)
			}
		}
		r.Ticks = ends(r.Lo, r.Hi)
		if err := row.add(title+aside, r); err != nil {
			row.Figures = append(row.Figures, figure{Title: title + aside + ", nothing else in range"})
		}
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
		ticks[v] = strings.Replace(fmt.Sprintf("%.3g", v), "-", "−", 1)
	}
	return ticks
}

// some picks six layers at most, first and last among them.
func some(layers []result.Layer) []result.Layer {
	const most = 6
	if len(layers) <= most {
		return layers
	}
	var picked []result.Layer
	for i := range most {
		picked = append(picked, layers[i*(len(layers)-1)/(most-1)])
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
	return fmt.Sprintf("%s; the gradient %s, ×%.2g a layer", said, course, factor)
}

// A signal vanishes or explodes when it changes by more than these factors a
// layer, by 10 within ten layers, as in the words of package layers.
var vanishing, exploding = math.Pow(10, -.1), math.Pow(10, .1)

// saturated is the share at the limits beyond which a layer saturates.
const saturated = .25

func tellSignal(layers []result.Layer) string {
	first, last := layers[0], layers[len(layers)-1]
	course := fmt.Sprintf("RMS %.3g → %.3g", first.RMS, last.RMS)
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
			"Thin dashes are the value for infinite width where theory gives one.",
		Command: "actinit layers", File: "layers.parquet",
	}
	nets := netsOf(b.Data.Layers)
	var data []string
	for _, n := range nets {
		if !slices.Contains(data, n.data) {
			data = append(data, n.data)
		}
	}
	for _, d := range data {
		for _, f := range depthFigures {
			row := figureRow{Legend: b.initializerKeys(nets, d), Title: f.title + ", " + dataName(d)}
			for _, op := range opsOf(b, nets, func(n net) (string, bool) { return n.activation, n.data == d }) {
				l := plots.Lines{X: plots.Axis{Label: "layer"}, Y: plots.Axis{Label: f.label, Log: f.log}}
				l.Series, l.X.Ticks = b.depthSeries(nets, op, d, f)
				if !drawable(l.Series) {
					continue
				}
				if err := row.add(b.title(op), l); err != nil {
					return s, err
				}
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
	{"activation", "how alike the examples are, the mean cosine of pairs", "cosine", false,
		func(r result.Layer) float64 { return r.Correlation }, func(r result.Layer) float64 { return r.TheoryCorrelation }},
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
		theory := plots.Series{Color: color, Dashed: true}
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
