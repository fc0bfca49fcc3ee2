package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
)

const (
	edgeWidth    = 1024
	edgeDepth    = 40
	edgeSettled  = 10
	edgeBatch    = 8
	edgeSeeds    = 8
	edgeBiasVar  = .05
	edgeLow      = 1.2 // the weight variances between which it is searched for
	edgeHigh     = 2.4
	edgeHalvings = 9 // of that interval, to .0023

	// Of theory at the edge: kappa as in walkTolerance, and how ln chi_1 grows with the weight variance.
	edgeKappa = 1.3423
	edgeSlope = .2132
)

var edgeVariance = Claim{
	Statement: "weight variance at which the gradient neither grows nor decays, tanh, sigma_b^2 = .05", Published: 1.760955, Source: "chi_1 = 1, Schoenholz et al. equation 5",
	Relation: About, Tolerance: walkTolerance(edgeKappa, edgeWidth, edgeDepth-edgeSettled, edgeSeeds) / edgeSlope,
}

var edgeOfChaos = Experiment{
	Name: "edge-of-chaos", Paper: "Poole et al. 2016; Schoenholz et al. 2017",
	About: "the critical weight variance of tanh nets, found by bisection on measured gradients",
	Cost:  22 * time.Second, Seeds: edgeSeeds,
	Claims: []Claim{edgeVariance},
	Run:    runEdgeOfChaos,
}

func runEdgeOfChaos(ctx context.Context, e *Env) error {
	const figure = "log growth of the gradient per layer against weight variance, tanh, sigma_b^2 = .05"
	n, err := network.New[float32](biased(tower(edgeDepth, edgeWidth, "tanh")), nil, e.Workers)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, seed := range e.Seeds() {
		lo, hi := edgeLow, edgeHigh
		for range edgeHalvings {
			mid := (lo + hi) / 2
			growth, err := tanhGrowth(ctx, n, math.Sqrt(mid), math.Sqrt(edgeBiasVar), edgeBatch, edgeSettled, seed)
			if err != nil {
				return err
			}
			e.Point(figure, "measured", seed, mid, growth)
			if growth < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		found.add(edgeVariance, (lo+hi)/2)
		e.Step(edgeSeeds)
	}
	for i := range 25 {
		ensemble := theory.Ensemble{Field: fieldOf("tanh"), WeightVar: edgeLow + (edgeHigh-edgeLow)*float64(i)/24, BiasVar: edgeBiasVar}
		q, _ := ensemble.FixedPoint(1)
		e.Point(figure, SeriesTheory, 0, ensemble.WeightVar, math.Log(ensemble.Chi(q)))
	}
	e.Point(figure, SeriesPaper, 0, edgeVariance.Published, 0)
	found.measured(e, e.experiment.Claims)
	return nil
}

// tanhGrowth returns the logarithm of the growth of the gradient's mean square per layer, from
// the layer in which the signal has settled to the top.
func tanhGrowth(ctx context.Context, n *network.Net[float32], weightStd, biasStd float64, batch, settled int, seed uint64) (float64, error) {
	if err := drawEnsemble(n, weightStd, biasStd, seed); err != nil {
		return 0, err
	}
	var gradients moments
	y, err := n.Forward(ctx, normalBatch(batch, n.Input.Size(), seed, streamInput), nil)
	if err != nil {
		return 0, err
	}
	n.ZeroGradients()
	_, err = n.Backward(ctx, normalBatch(y.Rows, y.Cols, seed, streamGradient), observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
		if q == network.Gradient {
			gradients.See(q, l, m)
		}
	}))
	return gradients.logGrowth(settled, len(n.Layers)), err
}

// The grid of the phase diagram.
const (
	phaseWidth   = 512
	phaseDepth   = 20
	phaseSettled = 8
	phaseBatch   = 8
	phaseSeeds   = 3
)

var (
	phaseWeightStds = []float64{.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5}
	phaseBiasStds   = []float64{.05, .1, .2, .3, .4, .5}
)

// The points of a seed's grid share their draws, so that their errors do not average out:
// tolerances are standardErrors times one point's standard deviation, sqrt((3 kappa - 1) / (width
// * layers)), without division by the seeds. kappa is at most 2.83 on the grid. On the edge,
// sqrt(3 kappa - 1) over the slope of ln chi_1 by sigma_w is at most 4.5 (theory).
var (
	phasePoint = math.Sqrt((3*2.83 - 1) / (phaseWidth * (phaseDepth - phaseSettled)))
	phaseEdge  = 4.5 / math.Sqrt(phaseWidth*(phaseDepth-phaseSettled))

	phaseDeviation = Claim{
		Statement: "root mean square deviation of ln chi_1 from theory over 8 x 6 points (sigma_w, sigma_b)", Source: "Poole et al. figure 1, Schoenholz et al. equation 5",
		Relation: AtMost, Tolerance: standardErrors * phasePoint,
	}
	phaseCrossing = Claim{
		Statement: "mean distance, in sigma_w, of the measured edge of chaos from theory's, 6 values of sigma_b", Source: "chi_1 = 1",
		Relation: AtMost, Tolerance: standardErrors * phaseEdge,
	}
)

var phaseDiagram = Experiment{
	Name: "phase-diagram", Paper: "Poole et al. 2016; Schoenholz et al. 2017",
	About: "chi_1 of tanh nets over (sigma_w, sigma_b), and the line where it is 1",
	Cost:  6 * time.Second, Seeds: phaseSeeds,
	Claims: []Claim{phaseDeviation, phaseCrossing},
	Run:    runPhaseDiagram,
}

func runPhaseDiagram(ctx context.Context, e *Env) error {
	const (
		figure = "ln chi_1 against sigma_w, tanh"
		edges  = "edge of chaos: sigma_b against sigma_w, tanh"
	)
	n, err := network.New[float32](biased(tower(phaseDepth, phaseWidth, "tanh")), nil, e.Workers)
	if err != nil {
		return err
	}
	tanh := fieldOf("tanh")
	found := perClaim{}
	expected := make([][]float64, len(phaseBiasStds))
	critical := make([]float64, len(phaseBiasStds))
	for i, biasStd := range phaseBiasStds {
		for _, weightStd := range phaseWeightStds {
			ensemble := theory.Ensemble{Field: tanh, WeightVar: weightStd * weightStd, BiasVar: biasStd * biasStd}
			q, _ := ensemble.FixedPoint(1)
			chi := math.Log(ensemble.Chi(q))
			expected[i] = append(expected[i], chi)
			e.Point(figure, fmt.Sprintf("%s, sigma_b %g", SeriesTheory, biasStd), 0, weightStd, chi)
		}
		at, _, _ := tanh.EdgeOfChaos(biasStd * biasStd)
		critical[i] = math.Sqrt(at.WeightVar)
		e.Point(edges, SeriesTheory, 0, critical[i], biasStd)
	}
	for _, seed := range e.Seeds() {
		squares, distance := 0., 0.
		for i, biasStd := range phaseBiasStds {
			var chis []float64
			for j, weightStd := range phaseWeightStds {
				chi, err := tanhGrowth(ctx, n, weightStd, biasStd, phaseBatch, phaseSettled, seed)
				if err != nil {
					return err
				}
				chis = append(chis, chi)
				squares += (chi - expected[i][j]) * (chi - expected[i][j])
				e.Point(figure, fmt.Sprintf("measured, sigma_b %g", biasStd), seed, weightStd, chi)
				e.Step(phaseSeeds * len(phaseBiasStds) * len(phaseWeightStds))
			}
			edge := crossing(phaseWeightStds, chis)
			distance += math.Abs(edge-critical[i]) / float64(len(phaseBiasStds))
			e.Point(edges, "measured", seed, edge, biasStd)
		}
		found.add(phaseDeviation, math.Sqrt(squares/float64(len(phaseBiasStds)*len(phaseWeightStds))))
		found.add(phaseCrossing, distance)
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// crossing returns where y first passes from below 0 to above, between its points by a straight
// line; NaN if it does not.
func crossing(x, y []float64) float64 {
	for i := 1; i < len(x); i++ {
		if y[i-1] < 0 && y[i] >= 0 {
			return x[i-1] + (x[i]-x[i-1])*y[i-1]/(y[i-1]-y[i])
		}
	}
	return math.NaN()
}
