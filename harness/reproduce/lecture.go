package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels/initializer"
)

const (
	lectureWidth = 4096
	lectureDepth = 6
	lectureBatch = 64
	lectureSeeds = 5

	// Of the net that shows where the gain 5/3 leads: its gradients are compared from layer
	// gainSettled, where the signal is at its fixed point, to the top.
	gainWidth   = 1024
	gainDepth   = 40
	gainSettled = 10

	// At the fixed point of that net: kappa of walkTolerance, and the logarithm's standard deviation
	// at the top (theory.WideNet.LogVariance).
	gainKappa  = 1.674
	gainLogStd = .00369

	saturated = .97 // a tanh beyond it hardly passes a gradient on
)

// A lectureNet is one of the lecture's initialisers with what is claimed of it.
type lectureNet struct {
	name  string
	rule  initializer.Initializer
	std   float64 // of the weights
	logs  [2]float64
	first Claim // RMS at layer 1
	last  Claim // at the top
	all   Claim // largest deviation from theory
}

// newLectureNet states the claims. logStd is the standard deviation of the logarithm of the mean
// square at layers 1 and 6 that 4096 units leave (theory.WideNet.LogVariance); the
// RMS has half of it.
func newLectureNet(name string, rule initializer.Initializer, std, first, last float64, logStd [2]float64) lectureNet {
	rms := func(layer int, published, logStd float64) Claim {
		return Claim{
			Statement: fmt.Sprintf("RMS of tanh layer %d, %s", layer, name), Published: published, Source: "lecture, at infinite width",
			Relation: About, Tolerance: .0005 + published*fluctuation(logStd/2, lectureSeeds),
		}
	}
	return lectureNet{name, rule, std, logStd, rms(1, first, logStd[0]), rms(lectureDepth, last, logStd[1]), Claim{
		Statement: fmt.Sprintf("largest deviation of the RMS from theory, %s", name), Source: "length map, Poole et al. 2016",
		Relation: AtMost, Tolerance: standardErrors * logStd[1] / 2,
	}}
}

var lectureNets = []lectureNet{
	newLectureNet("std .01", initializer.Normal(0, .01), .01, .492, .046, [2]float64{.00191, .00609}),
	newLectureNet("std .05", initializer.Normal(0, .05), .05, .872, .849, [2]float64{.00084, .00093}),
	newLectureNet("Xavier", initializer.XavierLecture(), 1./64, .628, .294, [2]float64{.00155, .00385}),
}

var (
	// 262,144 values of a share of .44 have a standard error of .001.
	lectureSaturated = Claim{
		Statement: "share of |tanh| > .97 at layer 6, std .05", Published: .44, Source: "lecture, at infinite width",
		Relation: About, Tolerance: .005 + fluctuation(.001, lectureSeeds),
	}
	gainRMS = Claim{
		Statement: "RMS of tanh layer 40, gain 5/3", Published: .65135, Source: "fixed point of the length map",
		Relation: About, Tolerance: .65135 * fluctuation(gainLogStd/2, lectureSeeds),
	}
	gainGrowth = Claim{
		Statement: "growth of the gradient's mean square per layer, tanh, gain 5/3", Published: 1.2098, Source: "chi_1, Schoenholz et al. 2017",
		Relation: Within, Tolerance: walkTolerance(gainKappa, gainWidth, gainDepth-gainSettled, lectureSeeds),
	}
)

var lectureWidths = Experiment{
	Name: "lecture-widths", Paper: "the lecture",
	About: "six tanh layers of 4096 units: std .01 falls silent, .05 saturates, Xavier works; where the gain 5/3 leads",
	Cost:  18 * time.Second, Seeds: lectureSeeds,
	Claims: []Claim{
		lectureNets[0].first, lectureNets[0].last, lectureNets[0].all,
		lectureNets[1].first, lectureNets[1].last, lectureNets[1].all, lectureSaturated,
		lectureNets[2].first, lectureNets[2].last, lectureNets[2].all,
		gainRMS, gainGrowth,
	},
	Run: runLectureWidths,
}

func runLectureWidths(ctx context.Context, e *Env) error {
	const figure = "RMS of the activations against layer, tanh"
	found := perClaim{}
	space := dense.Workspace[float32]{}
	n, err := network.New[float32](tower(lectureDepth, lectureWidth, "tanh"), space, e.Workers)
	if err != nil {
		return err
	}
	parts := len(lectureNets) + 1
	for _, net := range lectureNets {
		expected := roots(theory.Uniform(fieldOf("tanh"), lectureDepth, lectureWidth, net.std).Layers())
		e.line(figure, SeriesTheory+", "+net.name, 0, expected)
		e.Point(figure, SeriesPaper+", "+net.name, 0, 1, net.first.Published)
		e.Point(figure, SeriesPaper+", "+net.name, 0, lectureDepth, net.last.Published)
		for _, seed := range e.Seeds() {
			if err := draw(n, net.rule, seed); err != nil {
				return err
			}
			rms := make([]float64, lectureDepth+1)
			share := 0.
			_, err := n.Forward(ctx, normalBatch(lectureBatch, lectureWidth, seed, streamInput), observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
				if q == network.Activation {
					rms[l] = math.Sqrt(meanSquare(m))
					share = shareBeyond(m, saturated)
				}
			}))
			if err != nil {
				return err
			}
			e.line(figure, net.name, seed, rms)
			largest := 0.
			for l := 1; l <= lectureDepth; l++ {
				largest = max(largest, math.Abs(rms[l]/expected[l]-1))
			}
			found.add(net.first, rms[1])
			found.add(net.last, rms[lectureDepth])
			found.add(net.all, largest)
			if net.name == "std .05" {
				found.add(lectureSaturated, share)
			}
			e.Step(parts * lectureSeeds)
		}
	}
	if n, err = network.New[float32](tower(gainDepth, gainWidth, "tanh"), space, e.Workers); err != nil {
		return err
	}
	for _, seed := range e.Seeds() {
		if err := draw(n, initializer.KaimingNormal(initializer.FanIn, 5./3), seed); err != nil {
			return err
		}
		s, err := bothWays(ctx, n, normalBatch(lectureBatch, gainWidth, seed, streamInput), seed)
		if err != nil {
			return err
		}
		e.line("mean square of the gradient against layer, tanh, gain 5/3", "gain 5/3", seed, s.gradient)
		found.add(gainRMS, math.Sqrt(s.activation[gainDepth]))
		found.add(gainGrowth, math.Exp(s.logGrowth(gainSettled, gainDepth)))
		e.Step(parts * lectureSeeds)
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// roots returns the RMS of the activations by layer.
func roots(layers []theory.Layer) []float64 {
	rms := make([]float64, len(layers))
	for l, x := range layers {
		rms[l] = math.Sqrt(x.Activation)
	}
	return rms
}

// shareBeyond returns the share of values with |v| > bound.
func shareBeyond(m dense.Matrix[float32], bound float32) float64 {
	count := 0
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			if v > bound || v < -bound {
				count++
			}
		}
	}
	return float64(count) / float64(m.Rows*m.Cols)
}
