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
	fieldWidth   = 1024
	fieldDepth   = 30
	fieldSettled = 10 // layers until the signal is at its fixed point
	fieldPairs   = 8
	fieldSeeds   = 5
)

// A fieldPoint is an ensemble of tanh nets with biases and what is claimed of it. Beside the
// published numbers stand those of theory that its fluctuation is made of.
type fieldPoint struct {
	weightStd, biasStd float64

	kappa  float64 // E f'^4 / (E f'^2)^2
	fourth float64 // E f^4 / (E f^2)^2
	slope  float64 // V'(q*), of the length map

	q, chi Claim
}

// newFieldPoint states the claims. In each layer the logarithm of q receives a random amount of
// variance share^2 (fourth - 1)/width, where share is the part of q that the biases leave to the weights,
// and keeps slope times what it had; seen through the width, q has another 2/width. Both averaged
// over the settled layers.
func newFieldPoint(weightStd, biasStd, q, chi, kappa, fourth, slope float64) *fieldPoint {
	const layers = fieldDepth - fieldSettled
	p := &fieldPoint{weightStd: weightStd, biasStd: biasStd, kappa: kappa, fourth: fourth, slope: slope}
	share := 1 - biasStd*biasStd/q
	step := share * math.Sqrt((fourth-1)/fieldWidth) / (1 - slope)
	std := math.Sqrt((step*step + 2./fieldWidth) / layers)
	p.q = Claim{
		Statement: fmt.Sprintf("q*, tanh, %s", p), Published: q, Source: "length map, Poole et al. equation 3",
		Relation: Within, Tolerance: fluctuation(std, fieldSeeds),
	}
	p.chi = Claim{
		Statement: fmt.Sprintf("chi_1, growth of the gradient's mean square per layer, %s", p), Published: chi, Source: "Schoenholz et al. equation 5",
		Relation: Within, Tolerance: walkTolerance(kappa, fieldWidth, layers, fieldSeeds),
	}
	return p
}

func (p *fieldPoint) String() string {
	return fmt.Sprintf("sigma_w %.3g, sigma_b %.3g", p.weightStd, p.biasStd)
}

var (
	fieldOrdered = newFieldPoint(1, math.Sqrt(.05), .193593, .759032, 1.0993, 2.2415, .56428)
	fieldPoints  = []*fieldPoint{
		fieldOrdered,
		newFieldPoint(1.3, .3, .607047, .939807, 1.3645, 1.7947, .47352),
		newFieldPoint(2.5, .3, 4.079124, 1.585225, 2.7598, 1.3014, .23392),
		newFieldPoint(4, .3, 12.60415, 2.367261, 4.6672, 1.1643, .13008),
	}

	// Scales are 1/|ln rate|: to first order their relative error is the rate's logarithm's, times the
	// scale. The difference of two like signals passes the layers as a gradient does.
	fieldScale = 3.627

	fieldGradientScale = Claim{
		Statement: fmt.Sprintf("depth scale of the gradient, layers, %s", fieldOrdered), Published: fieldScale, Source: "Schoenholz et al., 1/|ln chi_1|",
		Relation: Within, Tolerance: fieldScale * fieldOrdered.chi.Tolerance,
	}
	fieldCorrelationScale = Claim{
		Statement: fmt.Sprintf("depth scale of the correlation, layers, %s", fieldOrdered), Published: fieldScale, Source: "Schoenholz et al., 1/|ln chi_1| in the ordered phase",
		Relation: Within, Tolerance: fieldScale * walkTolerance(fieldOrdered.kappa, fieldWidth, fieldParted-fieldSettled, fieldSeeds),
	}
)

// fieldParted ends the layers over which the correlation is followed: later float32 has no digits of it.
const fieldParted = 25

var meanField = Experiment{
	Name: "mean-field", Paper: "Poole et al. 2016; Schoenholz et al. 2017",
	About: "variance, gradients and correlations of deep tanh nets with biases against the mean-field theory",
	Cost:  9 * time.Second, Seeds: fieldSeeds,
	Claims: []Claim{
		fieldPoints[0].q, fieldPoints[0].chi, fieldGradientScale, fieldCorrelationScale,
		fieldPoints[1].q, fieldPoints[1].chi, fieldPoints[2].q, fieldPoints[2].chi, fieldPoints[3].q, fieldPoints[3].chi,
	},
	Run: runMeanField,
}

func runMeanField(ctx context.Context, e *Env) error {
	const (
		variances = "variance of the pre-activations against layer, tanh"
		gradients = "mean square of the gradient against layer, tanh"
		distances = "1 - correlation of two inputs against layer, tanh"
	)
	n, err := network.New[float32](biased(tower(fieldDepth, fieldWidth, "tanh")), nil, e.Workers)
	if err != nil {
		return err
	}
	found := perClaim{}
	for _, p := range fieldPoints {
		e.drawField(variances, gradients, p)
		for _, seed := range e.Seeds() {
			if err := drawEnsemble(n, p.weightStd, p.biasStd, seed); err != nil {
				return err
			}
			x := correlatedPairs(fieldPairs, fieldWidth, .5, seed)
			s, err := bothWays(ctx, n, x, seed)
			if err != nil {
				return err
			}
			name := p.String()
			q := 0.
			for l := 1; l <= fieldDepth; l++ {
				e.Point(variances, name, seed, float64(l), s.preactivation[l])
				if l > fieldSettled {
					q += s.preactivation[l] / (fieldDepth - fieldSettled)
				}
			}
			e.line(gradients, name, seed, s.gradient)
			growth := s.logGrowth(fieldSettled, fieldDepth)
			found.add(p.q, q)
			found.add(p.chi, math.Exp(growth))
			if p == fieldOrdered {
				found.add(fieldGradientScale, theory.DepthScale(math.Exp(growth)))
				apart, err := partings(ctx, n, x)
				if err != nil {
					return err
				}
				e.line(distances, name, seed, apart)
				rate := math.Log(apart[fieldParted]/apart[fieldSettled]) / (fieldParted - fieldSettled)
				found.add(fieldCorrelationScale, -1/rate)
			}
			e.Step(len(fieldPoints) * fieldSeeds)
		}
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// drawEnsemble fills weights and biases: variance weightStd^2/width, and biasStd^2.
func drawEnsemble(n *network.Net[float32], weightStd, biasStd float64, seed uint64) error {
	if err := draw(n, initializer.KaimingNormal(initializer.FanIn, weightStd), seed); err != nil {
		return err
	}
	n.DrawBiases(biasStd, seed)
	return nil
}

// drawField draws the length map's iterates with the fixed point that is claimed, and the gradient that
// they pass back from 1 at the top.
func (e *Env) drawField(variances, gradients string, p *fieldPoint) {
	ensemble := theory.Ensemble{Field: fieldOf("tanh"), WeightVar: p.weightStd * p.weightStd, BiasVar: p.biasStd * p.biasStd}
	q := ensemble.WeightVar + ensemble.BiasVar // of an input of mean square 1
	growth := make([]float64, fieldDepth+1)
	for l := 1; l <= fieldDepth; l++ {
		e.Point(variances, SeriesTheory+", "+p.String(), 0, float64(l), q)
		growth[l] = ensemble.Chi(q)
		q = ensemble.Variance(q)
	}
	e.Point(variances, SeriesPaper+", "+p.String(), 0, fieldDepth, p.q.Published)
	for l, g := fieldDepth, 1.; l >= 0; l-- {
		e.Point(gradients, SeriesTheory+", "+p.String(), 0, float64(l), g)
		g *= growth[l]
	}
}

// partings returns by layer the mean over the pairs of 1 - cosine.
func partings(ctx context.Context, n *network.Net[float32], pairs dense.Matrix[float32]) ([]float64, error) {
	var apart []float64
	_, err := n.Forward(ctx, pairs, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
		if q == network.Activation {
			put(&apart, l, meanParting(m))
		}
	}))
	return apart, err
}
