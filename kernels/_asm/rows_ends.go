package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

func (m *avx512) given(name string) f64 { return m.parameter64(name) }

func (m *avx512) part(from operand.Mem, of element) f64 {
	r := m.ZMM()
	if of == float32s {
		m.VCVTPS2PD(from, r)
	} else {
		m.VMOVUPD(from, r)
	}
	return f64{r}
}

func (m *avx512) storePart(x f64, to operand.Mem, of element) {
	if of == float32s {
		y := m.YMM()
		m.VCVTPD2PS(x[0], y)
		m.VMOVUPS(y, to)
		return
	}
	m.VMOVUPD(x[0], to)
}

func (m *avx512) rest(n reg.GPVirtual, of element) { m.tail(n, float64s, rowStep/8) }

func (m *avx512) restPart(from operand.Mem, of element, part int, fill f64) f64 {
	r := m.ZMM()
	if of == float32s {
		narrow := m.YMM()
		m.VMOVUPS_Z(from, m.within[part], narrow)
		m.VCVTPS2PD(narrow, r)
	} else {
		m.VMOVUPD_Z(from, m.within[part], r)
	}
	return f64{m.blend(x86.VBLENDMPD, m.within[part], r, fill[0])}
}

func (m *avx512) storeRest(x f64, to operand.Mem, of element, part int) {
	if of == float32s {
		y := m.YMM()
		m.VCVTPD2PS(x[0], y)
		m.VMOVUPS(y, m.within[part], to)
		return
	}
	m.VMOVUPD(x[0], m.within[part], to)
}

func (m *avx512) zero() f64 {
	r := m.ZMM()
	m.VXORPD(r, r, r)
	return f64{r}
}

// notAtLeastQuiet is a predicate as those of avx2.go, true for NaN.
const notAtLeastQuiet = 0x19

func (m *avx512) notAtLeast(a, b f64) mask64 { return m.compare64(notAtLeastQuiet, a, b) }

func (m *avx512) addWhere(sum f64, where mask64, x f64) {
	for i := range sum {
		m.VADDPD(x.part(i), sum[i], where[i], sum[i])
	}
}

func (m *avx512) upperHalf(x f64, lanes int) f64 {
	r, from := m.ZMM(), x[0].(reg.VecVirtual)
	switch lanes {
	case 8:
		m.VEXTRACTF64X4(operand.U8(1), from.AsZ(), r.AsY())
	case 4:
		m.VEXTRACTF128(operand.U8(1), from.AsY(), r.AsX())
	case 2:
		m.VPERMILPD(operand.U8(1), from.AsX(), r.AsX())
	}
	return f64{r}
}

func (m *avx512) largestOf(a, b operand.Op, of element) operand.Op {
	if of == float32s {
		return m.binary(m.VMAXPS, a, b)
	}
	return m.binary(m.VMAXPD, a, b)
}

// lookup16 holds the table in two registers.
func (m *avx512) lookup16(name string, bits [16]uint64) func(n f64) f64 {
	var halves [2]operand.Op
	for h := range halves {
		halves[h] = m.load(m.data(fmt.Sprintf("%s_%d", name, h), constants64(bits[8*h:8*h+8])...))
	}
	return func(n f64) f64 {
		x := m.copy(n)
		m.VPERMI2PD(halves[1], halves[0], x[0])
		return x
	}
}

func (m *avx512) power16(name string, bits [16]uint64) func(n f64) f64 {
	lookup := m.lookup16(name, bits)
	return func(n f64) f64 {
		s, scale := lookup(n), m.ZMM()
		m.VPSLLQ(operand.U8(48), n[0], scale)
		m.VPADDQ(scale, s[0], s[0])
		return s
	}
}

func (m *avx2) given(name string) f64 { return m.parameter64(name) }

func (m *avx2) part(from operand.Mem, of element) f64 {
	r := m.YMM()
	if of == float32s {
		m.VCVTPS2PD(from, r)
	} else {
		m.VMOVUPD(from, r)
	}
	return f64{r}
}

func (m *avx2) storePart(x f64, to operand.Mem, of element) {
	if of == float32s {
		y := m.XMM()
		m.VCVTPD2PSY(x[0], y)
		m.VMOVUPS(y, to)
		return
	}
	m.VMOVUPD(x[0], to)
}

// rest makes window point to a mask for the elements, out of a table of ones followed by zeros.
func (m *avx2) rest(n reg.GPVirtual, of element) {
	words := rowStep * of.bytes / 4
	masks := make([]operand.Constant, 2*words)
	for k := range masks {
		masks[k] = operand.U32(0)
		if k < words {
			masks[k] = operand.U32(1<<32 - 1)
		}
	}
	m.window = m.GP64()
	m.LEAQ(m.data(fmt.Sprintf("restMasks%d", of.bytes), masks...), m.window)
	m.NEGQ(n)
	m.LEAQ(operand.Mem{Base: m.window, Index: n, Scale: uint8(of.bytes), Disp: rowStep * of.bytes}, m.window)
}

// restMask32 and restMask64 select a part's elements, as long as the type has it.
func (m *avx2) restMask32(part int) reg.VecVirtual {
	r := m.XMM()
	m.VMOVUPS(operand.Mem{Base: m.window, Disp: part * avx2Bytes / 2}, r)
	return r
}

func (m *avx2) restMask64(of element, part int) operand.Op {
	r := m.YMM()
	if of == float32s {
		m.VPMOVSXDQ(operand.Mem{Base: m.window, Disp: part * avx2Bytes / 2}, r)
	} else {
		m.VMOVUPS(operand.Mem{Base: m.window, Disp: part * avx2Bytes}, r)
	}
	return r
}

func (m *avx2) restPart(from operand.Mem, of element, part int, fill f64) f64 {
	r := m.YMM()
	if of == float32s {
		narrow := m.XMM()
		m.VMASKMOVPS(from, m.restMask32(part), narrow)
		m.VCVTPS2PD(narrow, r)
	} else {
		m.VMASKMOVPD(from, m.restMask64(of, part), r)
	}
	m.VBLENDVPD(m.restMask64(of, part), r, fill[0], r)
	return f64{r}
}

func (m *avx2) storeRest(x f64, to operand.Mem, of element, part int) {
	if of == float32s {
		y := m.XMM()
		m.VCVTPD2PSY(x[0], y)
		m.VMASKMOVPS(y, m.restMask32(part), to)
		return
	}
	m.VMASKMOVPD(x[0], m.restMask64(of, part), to)
}

func (m *avx2) zero() f64 {
	r := m.YMM()
	m.VXORPD(r, r, r)
	return f64{r}
}

func (m *avx2) notAtLeast(a, b f64) mask64 { return m.compare(notAtLeastQuiet, a, b) }

func (m *avx2) addWhere(sum f64, where mask64, x f64) {
	for i := range sum {
		there := m.binary(m.VANDPD, where[i], x.part(i))
		m.VADDPD(there, sum[i], sum[i])
	}
}

func (m *avx2) upperHalf(x f64, lanes int) f64 {
	r, from := m.YMM(), x[0].(reg.VecVirtual)
	if lanes == 4 {
		m.VEXTRACTF128(operand.U8(1), from.AsY(), r.AsX())
	} else {
		m.VPERMILPD(operand.U8(1), from.AsX(), r.AsX())
	}
	return f64{r}
}

func (m *avx2) largestOf(a, b operand.Op, of element) operand.Op {
	if of == float32s {
		return m.binary(m.VMAXPS, a, b)
	}
	return m.binary(m.VMAXPD, a, b)
}

// lookup16 gathers from memory.
func (m *avx2) lookup16(name string, bits [16]uint64) func(n f64) f64 {
	base := m.GP64()
	m.LEAQ(m.data(name, constants64(bits[:])...), base)
	return func(n f64) f64 {
		index, x := m.YMM(), m.YMM()
		all := m.load(m.constBits64(1<<64 - 1)[0])
		m.VPAND(m.constBits64(15)[0], n[0], index)
		m.VXORPD(x, x, x)
		m.VGATHERQPD(all, operand.Mem{Base: base, Index: index, Scale: 8}, x)
		return f64{x}
	}
}

func (m *avx2) power16(name string, bits [16]uint64) func(n f64) f64 {
	lookup := m.lookup16(name, bits)
	return func(n f64) f64 {
		s, scale := lookup(n), m.YMM()
		m.VPSLLQ(operand.U8(48), n[0], scale)
		m.VPADDQ(scale, s[0], s[0])
		return s
	}
}

func constants64(bits []uint64) (values []operand.Constant) {
	for _, u := range bits {
		values = append(values, operand.U64(u))
	}
	return values
}
