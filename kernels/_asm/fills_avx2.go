package main

import (
	"go/types"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var _ fillEnd = (*avx2)(nil)

// spread fills memory, for want of registers.
func (m *avx2) spread(name string) operand.Op {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.YMM()
	if p.Type.Kind() == types.Float64 {
		m.VBROADCASTSD(p.Addr, r)
	} else {
		m.VBROADCASTSS(p.Addr, r)
	}
	to := m.AllocLocal(avx2Bytes)
	m.VMOVUPS(r, to)
	return to
}

func (m *avx2) shifted(do func(ops ...operand.Op), count uint8, x vector) vector {
	return mapped(x, func(x operand.Op) operand.Op { r := m.YMM(); do(operand.U8(count), x, r); return r })
}

func (m *avx2) with(do func(ops ...operand.Op), x vector, by operand.Op) vector {
	return mapped(x, func(x operand.Op) operand.Op { r := m.YMM(); do(by, x, r); return r })
}

func (m *avx2) groupsAtOnce() int { return 2 }

// philox is that of AVX-512, with the sums spread in memory.
func (m *avx2) philox() func(groups int) vector {
	const lanes = avx2Bytes / 8
	var products []operand.Constant
	for lane := range uint64(lanes) {
		products = append(products, operand.U64((lane/2+lane%2*lanes/2)*philoxM0))
	}
	next, lowest := m.YMM(), m.XMM()
	frame := m.AllocLocal(philoxSums * avx2Bytes)
	sum := func(i int) operand.Mem { return frame.Offset(avx2Bytes * i) }
	product := sums(m.Context, func(i int, s reg.GPVirtual) {
		x := m.XMM()
		m.VMOVD(s.As32(), x)
		m.VPBROADCASTD(x, x.AsY())
		m.VMOVDQU(x.AsY(), sum(i))
	})
	m.VMOVQ(product, lowest)
	m.VPBROADCASTQ(lowest, next)
	m.VPADDQ(m.data("philox_lanes", products...), next, next)
	m0, m1 := m.constBits64(philoxM0)[0], m.constBits64(philoxM1)[0]
	low := m.constBits64(1<<32 - 1)[0]

	return func(groups int) vector {
		times := func(c vector, by operand.Op) vector { return m.with(m.VPMULUDQ, c, by) }
		high := func(p vector) vector { return m.shifted(m.VPSRLQ, 32, p) }
		into := func(x vector, by func(g int) operand.Op) {
			for g := range x {
				m.VPXOR(by(g), x[g], x[g])
			}
		}
		add := func(x vector, i int) { into(x, func(int) operand.Op { return sum(i) }) }
		xor := func(x, y vector, i int) {
			into(x, func(g int) operand.Op { return y[g] })
			add(x, i)
		}
		var p0 vector
		for g := range groups {
			r := m.YMM()
			if g == 0 {
				m.VMOVDQA(next, r)
			} else {
				m.VPADDQ(m.constBits64(uint64(g*lanes) * philoxM0)[0], next, r)
			}
			p0 = append(p0, r)
		}
		m.VPADDQ(m.constBits64(uint64(groups*lanes) * philoxM0)[0], next, next)
		c2 := high(p0)
		add(c2, 0)
		p1 := times(c2, m1)
		c0, c1 := high(p1), p1
		add(c0, 1)
		c2 = m.with(func(ops ...operand.Op) { m.VPXOR(ops[0], ops[1], ops[2]) }, p0, sum(2))
		p0, p1 = times(c0, m0), times(c2, m1)
		c0, c2 = high(p1), high(p0)
		xor(c0, c1, 3)
		add(c2, 4)
		for i := 5; i < philoxSums-2; i += 2 {
			var c3 vector
			c1, c3 = p1, p0
			p0, p1 = times(c0, m0), times(c2, m1)
			c0, c2 = high(p1), high(p0)
			xor(c0, c1, i)
			xor(c2, c3, i+1)
		}
		c1, c3 := p1, p0
		p0, p1 = times(c0, m0), times(c2, m1)
		// turn exchanges the halves and adds to the lower ones.
		turn := func(p, c vector, i int) vector {
			add(c, i)
			for g := range c {
				m.VPAND(low, c[g], c[g])
			}
			r := m.shifted(m.VPSHUFD, 0b10_11_00_01, p)
			into(r, func(g int) operand.Op { return c[g] })
			return r
		}
		w01, w23 := turn(p1, c1, philoxSums-2), turn(p0, c3, philoxSums-1)
		var words vector
		for g := range groups {
			first, second := m.YMM(), m.YMM()
			m.VPUNPCKLQDQ(w23[g], w01[g], first)
			m.VPUNPCKHQDQ(w23[g], w01[g], second)
			words = append(words, first, second)
		}
		return words
	}
}

// uniform32 converts the halves of words, which are exact, and joins them in one rounding.
func (m *avx2) uniform32(lo, step, last operand.Op) func(words vector) vector {
	return func(words vector) vector {
		step := m.load(step)
		return mapped(words, func(w operand.Op) operand.Op {
			upper, x := m.YMM(), m.YMM()
			m.VPSRLD(operand.U8(16), w, upper)
			m.VCVTDQ2PS(upper, upper)
			m.VPAND(m.constBits(1<<16-1).Op, w, x)
			m.VCVTDQ2PS(x, x)
			m.VFMADD231PS(m.const32(1<<16).Op, upper, x)
			m.VFMADD213PS(lo, step, x)
			m.VMINPS(last, x, x)
			return x
		})
	}
}

// uniform64 makes the halves of words parts of numbers whose exponent is fixed, and joins them in one rounding.
func (m *avx2) uniform64(lo, step, last operand.Op) func(words vector) vector {
	const lower, upper = 0x1p52, 0x1p84
	return func(words vector) vector {
		step := m.load(step)
		return mapped(words, func(w operand.Op) operand.Op {
			high, x := m.YMM(), m.YMM()
			m.VPSRLQ(operand.U8(32), w, high)
			m.VPOR(m.const64(upper)[0], high, high)
			m.VSUBPD(m.const64(upper + lower)[0], high, high)
			m.VPBLENDD(operand.U8(0b10101010), m.const64(lower)[0], w, x)
			m.VADDPD(high, x, x)
			m.VFMADD213PD(lo, step, x)
			m.VMINPD(last, x, x)
			return x
		})
	}
}

func (m *avx2) among32(last operand.Op) func(words vector) vector {
	return func(words vector) vector {
		return mapped(words, func(w operand.Op) operand.Op {
			x := m.YMM()
			m.VPMINUD(last, w, x)
			m.VPCMPEQD(w, x, x)
			m.VPAND(m.const32(1).Op, x, x)
			return x
		})
	}
}

func (m *avx2) normalAtOnce() int { return 1 }

// normal follows normalQuantile32 of package kernels. A conversion rounds to the nearest: where that was up,
// one below it is n+1/2 cut to 24 bits. Rows are read whole and transposed: gathers and
// permutations of four registers for each coefficient take longer.
func (m *avx2) normal(table reg.Register) func(words vector) vector {
	const lanes = avx2Bytes / 4
	frame, mean, std := m.AllocLocal(avx2Bytes), m.spread("mean"), m.spread("std")
	return func(words vector) vector {
		return mapped(words, func(w operand.Op) operand.Op {
			n, p, back := m.YMM(), m.YMM(), m.YMM()
			m.VPSRAD(operand.U8(31), w, n)
			m.VPXOR(w, n, n)
			m.VCVTDQ2PS(n, p)
			m.VADDPS(m.const32(.5).Op, p, p)
			m.VCVTTPS2DQ(p, back)
			m.VPSUBD(back, n, n)
			m.VPSRAD(operand.U8(31), n, n)
			m.VPADDD(n, p, p)

			row, twice := m.YMM(), m.YMM() // 48 bytes long
			m.VPSRLD(operand.U8(23), p, row)
			m.VPAND(m.constBits(31).Op, row, row)
			m.VPADDD(row, row, twice)
			m.VPADDD(twice, row, row)
			m.VPSLLD(operand.U8(4), row, row)
			m.VMOVDQU(row, frame)
			// four transposes four coefficients of all elements.
			four := func(first int) (c [4]operand.Op) {
				var rows [4]reg.VecVirtual
				for e := range rows {
					rows[e] = m.YMM()
					place := func(e int) operand.Mem {
						at := m.GP64()
						m.MOVLQZX(frame.Offset(4*e), at)
						return operand.Mem{Base: table, Index: at, Scale: 1, Disp: 4 * first}
					}
					m.VBROADCASTF128(place(e), rows[e])
					m.VINSERTF128(operand.U8(1), place(e+lanes/2), rows[e], rows[e])
				}
				var pairs [4]operand.Op
				for i := range pairs {
					pairs[i] = m.YMM()
				}
				m.VUNPCKLPS(rows[1], rows[0], pairs[0])
				m.VUNPCKHPS(rows[1], rows[0], pairs[1])
				m.VUNPCKLPS(rows[3], rows[2], pairs[2])
				m.VUNPCKHPS(rows[3], rows[2], pairs[3])
				for i := range c {
					c[i] = m.YMM()
				}
				m.VUNPCKLPD(pairs[2], pairs[0], c[0])
				m.VUNPCKHPD(pairs[2], pairs[0], c[1])
				m.VUNPCKLPD(pairs[3], pairs[1], c[2])
				m.VUNPCKHPD(pairs[3], pairs[1], c[3])
				return c
			}
			first := four(atCentre)
			t := m.YMM()
			m.VANDPS(m.constBits(1<<23-1).Op, p, t)
			m.VORPS(m.const32(1).Op, t, t)
			m.VSUBPS(first[0], t, t)
			ends := four(rowLength - 4)
			z := ends[2]
			m.VFMADD213PS(ends[1], t, z)
			m.VFMADD213PS(ends[0], t, z)
			middle := four(4)
			for i := 3; i >= 0; i-- {
				m.VFMADD213PS(middle[i], t, z)
			}
			for i := 3; i >= 1; i-- {
				m.VFMADD213PS(first[i], t, z)
			}
			m.VFMADD231PS(ends[3], t, z)
			sign := m.YMM()
			m.VPANDN(m.constBits(signBit).Op, w, sign)
			m.VORPS(sign, z, z)
			m.VFMADD213PS(mean, m.load(std), z)
			return z
		})
	}
}

func (m *avx2) restrict(first, count operand.Op) func(words vector) vector {
	return func(words vector) vector {
		return mapped(words, func(w operand.Op) operand.Op {
			odds, evens, y := m.YMM(), m.YMM(), m.YMM()
			m.VPSRLQ(operand.U8(32), w, odds)
			m.VPMULUDQ(count, odds, odds)
			m.VPMULUDQ(count, w, evens)
			m.VPSRLQ(operand.U8(32), evens, evens)
			m.VPBLENDD(operand.U8(0b10101010), odds, evens, y)
			m.VPADDD(first, y, y)
			return y
		})
	}
}

func (m *avx2) clampTo(lo, hi operand.Op) func(x vector) vector {
	return func(x vector) vector {
		return mapped(x, func(x operand.Op) operand.Op {
			r := m.YMM()
			m.VMAXPS(lo, x, r)
			m.VMINPS(hi, r, r)
			return r
		})
	}
}
