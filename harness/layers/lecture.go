package layers

import (
	"fmt"
	"math"
	"slices"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/theory"
)

// A Comparison holds one net's measured RMS of the activations against the
// infinite-width theory, layer by layer.
type Comparison struct {
	Cell             Cell
	Measured, Theory []float64 // RMS of layer 1 .. depth
	Worst            int       // layer with the largest deviation in units of the tolerance
	Deviation        float64   // |measured/theory - 1| there
	Tolerance        float64   // what a net of this width may deviate there
	Agrees           bool
}

// baseTolerance is the deviation from the theory that the lecture's figures are
// held to. Narrow nets are allowed three standard deviations of what their
// width leaves to chance, where that is more.
const baseTolerance = .03

// vague is the tolerance beyond which a comparison says nothing: such are nets of gated units,
// whose signals' logarithms scatter twice as much after each layer.
const vague = 1

// Lecture compares every net in rows for which there is a theory. The lecture's
// three results are the nets of tanh, 6 x 4096 on N(0,1), with "normal .01",
// "normal .05" and "xavier (lecture)".
func Lecture(rows []result.Layer) []Comparison {
	var all []Comparison
	for _, net := range nets(rows) {
		if c, ok := compare(net); ok {
			all = append(all, c)
		}
	}
	return all
}

func compare(net []result.Layer) (Comparison, bool) {
	c := Comparison{Cell: cellOf(net[0]), Agrees: true}
	c.Measured, c.Theory = nans(c.Cell.Depth), nans(c.Cell.Depth)
	op, ok := ops.Find(c.Cell.Activation)
	if !ok {
		return c, false
	}
	wide := theory.WideNet{Field: theory.Field{Row: op, Param: net[0].Param}, Units: c.Cell.Width, FanIn: make([]int, c.Cell.Depth), Std: make([]float64, c.Cell.Depth)}
	if c.Cell.BiasStd != 0 {
		wide.BiasStd = slices.Repeat([]float64{c.Cell.BiasStd}, c.Cell.Depth)
	}
	input := math.NaN() // mean square of the net's input
	for _, row := range net {
		switch {
		case row.Quantity != Activation || row.Layer > row.Depth:
		case row.Layer == 0:
			input = row.RMS * row.RMS
		default:
			c.Measured[row.Layer-1], c.Theory[row.Layer-1] = row.RMS, row.TheoryRMS
			wide.FanIn[row.Layer-1], wide.Std[row.Layer-1] = int(row.FanIn), row.WeightStd
		}
	}
	if math.IsNaN(input) {
		return c, false
	}
	worst := -1.
	independent := 1
	if c.Cell.Data == DataN01 {
		independent = c.Cell.Batch
	}
	variance := wide.LogVariance(input, independent)
	for l := 1; l <= c.Cell.Depth; l++ {
		if math.IsNaN(c.Theory[l-1]) {
			return c, false
		}
		// The RMS is the root of the mean square: its logarithm has half the deviation.
		tolerance := max(baseTolerance, 3*math.Sqrt(variance[l])/2)
		if !(tolerance <= vague) {
			return c, false // the signal has left float32, or chance leaves the theory nothing to say
		}
		deviation := math.Abs(c.Measured[l-1]/c.Theory[l-1] - 1)
		if !(deviation <= tolerance) {
			c.Agrees = false
		}
		if !(deviation/tolerance <= worst) {
			worst, c.Worst, c.Deviation, c.Tolerance = deviation/tolerance, l, deviation, tolerance
		}
	}
	return c, true
}

// String returns the comparison in one line.
func (c Comparison) String() string {
	verdict := "agrees"
	if !c.Agrees {
		verdict = "DEVIATES"
	}
	return fmt.Sprintf("%v: RMS %s, theory %s: %s, at most %.1f%% off (layer %d, %.1f%% allowed)",
		c.Cell, shortList(c.Measured), shortList(c.Theory),
		verdict, 100*c.Deviation, c.Worst, 100*c.Tolerance)
}
