package page

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"actinit/reports/plots"
)

// sweep shows the nets of a grid over gain, biases and depth.
func (b *builder) sweep() (section, error) {
	s := section{
		ID: "sweep", Title: "The sweep",
		Say: "What a layer does to the mean square of the gradient on its way back, on average over the layers of a net, as a natural logarithm: at 0 it holds, above it explodes, below it vanishes. " +
			"The gain multiplies the initialiser's weights. Lines are measured, dashed ones what infinite width would give.",
		Command: "actinit layers --grid", File: "layers.parquet",
	}
	nets := netsOf(b.Data.Layers)
	type group struct{ activation, initializer, data string }
	var groups []group
	for _, n := range nets {
		if g := (group{n.activation, n.initializer, n.data}); !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	for _, g := range groups {
		var mine []net
		gains, biases := map[float64]bool{}, map[float64]bool{}
		for _, n := range nets {
			if n.activation == g.activation && n.initializer == g.initializer && n.data == g.data {
				mine = append(mine, n)
				gains[n.gain], biases[n.biasStd] = true, true
			}
		}
		if len(gains) < 2 {
			continue
		}
		row := figureRow{Title: fmt.Sprintf("%s, %s, %s", b.title(g.activation), g.initializer, dataName(g.data))}
		if len(biases) > 1 {
			h := chiMap(mine)
			if err := row.add("ln of the gradient's growth a layer: blue vanishes, orange explodes; the line is where infinite width holds it", h); err != nil {
				return s, err
			}
		}
		least := slices.Min(slices.Collect(maps.Keys(biases)))
		l, legend := chiLines(slices.DeleteFunc(mine, func(n net) bool { return n.biasStd != least }))
		title := "ln of the gradient's growth a layer, against gain"
		if least > 0 {
			title += fmt.Sprintf(", biases of standard deviation %v", least)
		}
		if err := row.add(title, l); err != nil {
			continue
		}
		row.Figures[len(row.Figures)-1].Legend = legend
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// growth returns the mean over a net's layers of ln chi, measured and of infinite width.
func (n net) growth() (measured, theory float64) {
	count := 0.
	for _, r := range n.layers("gradient") {
		measured += math.Log(r.Chi)
		theory += math.Log(r.TheoryChi)
		count++
	}
	return measured / count, theory / count
}

// chiMap maps the growth over gain and biases, all depths and seeds together.
func chiMap(nets []net) plots.Heat {
	measured, expected := map[[2]float64][]float64{}, map[[2]float64][]float64{}
	for _, n := range nets {
		at := [2]float64{n.gain, n.biasStd}
		m, t := n.growth()
		measured[at], expected[at] = append(measured[at], m), append(expected[at], t)
	}
	h := heat(measured)
	h.X.Label, h.Y.Label = "gain", "standard deviation of the biases"
	h.Series = []plots.Series{zeroLine(heat(expected))}
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

// chiLines draws the growth against the gain, a colour for each depth.
func chiLines(nets []net) (plots.Lines, []key) {
	l := plots.Lines{X: plots.Axis{Label: "gain"}}
	var depths []int64
	for _, n := range nets {
		if !slices.Contains(depths, n.depth) {
			depths = append(depths, n.depth)
		}
	}
	slices.Sort(depths)
	var legend []key
	for color, depth := range depths {
		legend = append(legend, key{Name: fmt.Sprintf("%d layers", depth), Color: color})
		var seeds []int64
		at := map[int64][]net{}
		for _, n := range nets {
			if n.depth != depth {
				continue
			}
			if at[n.seed] == nil {
				seeds = append(seeds, n.seed)
			}
			at[n.seed] = append(at[n.seed], n)
		}
		for i, seed := range seeds {
			slices.SortFunc(at[seed], func(a, b net) int { return cmp.Compare(a.gain, b.gain) })
			measured, expected := plots.Series{Color: color, Dots: true}, plots.Series{Color: color, Dashed: true}
			for _, n := range at[seed] {
				m, t := n.growth()
				measured.X, measured.Y = append(measured.X, n.gain), append(measured.Y, m)
				expected.X, expected.Y = append(expected.X, n.gain), append(expected.Y, t)
			}
			l.Series = append(l.Series, measured)
			if i == 0 {
				l.Series = append(l.Series, expected)
			}
		}
	}
	return l, legend
}
