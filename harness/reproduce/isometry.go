package reproduce

import (
	"context"
	"errors"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/kernels/initializer"
)

const (
	isometryWidth = 400
	isometryDepth = 10
	isometrySeeds = 5
)

// With n units and L layers the n-th part of the trace of J'J has the relative variance L(L+1)/n^2.
//
// The density of the squared singular values of a product of L square Gaussian matrices ends, at the
// edge x = (L+1)^(L+1)/L^L, as (A/pi) sqrt(1 - t) over t = x'/x, A = (L+1)/L sqrt(2/(L(L+1)))
// (from its parametric form, Penson and Zyczkowski 2011), so the largest of n values is distributed
// about the edge by Tracy and Widom's law for real matrices, mean -1.2065 and standard
// deviation 1.268, in units of (nA)^(-2/3).
var (
	isometryEdge     = theory.LargestSquaredSingularValue(isometryDepth)
	isometryUnit     = math.Pow(isometryWidth*1.1*math.Sqrt(2./110), -2./3)
	isometryTraceStd = math.Sqrt(110) / isometryWidth

	isometryLargest = Claim{
		Statement: "largest squared singular value of a product of 10 Gaussian matrices, n = 400", Published: isometryEdge, Source: "(L+1)^(L+1)/L^L, for n to infinity",
		Relation: Within, Tolerance: 1.2065*isometryUnit + fluctuation(1.268*isometryUnit, isometrySeeds),
	}
	isometryMean = Claim{
		Statement: "mean squared singular value of a product of 10 Gaussian matrices", Published: 1, Source: "first moment",
		Relation: About, Tolerance: fluctuation(isometryTraceStd, isometrySeeds),
	}
	// Rounding is all that is left: the weights are float64, of float64 orthonormality.
	isometryHigh = Claim{
		Statement: "largest squared singular value of a product of 10 orthogonal matrices", Published: 1, Source: "dynamical isometry, Saxe et al. 2014",
		Relation: About, Tolerance: 1e-10,
	}
	isometryLow = Claim{
		Statement: "smallest squared singular value of a product of 10 orthogonal matrices", Published: 1, Source: "dynamical isometry, Saxe et al. 2014",
		Relation: About, Tolerance: 1e-10,
	}
)

var isometry = Experiment{
	Name: "isometry", Paper: "Pennington, Schoenholz and Ganguli 2017",
	About: "singular values of a deep linear net's Jacobian: Gaussian weights stretch some directions, orthogonal ones none",
	Cost:  2 * time.Second, Seeds: isometrySeeds,
	Claims: []Claim{isometryLargest, isometryMean, isometryHigh, isometryLow},
	Run:    runIsometry,
}

func runIsometry(ctx context.Context, e *Env) error {
	n, err := network.New[float64](tower(isometryDepth, isometryWidth, ""), nil, e.Workers)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, seed := range e.Seeds() {
		gaussian, err := jacobianSquares(ctx, n, initializer.KaimingNormal(initializer.FanIn, 1), seed)
		if err != nil {
			return err
		}
		orthogonal, err := jacobianSquares(ctx, n, initializer.Orthogonal(1), seed)
		if err != nil {
			return err
		}
		sum := 0.
		for i, v := range gaussian {
			sum += v
			e.Point("squared singular values in their order, 10 layers", "Gaussian", seed, float64(i+1), v)
			e.Point("squared singular values in their order, 10 layers", "orthogonal", seed, float64(i+1), orthogonal[i])
		}
		found.add(isometryLargest, gaussian[0])
		found.add(isometryMean, sum/isometryWidth)
		found.add(isometryHigh, orthogonal[0])
		found.add(isometryLow, orthogonal[isometryWidth-1])
		e.Step(isometrySeeds)
	}
	e.Point("squared singular values in their order, 10 layers", SeriesTheory+", largest Gaussian", 0, 1, isometryEdge)
	found.measured(e, e.experiment.Claims)
	return nil
}

// jacobianSquares returns the squared singular values of the net's Jacobian, largest first: of a linear net
// what it makes of the unit vectors.
func jacobianSquares(ctx context.Context, n *network.Net[float64], rule initializer.Initializer, seed uint64) ([]float64, error) {
	if err := draw(n, rule, seed); err != nil {
		return nil, err
	}
	x := dense.New[float64](n.Input.Size(), n.Input.Size())
	for i := range x.Rows {
		x.Row(i)[i] = 1
	}
	y, err := n.Forward(ctx, x, nil)
	if err != nil {
		return nil, err
	}
	jacobian := mat.NewDense(y.Rows, y.Cols, nil)
	for i := range y.Rows {
		jacobian.SetRow(i, y.Row(i))
	}
	var svd mat.SVD
	if !svd.Factorize(jacobian, mat.SVDNone) {
		return nil, errors.New("the singular values did not converge")
	}
	values := svd.Values(nil)
	for i, v := range values {
		values[i] = v * v
	}
	return values, nil
}
