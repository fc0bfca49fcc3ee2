package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// generateHalves writes the conversions' files.
func generateHalves() {
	m := newAVX2()
	m.ConstraintExpr("amd64,!purego")
	m.halves()
	write("half_amd64.go", formatted(laid(m, "half_amd64.s").Bytes()))
}

// halves lays down the conversions between float32 and the 16-bit formats, for whole
// vectors: their tails are computed in Go, by the portable twins.
func (m *avx2) halves() {
	m.conversion("float16ToFloat32", "float32", "uint16", "widens binary16, NaN made quiet", func(dst, src operand.Mem) {
		x := m.YMM()
		m.VCVTPH2PS(src, x)
		m.VMOVUPS(x, dst)
	})
	m.conversion("bfloat16ToFloat32", "float32", "uint16", "widens bfloat16, NaN made quiet", func(dst, src operand.Mem) {
		x := m.YMM()
		m.VPMOVZXWD(src, x)
		m.VPSLLD(operand.U8(16), x, x)
		m.VADDPS(m.constBits(signBit).Op, x, x) // adding -0 makes a NaN quiet and changes nothing else
		m.VMOVUPS(x, dst)
	})
	m.narrowing("float32ToFloat16", "binary16", 13, func(dst operand.Mem, x f32) f32 {
		half := m.XMM()
		m.VCVTPS2PH(operand.U8(0), x.Op, half) // to nearest even, whatever MXCSR says
		m.VMOVDQU(half, dst)
		// Below the smallest normal number ties are as far apart as in its binade.
		smallest := m.const32(0x1p-14)
		magnitude := m.and32(x, m.constBits(1<<31-1))
		return m.add32(magnitude, m.and32(m.maskBits(m.less32(magnitude, smallest)), smallest))
	})
	m.narrowing("float32ToBFloat16", "bfloat16", 16, func(dst operand.Mem, x f32) f32 {
		high, even, upper := m.YMM(), m.YMM(), m.XMM()
		m.VPSRLD(operand.U8(16), x.Op, high)
		m.VPAND(m.constBits(1).Op, high, even)
		m.VPADDD(m.constBits(0x7fff).Op, even, even)
		m.VPADDD(x.Op, even, even)
		m.VPSRLD(operand.U8(16), even, even)
		m.VPOR(m.constBits(0x40).Op, high, high)
		rounded := m.select32(m.unordered32(x, x), f32{high}, f32{even}).Op.(reg.VecVirtual)
		m.VEXTRACTI128(operand.U8(1), rounded, upper)
		m.VPACKUSDW(upper, rounded.AsX(), upper)
		m.VMOVDQU(upper, dst)
		return x
	})
	m.conversion("float64ToOddFloat32", "float32", "float64", "rounds to odd: an inexact result gets an odd last bit", func(dst, src operand.Mem) {
		var packed [2]reg.VecVirtual // 8 elements of dst
		for i := range packed {
			x, back, y := m.YMM(), m.YMM(), m.XMM()
			m.VMOVUPD(src.Offset(32*i), x)
			m.VCVTPD2PSY(x, y)
			m.VCVTPS2PD(y, back)
			magnitude := m.constBits64(1<<63 - 1)[0]
			m.VANDPD(magnitude, x, x)
			m.VANDPD(magnitude, back, back)
			// -1 where the magnitude was rounded up, less -1 where it was rounded down.
			below, above := m.YMM(), m.YMM()
			m.VCMPPD(operand.U8(lessQuiet), back, x, below)
			m.VCMPPD(operand.U8(greaterQuiet), back, x, above)
			m.VPSUBQ(above, below, below)
			step, upper := below.AsX(), m.XMM()
			m.VEXTRACTF128(operand.U8(1), below, upper)
			m.VSHUFPS(operand.U8(0b10_00_10_00), upper, step, step)
			// Only where the last bit is even.
			odd := m.XMM()
			m.VPSLLD(operand.U8(31), y, odd)
			m.VPSRAD(operand.U8(31), odd, odd)
			m.VPANDN(step, odd, step)
			m.VPADDD(step, y, y)
			packed[i] = y
		}
		m.VMOVUPS(packed[0], dst)
		m.VMOVUPS(packed[1], dst.Offset(16))
	})
}

// conversion lays down the function nameAVX2(dst *to, src *from, n int).
func (m *avx2) conversion(name, to, from, doc string, vector func(dst, src operand.Mem)) {
	m.elements(name, to, from, "", doc, func() func(dst, src operand.Mem) { return vector }, func() {})
}

// narrowing lays down a conversion from float32 that also reports whether an element
// lies within one float32 of a tie, the middle between two numbers of the narrow
// format. vector stores the converted elements and returns numbers whose last shift bits
// say where they lie between two of the narrow ones.
func (m *avx2) narrowing(name, format string, shift uint8, vector func(dst operand.Mem, x f32) f32) {
	var some reg.VecVirtual
	setup := func() func(dst, src operand.Mem) {
		some = m.YMM()
		m.VPXOR(some, some, some)
		// Counted from the float32 below the tie, the three are 0, 1 and 2 in the
		// bits shifted to the top. They are moved to be the largest signed numbers.
		up := 32 - shift
		first, three := uint32(1<<(shift-1)-1)<<up, uint32(3)<<up
		offset := m.keep32(m.constBits(1<<31 - three - first)).Op
		limit := m.constBits(1<<31 - three - 1)
		return func(dst, src operand.Mem) {
			place := vector(dst, f32{m.load(src)}).Op
			near := m.YMM()
			m.VPSLLD(operand.U8(up), place, near)
			m.VPADDD(offset, near, near)
			m.VPCMPGTD(limit.Op, near, near)
			m.VPOR(near, some, some)
		}
	}
	m.elements(name, "uint16", "float32", " (near int)",
		"rounds to "+format+" and returns 0 if no element lies within one float32 of a tie", setup,
		func() {
			bits := m.GP64()
			m.XORQ(bits, bits)
			m.VMOVMSKPS(some, bits.As32())
			m.Store(bits, m.Return("near"))
		})
}

// halfLanes is the number of elements of a vector, a register of float32.
const halfLanes = avx2Bytes / 4

// elements lays down a loop over vectors of halfLanes elements.
func (m *avx2) elements(name, to, from, result, doc string, setup func() func(dst, src operand.Mem), finish func()) {
	size := map[string]uint8{"uint16": 2, "float32": 4, "float64": 8}
	name += "AVX2"
	m.Function(name)
	m.Doc(name + " " + doc + ". n is a multiple of 8.")
	m.Pragma("noescape")
	m.SignatureExpr("func(dst *" + to + ", src *" + from + ", n int)" + result)
	dst, src := m.Load(m.Param("dst"), m.GP64()), m.Load(m.Param("src"), m.GP64())
	n := m.Load(m.Param("n"), m.GP64())
	vector := setup()
	i := m.GP64()
	m.XORQ(i, i)
	m.Label("vector")
	m.CMPQ(i, n)
	m.JAE(operand.LabelRef("stop"))
	vector(operand.Mem{Base: dst, Index: i, Scale: size[to]}, operand.Mem{Base: src, Index: i, Scale: size[from]})
	m.ADDQ(operand.Imm(halfLanes), i)
	m.JMP(operand.LabelRef("vector"))
	m.Label("stop")
	finish()
	m.VZEROUPPER()
	m.RET()
}
