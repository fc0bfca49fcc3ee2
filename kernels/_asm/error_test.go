package main

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/mmcloughlin/avo/operand"
)

// evaluator is a back end that computes what the instructions would, for one
// element: a description run on it gives a number instead of laying down code.
type evaluator struct {
	parameter  float32
	table4Bits [4]uint32
	rounded    float64 // what round was last given
	avx512     bool    // takes that back end's form where forms differ
}

func single(x float32) f32   { return f32{operand.F32(x)} }
func double(x float64) f64   { return f64{operand.F64(x)} }
func (x f32) value() float32 { return float32(x.Op.(operand.F32)) }
func (x f64) value() float64 { return float64(x[0].(operand.F64)) }
func truth(b bool) (m mask) {
	m.Op = operand.U8(0)
	if b {
		m.Op = operand.U8(1)
	}
	return m
}

func bits32(x f32) uint32 { return math.Float32bits(x.value()) }

func (e *evaluator) const32(x float32) f32    { return single(x) }
func (e *evaluator) const64(x float64) f64    { return double(x) }
func (e *evaluator) constBits(u uint32) f32   { return single(math.Float32frombits(u)) }
func (e *evaluator) constBits64(u uint64) f64 { return double(math.Float64frombits(u)) }
func (e *evaluator) keep32(x f32) f32         { return x }
func (e *evaluator) keep64(x float64) f64     { return double(x) }
func (e *evaluator) param32() f32             { return single(e.parameter) }
func (e *evaluator) param64() f64             { return double(float64(e.parameter)) }
func (e *evaluator) second32() f32            { return single(e.parameter) }
func (e *evaluator) second64() f64            { return double(float64(e.parameter)) }
func (e *evaluator) add32(a, b f32) f32       { return single(a.value() + b.value()) }
func (e *evaluator) sub32(a, b f32) f32       { return single(a.value() - b.value()) }
func (e *evaluator) mul32(a, b f32) f32       { return single(a.value() * b.value()) }
func (e *evaluator) div32(a, b f32) f32       { return single(a.value() / b.value()) }
func (e *evaluator) and32(a, b f32) f32       { return e.constBits(bits32(a) & bits32(b)) }
func (e *evaluator) or32(a, b f32) f32        { return e.constBits(bits32(a) | bits32(b)) }
func (e *evaluator) less32(a, b f32) mask     { return truth(a.value() < b.value()) }
func (e *evaluator) greater32(a, b f32) mask  { return truth(a.value() > b.value()) }
func (e *evaluator) unordered32(a, b f32) mask {
	return truth(a.value() != a.value() || b.value() != b.value())
}
func (e *evaluator) tiny32(f32, uint32) mask { return truth(false) }
func (e *evaluator) doubt(mask)              {}
func (e *evaluator) doubt64(mask64)          {}
func (e *evaluator) widen(x f32) f64         { return double(float64(x.value())) }
func (e *evaluator) again(x f64) f64         { return x }
func (e *evaluator) copy(x f64) f64          { return x }
func (e *evaluator) add(a, b f64) f64        { return double(a.value() + b.value()) }
func (e *evaluator) sub(a, b f64) f64        { return double(a.value() - b.value()) }
func (e *evaluator) mul(a, b f64) f64        { return double(a.value() * b.value()) }
func (e *evaluator) div(a, b f64) f64        { return double(a.value() / b.value()) }
func (e *evaluator) sqrt(a f64) f64          { return double(math.Sqrt(a.value())) }
func (e *evaluator) mulAdd(a, b, c f64) f64  { return double(math.FMA(a.value(), b.value(), c.value())) }
func (e *evaluator) addMul(c, a, b f64) f64  { return e.mulAdd(a, b, c) }
func (e *evaluator) subMul(c, a, b f64) f64 {
	return double(math.FMA(-a.value(), b.value(), c.value()))
}
func (e *evaluator) mulSub(a, b, c f64) f64 {
	return double(math.FMA(a.value(), b.value(), -c.value()))
}
func (e *evaluator) negMulSub(a, b, c f64) f64 {
	return double(math.FMA(-a.value(), b.value(), -c.value()))
}

func (e *evaluator) between32(f32, float32, float32) mask { return truth(false) }
func (e *evaluator) negativeTiny32(f32, uint32) mask      { return truth(false) }

func (e *evaluator) min32(a, b f32) f32 { return single(e.min(e.widen(a), e.widen(b)).float32()) }
func (e *evaluator) max32(a, b f32) f32 { return single(e.max(e.widen(a), e.widen(b)).float32()) }

func (x f64) float32() float32 { return float32(x.value()) }

func (e *evaluator) min(a, b f64) f64 {
	if a.value() < b.value() {
		return a
	}
	return b
}

func (e *evaluator) max(a, b f64) f64 {
	if a.value() > b.value() {
		return a
	}
	return b
}

func (e *evaluator) and(a, b f64) f64 {
	return e.constBits64(math.Float64bits(a.value()) & math.Float64bits(b.value()))
}

func (e *evaluator) xor(a, b f64) f64 {
	return e.constBits64(math.Float64bits(a.value()) ^ math.Float64bits(b.value()))
}

func (e *evaluator) or(a, b f64) f64 {
	return e.constBits64(math.Float64bits(a.value()) | math.Float64bits(b.value()))
}

func (e *evaluator) less(a, b f64) mask64    { return mask64{truth(a.value() < b.value()).Op} }
func (e *evaluator) greater(a, b f64) mask64 { return mask64{truth(a.value() > b.value()).Op} }
func (e *evaluator) unordered(a, b f64) mask64 {
	return mask64{truth(a.value() != a.value() || b.value() != b.value()).Op}
}
func (e *evaluator) bits(m mask64) f64 { return e.constBits64(-uint64(m[0].(operand.U8))) }
func (e *evaluator) choose(where mask64, yes, no f64) f64 {
	if where[0].(operand.U8) != 0 {
		return yes
	}
	return no
}

func (e *evaluator) select32(where mask, yes, no f32) f32 {
	if where.Op.(operand.U8) != 0 {
		return yes
	}
	return no
}

func (e *evaluator) maskBits(m mask) f32 { return e.constBits(-uint32(m.Op.(operand.U8))) }

func (e *evaluator) table(_ string, bits [8]uint64) (t table) {
	for _, u := range bits {
		t = append(t, operand.U64(u))
	}
	return t
}

func (e *evaluator) lookup(t table, n f64) f64 {
	return e.constBits64(uint64(t[math.Float64bits(n.value())%8].(operand.U64)))
}

func (e *evaluator) addEighths(x, n f64) f64 {
	return e.constBits64(math.Float64bits(x.value()) + math.Float64bits(n.value())<<49)
}

// ratio shares its division with an element of the other register.
func (e *evaluator) ratio(a, b f64) f64 {
	if !e.avx512 {
		return e.div(a, b)
	}
	beside := double(math.Pi)
	return e.mul(e.mul(a, beside), e.div(double(1), e.mul(b, beside)))
}

func (e *evaluator) split(x f64, factor float64) (n, r f64, unit float64) {
	if !e.avx512 {
		n = e.addMul(double(shift), x, double(factor/math.Ln2))
		return n, e.subMul(x, e.sub(n, double(shift)), double(math.Ln2/factor)), factor
	}
	t := e.mul(x, double(factor/math.Ln2))
	n = double(math.RoundToEven(t.value()))
	return n, e.sub(t, n), math.Ln2
}

func (e *evaluator) splitSigned(x f64, factor float64) (n, r f64, unit float64) {
	if !e.avx512 {
		return e.split(x, factor)
	}
	perUnit := double(factor / math.Ln2)
	n = double(math.RoundToEven(e.mul(x, perUnit).value()))
	return n, e.mulSub(x, perUnit, n), math.Ln2
}

func (e *evaluator) limit(do func(a, b f64) f64, bound, x f64) f64 {
	if !e.avx512 {
		return do(bound, x)
	}
	return x
}

func (e *evaluator) scale(x, n f64) f64 {
	if e.avx512 {
		return double(math.Ldexp(x.value(), int(n.value())))
	}
	return e.constBits64(math.Float64bits(x.value()) + math.Float64bits(n.value())<<52)
}

func (e *evaluator) roundNormal(y f64, _ f32, _, _ float32, _ uint32) f32 { return e.round(y) }

func (e *evaluator) ratioUp(a, b f64) f64 { return e.ratio(a, b) }

func (e *evaluator) notNegative32(zero, x f32) f32 { return e.max32(zero, x) }
func (e *evaluator) notNegative(zero, x f64) f64   { return e.max(zero, x) }

func (e *evaluator) round(y f64) f32 {
	e.rounded = y.value()
	return e.narrow(y)
}

func (e *evaluator) narrow(y f64) f32 { return single(y.float32()) }

// TestErrors holds the value that each description rounds to the error that slack
// covers: 2^-39.4 relative, the least that slack ULP of a float64 can be. The
// bounds here are smaller.
func TestErrors(t *testing.T) {
	one := newFloat(1)
	expm1 := func(x *big.Float) *big.Float { return sub(bigExp(x), one) }
	logistic := func(x *big.Float) *big.Float {
		return quo(one, new(big.Float).Add(one, bigExp(new(big.Float).Neg(x))))
	}
	normal := func(x *big.Float) *big.Float { // Phi(x)
		q := mul(bigExp(quo(mul(x, x), newFloat(-2))), scaledTail(new(big.Float).Abs(x)))
		if x.Sign() > 0 {
			return sub(one, q)
		}
		return q
	}
	tanhArgument := func(x *big.Float) (v, slope *big.Float) { // 2u and 2u'
		k1 := mul(newFloat(4), inverseSqrt2Pi())
		cubic := mul(mul(k1, newFloat(.044715)), mul(x, x))
		slope = new(big.Float).Add(k1, mul(newFloat(3), cubic))
		return mul(x, new(big.Float).Add(k1, cubic)), slope
	}
	derivative := func(gradient func(m lanes) func(grad, x f32) f32) func(m lanes) func(x f32) f32 {
		return func(m lanes) func(x f32) f32 {
			value := gradient(m)
			return func(x f32) f32 { return value(m.const32(1), x) }
		}
	}
	for _, c := range []struct {
		name   string
		lowest float64 // and highest: the range that is not left in doubt
		top    float64
		bound  float64 // log2
		root   float64 // of a derivative, to look at closely; 0 for none
		value  func(m lanes) func(x f32) f32
		exact  func(x *big.Float) *big.Float
	}{
		{"sigmoid", -end, end, -45, 0, sigmoid, logistic},
		{"tanh", -10, 10, -43.5, 0, tanh, func(x *big.Float) *big.Float {
			u := expm1(new(big.Float).Add(x, x))
			return quo(u, new(big.Float).Add(u, newFloat(2)))
		}},
		{"elu", -end, 0, -43.5, 0, elu, expm1},
		{"selu", -end, 0, -43.5, 0, selu, func(x *big.Float) *big.Float {
			return mul(expm1(x), new(big.Float).Add(newFloat(seluScale), newFloat(seluScaleRest)))
		}},
		{"silu", -end, end, -45, 0, silu, func(x *big.Float) *big.Float { return mul(x, logistic(x)) }},
		{"softplus", -end, end, -43, 0, softplus, func(x *big.Float) *big.Float {
			w := bigExp(new(big.Float).Neg(new(big.Float).Abs(x)))
			s := quo(w, new(big.Float).Add(w, newFloat(2)))
			l := mul(s, series(func(k int) *big.Float { return quo(newFloat(2), newFloat(float64(2*k+1))) }).at(mul(s, s)))
			if x.Sign() > 0 {
				l.Add(l, x)
			}
			return l
		}},
		{"exp", -end, beyondFloat32, -44.9, 0, exp, bigExp},
		{"celu", -end, 0, -43.5, 0, celu, expm1},
		{"logsigmoid", -end, end, -43, 0, logSigmoid, bigLogSigmoid},
		{"logsigmoid'", -end, end, -45, 0, derivative(logSigmoidGrad), func(x *big.Float) *big.Float { return logistic(new(big.Float).Neg(x)) }},
		{"mish", -end, end, -45, 0, mish, func(x *big.Float) *big.Float { return mul(x, tanhSoftplus(x)) }},
		{"mish'", -end, end, -44.5, mishZero, derivative(mishGrad), func(x *big.Float) *big.Float { // t + x*(1-t^2)*s
			t := tanhSoftplus(x)
			return new(big.Float).Add(t, mul(mul(x, sub(one, mul(t, t))), logistic(x)))
		}},
		{"tanhshrink", -end, end, -44.5, 0, tanhshrink, func(x *big.Float) *big.Float { return sub(x, bigTanh(x)) }},
		{"tanhshrink'", -end, end, -44.5, 0, derivative(tanhshrinkGrad), func(x *big.Float) *big.Float { return mul(bigTanh(x), bigTanh(x)) }},
		{"silu'", -end, end, -44.5, siluZero, derivative(siluGrad), func(x *big.Float) *big.Float { // s * (1 + x*(1-s))
			s := logistic(x)
			return mul(s, new(big.Float).Add(one, mul(x, sub(one, s))))
		}},
		{"gelu", -geluNormal, geluNormal, -40, 0, gelu, func(x *big.Float) *big.Float { return mul(x, normal(x)) }},
		{"gelu'", -geluNormal, geluNormal, -41.3, -geluRoot, derivative(geluGrad), func(x *big.Float) *big.Float {
			slope := mul(mul(x, inverseSqrt2Pi()), bigExp(quo(mul(x, x), newFloat(-2))))
			return slope.Add(slope, normal(x))
		}},
		{"gelutanh", -geluTanhNormal, geluTanhNormal, -44, 0, geluTanh, func(x *big.Float) *big.Float {
			v, _ := tanhArgument(x)
			return mul(x, logistic(v))
		}},
		{"gelutanh'", -geluTanhNormal, geluTanhNormal, -42.5, -geluTanhRoot, derivative(geluTanhGrad), func(x *big.Float) *big.Float {
			v, slope := tanhArgument(x)
			s := logistic(v)
			return mul(s, new(big.Float).Add(one, mul(mul(x, slope), sub(one, s))))
		}},
	} {
		for _, avx512 := range []bool{false, true} {
			e := &evaluator{parameter: 1, avx512: avx512}
			value := c.value(e)
			random := rand.New(rand.NewPCG(1, 2))
			worst, where := math.Inf(-1), float32(0)
			for i := range 2000 {
				x := float32(c.lowest + (c.top-c.lowest)*random.Float64())
				if i%2 == 0 {
					x = float32(math.Ldexp(float64(x), -random.IntN(20)))
				}
				if c.root != 0 && i%8 == 0 {
					x = float32(c.root + random.NormFloat64()*math.Ldexp(1, -random.IntN(24)))
				}
				value(single(x))
				want := c.exact(newFloat(float64(x)))
				off, _ := quo(sub(newFloat(e.rounded), want), want).Float64()
				if l := math.Log2(math.Abs(off)); l > worst {
					worst, where = l, x
				}
			}
			t.Logf("%-9s 2^%.2f at %g, in the form of AVX-512: %v", c.name, worst, where, avx512)
			if worst > c.bound {
				t.Errorf("%s: error 2^%.2f at %g, bound 2^%g, in the form of AVX-512: %v", c.name, worst, where, c.bound, avx512)
			}
			if covered := math.Log2(slack) - 53; covered < c.bound {
				t.Errorf("%s: slack covers errors up to 2^%.1f, not 2^%g", c.name, covered, c.bound)
			}
		}
	}
}
