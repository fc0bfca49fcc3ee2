package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowPasses64 are the passes in float64, whose powers and sums are pairs.
var rowPasses64 = []rowPass{
	largestIn("largest64", float64s),
	sumBelow64("sumBelow64", false),
	sumBelow64("sumBelowKept64", true),
	softmaxKept64(),
	rowMap("softmaxAgain64", "computes the results of softmax: e^(src[i]-m) * (i+il).", float64s, []string{"src"}, []string{"m", "inverse", "low"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			e, none := newPairPower(m, given[0]), m.zero()
			return func(in []f64) f64 {
				z, zl := e.difference(in[0])
				hi, lo := e.of(z, zl, none)
				return timesInverse(m, hi, lo, given[1], given[2])
			}
		}),
	rowMap("logSoftmax64", "computes the results of log-softmax: (src[i]-m) - (l+ll), but atTop at m.", float64s, []string{"src"}, []string{"m", "l", "ll", "atTop"},
		func(m rowEnd, given []f64) func(in []f64) f64 {
			e := pairPower{rowEnd: m, minus: m.xor(given[0], m.constBits64(1<<63))}
			minus := m.xor(given[1], m.constBits64(1<<63))
			return func(in []f64) f64 {
				z, zl := e.difference(in[0])
				hi, lo := twoSum(m, z, minus)
				y := m.add(hi, m.add(lo, m.sub(zl, given[2])))
				y = m.choose(m.less(z, m.const64(-math.MaxFloat64)), z, y)
				return m.choose(m.notAtLeast(z, m.const64(0)), y, given[3])
			}
		}),
}

// A pairPower is expDifference of package kernels.
type pairPower struct {
	rowEnd
	minus       f64 // -m
	power, rest func(t f64) f64
}

func newPairPower(m rowEnd, top f64) pairPower {
	return pairPower{m, m.xor(top, m.constBits64(1<<63)), m.power16("powersUp16", powersUp16), m.lookup16("rests16", rests16)}
}

// difference returns x - m as a pair.
func (e pairPower) difference(x f64) (z, zl f64) { return twoSum(e, x, e.minus) }

// of returns 2^512 * e^(z+zl) as a pair, for z < farBelow64 none; NaN for NaN.
func (e pairPower) of(z, zl, none f64) (hi, lo f64) {
	t := e.add(e.mul(z, e.const64(16/math.Ln2)), e.const64(shift))
	n := e.sub(t, e.const64(shift))
	x := e.sub(z, e.mul(n, e.const64(ln2By16Hi)))
	n = e.mul(n, e.const64(ln2By16Lo))
	r := e.sub(x, n)
	rl := e.add(e.sub(e.sub(x, r), n), e.rest(t))
	r2 := e.mul(r, r)
	c := pairExp
	q := e.mulAdd(e.copy(e.const64(c[6])), r, e.const64(c[5]))
	q = e.mulAdd(q, r, e.const64(c[4]))
	q = e.mulAdd(q, r, e.const64(c[3]))
	q = e.mulAdd(q, r, e.const64(c[2]))
	q = e.mulAdd(q, r2, e.mulAdd(e.copy(e.const64(c[1])), r, e.const64(c[0])))
	tail := e.mulAdd(q, r2, e.addMul(e.copy(rl), r, rl))
	eh := e.add(r, tail)
	el := e.add(e.sub(r, eh), tail)
	s := e.power(t)
	p := e.mul(s, eh)
	pl := e.mulSub(s, eh, e.copy(p))
	hi = e.add(s, p)
	lo = e.add(e.add(e.sub(s, hi), p), e.addMul(pl, s, el))
	hi, lo = fastTwoSum(e, hi, e.addMul(lo, hi, zl))
	far := e.less(z, e.const64(farBelow64))
	return e.choose(far, none, hi), e.choose(far, none, lo)
}

// timesInverse returns (hi+lo) * (i+il) / 2^512 rounded.
func timesInverse(m lanes, hi, lo, i, il f64) f64 {
	p := m.mul(hi, i)
	pl := m.add(m.mulSub(hi, i, m.copy(p)), m.add(m.mul(hi, il), m.mul(lo, i)))
	return m.mul(m.add(p, pl), m.const64(down))
}

// sumBelow64 is sumBelow for pairs: both are 2^512 times as large.
func sumBelow64(name string, kept bool) rowPass {
	params, doc := "src *float64, n int, m float64", "returns 2^512 times the sum of e^(src[i]-m) over the n elements that are not m as a pair, and their number"
	if kept {
		params += ", kept, keptLow *float64"
		doc += "; it stores the powers, in whole steps of 16"
	}
	return rowPass{name, doc + ".", params, " (hi, lo, below float64)", func(m rowEnd) {
		c := m.context()
		src := c.Load(c.Param("src"), c.GP64())
		var to, toLow reg.Register
		if kept {
			to, toLow = c.Load(c.Param("kept"), c.GP64()), c.Load(c.Param("keptLow"), c.GP64())
		}
		top, count, none := m.given("m"), m.zero(), m.zero()
		e := newPairPower(m, top)
		// The partial sums are on the stack: not every instruction set has registers for them.
		his, los := make([]operand.Mem, parts(m)), make([]operand.Mem, parts(m))
		for p := range his {
			his[p], los[p] = c.AllocLocal(m.registerBytes()), c.AllocLocal(m.registerBytes())
			m.store(none[0], his[p])
			m.store(none[0], los[p])
		}
		rowLoop(m, float64s, func(i reg.Register, rest bool) {
			for p := range his {
				var x f64
				if at := partAt(m, src, i, float64s, p); rest {
					x = m.restPart(at, float64s, p, top)
				} else {
					x = m.part(at, float64s)
				}
				z, zl := e.difference(x)
				hi, lo := e.of(z, zl, none)
				if kept {
					m.storePart(hi, partAt(m, to, i, float64s, p), float64s)
					m.storePart(lo, partAt(m, toLow, i, float64s, p), float64s)
				}
				below := m.notAtLeast(z, m.const64(0))
				m.addWhere(count, below, m.const64(1))
				hi, lo = m.choose(below, hi, none), m.choose(below, lo, none)
				sum, low := twoSum(m, f64{m.load(his[p])}, hi)
				m.store(sum[0], his[p])
				m.store(m.add(f64{m.load(los[p])}, m.add(low, lo))[0], los[p])
			}
		})
		hi, lo := make([]f64, len(his)), make([]f64, len(los))
		for p := range his {
			hi[p], lo[p] = f64{m.load(his[p])}, f64{m.load(los[p])}
		}
		h, l := pairByHalves(m, hi, lo)
		result(m, h[0], float64s, "hi")
		result(m, l[0], float64s, "lo")
		result(m, byHalves(m, []f64{count})[0], float64s, "below")
		c.VZEROUPPER()
		c.RET()
	}}
}

// softmaxKept64 computes the results from the powers that were kept.
func softmaxKept64() rowPass {
	return rowPass{"softmaxKept64", "computes (kept[i]+keptLow[i]) * (inverse+low) / 2^512.", "dst, kept, keptLow *float64, n int, inverse, low float64", "", func(m rowEnd) {
		c := m.context()
		dst, kept, keptLow := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("kept"), c.GP64()), c.Load(c.Param("keptLow"), c.GP64())
		inverse, low := m.given("inverse"), m.given("low")
		rowLoop(m, float64s, func(i reg.Register, rest bool) {
			for p := range parts(m) {
				hi, lo := m.part(partAt(m, kept, i, float64s, p), float64s), m.part(partAt(m, keptLow, i, float64s, p), float64s)
				y := timesInverse(m, hi, lo, inverse, low)
				if at := partAt(m, dst, i, float64s, p); rest {
					m.storeRest(y, at, float64s, p)
				} else {
					m.storePart(y, at, float64s)
				}
			}
		})
		c.VZEROUPPER()
		c.RET()
	}}
}
