package reference

import "math"

// GLU returns a*Sigmoid(b), the gated linear unit [Dauphin 2016]. Its error is that of the
// sigmoid, SigmoidULP, and up to SigmoidULP + 0.5 ulp with the product; the other units'
// is made alike.
func GLU(a, b float64) float64 { return a * Sigmoid(b) }

// GLUGrad returns the gradients by a and b.
func GLUGrad(grad, a, b float64) (da, db float64) {
	return grad * Sigmoid(b), grad * a * SigmoidDerivative(b)
}

// ReGLU returns a*ReLU(b) [Shazeer 2020].
func ReGLU(a, b float64) float64 { return a * ReLU(b) }

// ReGLUGrad returns the gradients by a and b; that by b is 0 for b <= 0, whatever the
// others are but NaN.
func ReGLUGrad(grad, a, b float64) (da, db float64) {
	da, db = grad*ReLU(b), grad*a
	switch {
	case math.IsNaN(b):
		db = b
	case b <= 0 && !math.IsNaN(grad) && !math.IsNaN(a):
		db = 0
	}
	return da, db
}

// GEGLU returns a*GELU(b) [Shazeer 2020].
func GEGLU(a, b float64) float64 { return a * GELU(b) }

// GEGLUGrad returns the gradients by a and b.
func GEGLUGrad(grad, a, b float64) (da, db float64) {
	return grad * GELU(b), grad * a * GELUDerivative(b)
}

// SwiGLU returns a*SiLU(b) [Shazeer 2020].
func SwiGLU(a, b float64) float64 { return a * SiLU(b) }

// SwiGLUGrad returns the gradients by a and b.
func SwiGLUGrad(grad, a, b float64) (da, db float64) {
	return grad * SiLU(b), grad * a * SiLUDerivative(b)
}

// Bilinear returns a*b [Shazeer 2020].
func Bilinear(a, b float64) float64 { return a * b }

// BilinearGrad returns the gradients by a and b.
func BilinearGrad(grad, a, b float64) (da, db float64) { return grad * b, grad * a }
