package kernels_test

import (
	"math"
	"testing"

	"actinit/kernels"
)

// TestGELULimits holds the values far out, where other libraries give NaN or a flushed tail.
func TestGELULimits(t *testing.T) {
	negativeZero, inf := math.Copysign(0, -1), math.Inf(1)
	for name, f := range map[string]struct {
		forward, slope func(dst, src []float64)
		forward32      func(dst, src []float32)
	}{
		"gelu":     {kernels.GELU[float64], derivative(kernels.GELUGrad[float64]), kernels.GELU[float32]},
		"gelutanh": {kernels.GELUTanh[float64], derivative(kernels.GELUTanhGrad[float64]), kernels.GELUTanh[float32]},
	} {
		x := []float64{negativeZero, 0, inf, -inf, math.MaxFloat64, -math.MaxFloat64}
		y, d := make([]float64, len(x)), make([]float64, len(x))
		f.forward(y, x)
		f.slope(d, x)
		for i, want := range []struct{ y, d float64 }{
			{negativeZero, .5}, {0, .5}, {inf, 1}, {negativeZero, negativeZero}, {math.MaxFloat64, 1}, {negativeZero, negativeZero},
		} {
			if math.Float64bits(y[i]) != math.Float64bits(want.y) || math.Float64bits(d[i]) != math.Float64bits(want.d) {
				t.Errorf("%s(%v) = %v with slope %v, want %v with slope %v", name, x[i], y[i], d[i], want.y, want.d)
			}
		}

		// x/2 of an odd subnormal is a tie, which x^2/sqrt(2 pi) decides upwards.
		tiny := []float32{1, 3, 5, -1, -3, -5, 1<<23 - 1, 1 - 1<<23}
		for i := range tiny {
			tiny[i] *= 0x1p-149
		}
		got := make([]float32, len(tiny))
		f.forward32(got, tiny)
		for i, want := range []float32{1, 2, 3, 0, -1, -2, 1 << 22, 1 - 1<<22} {
			if got[i] != want*0x1p-149 || (tiny[i] < 0) != math.Signbit(float64(got[i])) {
				t.Errorf("%s(%v) = %v, want %v", name, tiny[i], got[i], want*0x1p-149)
			}
		}
	}
}

// FuzzGELUVariants compares all variants bit for bit, in every lane of an unrolled loop.
func FuzzGELUVariants(f *testing.F) {
	for _, bits := range []uint32{0, 1, 1 << 31, 0x00800000, 3 << 23, 3<<23 - 1, 0x41500000, 0x41500001, 0xc1500001, 0x41200001,
		0xbf4075a6, 0x7f800000, 0xff800000, 0x7fc00000, 0xc1600000, 0x40b00000} {
		f.Add(bits, float32(1))
	}
	f.Fuzz(func(t *testing.T, bits uint32, grad float32) {
		for _, op := range kernels.Operations() {
			if op.Name != "gelu" && op.Name != "gelutanh" {
				continue
			}
			for lane := range 9 {
				x, g := make([]float32, 9), make([]float32, 9)
				for i := range x {
					x[i], g[i] = float32(i)-4, grad
				}
				x[lane] = math.Float32frombits(bits)
				want, wantGrad := make([]float32, 9), make([]float32, 9)
				op.Forward32(kernels.Scalar)(want, x, 0)
				op.Backward32(kernels.Scalar)(wantGrad, g, x, 0)
				for v := kernels.Scalar; v <= kernels.AVX512; v++ {
					got := make([]float32, 9)
					if forward := op.Forward32(v); forward != nil {
						forward(got, x, 0)
						expectBits(t, op.Name, v, x, got, want)
					}
					if backward := op.Backward32(v); backward != nil {
						backward(got, g, x, 0)
						expectBits(t, op.Name+" backward", v, x, got, wantGrad)
					}
				}
			}
		}
	})
}

func expectBits(t *testing.T, name string, v kernels.Variant, x, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			t.Errorf("%s %v at %x: %x, scalar has %x", name, v, x[i], got[i], want[i])
		}
	}
}
