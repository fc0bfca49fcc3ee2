package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Bar of a bar chart.
type Bar struct {
	Name  string
	Value float64
	Label string // at the bar's end
}

// Bars is a chart of horizontal bars from 0, the first on top.
type Bars struct {
	X     Axis
	Bars  []Bar
	Width float64 // 0: 340
}

// SVG draws the chart.
func (b Bars) SVG() (string, error) {
	if len(b.Bars) == 0 {
		return "", errNothing
	}
	p := newPlot()
	b.X.apply(&p.X)
	names := make([]string, len(b.Bars))
	values := make(plotter.Values, len(b.Bars))
	labels := plotter.XYLabels{}
	for i, bar := range b.Bars {
		at := len(b.Bars) - 1 - i
		names[at], values[at] = bar.Name, bar.Value
		labels.XYs = append(labels.XYs, plotter.XY{X: bar.Value, Y: float64(at)})
		labels.Labels = append(labels.Labels, bar.Label)
	}
	chart, err := plotter.NewBarChart(values, vg.Points(9))
	if err != nil {
		return "", err
	}
	chart.Horizontal, chart.Color, chart.LineStyle.Width = true, series[0], 0
	ends, err := plotter.NewLabels(labels)
	if err != nil {
		return "", err
	}
	for i := range ends.TextStyle {
		ends.TextStyle[i].Color = ink
		ends.TextStyle[i].Font.Size = vg.Points(10)
		ends.TextStyle[i].YAlign = draw.YCenter
	}
	ends.Offset = vg.Point{X: vg.Points(3)}
	p.Add(chart, ends)
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = vg.Points(10.5)
	p.X.Min = 0
	p.X.Max = orElse(b.X.Max, max(slices.Max(values)*1.15, 1))
	return render(p, orElse(b.Width, 340), 60+16*float64(len(b.Bars)), 4)
}

// A Deviation is one dot of Deviations.
type Deviation struct {
	Name  string
	Value float64
}

// Deviations is a chart of dots on horizontal lines, the first on top, about a
// vertical line at 0 and two dashed ones at -Limit and Limit. A value that
// cannot be drawn leaves its line empty.
type Deviations struct {
	X     Axis
	Dots  []Deviation
	Limit float64
	Width float64 // 0: 340
}

// SVG draws the chart.
func (d Deviations) SVG() (string, error) {
	if len(d.Dots) == 0 {
		return "", errNothing
	}
	p := newPlot()
	d.X.apply(&p.X)
	names := make([]string, len(d.Dots))
	var points plotter.XYs
	reach := 1.3 * d.Limit
	for i, dot := range d.Dots {
		at := len(d.Dots) - 1 - i
		names[at] = dot.Name
		if d.X.drawable(dot.Value) {
			points = append(points, plotter.XY{X: dot.Value, Y: float64(at)})
			reach = max(reach, 1.1*math.Abs(dot.Value))
		}
	}
	bottom, top := -.7, float64(len(d.Dots))-.3
	for _, x := range []float64{-d.Limit, 0, d.Limit} {
		line, err := plotter.NewLine(plotter.XYs{{X: x, Y: bottom}, {X: x, Y: top}})
		if err != nil {
			return "", err
		}
		line.Color, line.Width = ink, vg.Points(.7)
		if x != 0 {
			line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
		}
		p.Add(line)
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return "", err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: series[0], Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	p.Add(dots)
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = vg.Points(10.5)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -reach, reach, bottom, top
	return render(p, orElse(d.Width, 340), 60+14*float64(len(d.Dots)), 8)
}
