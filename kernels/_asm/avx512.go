package main

import (
	"fmt"
	"go/types"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

// avx512 lays down AVX-512 instructions, F, DQ, BW and VL: a register holds 16
// float32 or 8 float64, and a mask has a bit for each.
type avx512 struct {
	memory
	doubtful []operand.Op // masks of elements in doubt so far
	within   []operand.Op // the tail's masks, one for each register of a vector
	tailOf   element      // what they select

	shared operand.Op // the doubt of a division that two registers share, or nil

	loaded map[operand.Op]operand.Mem // where registers of elements came from
}

var _ backEnd = (*avx512)(nil)

func newAVX512() *avx512 {
	return &avx512{memory: newMemory(0), loaded: map[operand.Op]operand.Mem{}}
}

const avx512Bytes = 64

func (m *avx512) set() string        { return "AVX512" }
func (m *avx512) registerBytes() int { return avx512Bytes }

func (m *avx512) extensions() []string {
	return []string{"AVX", "AVX2", "AVX512F", "AVX512DQ", "AVX512BW", "AVX512VL"}
}

func (m *avx512) registers() int { return 32 }

func (m *avx512) arrange(f *ir.Function) error { return m.placeConstants(f) }

func (m *avx512) load(from operand.Op) operand.Op {
	r := m.ZMM()
	m.VMOVUPS(from, r)
	if elements, is := from.(operand.Mem); is && elementBytes(elements) == 0 {
		m.loaded[r] = elements
	}
	return r
}

func (m *avx512) store(x operand.Op, to operand.Mem)     { m.VMOVUPS(x, to) }
func (m *avx512) storePast(x operand.Op, to operand.Mem) { m.VMOVNTPS(x, to) }

// tail makes rest ones and deals them out to the registers from the first on. A
// load or a store touches no memory where its mask has none.
func (m *avx512) tail(rest reg.GPVirtual, of element, registers int) {
	lanes := avx512Bytes / of.bytes
	if registers*lanes > 64 {
		panic("a vector has more elements than a register of ones has bits")
	}
	// 64 ones less 64-rest of them: a shift takes its count modulo 64.
	m.MOVQ(rest, reg.RCX)
	m.NEGQ(reg.RCX)
	m.MOVQ(operand.I32(-1), rest)
	m.SHRQ(reg.CL, rest)
	m.tailOf, m.within = of, nil
	for r := range registers {
		k := m.K()
		m.KMOVW(rest.As32(), k)
		m.within = append(m.within, k)
		if r < registers-1 {
			m.SHRQ(operand.U8(lanes), rest)
		}
	}
}

func (m *avx512) loadTail(from operand.Mem, register int) operand.Op {
	r := m.ZMM()
	if m.tailOf == float32s {
		m.VMOVUPS_Z(from, m.within[register], r)
	} else {
		m.VMOVUPD_Z(from, m.within[register], r)
	}
	return r
}

func (m *avx512) storeTail(x operand.Op, to operand.Mem, register int) {
	if m.tailOf == float32s {
		m.VMOVUPS(x, m.within[register], to)
	} else {
		m.VMOVUPD(x, m.within[register], to)
	}
}

func (m *avx512) keep32(x f32) f32 { return f32{m.load(x.Op)} }

func (m *avx512) keep64(x float64) f64 { return f64{m.load(m.const64(x)[0])} }

func (m *avx512) param32() f32  { return m.parameter32("param") }
func (m *avx512) param64() f64  { return m.parameter64("param") }
func (m *avx512) second32() f32 { return m.parameter32("second") }
func (m *avx512) second64() f64 { return m.parameter64("second") }

func (m *avx512) parameter32(name string) f32 {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.ZMM()
	m.VBROADCASTSS(p.Addr, r)
	return f32{r}
}

func (m *avx512) parameter64(name string) f64 {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.ZMM()
	if p.Type.Kind() == types.Float64 {
		m.VBROADCASTSD(p.Addr, r)
	} else {
		m.VCVTPS2PD(m.parameter32(name).Op.(reg.VecVirtual).AsY(), r)
	}
	return f64{r}
}

func (m *avx512) binary(do instruction, a, b operand.Op) operand.Op {
	if _, constant := a.(operand.Mem); constant {
		a = m.load(a)
	}
	r := m.ZMM()
	do(b, a, r)
	return r
}

func (m *avx512) add32(a, b f32) f32 { return f32{m.binary(m.VADDPS, a.Op, b.Op)} }
func (m *avx512) sub32(a, b f32) f32 { return f32{m.binary(m.VSUBPS, a.Op, b.Op)} }
func (m *avx512) mul32(a, b f32) f32 { return f32{m.binary(m.VMULPS, a.Op, b.Op)} }
func (m *avx512) div32(a, b f32) f32 { return f32{m.binary(m.VDIVPS, a.Op, b.Op)} }
func (m *avx512) min32(a, b f32) f32 { return f32{m.binary(m.VMINPS, a.Op, b.Op)} }
func (m *avx512) max32(a, b f32) f32 { return f32{m.binary(m.VMAXPS, a.Op, b.Op)} }
func (m *avx512) and32(a, b f32) f32 { return f32{m.binary(m.VANDPS, a.Op, b.Op)} }
func (m *avx512) or32(a, b f32) f32  { return f32{m.binary(m.VORPS, a.Op, b.Op)} }

func (m *avx512) addBits32(a, b f32) f32 { return f32{m.binary(m.VPADDD, a.Op, b.Op)} }
func (m *avx512) subBits32(a, b f32) f32 { return f32{m.binary(m.VPSUBD, a.Op, b.Op)} }

// fused32 lays down a fused operation whose result takes the place of first.
func (m *avx512) fused32(do instruction, third, second, first f32) f32 {
	do(third.Op, second.Op, first.Op)
	return first
}

func (m *avx512) mulAdd32(a, b, c f32) f32 { return m.fused32(m.VFMADD213PS, c, b, a) }
func (m *avx512) addMul32(c, a, b f32) f32 { return m.fused32(m.VFMADD231PS, b, a, c) }
func (m *avx512) subMul32(c, a, b f32) f32 { return m.fused32(m.VFNMADD231PS, b, a, c) }
func (m *avx512) copy32(x f32) f32         { return f32{m.load(x.Op)} }

func (m *avx512) negative32(x f32) mask {
	k := m.K()
	m.VPMOVD2M(x.Op, k)
	return mask{k}
}

func (m *avx512) sizeUpTo32(x, highest f32) f32 {
	const smallerSize, positive = 0b10, 0b10 << 2
	r := m.ZMM()
	m.VRANGEPS(operand.U8(smallerSize|positive), highest.Op, x.Op, r)
	return f32{r}
}

// What VFIXUPIMMPS and VFIXUPIMMPD put in the place of an element.
const (
	itself  = 0x0
	quieted = 0x2 // a NaN
	asZero  = 0x8
	asOne   = 0xa
)

// fixed says what to put in the place of numbers; NaN are made quiet. There is a class for 1 too.
func fixed(zeros, negative, positive uint32) uint32 {
	const quietNaN, otherNaN, zero, one, minusInf, inf, below0, above0 = 0, 4, 8, 12, 16, 20, 24, 28
	return itself<<quietNaN | quieted<<otherNaN | zeros<<zero | positive<<one | negative<<minusInf | positive<<inf | negative<<below0 | positive<<above0
}

// complement32 makes x what y is subtracted from.
func (m *avx512) complement32(x, y, down f32) f32 {
	m.VFIXUPIMMPS(operand.U8(0), m.constBits(fixed(asOne, asZero, asOne)).Op, x.Op, x.Op)
	m.VFNMADD231PS(down.Op, y.Op, x.Op)
	return m.and32(x, m.constBits(signBit-1))
}

func (m *avx512) notNegative32(_, x f32) f32 {
	m.VFIXUPIMMPS(operand.U8(0), m.constBits(fixed(itself, asZero, itself)).Op, x.Op, x.Op)
	return x
}

// notNegative keeps to two operations: 4096 float64 and their results leave the nearest cache,
// beyond which one less gains nothing.
func (m *avx512) notNegative(zero, x f64) f64 {
	return m.max(zero, m.add(x, m.constBits64(1<<63)))
}

func (m *avx512) orSign32(y, x f32) f32 {
	const orAnd = 0xf8 // the first operand or the and of the others
	m.VPTERNLOGD(operand.U8(orAnd), m.constBits(signBit).Op, x.Op, y.Op)
	return y
}

func (m *avx512) shiftBits32(x f32, left uint8) f32 {
	r := m.ZMM()
	m.VPSLLD(operand.U8(left), x.Op, r)
	return f32{r}
}

func (m *avx512) table4(bits [4]uint32) f32 {
	var values []operand.Constant
	for i := range avx512Bytes / 4 {
		values = append(values, operand.U32(bits[i%len(bits)]))
	}
	return f32{m.data(fmt.Sprintf("table4_%08x_%08x", bits[0], bits[1]), values...)}
}

func (m *avx512) lookup4(table, index f32) f32 {
	r := m.ZMM()
	m.VPERMILPS(index.Op, table.Op, r)
	return f32{r}
}

// compare lays down a comparison of a and b whose predicate is an operand.
func (m *avx512) compare(do instruction, predicate uint8, a, b operand.Op) operand.Op {
	if _, constant := a.(operand.Mem); constant {
		a = m.load(a)
	}
	k := m.K()
	do(operand.U8(predicate), b, a, k)
	return k
}

func (m *avx512) compare32(predicate uint8, a, b f32) mask {
	return mask{m.compare(m.VCMPPS, predicate, a.Op, b.Op)}
}

func (m *avx512) less32(a, b f32) mask      { return m.compare32(lessQuiet, a, b) }
func (m *avx512) greater32(a, b f32) mask   { return m.compare32(greaterQuiet, a, b) }
func (m *avx512) unordered32(a, b f32) mask { return m.compare32(unorderedQuiet, a, b) }

func (m *avx512) select32(where mask, yes, no f32) f32 {
	return f32{m.blend(x86.VBLENDMPS, where.Op, yes.Op, no.Op)}
}

func (m *avx512) blend(do func(...operand.Op) (*ir.Instruction, error), where, yes, no operand.Op) operand.Op {
	r := m.ZMM()
	m.writes(r)(do(yes, no, where, r))
	return r
}

// writes lays down an instruction that has r for its result only. Avo takes that for an operand
// too in instructions with a mask, as some keep elements of it.
func (m *avx512) writes(r operand.Op) func(*ir.Instruction, error) {
	return func(i *ir.Instruction, err error) {
		if err != nil {
			panic(err)
		}
		i.Inputs = slices.DeleteFunc(i.Inputs, func(o operand.Op) bool { return o == r })
		m.Instruction(i)
	}
}

func (m *avx512) maskBits(x mask) f32 {
	r := m.ZMM()
	m.VPMOVM2D(x.Op, r)
	return f32{r}
}

// atMostUnsigned is a predicate of VPCMPUD.
const atMostUnsigned = 2

// among selects the elements of x that are from least to most, as bits.
func (m *avx512) among(x operand.Op, least, most uint32) mask {
	moved := m.binary(m.VPADDD, x, m.constBits(-least).Op)
	return mask{m.compare(m.VPCMPUD, atMostUnsigned, moved, m.constBits(most-least).Op)}
}

func (m *avx512) tiny32(x f32, below uint32) mask {
	return m.among(m.binary(m.VPADDD, x.Op, x.Op), 2, 2*below-1) // without the sign
}

func (m *avx512) negativeTiny32(x f32, below uint32) mask {
	return m.among(x.Op, 1<<31+1, 1<<31+below-1)
}

func (m *avx512) between32(x f32, least, most float32) mask {
	return m.among(x.Op, math.Float32bits(most), math.Float32bits(least))
}

func (m *avx512) widen(x f32) f64 {
	low, high, upper := m.ZMM(), m.ZMM(), m.YMM()
	if from, loaded := m.loaded[x.Op]; loaded { // a conversion from memory takes fewer operations
		m.VCVTPS2PD(from, low)
		m.VCVTPS2PD(from.Offset(avx512Bytes/2), high)
		return f64{low, high}
	}
	m.VEXTRACTF32X8(operand.U8(1), x.Op, upper)
	m.VCVTPS2PD(x.Op.(reg.VecVirtual).AsY(), low)
	m.VCVTPS2PD(upper, high)
	return f64{low, high}
}

// wideSlack is the power of two above slack, for a test of bits.
const wideSlack = 1 << 14

func (m *avx512) round(value f64) f32 {
	low, high := value[0], value[1]
	// The low 29 bits of a float64 say how far it is from a tie. They are moved so that
	// the doubtful ones are the smallest numbers, those without upper bits.
	near, k := m.ZMM(), m.K()
	m.VSHUFPS(operand.U8(0b10_00_10_00), high, low, near)
	m.VPADDD(m.constBits(wideSlack+1<<28).Op, near, near)
	m.VPTESTNMD(m.constBits(1<<29-2*wideSlack).Op, near, k)
	m.doubt(mask{k})
	return m.narrow(value)
}

// roundNormal looks at the result, in which a NaN shows too.
func (m *avx512) roundNormal(y f64, _ f32, _, _ float32, _ uint32) f32 {
	const nan, subnormal = 0x01 | 0x80, 0x20
	m.doubtful = slices.DeleteFunc(m.doubtful, func(k operand.Op) bool { return k == m.shared })
	result, k := m.round(y), m.K()
	m.VFPCLASSPSZ(operand.U8(nan|subnormal), result.Op, k)
	m.doubt(mask{k})
	return result
}

func (m *avx512) narrow(value f64) f32 {
	low, high := value[0], value[1]
	lower, upper, y := m.YMM(), m.YMM(), m.ZMM()
	m.VCVTPD2PS(low, lower)
	m.VCVTPD2PS(high, upper)
	m.VINSERTF32X8(operand.U8(1), upper, lower.AsZ(), y)
	return f32{y}
}

func (m *avx512) add(a, b f64) f64 { return m.parts(m.VADDPD, a, b) }
func (m *avx512) sub(a, b f64) f64 { return m.parts(m.VSUBPD, a, b) }
func (m *avx512) mul(a, b f64) f64 { return m.parts(m.VMULPD, a, b) }
func (m *avx512) div(a, b f64) f64 { return m.parts(m.VDIVPD, a, b) }

// ratio divides once for two registers, as a division takes the divider 16 cycles on
// Sapphire Rapids: 1/(b0*b1) is a factor of both quotients. A NaN in one register
// spoils the element beside it in the other.
func (m *avx512) ratio(a, b f64) f64 { return m.shareDivision(1, a, b) }

// ratioUp is above a/b, in size, by more than its roundings.
func (m *avx512) ratioUp(a, b f64) f64 { return m.shareDivision(1+0x1p-50, a, b) }

func (m *avx512) shareDivision(numerator float64, a, b f64) f64 {
	if len(b) != 2 {
		panic("a division is shared by two registers")
	}
	inverse := m.div(m.const64(numerator), m.mul(b[:1], b[1:]))
	m.shared = m.unordered(inverse, inverse)[0]
	m.doubt(mask{m.shared})
	return m.mul(m.mul(a, f64{b[1], b[0]}), inverse)
}

func (m *avx512) sqrt(a f64) f64 {
	return m.parts(func(ops ...operand.Op) { m.VSQRTPD(ops[0], ops[2]) }, a, a)
}
func (m *avx512) min(a, b f64) f64 { return m.parts(m.VMINPD, a, b) }
func (m *avx512) max(a, b f64) f64 { return m.parts(m.VMAXPD, a, b) }
func (m *avx512) and(a, b f64) f64 { return m.parts(m.VANDPD, a, b) }
func (m *avx512) or(a, b f64) f64  { return m.parts(m.VORPD, a, b) }
func (m *avx512) xor(a, b f64) f64 { return m.parts(m.VXORPD, a, b) }

func (m *avx512) parts(do instruction, a, b f64) f64 {
	r := make(f64, max(len(a), len(b)))
	for i := range r {
		r[i] = m.binary(do, a.part(i), b.part(i))
	}
	return r
}

func (m *avx512) compare64(predicate uint8, a, b f64) mask64 {
	k := make(mask64, max(len(a), len(b)))
	for i := range k {
		k[i] = m.compare(m.VCMPPD, predicate, a.part(i), b.part(i))
	}
	return k
}

func (m *avx512) less(a, b f64) mask64      { return m.compare64(lessQuiet, a, b) }
func (m *avx512) greater(a, b f64) mask64   { return m.compare64(greaterQuiet, a, b) }
func (m *avx512) unordered(a, b f64) mask64 { return m.compare64(unorderedQuiet, a, b) }

func (m *avx512) choose(where mask64, yes, no f64) f64 {
	r := make(f64, len(where))
	for i := range r {
		r[i] = m.blend(x86.VBLENDMPD, where[i], yes.part(i), no.part(i))
	}
	return r
}

func (m *avx512) bits(x mask64) f64 {
	r := make(f64, len(x))
	for i := range r {
		r[i] = m.ZMM()
		m.VPMOVM2Q(x[i], r[i])
	}
	return r
}

func (m *avx512) copy(x f64) f64 {
	r := make(f64, len(x))
	for i := range r {
		r[i] = m.load(x[i])
	}
	return r
}

// again has registers enough to hold x.
func (m *avx512) again(x f64) f64 { return x }

// fused lays down a fused operation whose result takes the place of first.
func (m *avx512) fused(do instruction, third, second, first f64) f64 {
	r := make(f64, max(len(third), len(second), len(first)))
	for i := range r {
		r[i] = first.part(i)
		if _, constant := r[i].(operand.Mem); constant || len(first) < len(r) {
			r[i] = m.load(r[i])
		}
		do(third.part(i), second.part(i), r[i])
	}
	return r
}

func (m *avx512) mulAdd(a, b, c f64) f64    { return m.fused(m.VFMADD213PD, c, b, a) }
func (m *avx512) addMul(c, a, b f64) f64    { return m.fused(m.VFMADD231PD, b, a, c) }
func (m *avx512) subMul(c, a, b f64) f64    { return m.fused(m.VFNMADD231PD, b, a, c) }
func (m *avx512) mulSub(a, b, c f64) f64    { return m.fused(m.VFMSUB231PD, b, a, c) }
func (m *avx512) negMulSub(a, b, c f64) f64 { return m.fused(m.VFNMSUB231PD, b, a, c) }

// split takes the integer from the logarithm to the base 2.
func (m *avx512) split(x f64, factor float64) (n, r f64, unit float64) {
	t := m.mul(x, m.const64(factor/math.Ln2))
	r = make(f64, len(t))
	for i := range r {
		r[i] = m.ZMM()
		m.VREDUCEPD(operand.U8(0), t[i], r[i])
	}
	return m.sub(t, r), r, math.Ln2
}

func (m *avx512) splitSigned(x f64, factor float64) (n, r f64, unit float64) {
	perUnit := m.const64(factor / math.Ln2)
	n = m.sub(m.addMul(m.const64(shift), x, perUnit), m.const64(shift))
	return n, m.mulSub(x, perUnit, m.copy(n)), math.Ln2
}

// limit has nothing to do: 2^n is 0 or infinite for an n out of range, and r is 0 for infinities.
func (m *avx512) limit(_ func(a, b f64) f64, _, x f64) f64 { return x }

func (m *avx512) scale(x, n f64) f64 {
	r := make(f64, len(n))
	for i := range r {
		c := x.part(i)
		if _, constant := c.(operand.Mem); constant {
			c = m.load(c)
		}
		r[i] = m.ZMM()
		m.VSCALEFPD(n[i], c, r[i])
	}
	return r
}

// table is one register.
func (m *avx512) table(name string, bits [8]uint64) table {
	var values []operand.Constant
	for _, u := range bits {
		values = append(values, operand.U64(u))
	}
	return table{m.load(m.data(name, values...))}
}

func (m *avx512) lookup(t table, n f64) f64 {
	y := make(f64, len(n))
	for i := range y {
		y[i] = m.ZMM()
		m.VPERMPD(t[0], n[i], y[i])
	}
	return y
}

func (m *avx512) addEighths(x, n f64) f64 {
	for i := range x {
		scale := m.ZMM()
		m.VPSLLQ(operand.U8(49), n[i], scale)
		m.VPADDQ(scale, x[i], x[i])
	}
	return x
}

func (m *avx512) doubt(where mask) { m.doubtful = append(m.doubtful, where.Op) }

func (m *avx512) doubt64(where mask64) {
	for _, part := range where {
		m.doubt(mask{part})
	}
}

func (m *avx512) certain()       { m.doubtful, m.shared = nil, nil }
func (m *avx512) anyDoubt() bool { return len(m.doubtful) > 0 }

// leaveInDoubt tests two masks at once, which KORTEST does.
func (m *avx512) leaveInDoubt(to operand.LabelRef) {
	last := len(m.doubtful) - 1
	all := m.doubtful[0]
	for _, more := range m.doubtful[min(1, last):last] {
		both := m.K()
		m.KORW(more, all, both)
		all = both
	}
	m.KORTESTW(m.doubtful[last], all)
	m.JNE(to)
}
