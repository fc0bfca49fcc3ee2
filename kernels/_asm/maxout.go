package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

// generateMaxout writes maxout's files. Its pieces lie side by side in memory, which the
// loop of the element-wise kernels has no place for.
func generateMaxout() {
	narrow, wide := newAVX2(), newAVX512()
	for _, m := range []pieceEnd{narrow, wide} {
		m.context().ConstraintExpr("amd64,!purego")
		maxout(m, true)
		maxout(m, false)
		maxoutGrad(m)
		if m == pieceEnd(narrow) {
			narrow.largestByte()
		}
		name := "maxout_" + strings.ToLower(m.set()) + "_amd64"
		write(name+".go", formatted(laid(m, name+".s").Bytes()))
	}
}

// A pieceEnd is a back end for maxout. Winners are integers in an f32.
type pieceEnd interface {
	backEnd
	zero32() f32
	wins(x, best f32) mask // x above best or NaN, and best no NaN
	equalBits(a, b f32) mask
	replace(y f32, where mask, x f32) // in y's register
	orZero(where mask, x f32) f32     // x there, and 0 elsewhere
	loadBytes(from operand.Mem) f32   // a byte for each element
	storeBytes(x f32, to operand.Mem) // of integers below 256
}

// units is how many elements a register holds.
func units(m backEnd) int { return m.registerBytes() / 4 }

// blocks lays down body for runs of as many whole registers of units as each of sizes says,
// the largest first. n is a multiple of a register's.
func blocks(m backEnd, n, i reg.Register, sizes []int, body func(label string, registers int)) {
	c, lanes := m.context(), units(m)
	next := c.GP64()
	c.XORQ(i, i)
	for k, registers := range sizes {
		label, rest := fmt.Sprintf("units%d", registers*lanes), "stop"
		if k+1 < len(sizes) {
			rest = fmt.Sprintf("units%d", sizes[k+1]*lanes)
		}
		c.Label(label)
		c.LEAQ(operand.Mem{Base: i, Disp: registers * lanes}, next)
		c.CMPQ(next, n)
		c.JA(operand.LabelRef(rest))
		body(label, registers)
		c.ADDQ(operand.U8(registers*lanes), i)
		c.JMP(operand.LabelRef(label))
	}
	c.Label("stop")
}

// maxout lays down the function that finds the largest of k pieces, and which it was.
func maxout(m pieceEnd, winners bool) {
	c := m.context()
	name, signature := "maxoutVectors"+m.set(), "func(dst, src *float32, k, stride, n int)"
	doc := fmt.Sprintf("stores the largest of k pieces of n units, a multiple of %d, stride units apart", units(m))
	if winners {
		name, signature = "maxoutWinners"+m.set(), "func(dst *float32, argmax *uint8, src *float32, k, stride, n int)"
		doc += ", and the number of the piece"
	}
	c.Function(name)
	c.Doc(name + " " + doc + ".")
	c.Pragma("noescape")
	c.SignatureExpr(signature)
	dst, src := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("src"), c.GP64())
	var argmax reg.Register
	if winners {
		argmax = c.Load(c.Param("argmax"), c.GP64())
	}
	k, stride, n := c.Load(c.Param("k"), c.GP64()), c.Load(c.Param("stride"), c.GP64()), c.Load(c.Param("n"), c.GP64())
	c.SHLQ(operand.U8(2), stride)
	i, at, left := c.GP64(), c.GP64(), c.GP64()
	one, minusZero := m.keep32(m.constBits(1)), m.keep32(m.constBits(signBit))
	blocks(m, n, i, []int{4, 1}, func(label string, registers int) {
		best, winner := make([]f32, registers), make([]f32, registers)
		c.LEAQ(operand.Mem{Base: src, Index: i, Scale: 4}, at)
		for v := range registers {
			best[v] = f32{m.load(operand.Mem{Base: at, Disp: v * m.registerBytes()})}
			winner[v] = m.zero32()
		}
		piece := m.zero32()
		c.MOVQ(k, left)
		c.Label(label + "pieces")
		c.DECQ(left)
		c.JE(operand.LabelRef(label + "done"))
		c.ADDQ(stride, at)
		c.VPADDD(one.Op, piece.Op, piece.Op)
		for v := range registers {
			x := f32{m.load(operand.Mem{Base: at, Disp: v * m.registerBytes()})}
			wins := m.wins(x, best[v])
			m.replace(best[v], wins, x)
			m.replace(winner[v], wins, piece)
		}
		c.JMP(operand.LabelRef(label + "pieces"))
		c.Label(label + "done")
		for v := range registers {
			quiet := m.add32(best[v], minusZero) // makes a NaN quiet and changes nothing else
			m.store(quiet.Op, operand.Mem{Base: dst, Index: i, Scale: 4, Disp: v * m.registerBytes()})
		}
		if winners {
			for v := range registers {
				m.storeBytes(winner[v], operand.Mem{Base: argmax, Index: i, Scale: 1, Disp: v * units(m)})
			}
		}
	})
	c.VZEROUPPER()
	c.RET()
}

// maxoutGrad lays down the function that hands each gradient to the piece that won.
func maxoutGrad(m pieceEnd) {
	c := m.context()
	name := "maxoutGradVectors" + m.set()
	c.Function(name)
	c.Doc(fmt.Sprintf("%s stores the gradients of n units, a multiple of %d, in the pieces that won, and 0 in the others.", name, units(m)))
	c.Pragma("noescape")
	c.SignatureExpr("func(dst, grad *float32, argmax *uint8, k, stride, n int)")
	dst, grad := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("grad"), c.GP64())
	argmax := c.Load(c.Param("argmax"), c.GP64())
	k, stride, n := c.Load(c.Param("k"), c.GP64()), c.Load(c.Param("stride"), c.GP64()), c.Load(c.Param("n"), c.GP64())
	c.SHLQ(operand.U8(2), stride)
	i, at, left := c.GP64(), c.GP64(), c.GP64()
	one := m.keep32(m.constBits(1))
	blocks(m, n, i, []int{4, 1}, func(label string, registers int) {
		gradient, winner := make([]f32, registers), make([]f32, registers)
		for v := range registers {
			gradient[v] = f32{m.load(operand.Mem{Base: grad, Index: i, Scale: 4, Disp: v * m.registerBytes()})}
			winner[v] = m.loadBytes(operand.Mem{Base: argmax, Index: i, Scale: 1, Disp: v * units(m)})
		}
		c.LEAQ(operand.Mem{Base: dst, Index: i, Scale: 4}, at)
		piece := m.zero32()
		c.MOVQ(k, left)
		c.Label(label + "pieces")
		for v := range registers {
			won := m.orZero(m.equalBits(winner[v], piece), gradient[v])
			m.store(won.Op, operand.Mem{Base: at, Disp: v * m.registerBytes()})
		}
		c.ADDQ(stride, at)
		c.VPADDD(one.Op, piece.Op, piece.Op)
		c.DECQ(left)
		c.JNE(operand.LabelRef(label + "pieces"))
	})
	c.VZEROUPPER()
	c.RET()
}

// Further predicates of VCMPPS.
const (
	orderedQuiet      = 0x07
	notLessEqualQuiet = 0x16
)

func (m *avx2) zero32() f32 {
	r := m.YMM()
	m.VPXOR(r, r, r)
	return f32{r}
}

func (m *avx2) wins(x, best f32) mask {
	return mask(m.and32(f32(m.compare32(notLessEqualQuiet, x, best)), f32(m.compare32(orderedQuiet, best, best))))
}

func (m *avx2) equalBits(a, b f32) mask {
	r := m.YMM()
	m.VPCMPEQD(b.Op, a.Op, r)
	return mask{r}
}

func (m *avx2) replace(y f32, where mask, x f32) { m.VBLENDVPS(where.Op, x.Op, y.Op, y.Op) }
func (m *avx2) orZero(where mask, x f32) f32     { return m.and32(f32(where), x) }

func (m *avx2) loadBytes(from operand.Mem) f32 {
	r := m.YMM()
	m.VPMOVZXBD(from, r)
	return f32{r}
}

func (m *avx2) storeBytes(x f32, to operand.Mem) {
	low, high := x.Op.(reg.VecVirtual).AsX(), m.XMM()
	m.VEXTRACTI128(operand.U8(1), x.Op, high)
	m.VPACKUSDW(high, low, low)
	m.VPACKUSWB(low, low, low)
	m.VMOVQ(low, to)
}

func (m *avx512) zero32() f32 { return m.copy32(m.constBits(0)) }

func (m *avx512) wins(x, best f32) mask {
	above, wins := m.compare32(notLessEqualQuiet, x, best), m.K()
	m.writes(wins)(x86.VCMPPS(operand.U8(orderedQuiet), best.Op, best.Op, above.Op, wins))
	return mask{wins}
}

func (m *avx512) equalBits(a, b f32) mask {
	k := m.K()
	m.VPCMPEQD(b.Op, a.Op, k)
	return mask{k}
}

func (m *avx512) replace(y f32, where mask, x f32) { m.VMOVAPS(x.Op, where.Op, y.Op) }

func (m *avx512) orZero(where mask, x f32) f32 {
	r := m.ZMM()
	m.writes(r)(x86.VMOVAPS_Z(x.Op, where.Op, r))
	return f32{r}
}

func (m *avx512) loadBytes(from operand.Mem) f32 {
	r := m.ZMM()
	m.VPMOVZXBD(from, r)
	return f32{r}
}

func (m *avx512) storeBytes(x f32, to operand.Mem) { m.VPMOVDB(x.Op, to) }

// largestByte lays down the function that finds the largest argmax.
func (m *avx2) largestByte() {
	m.Function("largestByteAVX2")
	m.Doc("largestByteAVX2 returns the largest of n bytes, n a multiple of 8.")
	m.Pragma("noescape")
	m.SignatureExpr("func(from *uint8, n int) (largest uint8)")
	from, n := m.Load(m.Param("from"), m.GP64()), m.Load(m.Param("n"), m.GP64())
	i := m.GP64()
	all := m.YMM()
	m.VPXOR(all, all, all)
	blocks(m, n, i, []int{4, 1}, func(label string, registers int) {
		at := operand.Mem{Base: from, Index: i, Scale: 1}
		if registers == 4 {
			m.VPMAXUB(at, all, all)
			return
		}
		some := m.XMM()
		m.VMOVQ(at, some)
		m.VPMAXUB(some.AsY(), all, all)
	})
	low, high := all.AsX(), m.XMM()
	m.VEXTRACTI128(operand.U8(1), all, high)
	for bytes := uint8(8); ; bytes /= 2 {
		m.VPMAXUB(high, low, low)
		if bytes == 0 {
			break
		}
		m.VPSRLDQ(operand.U8(bytes), low, high)
	}
	largest := m.GP32()
	m.VMOVD(low, largest)
	m.Store(largest.As8(), m.Return("largest"))
	m.VZEROUPPER()
	m.RET()
}
