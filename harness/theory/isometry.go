package theory

import (
	"math"

	"gonum.org/v1/gonum/stat/combin"
)

// LargestSquaredSingularValue returns that of a product of L wide square matrices of
// independent entries with mean 0 and variance 1/width, (L+1)^(L+1)/L^L, about e L
// (Pennington, Schoenholz & Ganguli 2017). Of a product of
// orthogonal matrices all are 1.
func LargestSquaredSingularValue(matrices int) float64 {
	l := float64(matrices)
	return (l + 1) * math.Pow((l+1)/l, l)
}

// ProductMoment returns the mean of the k-th powers of the squared singular values of
// the same product, the Fuss-Catalan number binomial(Lk+k, k)/(Lk+1).
func ProductMoment(matrices, k int) float64 {
	n := matrices * k
	return math.Exp(combin.LogGeneralizedBinomial(float64(n+k), float64(k))) / float64(n+1)
}

// A Spectrum is the distribution of the squared singular values of the Jacobian
// of a wide net's output by its input.
type Spectrum struct{ Mean, Variance float64 }

// Spectrum returns that of depth layers at variance q, for Gaussian or for
// orthogonal weights (Pennington, Schoenholz & Ganguli 2017): with
// mu_k = E f'^(2k) and s_1 = -1 for Gaussian weights and 0 for orthogonal ones
//
//	Mean     = (sw^2 mu_1)^L = chi^L
//	Variance = Mean^2 L (mu_2/mu_1^2 - 1 - s_1)
//
// Orthogonal weights have WeightVar 1 times their gain squared. Of maxout and gated units it
// is NaN.
func (e Ensemble) Spectrum(q float64, depth int, orthogonal bool) Spectrum {
	if e.Field.Row.Pieces > 1 {
		return Spectrum{math.NaN(), math.NaN()}
	}
	m := e.Field.At(q)
	s1 := -1.
	if orthogonal {
		s1 = 0
	}
	mean := math.Pow(e.WeightVar*m.Derivative, float64(depth))
	return Spectrum{mean, mean * mean * float64(depth) * (m.DerivativeFourth/(m.Derivative*m.Derivative) - 1 - s1)}
}
