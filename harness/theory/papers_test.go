package theory

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"actinit/kernels/initializer"
)

// Gains are package initializer's, which has a quadrature of its own.
func TestGainIsTheInitializers(t *testing.T) {
	for _, name := range initializer.Activations() {
		f, ok := Of(name)
		if !ok {
			continue // linear and conv
		}
		want, err := initializer.ExactGain(name)
		if err != nil {
			t.Fatal(err)
		}
		// exp has a hundred-thousandth of E f^2 beyond seven standard deviations.
		tolerance := 1e-10
		if name == "exp" {
			tolerance = 1e-9
		}
		near(t, name, f.Gain(), want, tolerance*want)
	}
}

// The share of saturated tanh units of the lecture's net with weights of standard
// deviation .05: |tanh z| > .97 beyond |z| = 2.092.
func TestSaturationOfTheLecture(t *testing.T) {
	net := Uniform(field(t, "tanh"), 6, 4096, .05).Layers()
	share := math.Erfc(math.Atanh(.97) / math.Sqrt(2*net[6].Preactivation))
	near(t, "saturated", share, .44, .005)
}

func TestSELUConstants(t *testing.T) {
	alpha, lambda := SELUConstants()
	near(t, "alpha", alpha, 1.6732632423543772, 4e-15)
	near(t, "lambda", lambda, 1.0507009873554805, 4e-15)
}

func TestSELUMap(t *testing.T) {
	m, v := SELUMap(0, 1, 0, 1)
	near(t, "mean", m, 0, 1e-14)
	near(t, "variance", v, 1, 1e-14)
	j := SELUJacobian(0, 1, 0, 1)
	near(t, "d mean/d var", j[0][1], .088835, 6e-7)
	near(t, "d var/d var", j[1][1], .782648, 6e-7)
	near(t, "norm", math.Hypot(j[0][1], j[1][1]), .7877, 5e-5)
	if j[0][0] != 0 || j[1][0] != 0 {
		t.Errorf("with weights of sum 0 the mean has no effect: %v", j)
	}
	near(t, "E f'^2", field(t, "selu").At(1).Derivative, 1.071575, 6e-7)
}

// The closed forms against quadrature and finite differences, away from the fixed point.
func TestSELUMapElsewhere(t *testing.T) {
	selu := field(t, "selu")
	const omega, tau, step = .3, 1.1, 1e-5
	for _, at := range [][2]float64{{0, 1}, {.2, .9}, {-.5, 1.4}, {.1, .3}} {
		m, v := SELUMap(at[0], at[1], omega, tau)
		wantMean, wantVariance := selu.MeanVariance(at[0]*omega, at[1]*tau)
		near(t, "mean", m, wantMean, 1e-12)
		near(t, "variance", v, wantVariance, 1e-12)
		j := SELUJacobian(at[0], at[1], omega, tau)
		for by := range 2 {
			up, down := at, at
			up[by] += step
			down[by] -= step
			mUp, vUp := SELUMap(up[0], up[1], omega, tau)
			mDown, vDown := SELUMap(down[0], down[1], omega, tau)
			near(t, "derivative of the mean", j[0][by], (mUp-mDown)/(2*step), 1e-9)
			near(t, "derivative of the variance", j[1][by], (vUp-vDown)/(2*step), 1e-9)
		}
	}
}

// Iterated from afar the map comes to mean 0 and variance 1.
func TestSELUNormalizesItself(t *testing.T) {
	m, v := .1, 2.5
	for range 60 {
		m, v = SELUMap(m, v, 0, 1)
	}
	near(t, "mean", m, 0, 1e-6)
	near(t, "variance", v, 1, 1e-6)
}

// Two orthogonal inputs under ReLU with He's weights.
func TestReLUCorrelation(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	want := map[int]float64{1: .318310, 2: .493731, 10: .871536, 50: .987862}
	c := 0.
	e := Ensemble{field(t, "relu"), 2, 0}
	m := e.Correlations(1)
	for l := 1; l <= 50; l++ {
		near(t, "quadrature", m.At(c), ArcCosine(1, c), 1e-10)
		near(t, "slope", m.Slope(c), ArcCosine(0, c), 1e-10)
		c = ArcCosine(1, c)
		if w, ok := want[l]; ok {
			near(t, "layer", c, w, 6e-7)
		}
	}
	leaky := Ensemble{field(t, "prelu"), 1, 0}.Correlations(1)
	for _, c := range []float64{-.9, 0, .5, .95} {
		near(t, "prelu", leaky.At(c), LeakyCorrelation(c, .25), 1e-10)
	}
	near(t, "linear", LeakyCorrelation(.3, 1), .3, 1e-15)
}

// Glorot and Bengio's "standard" weights have n Var = 1/3: five tanh layers of 1000
// units on inputs of standard deviation .1.
func TestGlorotsStandardWeights(t *testing.T) {
	net := Uniform(field(t, "tanh"), 5, 1000, math.Sqrt(1./3000))
	net.Inputs = []float64{.01}
	all := net.Layers()
	linear := Recursion{Pass: 1}
	for range 5 {
		linear.FanIn, linear.FanOut = append(linear.FanIn, 1000), append(linear.FanOut, 1000)
		linear.Var = append(linear.Var, 1./3000)
	}
	activation, gradient, weight := linear.Activation(), linear.Gradient(), linear.WeightGradient()
	for l, want := range []float64{1, .331, .110, .0368, .0123, .0041} {
		near(t, "activation", all[l].Activation/.01, want, .01*want)
		near(t, "linear activation", activation[l], math.Pow(1./3, float64(l)), 1e-15)
		near(t, "mirrored gradient", gradient[5-l], activation[l], 1e-15)
		near(t, "gradient", all[5-l].Gradient/activation[l], 1, .02)
	}
	for l := 1; l <= 5; l++ {
		if r := math.Sqrt(all[l].WeightGradient / all[5].WeightGradient); r < .985 || r > 1.005 {
			t.Errorf("standard deviation of layer %d's weight gradient: %.4f of the last", l, r)
		}
		near(t, "weight gradient", weight[l-1], 1, 1e-14)
	}
	for l := range net.Std {
		net.Std[l] = math.Sqrt(1. / 1000)
	}
	all = net.Layers()
	near(t, "normalised, layer 1", all[1].Activation/.01, .98, .005)
	near(t, "normalised, layer 5", all[5].Activation/.01, .91, .005)
}

// Thirty ReLU layers, and the gradient from conv10 to conv2 of He's model B with
// weights of standard deviation .01.
func TestHe(t *testing.T) {
	xavier, he := Recursion{Pass: .5}, Recursion{Pass: .5}
	for range 30 {
		for _, r := range []*Recursion{&xavier, &he} {
			r.FanIn, r.FanOut = append(r.FanIn, 512), append(r.FanOut, 512)
		}
		xavier.Var, he.Var = append(xavier.Var, 1./512), append(he.Var, 2./512)
	}
	near(t, "Xavier", xavier.Activation()[30], 0x1p-30, 1e-20)
	near(t, "He", he.Activation()[30], 1, 1e-12)
	near(t, "He's gradient", he.Gradient()[0], 1, 1e-12)

	modelB := Recursion{Pass: .5}
	for _, channels := range []int{64, 128, 128, 256, 256, 512, 512, 512, 512} {
		modelB.FanIn, modelB.FanOut = append(modelB.FanIn, 9*channels), append(modelB.FanOut, 9*channels)
		modelB.Var = append(modelB.Var, 1e-4)
	}
	g := modelB.Gradient()
	near(t, "conv10 to conv2", 1/math.Sqrt(g[0]), 5.9*4.2*4.2*2.9*2.9*math.Pow(2.1, 4), 700)
	near(t, "conv10 to conv2", 1/math.Sqrt(g[0]), 1.7e4, 700)
	near(t, "one layer of 64 channels", math.Sqrt(g[1]/g[0]), 5.9, .05)
}

func TestReLUWalk(t *testing.T) {
	exact, fit := ReLUWalk(100), FittedReLUWalk(100)
	near(t, "simulated mean", exact.Mean, -.71779, 1e-3)
	near(t, "fitted mean", fit.Mean, -.71774, 6e-6)
	near(t, "fitted variance", fit.Variance, .05208, 6e-6)
	near(t, "variance", exact.Variance, .05208, 3e-4)
	near(t, "fitted gain", fit.Gain(), math.Sqrt2*math.Exp(1.2/97.6), 1e-14)
	for _, n := range []int{30, 300, 1000} {
		exact, fit := ReLUWalk(n), FittedReLUWalk(n)
		near(t, "fitted mean", fit.Mean, exact.Mean, 2e-3)
		near(t, "fitted variance", fit.Variance/exact.Variance, 1, .03)
	}
}

func TestLinearWalk(t *testing.T) {
	w := LinearWalk(200)
	near(t, "mean", w.Mean, -1./200-1./(3*200*200), 1e-9)
	near(t, "variance", w.Variance, 2./200+2./(200*200), 1e-6)
	near(t, "gain", w.Gain(), math.Exp(1./400), 1e-5)
}

// The gamma distribution stands in for ReLU's own walk, and steps multiply what came before.
func TestSampleWalk(t *testing.T) {
	for _, n := range []int{16, 40, 100, 1000} {
		exact, sample := ReLUWalk(n), SampleWalk(5, n)
		near(t, "mean", sample.Mean, exact.Mean+math.Ln2, .06)
		near(t, "variance", sample.Variance, exact.Variance, .06)
	}
	if got := SampleWalk(0, 3); got != (Walk{}) {
		t.Errorf("without variance %+v", got)
	}
	near(t, "mean after a step", Walk{2, 3}.Then(.5, Walk{1, 1}).Mean, 2, 0)
	near(t, "variance after a step", Walk{2, 3}.Then(.5, Walk{1, 1}).Variance, 1.75, 0)
}

// The walk over random ReLU layers: unbiased with its gain, and its spread that of
// independent steps.
func TestWalkOverRandomLayers(t *testing.T) {
	const n, depth, nets = 40, 25, 400
	w := ReLUWalk(n)
	rng := rand.New(rand.NewPCG(3, 4))
	var sum, squares float64
	for range nets {
		x := 0.
		for range depth {
			// The gradient's direction does not matter under Gaussian weights.
			norm := 0.
			for range n {
				if z := rng.NormFloat64(); rng.Uint64()&1 == 1 {
					norm += z * z / n
				}
			}
			x += math.Log(w.Gain() * w.Gain() * norm)
		}
		sum += x / nets
		squares += x * x / nets
	}
	mean, std := w.After(depth, w.Gain())
	near(t, "mean", sum, mean, 3.5*std/math.Sqrt(nets))
	near(t, "standard deviation", math.Sqrt(squares-sum*sum), std, .12*std)
	twice, four := 0., 0.
	_, twice = w.After(2*depth, 1)
	_, four = w.After(8*depth, 1)
	near(t, "growth with depth", four/twice, 2, 1e-12)
}

func TestMode(t *testing.T) {
	m := Mode{Strength: 3, Start: .01, Depth: 2, Tau: 1}
	near(t, "u(2)", m.At(2), 2.994499, 6e-7)
	near(t, "gradient descent", m.Descend(1e-3, 2000), 2.994555, 6e-7)
	near(t, "t(.99 s)", m.Time(.99*3), 1.71593, 6e-6)
	near(t, "t = 0", m.At(0), .01, 1e-15)
}

// The quadrature of other depths against the closed form of two, where the
// differential equation is the same, and against gradient descent in small steps.
func TestDeepModes(t *testing.T) {
	two := Mode{Strength: 3, Start: .01, Depth: 2, Tau: 1}
	for _, u := range []float64{.02, .5, 1.5, 2.9, 2.99999} {
		near(t, "time", two.timeTo(logit(u/3)), two.Time(u), 1e-12)
	}
	for _, depth := range []int{1, 2, 3, 10, 100} {
		m := Mode{Strength: 2, Start: .3, Depth: depth, Tau: 1}
		for _, u := range []float64{.3, .8, 1.7, 1.99} {
			near(t, "inverse", m.At(m.Time(u)), u, 1e-9)
		}
		const rate, steps = 1e-5, 20000
		near(t, "gradient descent", m.Descend(rate, steps), m.At(rate*steps), 3e-3)
	}
	if u := (Mode{Strength: 2, Start: .3, Depth: 3, Tau: 1}).At(1e6); u != 2 {
		t.Errorf("after a long time u = %g, want 2", u)
	}
}

// With orthogonal starts the learning time does not grow with depth.
func TestLearningTimesOverDepth(t *testing.T) {
	for _, c := range []struct{ depth, least, most int }{
		{2, 91, 91}, {5, 102, 102}, {10, 106, 106}, {20, 108, 109}, {50, 110, 110}, {100, 110, 110},
	} {
		rate := .05 / float64(c.depth)
		m := Mode{Strength: 1, Start: .5, Depth: c.depth, Tau: 1 / rate}
		steps, ok := m.StepsTo(.99, rate, 1000)
		if !ok || steps < c.least || steps > c.most {
			t.Errorf("%d layers: %d steps, want %d to %d", c.depth, steps, c.least, c.most)
		}
		near(t, "time", m.Time(.99), float64(steps), 4)
	}
	if _, ok := (Mode{Strength: 1, Start: .5, Depth: 2}).StepsTo(.99, .001, 10); ok {
		t.Error("ten small steps are not enough")
	}
}

func TestProductsOfGaussianMatrices(t *testing.T) {
	near(t, "largest squared singular value of 10", LargestSquaredSingularValue(10), 28.53, .005)
	near(t, "of one", LargestSquaredSingularValue(1), 4, 1e-14)
	// Catalan numbers, and m_2 = L + 1.
	for k, want := range []float64{1, 1, 2, 5, 14, 42} {
		near(t, "moment of one matrix", ProductMoment(1, k), want, 1e-9*want)
	}
	near(t, "second moment of 7", ProductMoment(7, 2), 8, 1e-9)
	near(t, "growth of moments", ProductMoment(3, 100)/ProductMoment(3, 99), LargestSquaredSingularValue(3)*(1-1.5/100), .01)
	linear := Ensemble{Field{Row: field(t, "leakyrelu").Row, Param: 1}, 1, 0}
	s := linear.Spectrum(1, 7, false)
	near(t, "linear Gaussian net", s.Variance, ProductMoment(7, 2)-1, 1e-9)
	s = linear.Spectrum(1, 7, true)
	near(t, "linear orthogonal net", s.Variance, 0, 1e-9)
	near(t, "its mean", s.Mean, 1, 1e-12)
	relu := Ensemble{field(t, "relu"), 2, 0}
	near(t, "ReLU, orthogonal", relu.Spectrum(1, 6, true).Variance, 6, 1e-9)
	near(t, "ReLU, Gaussian", relu.Spectrum(1, 6, false).Variance, 12, 1e-9)
}

// A product of ten matrices of 300 x 300 comes near the limit from below.
func TestLargestSingularValueOfAProduct(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	const n, matrices = 300, 10
	rng := rand.New(rand.NewPCG(15, 16))
	j := gaussian(rng, n)
	for range matrices - 1 {
		var product mat.Dense
		product.Mul(gaussian(rng, n), j)
		j = &product
	}
	var svd mat.SVD
	svd.Factorize(j, mat.SVDNone)
	s := svd.Values(nil)[0]
	near(t, "largest squared singular value", s*s, 27.3, 3)
	near(t, "its limit", s*s/LargestSquaredSingularValue(matrices), 1, .13)
}

// gaussian returns an n x n matrix of independent N(0, 1/n) entries.
func gaussian(rng *rand.Rand, n int) *mat.Dense {
	w := mat.NewDense(n, n, nil)
	for i := range n {
		for k := range n {
			w.Set(i, k, rng.NormFloat64()/math.Sqrt(float64(n)))
		}
	}
	return w
}

// The spectrum of random tanh nets' Jacobians by their singular values.
func TestSpectrumOfRandomNets(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	const n, depth, nets = 120, 4, 8
	e, q := settled(t, "tanh", 1.7, .05)
	for _, orthogonal := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(5, 6))
		var mean, variance float64
		for range nets {
			j := mat.NewDense(n, n, nil)
			for i := range n {
				j.Set(i, i, 1)
			}
			for range depth {
				w := gaussian(rng, n)
				if orthogonal {
					var qr mat.QR
					qr.Factorize(w)
					w = new(mat.Dense)
					qr.QTo(w)
				}
				var product mat.Dense
				product.Mul(w, j)
				product.Scale(math.Sqrt(e.WeightVar), &product)
				for i := range n {
					y := math.Tanh(math.Sqrt(q) * rng.NormFloat64())
					for k := range n {
						product.Set(i, k, (1-y*y)*product.At(i, k))
					}
				}
				j = &product
			}
			var svd mat.SVD
			svd.Factorize(j, mat.SVDNone)
			m, second := 0., 0.
			for _, s := range svd.Values(nil) {
				m += s * s / n
				second += s * s * s * s / n
			}
			// The nets differ more in their mean than in the shape about it.
			mean += m / nets
			variance += (second/(m*m) - 1) / nets
		}
		want := e.Spectrum(q, depth, orthogonal)
		near(t, "mean", mean/want.Mean, 1, .15)
		near(t, "relative variance", variance/(want.Variance/(want.Mean*want.Mean)), 1, .1)
	}
}

func TestFixupScale(t *testing.T) {
	near(t, "m = 2", FixupScale(20, 2), 1/math.Sqrt(20), 1e-15)
	near(t, "m = 3", FixupScale(20, 3), math.Pow(20, -.25), 1e-15)
	near(t, "Fixup's block", BlockGrowth(FixupScale(20, 2), 0), 1, 0)
}

// Twenty blocks of two layers and 256 units with He's weights.
func TestHeBlocksGrow(t *testing.T) {
	const n, blocks, nets = 256, 20, 4
	rng := rand.New(rand.NewPCG(7, 8))
	layer := func(x []float64) []float64 {
		z := make([]float64, len(x))
		for i := range z {
			for _, v := range x {
				z[i] += v * rng.NormFloat64() * math.Sqrt(2./n)
			}
		}
		return z
	}
	square := func(x []float64) (sum float64) {
		for _, v := range x {
			sum += v * v / n
		}
		return sum
	}
	mean := 0.
	for range nets {
		h := make([]float64, n)
		for i := range h {
			h[i] = rng.NormFloat64()
		}
		start := square(h)
		for range blocks {
			z := layer(h)
			for i := range z {
				z[i] = math.Max(z[i], 0)
			}
			for i, v := range layer(z) {
				h[i] += v
			}
		}
		mean += math.Log(square(h)/start) / nets
	}
	want := blocks * math.Log(BlockGrowth(1, 1))
	near(t, "log of the growth", mean, want, 1)
	near(t, "log of the growth computed before", math.Log(1.9e9), want, 1)
}

func TestWeightsLeft(t *testing.T) {
	rates := []float64{.2, .2, .1}
	for inputs, want := range map[int][]float64{
		784: {51.28, 21.07, 6.95, 3.58, 1.85},
		64:  {51.63, 21.51, 7.30, 3.86, 2.06},
	} {
		for i, rounds := range []int{3, 7, 12, 15, 18} {
			left := WeightsLeft([]int{inputs * 300, 300 * 100, 100 * 10}, rates, rounds)
			near(t, "percent left", 100*left, want[i], .0051)
		}
	}
}
