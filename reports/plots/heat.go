package plots

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heatLevels is the number of shades on each side of 0.
const heatLevels = 8

// Heat is a map of cells coloured by a number: in the first series' colour below 0, in
// the second's above, the stronger the farther from 0 (by the square root of the distance, so
// that weak ones can be told apart), with lines and dots on top and the scale beside it.
type Heat struct {
	X, Y          Axis
	XValues       []float64   // centres of the columns, ascending
	YValues       []float64   // centres of the rows, ascending
	Z             [][]float64 // Z[j][i] at YValues[j], XValues[i]; NaN leaves a cell empty
	Limit         float64     // numbers this far from 0 and farther have the strongest colour
	Series        []Series
	Width, Height float64 // 0: 340 x 260
}

// SVG draws the map.
func (h Heat) SVG() (string, error) {
	if len(h.XValues) < 2 || len(h.YValues) < 2 || !(h.Limit > 0) {
		return "", errNothing
	}
	p := newPlot()
	h.X.apply(&p.X)
	h.Y.apply(&p.Y)
	xs, ys := edges(h.XValues), edges(h.YValues)
	drawn := 0
	for j := range h.YValues {
		for i := range h.XValues {
			z := h.Z[j][i]
			if math.IsNaN(z) {
				continue
			}
			drawn++
			cell, err := plotter.NewPolygon(plotter.XYs{
				{X: xs[i], Y: ys[j]}, {X: xs[i+1], Y: ys[j]}, {X: xs[i+1], Y: ys[j+1]}, {X: xs[i], Y: ys[j+1]},
			})
			if err != nil {
				return "", err
			}
			cell.Color, cell.LineStyle.Width = shade(z/h.Limit), 0
			p.Add(cell)
		}
	}
	if drawn == 0 {
		return "", errNothing
	}
	lines := Lines{X: h.X, Y: h.Y}
	for _, s := range h.Series {
		for _, piece := range lines.pieces(s) {
			if s.Unjoined {
				dots, err := plotter.NewScatter(piece)
				if err != nil {
					return "", err
				}
				dots.GlyphStyle = draw.GlyphStyle{Color: ink, Radius: vg.Points(2.6), Shape: draw.CircleGlyph{}}
				p.Add(dots)
				continue
			}
			line, err := plotter.NewLine(piece)
			if err != nil {
				return "", err
			}
			line.Color, line.Width = ink, vg.Points(1.6)
			p.Add(line)
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xs[0], xs[len(xs)-1], ys[0], ys[len(ys)-1]
	width, height := orElse(h.Width, 340), orElse(h.Height, 260)
	drawing, err := render(p, width, height, 14+scaleRoom)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSpace(drawing), "</svg>") + h.scale(width, height) + "</svg>", nil
}

// Room of the scale at the right, and of its strip of colours.
const (
	scaleRoom  = 44
	scaleStrip = 9
)

// scale draws the colours with the numbers they stand for, the largest on top.
func (h Heat) scale(width, height float64) string {
	const (
		strips      = 32
		top, bottom = 12., 48. // margins
	)
	each := (height - top - bottom) / strips
	left := width - scaleRoom + 4
	var b strings.Builder
	for i := range strips {
		z := 1 - (2*float64(i)+1)/strips
		fmt.Fprintf(&b, `<rect x="%.4g" y="%.4g" width="%d" height="%.4g" style="fill:%s"/>`,
			left, top+each*float64(i), scaleStrip, each, hex(shade(z)))
	}
	for i, z := range []float64{h.Limit, 0, -h.Limit} {
		label := strings.Replace(strconv.FormatFloat(z, 'g', 2, 64), "-", "−", 1)
		fmt.Fprintf(&b, `<text x="%.4g" y="%.4g" style="font-family:Arial,'Liberation Sans',sans-serif;font-size:10.5px;fill:%s">%s</text>`,
			left+scaleStrip+4, top+float64(i)/2*(height-top-bottom)+4, hex(ink), label)
	}
	return themed(b.String())
}

// edges returns the boundaries of cells about their centres.
func edges(centres []float64) []float64 {
	n := len(centres)
	e := make([]float64, n+1)
	for i := 1; i < n; i++ {
		e[i] = (centres[i-1] + centres[i]) / 2
	}
	e[0], e[n] = centres[0]-(e[1]-centres[0]), centres[n-1]+(centres[n-1]-e[n-1])
	return e
}

// shade returns the placeholder of a colour for -1 .. 1, which themed replaces.
func shade(z float64) color.RGBA {
	side := uint8(0)
	if z > 0 {
		side = 1
	}
	return color.RGBA{4, side, uint8(math.Round(math.Sqrt(math.Min(1, math.Abs(z))) * heatLevels)), 255}
}

// shades returns the placeholders and the colours that stand for them: a series' colour,
// the more transparent the weaker.
func shades() []string {
	var pairs []string
	for side := range uint8(2) {
		for level := range uint8(heatLevels + 1) {
			strength := int(level) * 90 / heatLevels
			pairs = append(pairs, hex(color.RGBA{4, side, level, 255}),
				fmt.Sprintf("color-mix(in srgb, var(--series-%d,%s) %d%%, transparent)", side+1, fallbacks[side], strength))
		}
	}
	return pairs
}
