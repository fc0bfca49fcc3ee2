// Package plots draws with gonum/plot, as SVG that follows the page it stands in.
//
// Colours are CSS variables: --ink for axes and text, --grid for the grid, --ground for
// what is behind and --series-1 .. --series-8 for data, with fall-backs that can be read on light
// and on dark ground. The background is transparent, and the size is that of the
// box around it, so that one drawing serves a telephone and a wide screen.
package plots

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Colours that gonum/plot draws with; themed replaces them.
var (
	ink    = color.RGBA{1, 1, 1, 255}
	grid   = color.RGBA{2, 2, 2, 255}
	ground = color.RGBA{5, 5, 5, 255}
	series = []color.RGBA{{3, 1, 1, 255}, {3, 2, 1, 255}, {3, 3, 1, 255}, {3, 4, 1, 255}, {3, 5, 1, 255}, {3, 6, 1, 255}, {3, 7, 1, 255}, {3, 8, 1, 255}}
)

// fallbacks have a contrast of at least 3:1 on white and on black.
var fallbacks = []string{"#2d7dd2", "#d9622b", "#2f9e63", "#a35bd0", "#a8862b", "#cf4f84", "#1f97a3", "#7d7f87"}

// SeriesColors is how many series have a colour of their own.
const SeriesColors = 8

// A Series is one line of a plot. Points that cannot be drawn (NaN, infinite,
// not positive on a logarithmic axis) interrupt it. The page around the plot
// says which colour is what.
type Series struct {
	X, Y     []float64
	Color    int // 0 .. SeriesColors-1, taken modulo
	Dashed   bool
	Dots     bool
	Unjoined bool // dots alone
}

// An Axis of a plot.
type Axis struct {
	Label    string
	Log      bool
	Ticks    map[float64]string // nil: chosen by the range
	Min, Max float64            // both 0: chosen by the data
}

// Lines is a plot of lines.
type Lines struct {
	X, Y          Axis
	Series        []Series
	Width, Height float64 // in units of which 11 are the height of the text; 0: 340 x 220
}

// errNothing is returned when no point can be drawn.
var errNothing = errors.New("nothing to draw")

// SVG draws the plot. It is an error if there is no point to draw.
func (l Lines) SVG() (string, error) {
	p := newPlot()
	l.X.apply(&p.X)
	l.Y.apply(&p.Y)
	drawn := 0
	for _, s := range l.Series {
		c := series[s.Color%len(series)]
		for _, piece := range l.pieces(s) {
			drawn += len(piece)
			if !s.Unjoined {
				line, err := plotter.NewLine(piece)
				if err != nil {
					return "", err
				}
				line.Color, line.Width = c, vg.Points(1.6)
				if s.Dashed {
					line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
				}
				p.Add(line)
			}
			if s.Dots || len(piece) == 1 {
				dots, err := plotter.NewScatter(piece)
				if err != nil {
					return "", err
				}
				dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
				p.Add(dots)
			}
		}
	}
	if drawn == 0 {
		return "", errNothing
	}
	l.X.limit(&p.X)
	l.Y.limit(&p.Y)
	return render(p, orElse(l.Width, 340), orElse(l.Height, 220), 14)
}

// pieces cuts a series where a point cannot be drawn.
func (l Lines) pieces(s Series) []plotter.XYs {
	var pieces []plotter.XYs
	joined := false
	for i := range min(len(s.X), len(s.Y)) {
		if !l.X.drawable(s.X[i]) || !l.Y.drawable(s.Y[i]) {
			joined = false
			continue
		}
		if !joined {
			pieces = append(pieces, nil)
		}
		joined = true
		last := &pieces[len(pieces)-1]
		*last = append(*last, plotter.XY{X: s.X[i], Y: s.Y[i]})
	}
	return pieces
}

func (a Axis) drawable(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!a.Log || v > 0)
}

func (a Axis) apply(axis *plot.Axis) {
	axis.Label.Text = a.Label
	axis.Tick.Marker = plot.TickerFunc(plainTicks)
	if a.Log {
		axis.Scale = plot.LogScale{}
		axis.Tick.Marker = plot.TickerFunc(logTicks)
	}
	if a.Ticks != nil {
		var ticks plot.ConstantTicks
		for value, label := range a.Ticks {
			ticks = append(ticks, plot.Tick{Value: value, Label: label})
		}
		slices.SortFunc(ticks, func(s, t plot.Tick) int {
			if s.Value < t.Value {
				return -1
			}
			return 1
		})
		axis.Tick.Marker = ticks
	}
}

// limit sets the range, and widens one that is too narrow for a scale.
func (a Axis) limit(axis *plot.Axis) {
	if a.Min != 0 || a.Max != 0 {
		axis.Min, axis.Max = a.Min, a.Max
	}
	switch {
	case a.Log && axis.Max/axis.Min < 1.5:
		axis.Min, axis.Max = axis.Min/1.3, axis.Max*1.3
	case !a.Log && axis.Max-axis.Min <= 1e-9*max(math.Abs(axis.Min), math.Abs(axis.Max)):
		pad := max(1, .1*math.Abs(axis.Max))
		axis.Min, axis.Max = axis.Min-pad, axis.Max+pad
	}
}

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
	p.X.Max = max(slices.Max(values)*1.15, 1)
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

func newPlot() *plot.Plot {
	p := plot.New()
	style(p)
	lines := plotter.NewGrid()
	lines.Vertical.Color, lines.Horizontal.Color = grid, grid
	lines.Vertical.Width, lines.Horizontal.Width = vg.Points(.5), vg.Points(.5)
	p.Add(lines)
	return p
}

func style(p *plot.Plot) {
	p.BackgroundColor = color.Transparent
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = ink, ink
		axis.LineStyle.Width, axis.Tick.LineStyle.Width = vg.Points(.7), vg.Points(.7)
		axis.Label.TextStyle.Color, axis.Tick.Label.Color = ink, ink
		axis.Label.TextStyle.Font = font.From(axis.Label.TextStyle.Font, vg.Points(11))
		axis.Tick.Label.Font = font.From(axis.Tick.Label.Font, vg.Points(10.5))
		axis.Tick.Length = vg.Points(4)
		axis.Padding = vg.Points(2)
	}
}

func orElse(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

// render draws p and gives the colours and the size to the page. The margin
// holds what reaches over the data's corners: on the right half a tick's label,
// which gonum leaves no room for, and on top half a dot.
func render(p *plot.Plot, width, height, right float64) (string, error) {
	const top = 3
	canvas := vgsvg.New(vg.Length(width), vg.Length(height))
	p.Draw(draw.Crop(draw.New(canvas), 0, -vg.Length(right), 0, -top))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	_, drawing, found := strings.Cut(b.String(), "<svg")
	if !found {
		return "", errors.New("plots: no SVG was drawn")
	}
	_, drawing, _ = strings.Cut(drawing, ">")
	return fmt.Sprintf(`<svg viewBox="0 0 %g %g" xmlns="http://www.w3.org/2000/svg" role="img">`, width, height) + themed(drawing), nil
}

var (
	fontStyle = regexp.MustCompile(`font-family:[^;]*;font-variant:[^;]*;font-weight:[^;]*;font-style:[^;]*;`)
	spaces    = regexp.MustCompile(`\s*\n\s*`)
)

func themed(svg string) string {
	pairs := append(shades(), hex(ink), "var(--ink,#808080)", hex(grid), "var(--grid,#80808040)", hex(ground), "var(--ground,#80808000)")
	for i, c := range series {
		pairs = append(pairs, hex(c), fmt.Sprintf("var(--series-%d,%s)", i+1, fallbacks[i]))
	}
	svg = strings.NewReplacer(pairs...).Replace(svg)
	svg = fontStyle.ReplaceAllString(svg, "font-family:Arial,'Liberation Sans',sans-serif;")
	return spaces.ReplaceAllString(svg, " ")
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
