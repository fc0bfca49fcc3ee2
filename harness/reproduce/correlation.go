package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/floats"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels/initializer"
)

const (
	correlationWidth = 1024
	correlationPairs = 24
	correlationDepth = 50
	correlationSeeds = 10
)

// Standard deviations of one pair's correlation. One layer adds the variance
//
//	Var(f f' - C(c)/2 (f^2 + f'^2)) / (E f^2)^2 / width
//
// and hands on that of the layer before times C'(c)^2. In the first layer the pairs are
// independent and average; deeper down all signals are alike, and they are not counted on.
var correlationStd = map[int]float64{1: .02309 / 4.9, 2: .02823, 10: .02073, 50: .00455}

func correlationAt(layer int, published float64) Claim {
	return Claim{
		Statement: fmt.Sprintf("correlation of two orthogonal inputs after ReLU layer %d", layer),
		Published: published, Source: "arc-cosine kernel of degree 1, iterated",
		Relation: About, Tolerance: fluctuation(correlationStd[layer], correlationSeeds) + 1./correlationWidth,
	}
}

var (
	correlation1  = correlationAt(1, .318310)
	correlation2  = correlationAt(2, .493731)
	correlation10 = correlationAt(10, .871536)
	correlation50 = correlationAt(50, .987862)
)

var reluCorrelation = Experiment{
	Name: "relu-correlation", Paper: "Cho and Saul 2009; Poole et al. 2016",
	About: "two orthogonal inputs grow alike in a ReLU net with He's weights",
	Cost:  4 * time.Second, Seeds: correlationSeeds,
	Claims: []Claim{correlation1, correlation2, correlation10, correlation50},
	Run:    runReLUCorrelation,
}

func runReLUCorrelation(ctx context.Context, e *Env) error {
	n, err := network.New[float32](tower(correlationDepth, correlationWidth, "relu"), nil, e.Workers)
	if err != nil {
		return err
	}
	const figure = "correlation of two inputs against layer"
	found := perClaim{}
	for _, seed := range e.Seeds() {
		if err := draw(n, initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), seed); err != nil {
			return err
		}
		x := orthogonalPairs(correlationPairs, correlationWidth, seed)
		cosines := make([]float64, correlationDepth+1)
		_, err := n.Forward(ctx, x, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
			if q == network.Activation {
				cosines[l] = meanCosine(m)
			}
		}))
		if err != nil {
			return err
		}
		e.line(figure, "ReLU, He", seed, cosines)
		found.add(correlation1, cosines[1])
		found.add(correlation2, cosines[2])
		found.add(correlation10, cosines[10])
		found.add(correlation50, cosines[50])
		e.Step(correlationSeeds)
	}
	found.measured(e, e.experiment.Claims)
	for _, at := range []struct {
		layer float64
		claim Claim
	}{{1, correlation1}, {2, correlation2}, {10, correlation10}, {50, correlation50}} {
		e.Point(figure, SeriesPaper, 0, at.layer, at.claim.Published)
	}
	for l, c := 0, 0.; l <= correlationDepth; l++ {
		e.Point(figure, SeriesTheory, 0, float64(l), c)
		c = theory.ArcCosine(1, c)
	}
	return nil
}

// orthogonalPairs returns normal inputs, rows 2i and 2i+1 orthogonal and of one length.
func orthogonalPairs(pairs, width int, seed uint64) dense.Matrix[float32] {
	return correlatedPairs(pairs, width, 0, seed)
}

// correlatedPairs returns normal inputs, rows 2i and 2i+1 of one length and of the given cosine.
func correlatedPairs(pairs, width int, cosine float64, seed uint64) dense.Matrix[float32] {
	x := normalBatch(2*pairs, width, seed, streamInput)
	for i := range pairs {
		a, b := widened(x.Row(2*i)), widened(x.Row(2*i+1))
		floats.AddScaled(b, -floats.Dot(a, b)/floats.Dot(a, a), a)
		floats.Scale(math.Sqrt(1-cosine*cosine)*floats.Norm(a, 2)/floats.Norm(b, 2), b)
		floats.AddScaled(b, cosine, a)
		for j, v := range b {
			x.Row(2*i + 1)[j] = float32(v)
		}
	}
	return x
}

// meanCosine returns the mean over i of the cosine between rows 2i and 2i+1.
func meanCosine(m dense.Matrix[float32]) float64 {
	sum := 0.
	for i := 0; i < m.Rows; i += 2 {
		a, b := widened(m.Row(i)), widened(m.Row(i+1))
		sum += floats.Dot(a, b) / (floats.Norm(a, 2) * floats.Norm(b, 2))
	}
	return sum / float64(m.Rows/2)
}

// meanParting returns the mean over i of |a/|a| - b/|b||^2 / 2, rows 2i and 2i+1: 1 - cosine,
// with its digits where the two are alike.
func meanParting(m dense.Matrix[float32]) float64 {
	sum := 0.
	for i := 0; i < m.Rows; i += 2 {
		a, b := widened(m.Row(i)), widened(m.Row(i+1))
		floats.Scale(1/floats.Norm(a, 2), a)
		floats.Scale(1/floats.Norm(b, 2), b)
		d := floats.Distance(a, b, 2)
		sum += d * d / 2
	}
	return sum / float64(m.Rows/2)
}
