package layers

import (
	"fmt"
	"math"
	"strings"

	"actinit/harness/result"
)

// A Story is what one net did to its signals, in few numbers.
type Story struct {
	Cell  Cell
	Param float64
	// RMS of the activations and of the gradients by them, of layer 1 .. depth.
	Activations, Gradients []float64
	Saturated              float64 // largest share of saturated values of a layer; NaN where the word means nothing
	Dead                   float64 // largest share of dead units of a layer
	NotFinite              int64   // NaN and infinities, all quantities and layers
}

// Stories returns one story for each net in rows, in the order of their first rows.
func Stories(rows []result.Layer) []Story {
	var stories []Story
	for _, net := range nets(rows) {
		s := Story{Cell: cellOf(net[0]), Param: net[0].Param, Saturated: math.NaN()}
		s.Activations, s.Gradients = nans(s.Cell.Depth), nans(s.Cell.Depth)
		for _, row := range net {
			s.NotFinite += row.NaN + row.Inf
			if row.Layer < 1 || row.Layer > row.Depth {
				continue
			}
			switch row.Quantity {
			case Activation:
				s.Activations[row.Layer-1] = row.RMS
				s.Dead = max(s.Dead, float64(row.DeadUnits)/float64(row.Width))
				if !(row.SaturatedShare <= s.Saturated) { // also when either is NaN
					s.Saturated = row.SaturatedShare
				}
			case Gradient:
				s.Gradients[row.Layer-1] = row.RMS
			}
		}
		stories = append(stories, s)
	}
	return stories
}

// ActivationFactor returns the factor by which a layer changes the RMS of the
// activations on average (geometric mean over layers 2 .. depth); NaN for one layer.
func (s Story) ActivationFactor() float64 { return factor(s.Activations) }

// GradientFactor returns the factor by which the RMS of the gradient changes on
// average when it passes one layer downwards; NaN for one layer.
func (s Story) GradientFactor() float64 { return 1 / factor(s.Gradients) }

func factor(rms []float64) float64 {
	if len(rms) < 2 {
		return math.NaN()
	}
	return math.Pow(rms[len(rms)-1]/rms[0], 1/float64(len(rms)-1))
}

// A signal vanishes or explodes when it changes by more than these factors a
// layer: by 10 within ten layers.
var Vanishing, Exploding = math.Pow(10, -.1), math.Pow(10, .1)

// saturating is the share of saturated values that a story mentions.
const saturating = .25

// trend names what a factor per layer does to a signal.
func trend(factor float64) string {
	switch {
	case factor < Vanishing:
		return "vanish"
	case factor > Exploding:
		return "explode"
	case factor >= Vanishing:
		return "hold"
	default:
		return "unknown"
	}
}

// Verdict says in words what becomes of the signals, for example
// "activations and gradients vanish".
func (s Story) Verdict() string {
	var parts []string
	a, g := trend(s.ActivationFactor()), trend(s.GradientFactor())
	switch {
	case a == "unknown" && g == "unknown":
	case a == g:
		parts = append(parts, "activations and gradients "+a)
	default:
		parts = append(parts, "activations "+a, "gradients "+g)
	}
	if s.Saturated > saturating {
		parts = append(parts, fmt.Sprintf("%.0f%% saturated", 100*s.Saturated))
	}
	if s.Dead > 0 {
		parts = append(parts, fmt.Sprintf("%.2g%% of a layer's units dead", 100*s.Dead))
	}
	if s.NotFinite > 0 {
		parts = append(parts, fmt.Sprintf("%d values NaN or infinite", s.NotFinite))
	}
	return strings.Join(parts, ", ")
}

// Figures returns the RMS of the activations of all layers and the factor of
// the gradient in words: ".49 .29 .18" and "x.63".
func (s Story) Figures() (rms, gradient string) {
	gradient = "-" // of one layer there is no factor
	if f := s.GradientFactor(); !math.IsNaN(f) {
		gradient = "x" + short(f)
	}
	return shortList(s.Activations), gradient
}

// short writes a number that is not negative with two digits, as the lecture
// does: .49, .05, 1.3, .0081, 5.1e-05; three from 10 on: 26.2, 137.
func short(x float64) string {
	switch {
	case x >= .01 && x < .995:
		return strings.TrimPrefix(fmt.Sprintf("%.2f", x), "0")
	case x >= .995 && x < 9.95:
		return fmt.Sprintf("%.1f", x)
	case x > 0 && x < .01:
		return strings.TrimPrefix(fmt.Sprintf("%.2g", x), "0")
	default:
		return fmt.Sprintf("%.3g", x)
	}
}

// shortList writes up to eight numbers, and of more the first and last four.
func shortList(x []float64) string {
	var words []string
	for i, v := range x {
		if len(x) > 8 && i >= 4 && i < len(x)-4 {
			if i == 4 {
				words = append(words, "..")
			}
			continue
		}
		words = append(words, short(v))
	}
	return strings.Join(words, " ")
}

// nets splits rows into those of one net each, in the order of their first rows.
func nets(rows []result.Layer) [][]result.Layer {
	type key struct {
		cell Cell
		run  string
	}
	index := map[key]int{}
	var split [][]result.Layer
	for _, row := range rows {
		if row.Failure != "" {
			continue
		}
		k := key{cellOf(row), row.RunID}
		i, ok := index[k]
		if !ok {
			i = len(split)
			index[k] = i
			split = append(split, nil)
		}
		split[i] = append(split[i], row)
	}
	return split
}

func cellOf(row result.Layer) Cell {
	return Cell{
		Activation: row.Activation, Initializer: row.Initializer, Data: row.Data,
		Depth: int(row.Depth), Width: int(row.Width), Batch: int(row.Batch),
		Gain: row.Gain, BiasStd: row.BiasStd, Seed: uint64(row.Seed),
	}
}

func nans(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}
