package main

import (
	"fmt"
	"go/types"
	"math"
	"strconv"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// avx2 lays down AVX2 and FMA instructions: a register holds 8 float32 or 4 float64.
type avx2 struct {
	memory
	doubtful operand.Op   // elements in doubt so far; nil for none
	within   []operand.Op // the tail's masks, one for each register of a vector

	window reg.GPVirtual // where the masks of a row's rest are

	loaded map[operand.Op]operand.Mem // where registers came from, whole
}

var _ backEnd = (*avx2)(nil)

func newAVX2() *avx2 {
	return &avx2{memory: newMemory(avx2Bytes), loaded: map[operand.Op]operand.Mem{}}
}

const avx2Bytes = 32

func (m *avx2) set() string        { return "AVX2" }
func (m *avx2) registerBytes() int { return avx2Bytes }

func (m *avx2) extensions() []string { return []string{"AVX", "AVX2", "FMA3", "F16C"} }
func (m *avx2) registers() int       { return 16 }

// arrange has nothing to do: a function that needs more registers than there are
// leaves its constants in memory as it is.
func (m *avx2) arrange(*ir.Function) error { return nil }

func (m *avx2) load(from operand.Op) operand.Op {
	r := m.YMM()
	m.VMOVUPS(from, r)
	if memory, is := from.(operand.Mem); is {
		m.loaded[r] = memory
	}
	return r
}

func (m *avx2) store(x operand.Op, to operand.Mem)     { m.VMOVUPS(x, to) }
func (m *avx2) storePast(x operand.Op, to operand.Mem) { m.VMOVNTPS(x, to) }

// tail loads the masks from a table of ones followed by zeros, each as long as a
// vector: it begins as many bytes before the middle as the last elements take.
func (m *avx2) tail(rest reg.GPVirtual, of element, registers int) {
	const words = avx2Bytes / 4
	masks := make([]operand.Constant, 2*registers*words)
	for k := range masks {
		masks[k] = operand.U32(0)
		if k < registers*words {
			masks[k] = operand.U32(1<<32 - 1)
		}
	}
	name := "tailMasks"
	if registers > 1 {
		name += strconv.Itoa(registers)
	}
	window := m.GP64()
	m.LEAQ(m.data(name, masks...), window)
	m.NEGQ(rest)
	m.within = nil
	for r := range registers {
		m.within = append(m.within, m.load(operand.Mem{Base: window, Index: rest, Scale: uint8(of.bytes), Disp: (registers + r) * avx2Bytes}))
	}
}

// loadTail copies the elements to the stack, so that they are loaded again where they
// are used as those of whole vectors are.
func (m *avx2) loadTail(from operand.Mem, register int) operand.Op {
	r, local := m.YMM(), m.AllocLocal(avx2Bytes)
	m.VMASKMOVPS(from, m.within[register], r)
	m.VMOVUPS(r, local)
	return m.load(local)
}

func (m *avx2) storeTail(x operand.Op, to operand.Mem, register int) {
	m.VMASKMOVPS(x, m.within[register], to)
}

func (m *avx2) keep32(x f32) f32 { return f32{m.load(x.Op)} }

func (m *avx2) keep64(x float64) f64 { return f64{m.load(m.const64(x)[0])} }

func (m *avx2) param32() f32  { return m.parameter32("param") }
func (m *avx2) param64() f64  { return m.parameter64("param") }
func (m *avx2) second32() f32 { return m.parameter32("second") }
func (m *avx2) second64() f64 { return m.parameter64("second") }

func (m *avx2) parameter32(name string) f32 {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.YMM()
	m.VBROADCASTSS(p.Addr, r)
	return f32{r}
}

func (m *avx2) parameter64(name string) f64 {
	p, err := m.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.YMM()
	if p.Type.Kind() == types.Float64 {
		m.VBROADCASTSD(p.Addr, r)
	} else {
		m.VCVTPS2PD(m.parameter32(name).Op.(reg.VecVirtual).AsX(), r)
	}
	return f64{r}
}

// instruction is a method of build.Context.
type instruction func(...operand.Op)

func (m *avx2) binary(do instruction, a, b operand.Op) operand.Op {
	r := m.YMM()
	if _, constant := a.(operand.Mem); constant {
		m.VMOVUPS(a, r)
		a = r
	}
	do(b, a, r)
	return r
}

func (m *avx2) add32(a, b f32) f32 { return f32{m.binary(m.VADDPS, a.Op, b.Op)} }
func (m *avx2) sub32(a, b f32) f32 { return f32{m.binary(m.VSUBPS, a.Op, b.Op)} }
func (m *avx2) mul32(a, b f32) f32 { return f32{m.binary(m.VMULPS, a.Op, b.Op)} }
func (m *avx2) div32(a, b f32) f32 { return f32{m.binary(m.VDIVPS, a.Op, b.Op)} }
func (m *avx2) min32(a, b f32) f32 { return f32{m.binary(m.VMINPS, a.Op, b.Op)} }
func (m *avx2) max32(a, b f32) f32 { return f32{m.binary(m.VMAXPS, a.Op, b.Op)} }

// notNegative32 adds -0, which makes a NaN quiet and changes nothing else.
func (m *avx2) notNegative32(zero, x f32) f32 {
	return m.max32(zero, m.add32(x, m.constBits(signBit)))
}

func (m *avx2) and32(a, b f32) f32 { return f32{m.binary(m.VANDPS, a.Op, b.Op)} }
func (m *avx2) or32(a, b f32) f32  { return f32{m.binary(m.VORPS, a.Op, b.Op)} }

// Predicates of VCMPPS and VCMPPD that raise no exception for quiet NaN.
const (
	lessQuiet      = 0x11
	unorderedQuiet = 0x03
	greaterQuiet   = 0x1e
)

func (m *avx2) compare32(predicate uint8, a, b f32) mask {
	r := m.YMM()
	m.VCMPPS(operand.U8(predicate), b.Op, a.Op, r)
	return mask{r}
}

func (m *avx2) less32(a, b f32) mask      { return m.compare32(lessQuiet, a, b) }
func (m *avx2) greater32(a, b f32) mask   { return m.compare32(greaterQuiet, a, b) }
func (m *avx2) unordered32(a, b f32) mask { return m.compare32(unorderedQuiet, a, b) }

func (m *avx2) select32(where mask, yes, no f32) f32 {
	r := m.YMM()
	m.VBLENDVPS(where.Op, yes.Op, no.Op, r)
	return f32{r}
}

func (m *avx2) maskBits(x mask) f32 { return f32(x) }

// top selects the elements of x that are from least to most, as bits: they are moved to
// where they are the largest signed numbers.
func (m *avx2) top(x operand.Op, least, most uint32) mask {
	const largest = 1<<31 - 1
	moved := m.binary(m.VPADDD, x, m.constBits(largest-most).Op)
	m.VPCMPGTD(m.constBits(largest-1-(most-least)).Op, moved, moved)
	return mask{moved}
}

func (m *avx2) tiny32(x f32, below uint32) mask {
	return m.top(m.binary(m.VPADDD, x.Op, x.Op), 2, 2*below-1) // without the sign
}

func (m *avx2) negativeTiny32(x f32, below uint32) mask {
	return m.top(x.Op, 1<<31+1, 1<<31+below-1)
}

func (m *avx2) between32(x f32, least, most float32) mask {
	return m.top(x.Op, math.Float32bits(most), math.Float32bits(least))
}

func (m *avx2) addBits32(a, b f32) f32 { return f32{m.binary(m.VPADDD, a.Op, b.Op)} }
func (m *avx2) subBits32(a, b f32) f32 { return f32{m.binary(m.VPSUBD, a.Op, b.Op)} }

// fused32 lays down a fused operation whose result takes the place of first.
func (m *avx2) fused32(do instruction, third, second, first f32) f32 {
	do(third.Op, second.Op, first.Op)
	return first
}

func (m *avx2) mulAdd32(a, b, c f32) f32 { return m.fused32(m.VFMADD213PS, c, b, a) }
func (m *avx2) addMul32(c, a, b f32) f32 { return m.fused32(m.VFMADD231PS, b, a, c) }
func (m *avx2) subMul32(c, a, b f32) f32 { return m.fused32(m.VFNMADD231PS, b, a, c) }
func (m *avx2) copy32(x f32) f32         { return f32{m.load(x.Op)} }

// negative32 is x itself: a blend looks at nothing but sign bits.
func (m *avx2) negative32(x f32) mask { return mask(x) }

func (m *avx2) sizeUpTo32(x, highest f32) f32 {
	return m.min32(highest, m.and32(x, m.constBits(signBit-1)))
}

func (m *avx2) complement32(x, y, down f32) f32 {
	from := m.YMM()
	m.VPSRAD(operand.U8(31), x.Op, from)
	m.VPANDN(m.const32(1).Op, from, from)
	return m.and32(m.fused32(m.VFNMADD231PS, down, y, f32{from}), m.constBits(signBit-1))
}

func (m *avx2) orSign32(y, x f32) f32 { return m.or32(y, m.and32(x, m.constBits(signBit))) }

func (m *avx2) shiftBits32(x f32, left uint8) f32 {
	r := m.YMM()
	m.VPSLLD(operand.U8(left), x.Op, r)
	return f32{r}
}

func (m *avx2) table4(bits [4]uint32) f32 {
	var values []operand.Constant
	for i := range avx2Bytes / 4 {
		values = append(values, operand.U32(bits[i%len(bits)]))
	}
	return f32{m.data(fmt.Sprintf("table4_%08x_%08x", bits[0], bits[1]), values...)}
}

func (m *avx2) lookup4(table, index f32) f32 {
	r := m.YMM()
	m.VPERMILPS(index.Op, table.Op, r)
	return f32{r}
}

func (m *avx2) widen(x f32) f64 {
	low, high, upper := m.YMM(), m.YMM(), m.XMM()
	if from, whole := m.loaded[x.Op]; whole { // a conversion from memory takes half as many operations
		m.VCVTPS2PD(from, low)
		m.VCVTPS2PD(from.Offset(avx2Bytes/2), high)
		return f64{low, high}
	}
	m.VEXTRACTF128(operand.U8(1), x.Op, upper)
	m.VCVTPS2PD(x.Op.(reg.VecVirtual).AsX(), low)
	m.VCVTPS2PD(upper, high)
	return f64{low, high}
}

func (m *avx2) round(value f64) f32 {
	low, high := value[0], value[1]
	// The low 29 bits of a float64 say how far it is from a tie. They are moved
	// so that the doubtful ones are the least, and inverted: then they are the largest.
	near := m.YMM()
	m.VSHUFPS(operand.U8(0b10_00_10_00), high, low, near)
	m.VPADDD(m.constBits(slack+1<<28).Op, near, near)
	m.VPANDN(m.constBits(1<<29-1).Op, near, near)
	m.VPCMPGTD(m.constBits(1<<29-1-2*slack).Op, near, near)
	m.doubt(mask{near})
	return m.narrow(value)
}

func (m *avx2) roundNormal(y f64, x f32, least, most float32, below uint32) f32 {
	m.doubt(m.between32(x, least, most))
	if below > 0 {
		m.doubt(m.tiny32(x, below))
	}
	return m.round(y)
}

func (m *avx2) narrow(value f64) f32 {
	low, high := value[0], value[1]
	lower, upper, y := m.XMM(), m.XMM(), m.YMM()
	m.VCVTPD2PSY(low, lower)
	m.VCVTPD2PSY(high, upper)
	m.VINSERTF128(operand.U8(1), upper, lower.AsY(), y)
	return f32{y}
}

func (m *avx2) add(a, b f64) f64 { return m.parts(m.VADDPD, a, b) }
func (m *avx2) sub(a, b f64) f64 { return m.parts(m.VSUBPD, a, b) }
func (m *avx2) mul(a, b f64) f64 { return m.parts(m.VMULPD, a, b) }
func (m *avx2) div(a, b f64) f64 { return m.parts(m.VDIVPD, a, b) }

// ratio is a division: two multiplications and a test more would cost more than half of one.
func (m *avx2) ratio(a, b f64) f64 { return m.div(a, b) }

func (m *avx2) ratioUp(a, b f64) f64 { return m.ratio(a, b) }

func (m *avx2) sqrt(a f64) f64 {
	return m.parts(func(ops ...operand.Op) { m.VSQRTPD(ops[0], ops[2]) }, a, a)
}
func (m *avx2) min(a, b f64) f64 { return m.parts(m.VMINPD, a, b) }
func (m *avx2) max(a, b f64) f64 { return m.parts(m.VMAXPD, a, b) }

func (m *avx2) notNegative(zero, x f64) f64 {
	return m.max(zero, m.add(x, m.constBits64(1<<63)))
}

func (m *avx2) and(a, b f64) f64 { return m.parts(m.VANDPD, a, b) }
func (m *avx2) or(a, b f64) f64  { return m.parts(m.VORPD, a, b) }

func (m *avx2) xor(a, b f64) f64 { return m.parts(m.VXORPD, a, b) }

func (m *avx2) parts(do instruction, a, b f64) f64 {
	r := make(f64, max(len(a), len(b)))
	for i := range r {
		r[i] = m.binary(do, a.part(i), b.part(i))
	}
	return r
}

func (m *avx2) compare(predicate uint8, a, b f64) mask64 {
	return mask64(m.parts(func(ops ...operand.Op) { m.VCMPPD(operand.U8(predicate), ops[0], ops[1], ops[2]) }, a, b))
}

func (m *avx2) less(a, b f64) mask64      { return m.compare(lessQuiet, a, b) }
func (m *avx2) greater(a, b f64) mask64   { return m.compare(greaterQuiet, a, b) }
func (m *avx2) unordered(a, b f64) mask64 { return m.compare(unorderedQuiet, a, b) }

func (m *avx2) choose(where mask64, yes, no f64) f64 {
	r := make(f64, len(where))
	for i := range r {
		r[i] = m.YMM()
		m.VBLENDVPD(where[i], yes.part(i), no.part(i), r[i])
	}
	return r
}

func (m *avx2) bits(x mask64) f64 { return f64(x) }

func (m *avx2) copy(x f64) f64 {
	r := make(f64, len(x))
	for i := range r {
		r[i] = m.load(x[i])
	}
	return r
}

func (m *avx2) again(x f64) f64 {
	y := make(f64, len(x))
	for i := range y {
		y[i] = m.loaded[x[i]]
	}
	return y
}

// fused lays down a fused operation whose result takes the place of first.
func (m *avx2) fused(do instruction, third, second, first f64) f64 {
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

func (m *avx2) mulAdd(a, b, c f64) f64    { return m.fused(m.VFMADD213PD, c, b, a) }
func (m *avx2) addMul(c, a, b f64) f64    { return m.fused(m.VFMADD231PD, b, a, c) }
func (m *avx2) subMul(c, a, b f64) f64    { return m.fused(m.VFNMADD231PD, b, a, c) }
func (m *avx2) mulSub(a, b, c f64) f64    { return m.fused(m.VFMSUB231PD, b, a, c) }
func (m *avx2) negMulSub(a, b, c f64) f64 { return m.fused(m.VFNMSUB231PD, b, a, c) }

// split leaves the integer in the low bits of n.
func (m *avx2) split(x f64, factor float64) (n, r f64, unit float64) {
	n = m.addMul(m.const64(shift), x, m.const64(factor/math.Ln2))
	return n, m.subMul(m.copy(x), m.sub(n, m.const64(shift)), m.const64(math.Ln2/factor)), factor
}

func (m *avx2) splitSigned(x f64, factor float64) (n, r f64, unit float64) {
	return m.split(x, factor)
}

func (m *avx2) limit(do func(a, b f64) f64, bound, x f64) f64 { return do(bound, x) }

func (m *avx2) scale(x, n f64) f64 {
	r := make(f64, len(n))
	for i := range r {
		r[i] = m.YMM()
		m.VPSLLQ(operand.U8(52), n[i], r[i])
		m.VPADDQ(x.part(i), r[i], r[i])
	}
	return r
}

// table is two registers, of the upper and the lower halves, or one if the lower
// halves are 0.
func (m *avx2) table(name string, bits [8]uint64) table {
	var upper, lower []operand.Constant
	hasLower := false
	for _, u := range bits {
		upper, lower = append(upper, operand.U32(u>>32)), append(lower, operand.U32(u))
		hasLower = hasLower || uint32(u) != 0
	}
	t := table{m.load(m.data(name+"Upper", upper...))}
	if hasLower {
		t = append(t, m.load(m.data(name+"Lower", lower...)))
	}
	return t
}

func (m *avx2) lookup(t table, n f64) f64 {
	y := make(f64, len(n))
	for i := range y {
		upper := m.YMM()
		if len(t) == 1 {
			m.VPERMD(t[0], n[i], upper)
			m.VPSLLQ(operand.U8(32), upper, upper)
			y[i] = upper
			continue
		}
		index, lower := m.YMM(), m.YMM()
		m.VPSHUFD(operand.U8(0b10_10_00_00), n[i], index)
		m.VPERMD(t[0], index, upper)
		m.VPERMD(t[1], index, lower)
		m.VPBLENDD(operand.U8(0b10101010), upper, lower, lower)
		y[i] = lower
	}
	return y
}

func (m *avx2) addEighths(x, n f64) f64 {
	y := make(f64, len(n))
	for i := range y {
		scale := m.YMM()
		m.VPSLLQ(operand.U8(49), n[i], scale)
		m.VPADDQ(scale, x[i], x[i])
		y[i] = x[i]
	}
	return y
}

func (m *avx2) doubt(where mask) {
	if m.doubtful == nil {
		m.doubtful = where.Op
		return
	}
	m.VORPS(where.Op, m.doubtful, m.doubtful)
}

func (m *avx2) doubt64(where mask64) {
	for _, part := range where {
		m.doubt(mask{part})
	}
}

func (m *avx2) certain()       { m.doubtful = nil }
func (m *avx2) anyDoubt() bool { return m.doubtful != nil }

func (m *avx2) leaveInDoubt(to operand.LabelRef) {
	bits := m.GP32()
	m.VMOVMSKPS(m.doubtful, bits)
	m.TESTL(bits, bits)
	m.JNE(to)
}
