package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// A Ridge is one histogram of Ridges.
type Ridge struct {
	Name   string // at the left end of its line
	Counts []int64
}

// Ridges are histograms over the same equal bins, one above the other, the first on top, each
// as high as its own largest bin.
type Ridges struct {
	Lo, Hi float64
	Ridges []Ridge
	Ticks  map[float64]string
	Color  int
	Width  float64 // 0: 230
}

// Heights of a ridge and of what it may reach into the line above, in lines.
const (
	ridgeLine  = 26.
	ridgeReach = 1.35
)

// SVG draws the ridges.
func (r Ridges) SVG() (string, error) {
	if len(r.Ridges) == 0 || !(r.Hi > r.Lo) {
		return "", errNothing
	}
	p := plot.New()
	style(p)
	Axis{Ticks: r.Ticks}.apply(&p.X)
	names := make([]string, len(r.Ridges))
	drawn := false
	for i, ridge := range r.Ridges { // the lower ones in front
		base := float64(len(r.Ridges) - 1 - i)
		names[len(r.Ridges)-1-i] = ridge.Name
		most := slices.Max(append([]int64{0}, ridge.Counts...))
		line, err := plotter.NewLine(plotter.XYs{{X: r.Lo, Y: base}, {X: r.Hi, Y: base}})
		if err != nil {
			return "", err
		}
		line.Color, line.Width = grid, vg.Points(.7)
		p.Add(line)
		if most == 0 {
			continue
		}
		drawn = true
		width := (r.Hi - r.Lo) / float64(len(ridge.Counts))
		outline := plotter.XYs{{X: r.Lo, Y: base}}
		for k, n := range ridge.Counts {
			lo, y := r.Lo+float64(k)*width, base+ridgeReach*float64(n)/float64(most)
			outline = append(outline, plotter.XY{X: lo, Y: y}, plotter.XY{X: lo + width, Y: y})
		}
		outline = append(outline, plotter.XY{X: r.Hi, Y: base})
		shape, err := plotter.NewPolygon(outline)
		if err != nil {
			return "", err
		}
		shape.Color, shape.LineStyle.Color, shape.LineStyle.Width = series[r.Color%len(series)], ground, vg.Points(.6)
		p.Add(shape)
	}
	if !drawn {
		return "", errNothing
	}
	p.NominalY(names...)
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.Y.Tick.Label.Font.Size = vg.Points(10)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = r.Lo, r.Hi, -.05, float64(len(r.Ridges)-1)+math.Max(1, ridgeReach)+.05
	return render(p, orElse(r.Width, 230), 34+ridgeLine*float64(len(r.Ridges)+1), 12)
}
