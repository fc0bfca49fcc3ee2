package reproduce

import (
	"context"
	"math"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"actinit/harness/network"
	"actinit/kernels/initializer"
)

const (
	walkWidth = 100
	walkSeeds = 5

	// One matrix of walkLayers * walkWidth rows is as many layers on the same input.
	walkLayers  = 1000
	walkRepeats = 8

	walkNets    = 100 // of each seed
	walkDepth   = 128
	walkQuarter = walkDepth / 4

	walkVariance = 5. / (walkWidth - 4) // of the log of the squared norm ratio of a layer
)

// With N = 100 units, m samples a seed: the mean's standard deviation is sqrt(variance/m), that of the
// variance about its value times sqrt(2.5/m). A walk of d steps ends at ln |g| with the
// variance d/4 of a step's; of its standard deviation, from m nets, the relative standard deviation
// is 1/sqrt(2m), and of the ratio of two less than sqrt(2) times that.
var (
	walkSamples = float64(walkLayers * walkRepeats)
	walkEnd     = math.Sqrt(walkDepth*walkVariance) / 2

	walkMean = Claim{
		Statement: "mean of the log squared norm ratio of one ReLU layer, N = 100, no gain", Published: -.71774, Source: "fit for ReLU, -ln 2 - 2.4/(N-2.4)",
		Relation: About, Tolerance: fluctuation(math.Sqrt(walkVariance/walkSamples), walkSeeds),
	}
	walkSpread = Claim{
		Statement: "variance of the log squared norm ratio of one ReLU layer, N = 100, no gain", Published: walkVariance, Source: "fit for ReLU, 5/(N-4)",
		Relation: About, Tolerance: fluctuation(walkVariance*math.Sqrt(2.5/walkSamples), walkSeeds),
	}
	walkUnbiased = Claim{
		Statement: "mean log growth of the gradient over 128 layers, g = sqrt 2 exp(1.2/(N-2.4))", Published: 0, Source: "the gain that makes the mean 0",
		Relation: About, Tolerance: fluctuation(walkEnd/math.Sqrt(walkNets), walkSeeds),
	}
	walkHe = Claim{
		Statement: "mean log growth of the gradient over 128 layers, g = sqrt 2", Published: -walkDepth * 1.2 / (walkWidth - 2.4), Source: "the same without its correction for the width",
		Relation: About, Tolerance: fluctuation(walkEnd/math.Sqrt(walkNets), walkSeeds),
	}
	walkRoot = Claim{
		Statement: "spread of the log growth, 128 layers / 32 layers", Published: 2, Source: "a walk grows with sqrt(depth), not depth",
		Relation: About, Tolerance: fluctuation(2*math.Sqrt(2./(2*walkNets)), walkSeeds),
	}
)

var sussillo2014 = Experiment{
	Name: "sussillo-2014", Paper: "Sussillo and Abbott 2014",
	About: "the logarithm of the gradient's norm walks at random, without bias under the right gain",
	Cost:  5 * time.Second, Seeds: walkSeeds,
	Claims: []Claim{walkMean, walkSpread, walkUnbiased, walkHe, walkRoot},
	Run:    runSussillo2014,
}

func runSussillo2014(ctx context.Context, e *Env) error {
	found := perClaim{}
	wide := network.Description{Input: []int{walkWidth}, Layers: []network.Element{{Dense: walkWidth * walkLayers, Activation: "relu"}}}
	n, err := network.New[float32](wide, nil, e.Workers)
	if err != nil {
		return err
	}
	for _, seed := range e.Seeds() {
		var logs []float64
		for r := range uint64(walkRepeats) {
			own := of(seed, r)
			if err := draw(n, initializer.XavierLecture(), own); err != nil {
				return err
			}
			x := normalBatch(1, walkWidth, own, streamInput)
			y, err := n.Forward(ctx, x, nil)
			if err != nil {
				return err
			}
			in, out := widened(x.Row(0)), widened(y.Row(0))
			for l := range walkLayers {
				h := out[l*walkWidth : (l+1)*walkWidth]
				logs = append(logs, math.Log(floats.Dot(h, h)/floats.Dot(in, in)))
			}
		}
		mean, variance := stat.MeanVariance(logs, nil)
		found.add(walkMean, mean)
		found.add(walkSpread, variance)
		e.Step(3 * walkSeeds)
	}
	deep, err := network.New[float32](tower(walkDepth, walkWidth, "relu"), nil, e.Workers)
	if err != nil {
		return err
	}
	for _, seed := range e.Seeds() {
		mean, std, err := gradientWalks(ctx, deep, initializer.RandomWalk("relu"), seed)
		if err != nil {
			return err
		}
		found.add(walkUnbiased, mean[walkDepth])
		found.add(walkRoot, std[walkDepth]/std[walkQuarter])
		e.line("mean log growth of the gradient against layers passed", "random walk", seed, mean)
		e.line("spread of the log growth of the gradient against layers passed", "random walk", seed, std)
		e.Step(3 * walkSeeds)
		if mean, _, err = gradientWalks(ctx, deep, initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), seed); err != nil {
			return err
		}
		found.add(walkHe, mean[walkDepth])
		e.line("mean log growth of the gradient against layers passed", "He", seed, mean)
		e.Step(3 * walkSeeds)
	}
	for l := range walkDepth + 1 {
		e.Point("mean log growth of the gradient against layers passed", SeriesTheory+", He", 0, float64(l), float64(l)*walkHe.Published/walkDepth)
		e.Point("spread of the log growth of the gradient against layers passed", SeriesTheory, 0, float64(l), math.Sqrt(float64(l)*walkVariance)/2)
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// gradientWalks returns mean and standard deviation over the nets of a seed of ln(|g_l| / |g_top|), by
// the number of layers that the gradient has passed.
func gradientWalks(ctx context.Context, n *network.Net[float32], rule initializer.Initializer, seed uint64) (mean, std []float64, err error) {
	walks := make([][]float64, walkDepth+1)
	for r := range uint64(walkNets) {
		own := of(seed, r)
		if err := draw(n, rule, own); err != nil {
			return nil, nil, err
		}
		s, err := bothWays(ctx, n, normalBatch(1, walkWidth, own, streamInput), own)
		if err != nil {
			return nil, nil, err
		}
		for passed := range walks {
			walks[passed] = append(walks[passed], math.Log(s.gradient[walkDepth-passed]/s.gradient[walkDepth])/2)
		}
	}
	for _, w := range walks {
		m, s := stat.MeanStdDev(w, nil)
		mean, std = append(mean, m), append(std, s)
	}
	return mean, std, nil
}

// of returns the seed of one of many nets of a seed.
func of(seed, net uint64) uint64 { return seed<<20 + net }
