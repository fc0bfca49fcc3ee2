package reference_test

import (
	"math"
	"testing"

	"actinit/reference"
)

var (
	inf     = math.Inf(1)
	negZero = math.Copysign(0, -1)
)

// sameValue compares like bits, but calls all NaNs the same.
func sameValue(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// with fixes the parameter of a function.
func with(f func(x, param float64) float64, param float64) func(float64) float64 {
	return func(x float64) float64 { return f(x, param) }
}

// TestSpecialValues holds every function against its limits, its value at the
// zeros, where the kink is, and at the largest and smallest numbers.
func TestSpecialValues(t *testing.T) {
	const (
		tiny  = 5e-324
		huge  = math.MaxFloat64
		slope = 0.25
		alpha = 0.5
	)
	la := reference.SELULambdaAlpha
	for _, c := range []struct {
		name string
		f    func(float64) float64
		// at -Inf, -huge, -tiny, -0, +0, tiny, huge, +Inf
		want [8]float64
	}{
		{"Sigmoid", reference.Sigmoid, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"SigmoidDerivative", reference.SigmoidDerivative, [8]float64{0, 0, .25, .25, .25, .25, 0, 0}},
		{"Tanh", reference.Tanh, [8]float64{-1, -1, -tiny, negZero, 0, tiny, 1, 1}},
		{"TanhDerivative", reference.TanhDerivative, [8]float64{0, 0, 1, 1, 1, 1, 0, 0}},
		{"ReLU", reference.ReLU, [8]float64{0, 0, 0, negZero, 0, tiny, huge, inf}},
		{"ReLUDerivative", reference.ReLUDerivative, [8]float64{0, 0, 0, 0, 0, 1, 1, 1}},
		{"LeakyReLU", with(reference.LeakyReLU, slope), [8]float64{-inf, -huge / 4, negZero, negZero, 0, tiny, huge, inf}},
		{"LeakyReLU slope 0", with(reference.LeakyReLU, 0), [8]float64{negZero, negZero, negZero, negZero, 0, tiny, huge, inf}},
		{"LeakyReLUDerivative", with(reference.LeakyReLUDerivative, slope), [8]float64{slope, slope, slope, slope, slope, 1, 1, 1}},
		{"PReLU", with(reference.PReLU, slope), [8]float64{-inf, -huge / 4, negZero, negZero, 0, tiny, huge, inf}},
		{"PReLUDerivative", with(reference.PReLUDerivative, slope), [8]float64{slope, slope, slope, slope, slope, 1, 1, 1}},
		{"PReLUSlopeDerivative", reference.PReLUSlopeDerivative, [8]float64{-inf, -huge, -tiny, negZero, 0, 0, 0, 0}},
		{"ELU", with(reference.ELU, alpha), [8]float64{-alpha, -alpha, negZero, negZero, 0, tiny, huge, inf}},
		{"ELUDerivative", with(reference.ELUDerivative, alpha), [8]float64{0, 0, alpha, alpha, alpha, 1, 1, 1}},
		{"ELUDerivative alpha -1", with(reference.ELUDerivative, -1), [8]float64{negZero, negZero, -1, -1, -1, 1, 1, 1}},
		{"SELU", reference.SELU, [8]float64{-la, -la, -2 * tiny, negZero, 0, tiny, inf, inf}},
		{"SELUDerivative", reference.SELUDerivative, [8]float64{0, 0, la, la, la, reference.SELULambda, reference.SELULambda, reference.SELULambda}},
		{"GELU", reference.GELU, [8]float64{negZero, negZero, negZero, negZero, 0, 0, huge, inf}},
		{"GELUDerivative", reference.GELUDerivative, [8]float64{negZero, negZero, .5, .5, .5, .5, 1, 1}},
		{"GELUTanh", reference.GELUTanh, [8]float64{negZero, negZero, negZero, negZero, 0, 0, huge, inf}},
		{"GELUTanhDerivative", reference.GELUTanhDerivative, [8]float64{negZero, negZero, .5, .5, .5, .5, 1, 1}},
		{"SiLU", reference.SiLU, [8]float64{negZero, negZero, negZero, negZero, 0, 0, huge, inf}},
		{"SiLUDerivative", reference.SiLUDerivative, [8]float64{negZero, negZero, .5, .5, .5, .5, 1, 1}},
		{"Softplus", reference.Softplus, [8]float64{0, 0, math.Ln2, math.Ln2, math.Ln2, math.Ln2, huge, inf}},
		{"SoftplusDerivative", reference.SoftplusDerivative, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"ReLU6", reference.ReLU6, [8]float64{0, 0, 0, negZero, 0, tiny, 6, 6}},
		{"ReLU6Derivative", reference.ReLU6Derivative, [8]float64{0, 0, 0, 0, 0, 1, 0, 0}},
		{"Hardtanh", func(x float64) float64 { return reference.Hardtanh(x, -1, .5) }, [8]float64{-1, -1, -tiny, negZero, 0, tiny, .5, .5}},
		{"HardtanhDerivative", func(x float64) float64 { return reference.HardtanhDerivative(x, -1, .5) }, [8]float64{0, 0, 1, 1, 1, 1, 0, 0}},
		{"Threshold", func(x float64) float64 { return reference.Threshold(x, 0, -7) }, [8]float64{-7, -7, -7, -7, -7, tiny, huge, inf}},
		{"ThresholdDerivative", with(reference.ThresholdDerivative, 0), [8]float64{0, 0, 0, 0, 0, 1, 1, 1}},
		{"Hardshrink", with(reference.Hardshrink, .5), [8]float64{-inf, -huge, negZero, negZero, 0, 0, huge, inf}},
		{"Hardshrink lambda 0", with(reference.Hardshrink, 0), [8]float64{-inf, -huge, -tiny, negZero, 0, tiny, huge, inf}},
		{"HardshrinkDerivative", with(reference.HardshrinkDerivative, .5), [8]float64{1, 1, 0, 0, 0, 0, 1, 1}},
		{"Softshrink", with(reference.Softshrink, 1e300), [8]float64{-inf, -huge + 1e300, negZero, negZero, 0, 0, huge - 1e300, inf}},
		{"SoftshrinkDerivative", with(reference.SoftshrinkDerivative, .5), [8]float64{1, 1, 0, 0, 0, 0, 1, 1}},
		{"RReLU", with(reference.RReLU, slope), [8]float64{-inf, -huge / 4, negZero, negZero, 0, tiny, huge, inf}},
		{"RReLUDerivative", with(reference.RReLUDerivative, slope), [8]float64{slope, slope, slope, slope, slope, 1, 1, 1}},
		{"Hardsigmoid", reference.Hardsigmoid, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"HardsigmoidDerivative", reference.HardsigmoidDerivative, [8]float64{0, 0, 1. / 6, 1. / 6, 1. / 6, 1. / 6, 0, 0}},
		{"Hardswish", reference.Hardswish, [8]float64{negZero, negZero, negZero, negZero, 0, 0, huge, inf}},
		{"HardswishDerivative", reference.HardswishDerivative, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"Softsign", reference.Softsign, [8]float64{-1, -1, -tiny, negZero, 0, tiny, 1, 1}},
		{"SoftsignDerivative", reference.SoftsignDerivative, [8]float64{0, 0, 1, 1, 1, 1, 0, 0}},
		{"Squareplus", with(reference.Squareplus, 4), [8]float64{0, 1 / huge, 1, 1, 1, 1, huge, inf}},
		{"SquareplusDerivative", with(reference.SquareplusDerivative, 4), [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"SparsePlus", reference.SparsePlus, [8]float64{0, 0, .25, .25, .25, .25, huge, inf}},
		{"SparsePlusDerivative", reference.SparsePlusDerivative, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"SparseSigmoid", reference.SparseSigmoid, [8]float64{0, 0, .5, .5, .5, .5, 1, 1}},
		{"SparseSigmoidDerivative", reference.SparseSigmoidDerivative, [8]float64{0, 0, .5, .5, .5, .5, 0, 0}},
	} {
		for i, x := range [8]float64{-inf, -huge, -tiny, negZero, 0, tiny, huge, inf} {
			if got := c.f(x); !sameValue(got, c.want[i]) {
				t.Errorf("%s(%g) = %g, want %g", c.name, x, got, c.want[i])
			}
		}
		if got := c.f(math.NaN()); !math.IsNaN(got) {
			t.Errorf("%s(NaN) = %g", c.name, got)
		}
	}
}

func TestGradSpecialValues(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"SigmoidGrad(3, 0)", reference.SigmoidGrad(3, 0), 0},
		{"SigmoidGrad(3, 1)", reference.SigmoidGrad(3, 1), 0},
		{"SigmoidGrad(-2, .5)", reference.SigmoidGrad(-2, .5), -.5},
		{"SigmoidGrad(NaN, .5)", reference.SigmoidGrad(nan, .5), nan},
		{"SigmoidGrad(1, NaN)", reference.SigmoidGrad(1, nan), nan},
		{"SigmoidGrad(Inf, .5)", reference.SigmoidGrad(inf, .5), inf},
		{"TanhGrad(3, -1)", reference.TanhGrad(3, -1), 0},
		{"TanhGrad(3, 0)", reference.TanhGrad(3, 0), 3},
		{"TanhGrad(1, NaN)", reference.TanhGrad(1, nan), nan},
		{"ELUGrad(3, 2, .5)", reference.ELUGrad(3, 2, .5), 3},
		{"ELUGrad(3, 0, .5)", reference.ELUGrad(3, 0, .5), 1.5},
		{"ELUGrad(3, -.5, .5)", reference.ELUGrad(3, -.5, .5), 0},
		{"ELUGrad(1, NaN, 1)", reference.ELUGrad(1, nan, 1), nan},
		{"SELUGrad(1, 2)", reference.SELUGrad(1, 2), reference.SELULambda},
		{"SELUGrad(1, 0)", reference.SELUGrad(1, 0), reference.SELULambdaAlpha},
		{"SELUGrad(1, -lambda*alpha)", reference.SELUGrad(1, -reference.SELULambdaAlpha), reference.SELULambdaAlphaLow},
		{"SELUGrad(1, -Inf)", reference.SELUGrad(1, -inf), -inf},
		{"SELUGrad(1, NaN)", reference.SELUGrad(1, nan), nan},
	} {
		if !sameValue(c.got, c.want) {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
}

func TestMaxout(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		pieces []float64
		y      float64
		argmax int
	}{
		{[]float64{1, 3, 2}, 3, 1},
		{[]float64{2, 2, 1}, 2, 0}, // the first wins a tie
		{[]float64{negZero, 0}, negZero, 0},
		{[]float64{0, negZero}, 0, 0},
		{[]float64{inf, nan, 1, nan}, nan, 1},
		{[]float64{-inf, -inf}, -inf, 0},
		{[]float64{-5}, -5, 0},
	} {
		y, argmax := reference.Maxout(c.pieces)
		if !sameValue(y, c.y) || argmax != c.argmax {
			t.Errorf("Maxout(%v) = %g, %d, want %g, %d", c.pieces, y, argmax, c.y, c.argmax)
		}
		for j := range c.pieces {
			want := 0.0
			if j == c.argmax {
				want = 1
			}
			if got := reference.MaxoutDerivative(c.pieces, j); got != want {
				t.Errorf("MaxoutDerivative(%v, %d) = %g, want %g", c.pieces, j, got, want)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Maxout of no pieces did not panic")
		}
	}()
	reference.Maxout(nil)
}

func TestProductExact(t *testing.T) {
	for _, c := range []struct {
		a, b float64
		want bool
	}{
		{float64(float32(0.01)), float64(float32(1e-45)), true},
		{float64(float32(0.1)), float64(float32(3.3e38)), true},
		{0.1, 0.1, false},
		{5e-324, 0.5, false},
		{0, 3, true},
		{0x1p-600, 0x1p-600, false}, // 0, but not exactly
		{0x1.0000000000001p-500, 0x1.0000000000001p-500, false},
	} {
		if got := reference.ProductExact(c.a, c.b); got != c.want {
			t.Errorf("ProductExact(%g, %g) = %t, want %t", c.a, c.b, got, c.want)
		}
	}
}

// TestSELUProduct: the two parts are the product exactly.
func TestSELUProduct(t *testing.T) {
	hi, lo := reference.SELULambdaAlpha, reference.SELULambdaAlphaLow
	if p := reference.SELULambda * reference.SELUAlpha; p != hi || math.FMA(reference.SELULambda, reference.SELUAlpha, -p) != lo {
		t.Errorf("lambda*alpha is %x + %x", p, math.FMA(reference.SELULambda, reference.SELUAlpha, -p))
	}
}

// TestKinks holds derivatives at kinks to the values that PyTorch gives.
func TestKinks(t *testing.T) {
	for _, c := range []struct {
		name    string
		f       func(x float64) float64
		x, want float64
	}{
		{"ReLU6Derivative", reference.ReLU6Derivative, 6, 0},
		{"HardtanhDerivative", func(x float64) float64 { return reference.HardtanhDerivative(x, -1, 1) }, 1, 0},
		{"HardtanhDerivative", func(x float64) float64 { return reference.HardtanhDerivative(x, -1, 1) }, -1, 0},
		{"ThresholdDerivative", with(reference.ThresholdDerivative, .1), .1, 0},
		{"HardshrinkDerivative", with(reference.HardshrinkDerivative, .5), -.5, 0},
		{"SoftshrinkDerivative", with(reference.SoftshrinkDerivative, .5), .5, 0},
		{"HardsigmoidDerivative", reference.HardsigmoidDerivative, -3, 0},
		{"HardsigmoidDerivative", reference.HardsigmoidDerivative, 3, 0},
		{"HardswishDerivative", reference.HardswishDerivative, -3, 0},
		{"HardswishDerivative", reference.HardswishDerivative, 3, 1},
		{"SparsePlusDerivative", reference.SparsePlusDerivative, -1, 0},
		{"SparsePlusDerivative", reference.SparsePlusDerivative, 1, 1},
		{"SparseSigmoidDerivative", reference.SparseSigmoidDerivative, 1, 0},
	} {
		if got := c.f(c.x); got != c.want {
			t.Errorf("%s(%g) = %g, want %g", c.name, c.x, got, c.want)
		}
	}
}

// TestGated holds the gated units and both their gradients to the formulas, and ReGLU's
// gradient by the gate to what its kink and NaN make of it.
func TestGated(t *testing.T) {
	nan := math.NaN()
	type pair = [2]float64
	gradients := func(da, db float64) pair { return pair{da, db} }
	for _, c := range []struct {
		name      string
		got, want pair
	}{
		{"GLU", pair{reference.GLU(4, 0), reference.GLU(4, inf)}, pair{2, 4}},
		{"GLUGrad", gradients(reference.GLUGrad(3, 4, 0)), pair{1.5, 3}},
		{"ReGLU", pair{reference.ReGLU(4, -2), reference.ReGLU(4, 2)}, pair{0, 8}},
		{"ReGLUGrad above", gradients(reference.ReGLUGrad(3, 4, 2)), pair{6, 12}},
		{"ReGLUGrad below", gradients(reference.ReGLUGrad(3, inf, -2)), pair{0, 0}},
		{"ReGLUGrad at 0", gradients(reference.ReGLUGrad(3, 4, 0)), pair{0, 0}},
		{"ReGLUGrad NaN gate", gradients(reference.ReGLUGrad(3, 4, nan)), pair{nan, nan}},
		{"ReGLUGrad NaN value", gradients(reference.ReGLUGrad(3, nan, -1)), pair{0, nan}},
		{"GEGLU", pair{reference.GEGLU(4, 0), reference.GEGLU(-4, inf)}, pair{0, -inf}},
		{"GEGLUGrad", gradients(reference.GEGLUGrad(3, 4, 0)), pair{0, 6}},
		{"SwiGLU", pair{reference.SwiGLU(4, 0), reference.SwiGLU(-4, inf)}, pair{0, -inf}},
		{"SwiGLUGrad", gradients(reference.SwiGLUGrad(3, 4, 0)), pair{0, 6}},
		{"Bilinear", pair{reference.Bilinear(4, 5), reference.Bilinear(4, nan)}, pair{20, nan}},
		{"BilinearGrad", gradients(reference.BilinearGrad(3, 4, 5)), pair{15, 12}},
	} {
		if !sameValue(c.got[0], c.want[0]) || !sameValue(c.got[1], c.want[1]) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}
