package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"actinit/harness/layers"
	"actinit/harness/ops"
	"actinit/harness/result"
)

// summariseLayers shows what became of the signals in each net, or, unless all
// are wanted, in the lecture's.
func summariseLayers(w io.Writer, rows []result.Layer, all bool) {
	stories := layers.Stories(rows)
	slices.SortStableFunc(stories, func(a, b layers.Story) int {
		return cmp.Or(-cmp.Compare(a.Cell.Width, b.Cell.Width), -cmp.Compare(a.Cell.Data, b.Cell.Data),
			cmp.Compare(activationRank(a.Cell.Activation), activationRank(b.Cell.Activation)),
			cmp.Compare(initializerRank(a.Cell.Initializer), initializerRank(b.Cell.Initializer)),
			cmp.Compare(a.Cell.Depth, b.Cell.Depth), cmp.Compare(a.Cell.Gain, b.Cell.Gain),
			cmp.Compare(a.Cell.BiasStd, b.Cell.BiasStd), cmp.Compare(a.Cell.Seed, b.Cell.Seed))
	})
	shown := stories
	if !all {
		shown = lectureNets(stories)
	}
	if len(shown) > maxNetLines {
		shown = shown[:maxNetLines]
	}
	swept := sweptColumns(stories)
	l := &listing{header: []string{"activation", "initialiser", "data", "layers"}}
	for _, c := range swept {
		l.header = append(l.header, c.name)
	}
	l.header = append(l.header, "RMS of the activations, layer by layer", "gradient", "verdict")
	for _, s := range shown {
		line := []string{s.Cell.Activation, s.Cell.Initializer, s.Cell.Data, fmt.Sprintf("%dx%d", s.Cell.Depth, s.Cell.Width)}
		for _, c := range swept {
			line = append(line, c.value(s.Cell))
		}
		rms, gradient := s.Figures()
		l.add(append(line, rms, gradient, s.Verdict())...)
	}
	fmt.Fprintf(w, "\nlayers: %s; RMS is the root mean square of a layer; gradient x.5: on average halved by each layer on the way back\n", plural(len(stories), "net"))
	l.text(w)
	if more := len(stories) - len(shown); more > 0 {
		fmt.Fprintf(w, "and more in layers.parquet: %s\n", plural(more, "net"))
	}
	sayFailedNets(w, rows)
	if comparisons := layers.Lecture(rows); len(comparisons) > 0 {
		deviating := 0
		for _, c := range comparisons {
			if !c.Agrees {
				deviating++
				fmt.Fprintln(w, c)
			}
		}
		fmt.Fprintf(w, "theory: %d of %d nets agree with the infinite-width theory\n", len(comparisons)-deviating, len(comparisons))
	}
}

// sayFailedNets names the first nets that could not be run.
func sayFailedNets(w io.Writer, rows []result.Layer) {
	failed := 0
	for _, row := range rows {
		if couldNotRun(row) {
			if failed++; failed <= maxFailureLines {
				fmt.Fprintf(w, "could not be run: %s\n", row.Failure)
			}
		}
	}
	if failed > maxFailureLines {
		fmt.Fprintf(w, "%d more nets could not be run: see the column failure of layers.parquet\n", failed-maxFailureLines)
	}
}

// maxFailureLines is how many nets that could not be run a summary names.
const maxFailureLines = 5

func couldNotRun(row result.Layer) bool { return row.Failure != "" }

// maxNetLines is how many nets a summary shows of a sweep.
const maxNetLines = 100

// A cellColumn is one setting of a net.
type cellColumn struct {
	name  string
	value func(layers.Cell) string
}

// sweptColumns returns the settings that differ from net to net.
func sweptColumns(stories []layers.Story) []cellColumn {
	var swept []cellColumn
	for _, c := range []cellColumn{
		{"batch", func(c layers.Cell) string { return fmt.Sprint(c.Batch) }},
		{"gain", func(c layers.Cell) string { return fmt.Sprint(c.Gain) }},
		{"bias std", func(c layers.Cell) string { return fmt.Sprint(c.BiasStd) }},
		{"seed", func(c layers.Cell) string { return fmt.Sprint(c.Seed) }},
	} {
		differs := func(s layers.Story) bool { return c.value(s.Cell) != c.value(stories[0].Cell) }
		// The usual nets have two sizes of batch, which their width tells.
		special := len(stories) > 0 && (c.name == "gain" && stories[0].Cell.Gain != 1 && stories[0].Cell.Gain != 0 || c.name == "bias std" && stories[0].Cell.BiasStd != 0)
		if special || slices.ContainsFunc(stories, differs) && (c.name != "batch" || stories[0].Cell.Width == stories[len(stories)-1].Cell.Width) {
			swept = append(swept, c)
		}
	}
	return swept
}

// lectureActivations are those whose nets the summary of a whole run shows.
var lectureActivations = []string{"tanh", "relu"}

// lectureNets returns the nets of the lecture's activations, or all if there are none.
func lectureNets(stories []layers.Story) []layers.Story {
	var nets []layers.Story
	for _, s := range stories {
		if slices.Contains(lectureActivations, s.Cell.Activation) {
			nets = append(nets, s)
		}
	}
	if len(nets) == 0 {
		return stories
	}
	return nets
}

// activationRank puts the lecture's activations first, and others in the table's order.
func activationRank(op string) int {
	if i := slices.Index(lectureActivations, op); i >= 0 {
		return i
	}
	return len(lectureActivations) + slices.Index(ops.Names(), op)
}

// initializerRank is the place of an initialiser in the lecture's order.
func initializerRank(name string) int { return slices.Index(layers.Initializers(), name) }
