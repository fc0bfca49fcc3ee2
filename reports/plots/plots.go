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

// Ink is the colour of text and axes as a Series' colour, for what is held against the data: it is
// drawn above them, lines thin and points as rings, so that the data show beneath.
const Ink = -1

// A Series is one line of a plot. Points that cannot be drawn (NaN, infinite,
// not positive on a logarithmic axis) interrupt it. The page around the plot
// says which colour is what.
type Series struct {
	X, Y     []float64
	Color    int // 0 .. SeriesColors-1, taken modulo, or Ink
	Dashed   bool
	Dots     bool
	Unjoined bool // dots alone
	Thin     bool // one of many
}

// An Axis of a plot.
type Axis struct {
	Label    string
	Log      bool
	Ticks    map[float64]string // nil: chosen by the range
	Min, Max float64            // both 0: chosen by the data
}

// A Label is text that ends at a point, a little above it.
type Label struct {
	X, Y float64
	Text string
}

// Lines is a plot of lines.
type Lines struct {
	X, Y          Axis
	Series        []Series
	Labels        []Label
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
	for _, s := range above(l.Series) {
		c, width := s.look()
		for _, piece := range l.pieces(s) {
			drawn += len(piece)
			if !s.Unjoined {
				line, err := plotter.NewLine(piece)
				if err != nil {
					return "", err
				}
				line.Color, line.Width = c, width
				if s.Dashed {
					line.Dashes = []vg.Length{vg.Points(4), vg.Points(3.5)}
				}
				p.Add(line)
			}
			if s.Dots || len(piece) == 1 {
				dots, err := plotter.NewScatter(piece)
				if err != nil {
					return "", err
				}
				dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}
				switch {
				case s.Color == Ink:
					dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(3.4), Shape: ring{}}
				case s.Thin:
					dots.Radius = vg.Points(1.6)
				}
				p.Add(dots)
			}
		}
	}
	if drawn == 0 {
		return "", errNothing
	}
	for _, label := range l.Labels {
		if err := l.write(label, p); err != nil {
			return "", err
		}
	}
	l.X.limit(&p.X)
	l.Y.limit(&p.Y)
	return render(p, orElse(l.Width, 340), orElse(l.Height, 220), 14)
}

// write draws a label, if its point can be drawn.
func (l Lines) write(label Label, p *plot.Plot) error {
	if !l.X.drawable(label.X) || !l.Y.drawable(label.Y) {
		return nil
	}
	text, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: l.X.place(label.X), Y: l.Y.place(label.Y)}}, Labels: []string{label.Text}})
	if err != nil {
		return err
	}
	text.TextStyle[0].Color, text.TextStyle[0].Font.Size = ink, vg.Points(9)
	text.TextStyle[0].XAlign = draw.XRight
	text.Offset = vg.Point{Y: vg.Points(2)}
	p.Add(text)
	return nil
}

// above puts what is drawn in ink last.
func above(all []Series) []Series {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Series) int { return min(b.Color, 0) - min(a.Color, 0) })
	return all
}

func (s Series) look() (color.Color, vg.Length) {
	switch {
	case s.Color == Ink:
		return ink, vg.Points(.9)
	case s.Thin:
		return series[s.Color%len(series)], vg.Points(.9)
	}
	return series[s.Color%len(series)], vg.Points(1.6)
}

// A ring is draw.RingGlyph with a line that can be seen.
type ring struct{}

// DrawGlyph draws the ring.
func (ring) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: vg.Points(1.1)})
	var path vg.Path
	path.Move(vg.Point{X: at.X + style.Radius, Y: at.Y})
	path.Arc(at, style.Radius, 0, 2*math.Pi)
	path.Close()
	c.Stroke(path)
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
		*last = append(*last, plotter.XY{X: l.X.place(s.X[i]), Y: l.Y.place(s.Y[i])})
	}
	return pieces
}

func (a Axis) drawable(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!a.Log || v > 0)
}

// place is where a number stands along the axis. A logarithmic axis is a plain one of logarithms:
// plot.LogScale would make room for a long label at the end of the axis instead of its middle.
func (a Axis) place(v float64) float64 {
	if a.Log {
		return math.Log10(v)
	}
	return v
}

func (a Axis) apply(axis *plot.Axis) {
	axis.Label.Text = a.Label
	axis.Tick.Marker = plot.TickerFunc(plainTicks)
	if a.Log {
		axis.Tick.Marker = plot.TickerFunc(exponentTicks)
	}
	if a.Ticks != nil {
		var ticks plot.ConstantTicks
		for value, label := range a.Ticks {
			ticks = append(ticks, plot.Tick{Value: a.place(value), Label: label})
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
		axis.Min, axis.Max = a.place(a.Min), a.place(a.Max)
	}
	switch {
	case a.Log && axis.Max-axis.Min < math.Log10(1.5):
		axis.Min, axis.Max = axis.Min-math.Log10(1.3), axis.Max+math.Log10(1.3)
	case !a.Log && axis.Max-axis.Min <= 1e-9*max(math.Abs(axis.Min), math.Abs(axis.Max)):
		pad := max(1, .1*math.Abs(axis.Max))
		axis.Min, axis.Max = axis.Min-pad, axis.Max+pad
	}
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
