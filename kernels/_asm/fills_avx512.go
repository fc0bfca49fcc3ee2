package main

import (
	"go/types"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var _ fillEnd = (*avx512)(nil)

// xor3 and orNotAnd are tables of VPTERNLOG: a xor b xor c, and a or (not b and c).
const xor3, orNotAnd = 0x96, 0xf2

func (m *avx512) spread(name string) operand.Op {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.ZMM()
	if p.Type.Kind() == types.Float64 {
		m.VBROADCASTSD(p.Addr, r)
	} else {
		m.VBROADCASTSS(p.Addr, r)
	}
	return r
}

func (m *avx512) groupsAtOnce() int { return 4 }

// philox assigns blocks to lanes so that the words of the lower halves of
// lane pairs come first: unpacking leaves them in order.
func (m *avx512) philox() func(groups int) vector {
	const lanes = avx512Bytes / 8
	var products []operand.Constant
	for lane := range uint64(lanes) {
		products = append(products, operand.U64((lane/2+lane%2*lanes/2)*philoxM0))
	}
	next := m.ZMM()
	frame := m.AllocLocal((philoxSums + 1) * 4) // a multiple of 8
	m.VPBROADCASTQ(sums(m.Context, func(i int, sum reg.GPVirtual) { m.MOVL(sum.As32(), frame.Offset(4*i)) }), next)
	m.VPADDQ(m.data("philox_lanes", products...), next, next)
	m0, m1 := m.load(m.constBits64(philoxM0)[0]), m.load(m.constBits64(philoxM1)[0])
	low := m.K() // halves of lanes
	ones := m.GP32()
	m.MOVL(operand.U32(0x5555), ones)
	m.KMOVW(ones, low)
	key := func(i int) operand.Mem { return frame.Offset(4 * i) }

	return func(groups int) vector {
		each := func(do func(g int) operand.Op) (r vector) {
			for g := range groups {
				r = append(r, do(g))
			}
			return r
		}
		times := func(c vector, by operand.Op) vector {
			return each(func(g int) operand.Op { r := m.ZMM(); m.VPMULUDQ(by, c[g], r); return r })
		}
		// highs moves the high halves down: by a shift or by a shuffle, which take different ports.
		shift := func(p vector) vector {
			return each(func(g int) operand.Op { r := m.ZMM(); m.VPSRLQ(operand.U8(32), p[g], r); return r })
		}
		shuffle := func(p vector) vector {
			return each(func(g int) operand.Op { r := m.ZMM(); m.VPSHUFD(operand.U8(0b11_11_01_01), p[g], r); return r })
		}
		xor := func(x vector, k int) vector {
			return each(func(g int) operand.Op { r := m.ZMM(); m.VPXORD_BCST(key(k), x[g], r); return r })
		}
		into := func(x, y vector, k int) {
			each(func(g int) operand.Op { m.VPTERNLOGD_BCST(operand.U8(xor3), key(k), y[g], x[g]); return nil })
		}
		p0 := each(func(g int) operand.Op {
			if g == 0 {
				return m.load(next)
			}
			return m.binary(m.VPADDQ, next, m.constBits64(uint64(g*lanes) * philoxM0)[0])
		})
		m.VPADDQ(m.constBits64(uint64(groups*lanes) * philoxM0)[0], next, next)
		p1 := times(xor(shift(p0), 0), m1)
		c0, c1, c2 := xor(shift(p1), 1), p1, xor(p0, 2)
		p0, p1 = times(c0, m0), times(c2, m1)
		c0 = shift(p1)
		into(c0, c1, 3)
		c2 = xor(shift(p0), 4)
		for k := 5; k < 17; k += 2 {
			var c3 vector
			c1, c3 = p1, p0
			p0, p1 = times(c0, m0), times(c2, m1)
			c0, c2 = shift(p1), shuffle(p0)
			into(c0, c1, k)
			into(c2, c3, k+1)
		}
		c1, c3 := p1, p0
		p0, p1 = times(c0, m0), times(c2, m1)
		turn := func(p, c vector, k int) vector {
			r := each(func(g int) operand.Op { r := m.ZMM(); m.VPRORQ(operand.U8(32), p[g], r); return r })
			each(func(g int) operand.Op {
				m.VPTERNLOGD_BCST(operand.U8(xor3), key(k), c[g], low, r[g])
				return nil
			})
			return r
		}
		w01, w23 := turn(p1, c1, 17), turn(p0, c3, 18)
		var words vector
		for g := range groups {
			first, second := m.ZMM(), m.ZMM()
			m.VPUNPCKLQDQ(w23[g], w01[g], first)
			m.VPUNPCKHQDQ(w23[g], w01[g], second)
			words = append(words, first, second)
		}
		return words
	}
}

// mapped lays one operation down for each of x.
func mapped(x vector, do func(x operand.Op) operand.Op) (y vector) {
	for _, r := range x {
		y = append(y, do(r))
	}
	return y
}

func (m *avx512) uniform32(lo, step, last operand.Op) func(words vector) vector {
	return func(words vector) vector {
		x := mapped(words, func(w operand.Op) operand.Op { r := m.ZMM(); m.VCVTUDQ2PS(w, r); return r })
		mapped(x, func(x operand.Op) operand.Op { m.VFMADD213PS(lo, step, x); return x })
		return mapped(x, func(x operand.Op) operand.Op { return m.binary(m.VMINPS, x, last) })
	}
}

func (m *avx512) uniform64(lo, step, last operand.Op) func(words vector) vector {
	return func(words vector) vector {
		x := mapped(words, func(w operand.Op) operand.Op { r := m.ZMM(); m.VCVTUQQ2PD(w, r); return r })
		mapped(x, func(x operand.Op) operand.Op { m.VFMADD213PD(lo, step, x); return x })
		return mapped(x, func(x operand.Op) operand.Op { return m.binary(m.VMINPD, x, last) })
	}
}

func (m *avx512) among32(last operand.Op) func(words vector) vector {
	one := m.load(m.const32(1).Op)
	return func(words vector) vector {
		return mapped(words, func(w operand.Op) operand.Op {
			r := m.ZMM()
			m.VMOVAPS_Z(one, m.compare(m.VPCMPUD, atMostUnsigned, w, last), r)
			return r
		})
	}
}

func (m *avx512) normalAtOnce() int { return 2 }

// normal follows normalQuantile32 of package kernels. Words are taken for signed integers, which round
// down, and 1/2 is added towards 0: that cuts w+1/2 to 24 bits for both signs. The sign is that of the
// upper half of the words, where z is negative, so it is turned.
func (m *avx512) normal(table reg.Register) func(words vector) vector {
	half, mean, std := m.load(m.const32(.5).Op), m.spread("mean"), m.spread("std")
	const rows = 32
	at := func(coefficient, row int) operand.Mem {
		return operand.Mem{Base: table, Disp: 4 * (coefficient*rows + row)}
	}
	var lower vector
	for i := range atLast {
		lower = append(lower, m.load(at(i, 0)))
	}
	last, slope := m.ZMM(), m.ZMM()
	m.VBROADCASTSS(at(atLast, 0), last)
	m.VBROADCASTSS(at(atSlope, topRow), slope)
	const noSign = 0b01_00 // of VGETMANT: from 1 to 2, without the sign
	return func(words vector) vector {
		p := mapped(words, func(w operand.Op) operand.Op {
			r := m.ZMM()
			m.VCVTDQ2PS_RD_SAE(w, r)
			return r
		})
		mapped(p, func(p operand.Op) operand.Op { m.VADDPS_RZ_SAE(half, p, p); return p })
		octave := mapped(p, func(p operand.Op) operand.Op { r := m.ZMM(); m.VPSRLD(operand.U8(23), p, r); return r })
		lookup := func(i int) vector {
			return mapped(octave, func(index operand.Op) operand.Op {
				r := m.ZMM()
				m.VMOVDQA64(index, r)
				m.VPERMI2PS(at(i, rows/2), lower[i], r)
				return r
			})
		}
		t := mapped(p, func(p operand.Op) operand.Op { r := m.ZMM(); m.VGETMANTPS(operand.U8(noSign), p, r); return r })
		for i, centre := range lookup(atCentre) {
			m.VSUBPS(centre, t[i], t[i])
		}
		z := lookup(atLast - 1)
		for i := range z {
			m.VFMADD231PS(last, t[i], z[i])
		}
		for k := atLast - 2; k >= atFirst; k-- {
			c := lookup(k)
			for i := range z {
				m.VFMADD213PS(c[i], t[i], z[i])
			}
			if k == atFirst {
				for i := range z { // c0 = 0 is the octave below 1/2
					top := m.K()
					m.VPTESTNMD(c[i], c[i], top)
					m.VFMADD231PS(slope, t[i], top, z[i])
				}
			}
		}
		for i := range z {
			m.VPTERNLOGD(operand.U8(orNotAnd), m.constBits(signBit).Op, p[i], z[i])
		}
		for i := range z {
			m.VFMADD213PS(mean, std, z[i])
		}
		return z
	}
}

// restrict multiplies words of even and of odd places apart.
func (m *avx512) restrict(first, count operand.Op) func(words vector) vector {
	even := m.K()
	ones := m.GP32()
	m.MOVL(operand.U32(0x5555), ones)
	m.KMOVW(ones, even)
	return func(words vector) vector {
		odds := mapped(words, func(w operand.Op) operand.Op { r := m.ZMM(); m.VPSRLQ(operand.U8(32), w, r); return r })
		odds = mapped(odds, func(w operand.Op) operand.Op { return m.binary(m.VPMULUDQ, w, count) })
		evens := mapped(words, func(w operand.Op) operand.Op { return m.binary(m.VPMULUDQ, w, count) })
		for i := range odds { // the high halves of the others come down between theirs
			m.VPSHUFD(operand.U8(0b11_11_01_01), evens[i], even, odds[i])
		}
		return mapped(odds, func(y operand.Op) operand.Op { return m.binary(m.VPADDD, y, first) })
	}
}

func (m *avx512) clampTo(lo, hi operand.Op) func(x vector) vector {
	return func(x vector) vector {
		x = mapped(x, func(x operand.Op) operand.Op { return m.binary(m.VMAXPS, x, lo) })
		return mapped(x, func(x operand.Op) operand.Op { return m.binary(m.VMINPS, x, hi) })
	}
}
