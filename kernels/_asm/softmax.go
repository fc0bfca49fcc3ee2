package main

import (
	"math"
	"strings"

	"github.com/mmcloughlin/avo/reg"
)

// rowPasses are the passes of softmax and log-softmax. kernels/softmax.go has the same operations in
// Go, one for one, and says what they are for.
var rowPasses = []rowPass{
	largestIn("largest32", float32s),
	sumBelow("sumBelow", false),
	sumBelow("sumBelowKept", true),
	rowMap("softmaxAgain", "computes the results of softmax in float32: e^(src[i]-m) * inverse.", float32s, []string{"src"}, []string{"m", "inverse"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			e := newQuick(m)
			return func(in []f64) f64 { return m.mul(e.below(m.sub(in[0], given[0])), given[1]) }
		}),
	softmaxKept(),
	rowMap("logSoftmax", "computes the results of log-softmax in float32: (src[i]-m) - l.", float32s, []string{"src"}, []string{"m", "l"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			return func(in []f64) f64 {
				return m.xor(m.sub(given[1], m.sub(in[0], given[0])), m.constBits64(1<<63))
			}
		}),
	pairTotal("dotPair", "grad[i]*y[i]", []string{"grad", "y"}, func(m rowEnd, in []f64) f64 { return m.mul(in[0], in[1]) }),
	pairTotal("sumPair", "grad[i]", []string{"grad"}, func(m rowEnd, in []f64) f64 { return in[0] }),
	rowMap("softmaxGrad", "computes y[i] * (grad[i] - (s+sl)) in float32.", float32s, backwardRows, []string{"s", "sl"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			minus := m.xor(given[0], m.constBits64(1<<63))
			return func(in []f64) f64 {
				d, dl := twoSum(m, in[0], minus)
				d, dl = twoSum(m, d, m.sub(dl, given[1]))
				return m.addMul(m.mul(in[1], dl), in[1], d)
			}
		}),
	rowMap("logSoftmaxGrad", "computes grad[i] - e^y[i]*(s+sl) in float32.", float32s, backwardRows, []string{"s", "sl"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			e := newQuick(m)
			minus := m.xor(given[0], m.constBits64(1<<63))
			return func(in []f64) f64 {
				g, y := in[0], in[1]
				q, p := e.of(m.min(m.const64(end64), m.max(e.lowest, y)))
				p = m.mul(q, p)
				d, dl := twoSum(m, g, minus)
				near := m.add(m.sub(d, m.mul(m.add(m.sub(q, m.const64(1)), p), given[0])), m.sub(dl, given[1]))
				far := m.sub(g, m.mul(m.add(q, p), given[0]))
				return m.choose(m.greater(y, m.const64(-math.Ln2)), near, far)
			}
		}),
}

var backwardRows = []string{"grad", "y"}

// A quick is expQuick of package kernels.
type quick struct {
	rowEnd
	power  func(t f64) f64
	lowest f64
}

func newQuick(m rowEnd) quick {
	return quick{m, m.power16("powers16", powers16), m.keep64(farBelow32)}
}

// of returns s and p with e^x = s + s*p. It consumes x.
func (e quick) of(x f64) (s, p f64) {
	t := e.add(e.mul(x, e.const64(16/math.Ln2)), e.const64(shift))
	r := e.sub(x, e.mul(e.sub(t, e.const64(shift)), e.const64(math.Ln2/16)))
	r2 := e.mul(r, r)
	c := quickExp
	q := e.add(e.add(e.mul(r, e.const64(c[1])), e.const64(c[0])),
		e.mul(r2, e.add(e.mul(r, e.const64(c[3])), e.const64(c[2]))))
	return e.power(t), e.add(r, e.mul(r2, q))
}

// below is expBelow32.
func (e quick) below(z f64) f64 {
	s, p := e.of(e.max(e.lowest, z))
	return e.add(s, e.mul(s, p))
}

// sumBelow is sumBelow32 for a block: it returns the sum and how many elements are in it. A NaN is.
func sumBelow(name string, kept bool) rowPass {
	params, doc := "src *float32, n int, m float64", "returns the sum of e^(src[i]-m) over the n elements that are not m, and their number"
	if kept {
		params += ", kept *float64"
		doc += "; it stores the powers, in whole steps of 16"
	}
	return rowPass{name, doc + ".", params, " (sum, below float64)", func(m rowEnd) {
		c := m.context()
		src := c.Load(c.Param("src"), c.GP64())
		var to reg.Register
		if kept {
			to = c.Load(c.Param("kept"), c.GP64())
		}
		e, top, count, sums := newQuick(m), m.given("m"), m.zero(), make([]f64, parts(m))
		for p := range sums {
			sums[p] = m.zero()
		}
		rowLoop(m, float32s, func(i reg.Register, rest bool) {
			for p := range sums {
				var x f64
				if at := partAt(m, src, i, float32s, p); rest {
					x = m.restPart(at, float32s, p, top)
				} else {
					x = m.part(at, float32s)
				}
				z := m.sub(x, top)
				below := m.notAtLeast(z, m.const64(0))
				m.addWhere(count, below, m.const64(1))
				power := e.below(z)
				m.addWhere(sums[p], below, power)
				if kept {
					m.storePart(power, partAt(m, to, i, float64s, p), float64s)
				}
			}
		})
		result(m, byHalves(m, sums)[0], float64s, "sum")
		result(m, byHalves(m, []f64{count})[0], float64s, "below")
		c.VZEROUPPER()
		c.RET()
	}}
}

// softmaxKept computes the results from the powers that were kept.
func softmaxKept() rowPass {
	return rowPass{"softmaxKept", "computes kept[i]*inverse, rounded to float32.", "dst *float32, kept *float64, n int, inverse float64", "", func(m rowEnd) {
		c := m.context()
		dst, kept := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("kept"), c.GP64())
		inverse := m.given("inverse")
		rowLoop(m, float32s, func(i reg.Register, rest bool) {
			for p := range parts(m) {
				y := m.mul(m.part(partAt(m, kept, i, float64s, p), float64s), inverse)
				if at := partAt(m, dst, i, float32s, p); rest {
					m.storeRest(y, at, float32s, p)
				} else {
					m.storePart(y, at, float32s)
				}
			}
		})
		c.VZEROUPPER()
		c.RET()
	}}
}

// pairTotal adds the terms of a block as pairSum of package kernels does; a term is exact.
func pairTotal(name, what string, inputs []string, term func(m rowEnd, in []f64) f64) rowPass {
	params := strings.Join(inputs, ", ") + " *float32, n int"
	return rowPass{name, "returns the sum of " + what + " over n elements as a pair.", params, " (hi, lo float64)", func(m rowEnd) {
		c := m.context()
		var from []reg.Register
		for _, input := range inputs {
			from = append(from, c.Load(c.Param(input), c.GP64()))
		}
		none, hi, lo := m.zero(), make([]f64, parts(m)), make([]f64, parts(m))
		for p := range hi {
			hi[p], lo[p] = m.zero(), m.zero()
		}
		rowLoop(m, float32s, func(i reg.Register, rest bool) {
			for p := range hi {
				var in []f64
				for _, base := range from {
					at := partAt(m, base, i, float32s, p)
					if rest {
						in = append(in, m.restPart(at, float32s, p, none))
					} else {
						in = append(in, m.part(at, float32s))
					}
				}
				sum, low := twoSum(m, hi[p], term(m, in))
				replace(m, hi[p][0], sum[0])
				replace(m, lo[p][0], m.add(lo[p], low)[0])
			}
		})
		h, l := pairByHalves(m, hi, lo)
		result(m, h[0], float64s, "hi")
		result(m, l[0], float64s, "lo")
		c.VZEROUPPER()
		c.RET()
	}}
}

// pairJoin returns (a+al) + (b+bl).
func pairJoin(m lanes, a, al, b, bl f64) (hi, lo f64) {
	hi, lo = twoSum(m, a, b)
	return twoSum(m, hi, m.add(lo, m.add(al, bl)))
}
