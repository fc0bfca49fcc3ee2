package reproduce

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

// Sizes of the experiment. One layer of n units moves a correlation by a random amount of
// standard deviation below 1/sqrt(n) = .031; averaged over the pairs, whose directions are
// independent, and the seeds, less than .003 remains.
const (
	correlationWidth = 1024
	correlationPairs = 24
	correlationDepth = 50
)

var correlationClaims = []Claim{
	correlationClaim(1, .318310, .004),
	correlationClaim(2, .493731, .005),
	correlationClaim(10, .871536, .008),
	correlationClaim(50, .987862, .004),
}

// correlationClaim states the correlation of two inputs, orthogonal at first, after a layer.
func correlationClaim(layer int, published, tolerance float64) Claim {
	return Claim{
		Statement: "correlation of two orthogonal inputs after ReLU layer " + itoa(layer),
		Published: published, Source: "arc-cosine kernel of Cho and Saul 2009, iterated",
		Relation: About, Tolerance: tolerance,
	}
}

var reluCorrelation = Experiment{
	Name: "relu-correlation", Paper: "Poole et al. 2016; Cho and Saul 2009",
	About: "two orthogonal inputs grow alike in a ReLU net of He's weights",
	Cost:  12e9, Seeds: 5, Claims: correlationClaims, Run: runReLUCorrelation,
}

func runReLUCorrelation(ctx context.Context, e *Env) error {
	n, err := network.New[float32](tower(correlationDepth, correlationWidth, "relu"), nil, e.Workers)
	if err != nil {
		return err
	}
	const figure = "correlation of two inputs against layer"
	measured := make([][]float64, len(correlationClaims))
	for _, seed := range e.Seeds() {
		he := initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
		if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return he }, seed); err != nil {
			return err
		}
		x := orthogonalPairs(correlationPairs, correlationWidth, seed)
		seen := make([]float64, correlationDepth+1)
		_, err := n.Forward(ctx, x, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
			if q == network.Activation {
				seen[l] = meanCosine(m)
			}
		}))
		if err != nil {
			return err
		}
		for l, c := range seen {
			e.Point(figure, "ReLU, He", seed, float64(l), c)
		}
		for i, l := range []int{1, 2, 10, 50} {
			measured[i] = append(measured[i], seen[l])
		}
		e.Step(len(e.Seeds()))
	}
	for i, c := range correlationClaims {
		e.Measured(c, measured[i]...)
	}
	for l, c := 0, 0.; l <= correlationDepth; l++ {
		e.Point(figure, SeriesTheory, 0, float64(l), c)
		// E max(0, u) max(0, v) / E max(0, u)^2 of standard normal u, v with correlation c.
		c = (math.Sqrt(1-c*c) + c*(math.Pi-math.Acos(c))) / math.Pi
	}
	return nil
}

// orthogonalPairs returns normal inputs, rows 2i and 2i+1 orthogonal and of one length.
func orthogonalPairs(pairs, width int, seed uint64) dense.Matrix[float32] {
	x := normalBatch(2*pairs, width, seed, streamInput)
	for i := range pairs {
		a, b := widened(x.Row(2*i)), widened(x.Row(2*i+1))
		floats.AddScaled(b, -floats.Dot(a, b)/floats.Dot(a, a), a)
		floats.Scale(floats.Norm(a, 2)/floats.Norm(b, 2), b)
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
