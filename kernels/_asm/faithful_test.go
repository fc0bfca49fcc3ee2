package main

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func (e *evaluator) mulAdd32(a, b, c f32) f32 {
	return single(fused32(a.value(), b.value(), c.value()))
}
func (e *evaluator) addMul32(c, a, b f32) f32 { return e.mulAdd32(a, b, c) }
func (e *evaluator) subMul32(c, a, b f32) f32 {
	return single(fused32(-a.value(), b.value(), c.value()))
}
func (e *evaluator) copy32(x f32) f32      { return x }
func (e *evaluator) negative32(x f32) mask { return truth(bits32(x)>>31 != 0) }
func (e *evaluator) sizeUpTo32(x, highest f32) f32 {
	return e.min32(highest, e.and32(x, e.constBits(signBit-1)))
}
func (e *evaluator) complement32(x, y, down f32) f32 {
	return e.select32(e.negative32(x), e.mul32(y, down), e.subMul32(e.const32(1), y, down))
}
func (e *evaluator) orSign32(y, x f32) f32             { return e.or32(y, e.constBits(bits32(x)&signBit)) }
func (e *evaluator) addBits32(a, b f32) f32            { return e.constBits(bits32(a) + bits32(b)) }
func (e *evaluator) subBits32(a, b f32) f32            { return e.constBits(bits32(a) - bits32(b)) }
func (e *evaluator) shiftBits32(x f32, left uint8) f32 { return e.constBits(bits32(x) << left) }
func (e *evaluator) table4(bits [4]uint32) f32 {
	e.table4Bits = bits
	return single(0)
}
func (e *evaluator) lookup4(_, index f32) f32 { return e.constBits(e.table4Bits[bits32(index)%4]) }

// fused32 is a*b + c, rounded once.
func fused32(a, b, c float32) float32 {
	exact := new(big.Float).SetPrec(1000).SetFloat64(float64(a) * float64(b))
	y, _ := exact.Add(exact, new(big.Float).SetFloat64(float64(c))).Float32()
	return y
}

// TestFaithfulErrors holds each description to an error below 1 ULP, on inputs where its
// results are normal. Package kernels is held to all inputs.
func TestFaithfulErrors(t *testing.T) {
	one, two := newFloat(1), newFloat(2)
	expm1 := func(x *big.Float) *big.Float { return sub(bigExp(x), one) }
	for _, c := range []struct {
		name        string
		lowest, top float64
		value       func(m inStep) func(x vectors) vectors
		exact       func(x *big.Float) *big.Float
	}{
		{"sigmoid", -87, 20, sigmoidFaithful, func(x *big.Float) *big.Float {
			return quo(one, new(big.Float).Add(one, bigExp(new(big.Float).Neg(x))))
		}},
		{"tanh", -10, 10, tanhFaithful, func(x *big.Float) *big.Float {
			u := expm1(mul(two, x))
			return quo(u, new(big.Float).Add(u, two))
		}},
		{"silu", -87, 20, siluFaithful, func(x *big.Float) *big.Float {
			return quo(x, new(big.Float).Add(one, bigExp(new(big.Float).Neg(x))))
		}},
		{"softplus", -87, 0, softplusFaithful, func(x *big.Float) *big.Float {
			w := bigExp(x)
			s := quo(w, new(big.Float).Add(two, w))
			return mul(s, series(func(k int) *big.Float { return quo(two, newFloat(float64(2*k+1))) }).at(mul(s, s)))
		}},
		{"elu", -20, 0, eluFaithful, expm1},
		{"exp", -87, 88, expFaithful, bigExp},
		{"hardswish", -3, 3, hardswishFaithful, func(x *big.Float) *big.Float {
			return quo(mul(x, new(big.Float).Add(x, newFloat(3))), newFloat(6))
		}},
		{"selu", -20, 0, seluFaithful, func(x *big.Float) *big.Float {
			return mul(expm1(x), new(big.Float).Add(newFloat(seluScale), newFloat(seluScaleRest)))
		}},
	} {
		value := c.value(inStep{&evaluator{}})
		random := rand.New(rand.NewPCG(1, 2))
		worst, where := 0., float32(0)
		for i := range 3000 {
			x := float32(c.lowest + (c.top-c.lowest)*random.Float64())
			if i%2 == 0 {
				x = float32(math.Ldexp(float64(x), -random.IntN(20)))
			}
			y := value(vectors{single(x)})[0].value()
			want := c.exact(newFloat(float64(x)))
			_, exponent := math.Frexp(float64(y))
			off, _ := sub(newFloat(float64(y)), want).Float64()
			if e := math.Ldexp(math.Abs(off), 24-exponent); e > worst {
				worst, where = e, x
			}
		}
		t.Logf("%-9s %.3f ULP at %g", c.name, worst, where)
		if worst >= 1 {
			t.Errorf("%s: error %.3f ULP at %g", c.name, worst, where)
		}
	}
}
