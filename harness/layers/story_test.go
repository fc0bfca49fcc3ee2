package layers

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/kernels/initializer"
)

// told returns rows of a net with the given RMS of activations and gradients.
func told(activation string, forward, backward []float64) []result.Layer {
	var rows []result.Layer
	for i := range forward {
		row := result.Layer{Activation: activation, Initializer: "init", Data: DataN01,
			Depth: int64(len(forward)), Width: 100, Batch: 4,
			Layer: int64(i + 1), SaturatedShare: math.NaN()}
		row.Quantity, row.RMS = Activation, forward[i]
		rows = append(rows, row)
		row.Quantity, row.RMS = Gradient, backward[i]
		rows = append(rows, row)
	}
	return rows
}

// inWords is all that a story says.
func inWords(s Story) string {
	rms, gradient := s.Figures()
	return fmt.Sprintf("%v: RMS %s, gradient %s a layer down: %s", s.Cell, rms, gradient, s.Verdict())
}

func TestStory(t *testing.T) {
	for _, c := range []struct {
		forward, backward []float64
		want              string
	}{
		{[]float64{.49, .29, .18, .11, .07, .046}, []float64{.1, .2, .35, .5, .7, 1}, "tanh, init, n01, 6x100: RMS .49 .29 .18 .11 .07 .05, gradient x.63 a layer down: activations and gradients vanish"},
		{[]float64{1, 1, 1}, []float64{1, 1, 1}, "tanh, init, n01, 3x100: RMS 1.0 1.0 1.0, gradient x1.0 a layer down: activations and gradients hold"},
		{[]float64{2, 20, 200}, []float64{4, 2, 1}, "tanh, init, n01, 3x100: RMS 2.0 20 200, gradient x2.0 a layer down: activations and gradients explode"},
		{[]float64{1, .3, .1}, []float64{4, 2, 1}, "tanh, init, n01, 3x100: RMS 1.0 .30 .10, gradient x2.0 a layer down: activations vanish, gradients explode"},
		{[]float64{9.96, 9.96, .996, .0094, 9, 9, 9, 9, 9.96}, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}, "tanh, init, n01, 9x100: RMS 9.96 9.96 1.0 .0094 .. 9.0 9.0 9.0 9.96, gradient x1.0 a layer down: activations and gradients hold"},
	} {
		stories := Stories(told("tanh", c.forward, c.backward))
		if len(stories) != 1 || inWords(stories[0]) != c.want {
			t.Errorf("got  %v\nwant %s", stories, c.want)
		}
	}
}

func TestStoryMentionsTrouble(t *testing.T) {
	rows := told("tanh", []float64{1, 1}, []float64{1, 1})
	rows[0].SaturatedShare, rows[2].SaturatedShare = .1, .44
	rows[2].DeadUnits = 3
	rows[1].NaN, rows[3].Inf = 2, 5
	if got, want := Stories(rows)[0].Verdict(), "activations and gradients hold, 44% saturated, 3% of a layer's units dead, 7 values NaN or infinite"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if one := Stories(told("relu", []float64{1}, []float64{1}))[0]; one.Verdict() != "" || strings.Contains(inWords(one), "hold") {
		t.Errorf("one layer has no trend: %v", one)
	}
}

func TestStoriesKeepNetsApart(t *testing.T) {
	rows := append(told("tanh", []float64{1, 1}, []float64{1, 1}), told("relu", []float64{1, .1}, []float64{1, 1})...)
	rows[0], rows[5] = rows[5], rows[0]
	stories := Stories(rows)
	if len(stories) != 2 || stories[0].Cell.Activation != "relu" || stories[1].Cell.Activation != "tanh" {
		t.Fatalf("stories %v, want relu's and tanh's in the order of their first rows", stories)
	}
	if stories[1].Activations[0] != 1 || stories[0].Activations[1] != .1 {
		t.Errorf("stories %v", stories)
	}
}

// A net that does not do what the theory says is called out.
func TestLectureFindsDeviations(t *testing.T) {
	rows := experiment(t, "tanh", initializer.Normal(0, .05), 4, 400, 16, 1)
	if all := Lecture(rows); len(all) != 1 || !all[0].Agrees {
		t.Fatalf("comparison %v", all)
	}
	for i := range rows {
		if rows[i].Quantity == Activation && rows[i].Layer == 3 {
			rows[i].RMS *= 1.5
		}
	}
	all := Lecture(rows)
	if len(all) != 1 || all[0].Agrees || all[0].Worst != 3 || !strings.Contains(all[0].String(), "DEVIATES") {
		t.Errorf("layer 3 is 50%% too large: %v", all)
	}
	for i := range rows {
		if rows[i].Quantity == Activation {
			rows[i].TheoryRMS = math.NaN()
		}
	}
	if all := Lecture(rows); len(all) != 0 {
		t.Errorf("no theory, but %v", all)
	}
}
