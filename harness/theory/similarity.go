package theory

import "math"

// Similarities returns the correlation of the outputs of layer 0 (the inputs) .. depth of
// two examples whose inputs have correlation c,
//
//	rho_l = E f(sqrt(v_l) u) f(sqrt(v_l) u') / E f(sqrt(v_l) u)^2
//
// with u, u' ~ N(0, 1) of the correlation (gain*rho_{l-1} + sb^2) / (gain + sb^2 / q_{l-1}) of
// their pre-activations (Poole et al. 2016). Both examples have the mean square of the mean
// of the inputs. Residual nets and maxout have none: NaN.
func (w WideNet) Similarities(c float64) []float64 {
	rho := make([]float64, len(w.Std)+1)
	rho[0] = c
	q := 0.
	for _, x := range w.Inputs {
		q += x / float64(len(w.Inputs))
	}
	for l := 1; l < len(rho); l++ {
		if w.Residual || math.IsNaN(rho[l-1]) {
			rho[l] = math.NaN()
			continue
		}
		v := w.variance(l, q)
		alike := (w.gain(l)*q*rho[l-1] + w.bias(l)) / v
		rho[l] = Ensemble{Field: w.Field, WeightVar: 1}.Correlations(v).At(math.Max(-1, math.Min(1, alike)))
		q = w.Field.At(v).Second
	}
	return rho
}

// NeverFiring returns the probability that a ReLU unit without bias is 0 at each of so many examples,
// whose pre-activations are normal and have correlation c >= 0 with one another, as those of a wide
// net of random weights have:
//
//	E Phi(-a sqrt(c/(1-c)))^examples        a ~ N(0, 1)
func NeverFiring(c float64, examples int) float64 {
	const width, step = 9., .01
	if c >= 1 {
		return .5
	}
	ratio := math.Sqrt(c / (1 - c))
	sum := 0.
	for a := -width; a <= width; a += step {
		below := math.Erfc(a*ratio/math.Sqrt2) / 2
		sum += math.Exp(float64(examples)*math.Log(below) - a*a/2)
	}
	return sum * step / math.Sqrt(2*math.Pi)
}
