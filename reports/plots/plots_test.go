package plots

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkSVG holds a drawing against what a page needs of it.
func checkSVG(t interface{ Errorf(string, ...any) }, svg string) {
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("not well-formed: %v", err)
			return
		}
	}
	if !strings.HasPrefix(svg, "<svg viewBox=") || strings.Contains(svg[:strings.Index(svg, ">")], "width=") {
		t.Errorf("does not take the size of its box: %.80s", svg)
	}
	// A colour outside a variable would not follow the theme.
	if fixed := regexp.MustCompile(`:#[0-9A-Fa-f]{6}`).FindString(svg); fixed != "" {
		t.Errorf("fixed colour %s", fixed)
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("a coordinate is not finite")
	}
}

func TestDrawings(t *testing.T) {
	for name, d := range map[string]interface{ SVG() (string, error) }{
		"lines": Lines{
			X:      Axis{Label: "n", Log: true, Ticks: PowersOfTwo([]float64{64, 4096})},
			Y:      Axis{Label: "ns & more", Log: true},
			Series: []Series{{X: []float64{64, 4096}, Y: []float64{1, 20}, Dots: true}, {X: []float64{64, 4096}, Y: []float64{3, 5}, Color: 7, Dashed: true}},
		},
		"flat":      Lines{Series: []Series{{X: []float64{1, 2}, Y: []float64{3, 3}}}},
		"flat log":  Lines{Y: Axis{Log: true}, Series: []Series{{X: []float64{1, 2}, Y: []float64{3, 3}}}},
		"one point": Lines{Series: []Series{{X: []float64{1}, Y: []float64{0}}}},
		"ridges":    Ridges{Lo: -1, Hi: 1, Ridges: []Ridge{{"1", []int64{1, 0, 5, 2}}, {"2", []int64{0, 0, 0, 0}}}, Ticks: map[float64]string{-1: "−1", 1: "1"}},
		"heat": Heat{XValues: []float64{1, 2, 4}, YValues: []float64{0, 1}, Z: [][]float64{{-1, 0, 1}, {math.NaN(), .5, 2}}, Limit: 1,
			Series: []Series{{X: []float64{1, 4}, Y: []float64{0, 1}}, {X: []float64{2}, Y: []float64{.5}, Unjoined: true}}},
		"bars": Bars{X: Axis{Label: "times"}, Bars: []Bar{{"a <b>", 2, "2×"}, {"c", 0, "none"}}},
	} {
		svg, err := d.SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkSVG(t, svg)
		again, err := d.SVG()
		if err != nil || again != svg {
			t.Errorf("%s: two drawings of the same data differ (%v)", name, err)
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	for name, d := range map[string]interface{ SVG() (string, error) }{
		"no series": Lines{},
		"NaN":       Lines{Series: []Series{{X: []float64{1}, Y: []float64{math.NaN()}}}},
		"0 on log":  Lines{Y: Axis{Log: true}, Series: []Series{{X: []float64{1}, Y: []float64{0}}}},
		"no counts": Ridges{Lo: 0, Hi: 1, Ridges: []Ridge{{"1", []int64{0, 0}}}},
		"no range":  Ridges{Lo: 1, Hi: 1, Ridges: []Ridge{{"1", []int64{1}}}},
		"no ridge":  Ridges{Lo: 0, Hi: 1},
		"no cell":   Heat{XValues: []float64{1, 2}, YValues: []float64{0, 1}, Z: [][]float64{{math.NaN(), math.NaN()}, {math.NaN(), math.NaN()}}, Limit: 1},
		"no limit":  Heat{XValues: []float64{1, 2}, YValues: []float64{0, 1}, Z: [][]float64{{0, 0}, {0, 0}}},
		"no bars":   Bars{},
	} {
		if _, err := d.SVG(); !errors.Is(err, errNothing) {
			t.Errorf("%s: error %v, want %v", name, err, errNothing)
		}
	}
}

// Any values, on any axes, are drawn or refused; what is drawn is sound.
func TestLinesOfAnything(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), 1e-300, 1e300}))
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(value, 0, 12)
		l := Lines{
			X:      Axis{Log: rapid.Bool().Draw(t, "log x")},
			Y:      Axis{Log: rapid.Bool().Draw(t, "log y")},
			Series: []Series{{X: values.Draw(t, "x"), Y: values.Draw(t, "y"), Dots: true}},
		}
		svg, err := l.SVG()
		if err != nil {
			if !errors.Is(err, errNothing) {
				t.Errorf("error %v", err)
			}
			return
		}
		checkSVG(t, svg)
	})
}

// A point that cannot be drawn interrupts the line; it is not bridged.
func TestPieces(t *testing.T) {
	nan := math.NaN()
	l := Lines{Y: Axis{Log: true}}
	pieces := l.pieces(Series{X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1, nan, 2, 3, 0, 4}})
	var sizes []int
	for _, p := range pieces {
		sizes = append(sizes, len(p))
	}
	if diff := cmp.Diff([]int{1, 2, 1}, sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{.1, 10, "0.1 0.2 0.5 1 2 5 10"},
		{.3, 30, "0.5 1 2 5 10 20"},
		{1e-3, 10, "0.001 0.01 0.1 1 10"},
		{1e-12, 1, "1e−12 1e−10 1e−8 1e−6 1e−4 0.01 1"},
	} {
		var labels []string
		for _, tick := range logTicks(c.lo, c.hi) {
			if tick.Label != "" {
				labels = append(labels, tick.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%g .. %g: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

func TestPlainTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 1, "0 0.2 0.4 0.6 0.8 1.0"},
		{-1, 1, "−1.0 −0.5 0 0.5 1.0"},
		{-5, 5, "−4 −2 0 2 4"},
		{0, 30, "0 10 20 30"},
		{1, 6, "1 2 3 4 5 6"},
		{1e5, 3e5, "1e5 1.5e5 2e5 2.5e5 3e5"},
		{-2e-7, 2e-7, "−2e−7 −1e−7 0 1e−7 2e−7"},
		{-1e308, 1e308, ""},
	} {
		var labels []string
		for _, tick := range plainTicks(c.lo, c.hi) {
			labels = append(labels, tick.Label)
			if tick.Value < c.lo || tick.Value > c.hi {
				t.Errorf("%g .. %g: tick at %g", c.lo, c.hi, tick.Value)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%g .. %g: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

// Ink is drawn after the data, whatever the order, its points as rings.
func TestInk(t *testing.T) {
	x := []float64{1, 2}
	svg, err := Lines{Series: []Series{{X: x, Y: []float64{1, 2}, Color: Ink, Dashed: true}, {X: x, Y: []float64{1, 2}, Color: 2}, {X: x, Y: x, Color: Ink, Unjoined: true, Dots: true}}}.SVG()
	if err != nil {
		t.Fatal(err)
	}
	checkSVG(t, svg)
	data, theory := strings.LastIndex(svg, "stroke:var(--series-3"), strings.LastIndex(svg, "stroke-dasharray")
	if data < 0 || theory < data {
		t.Errorf("data at %d, theory at %d", data, theory)
	}
	if strings.Contains(svg[data:], `Z" style="fill:var(--ink`) || !strings.Contains(svg[data:], `Z" style="fill:none;stroke:var(--ink`) {
		t.Error("a point in ink hides what is under it")
	}
}

// A map's scale names its largest number at both ends, and 0 between.
func TestHeatScale(t *testing.T) {
	svg, err := Heat{XValues: []float64{1, 2}, YValues: []float64{0, 1}, Z: [][]float64{{-1, 0}, {1, .37}}, Limit: .37}.SVG()
	if err != nil {
		t.Fatal(err)
	}
	checkSVG(t, svg)
	for _, want := range []string{">0.37<", ">−0.37<", ">0<", "<rect"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the map has no %s", want)
		}
	}
}

// A long label along a logarithmic axis takes no room from the data: the plot is as high as that of a plain axis.
func TestLongLabel(t *testing.T) {
	highest := func(log bool) string {
		svg, err := Lines{Y: Axis{Label: "mean square of the gradient", Log: log}, Series: []Series{{X: []float64{1, 2}, Y: []float64{1, 1000}}}}.SVG()
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`<path d="M[0-9.]+,[0-9.]+L[0-9.]+,([0-9.]+)"[^>]*series-1`).FindStringSubmatch(svg)[1]
	}
	if plain, log := highest(false), highest(true); plain != log {
		t.Errorf("the highest point is at %s on a plain axis and at %s on a logarithmic one", plain, log)
	}
}

func TestPowersOfTwo(t *testing.T) {
	want := map[float64]string{64: "64", 4096: "4Ki", 1 << 20: "1Mi", 1000: "1000", 1536: "1536"}
	if diff := cmp.Diff(want, PowersOfTwo([]float64{64, 4096, 1 << 20, 1000, 1536})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeviations(t *testing.T) {
	svg, err := Deviations{
		X: Axis{Label: "standard errors"}, Limit: 2.58,
		Dots: []Deviation{{"mean", .3}, {"variance", -4.5}, {"lost", math.NaN()}},
	}.SVG()
	if err != nil {
		t.Fatal(err)
	}
	checkSVG(t, svg)
	for _, want := range []string{">mean<", ">variance<", ">lost<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the chart has no %q", want)
		}
	}
	if _, err := (Deviations{}).SVG(); !errors.Is(err, errNothing) {
		t.Errorf("error %v for no dots", err)
	}
}
