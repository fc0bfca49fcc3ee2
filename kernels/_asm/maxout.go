package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// generateMaxout writes maxout's files. Its pieces lie side by side in memory, which the
// loop of the element-wise kernels has no place for.
func generateMaxout() {
	m := newAVX2()
	m.ConstraintExpr("amd64,!purego")
	m.maxout(true)
	m.maxout(false)
	m.maxoutGrad()
	m.largestByte()
	write("maxout_vectors_amd64.go", formatted(laid(m, "maxout_vectors_amd64.s").Bytes()))
}

const maxoutLanes = avx2Bytes / 4

// blocks lays down body for runs of as many whole registers of units as each of sizes says,
// the largest first. n is a multiple of a register's.
func (m *avx2) blocks(n, i reg.Register, sizes []int, body func(label string, registers int)) {
	next := m.GP64()
	m.XORQ(i, i)
	for k, registers := range sizes {
		label, rest := fmt.Sprintf("units%d", registers*maxoutLanes), "stop"
		if k+1 < len(sizes) {
			rest = fmt.Sprintf("units%d", sizes[k+1]*maxoutLanes)
		}
		m.Label(label)
		m.LEAQ(operand.Mem{Base: i, Disp: registers * maxoutLanes}, next)
		m.CMPQ(next, n)
		m.JA(operand.LabelRef(rest))
		body(label, registers)
		m.ADDQ(operand.U8(registers*maxoutLanes), i)
		m.JMP(operand.LabelRef(label))
	}
	m.Label("stop")
}

// maxout lays down the function that finds the largest of k pieces, and which it was.
func (m *avx2) maxout(winners bool) {
	name, signature := "maxoutVectorsAVX2", "func(dst, src *float32, k, stride, n int)"
	doc := "stores the largest of k pieces of n units, a multiple of 8, stride units apart"
	if winners {
		name, signature = "maxoutWinnersAVX2", "func(dst *float32, argmax *uint8, src *float32, k, stride, n int)"
		doc += ", and the number of the piece"
	}
	m.Function(name)
	m.Doc(name + " " + doc + ".")
	m.Pragma("noescape")
	m.SignatureExpr(signature)
	dst, src := m.Load(m.Param("dst"), m.GP64()), m.Load(m.Param("src"), m.GP64())
	var argmax reg.Register
	if winners {
		argmax = m.Load(m.Param("argmax"), m.GP64())
	}
	k, stride, n := m.Load(m.Param("k"), m.GP64()), m.Load(m.Param("stride"), m.GP64()), m.Load(m.Param("n"), m.GP64())
	m.SHLQ(operand.U8(2), stride)
	i, at, left := m.GP64(), m.GP64(), m.GP64()
	one := m.load(m.constBits(1).Op)
	minusZero := m.load(m.constBits(signBit).Op)
	m.blocks(n, i, []int{4, 1}, func(label string, registers int) {
		best, winner := make([]operand.Op, registers), make([]operand.Op, registers)
		m.LEAQ(operand.Mem{Base: src, Index: i, Scale: 4}, at)
		for v := range registers {
			best[v] = m.load(operand.Mem{Base: at, Disp: v * avx2Bytes})
			winner[v] = m.YMM()
			m.VPXOR(winner[v], winner[v], winner[v])
		}
		piece := m.YMM()
		m.VPXOR(piece, piece, piece)
		m.MOVQ(k, left)
		m.Label(label + "pieces")
		m.DECQ(left)
		m.JE(operand.LabelRef(label + "done"))
		m.ADDQ(stride, at)
		m.VPADDD(one, piece, piece)
		for v := range registers {
			// It wins if it is not at most the best one, or NaN, and that is no NaN.
			x, wins, number := m.load(operand.Mem{Base: at, Disp: v * avx2Bytes}), m.YMM(), m.YMM()
			m.VCMPPS(operand.U8(notLessEqualQuiet), best[v], x, wins)
			m.VCMPPS(operand.U8(orderedQuiet), best[v], best[v], number)
			m.VPAND(number, wins, wins)
			m.VBLENDVPS(wins, x, best[v], best[v])
			m.VBLENDVPS(wins, piece, winner[v], winner[v])
		}
		m.JMP(operand.LabelRef(label + "pieces"))
		m.Label(label + "done")
		for v := range registers {
			m.VADDPS(minusZero, best[v], best[v]) // makes a NaN quiet and changes nothing else
			m.VMOVUPS(best[v], operand.Mem{Base: dst, Index: i, Scale: 4, Disp: v * avx2Bytes})
		}
		if winners {
			for v := range registers {
				low, high := winner[v].(reg.VecVirtual).AsX(), m.XMM()
				m.VEXTRACTI128(operand.U8(1), winner[v], high)
				m.VPACKUSDW(high, low, low)
				m.VPACKUSWB(low, low, low)
				m.VMOVQ(low, operand.Mem{Base: argmax, Index: i, Scale: 1, Disp: v * maxoutLanes})
			}
		}
	})
	m.VZEROUPPER()
	m.RET()
}

// Further predicates of VCMPPS.
const (
	orderedQuiet      = 0x07
	notLessEqualQuiet = 0x16
)

// maxoutGrad lays down the function that hands each gradient to the piece that won.
func (m *avx2) maxoutGrad() {
	m.Function("maxoutGradVectorsAVX2")
	m.Doc("maxoutGradVectorsAVX2 stores the gradients of n units, a multiple of 8, in the pieces that won, and 0 in the others.")
	m.Pragma("noescape")
	m.SignatureExpr("func(dst, grad *float32, argmax *uint8, k, stride, n int)")
	dst, grad := m.Load(m.Param("dst"), m.GP64()), m.Load(m.Param("grad"), m.GP64())
	argmax := m.Load(m.Param("argmax"), m.GP64())
	k, stride, n := m.Load(m.Param("k"), m.GP64()), m.Load(m.Param("stride"), m.GP64()), m.Load(m.Param("n"), m.GP64())
	m.SHLQ(operand.U8(2), stride)
	i, at, left := m.GP64(), m.GP64(), m.GP64()
	m.blocks(n, i, []int{4, 1}, func(label string, registers int) {
		gradient, winner := make([]operand.Op, registers), make([]operand.Op, registers)
		for v := range registers {
			gradient[v] = m.load(operand.Mem{Base: grad, Index: i, Scale: 4, Disp: v * avx2Bytes})
			winner[v] = m.YMM()
			m.VPMOVZXBD(operand.Mem{Base: argmax, Index: i, Scale: 1, Disp: v * maxoutLanes}, winner[v])
		}
		m.LEAQ(operand.Mem{Base: dst, Index: i, Scale: 4}, at)
		piece := m.YMM()
		m.VPXOR(piece, piece, piece)
		m.MOVQ(k, left)
		m.Label(label + "pieces")
		for v := range registers {
			won := m.YMM()
			m.VPCMPEQD(piece, winner[v], won)
			m.VPAND(gradient[v], won, won)
			m.VMOVUPS(won, operand.Mem{Base: at, Disp: v * avx2Bytes})
		}
		m.ADDQ(stride, at)
		m.VPADDD(m.constBits(1).Op, piece, piece)
		m.DECQ(left)
		m.JNE(operand.LabelRef(label + "pieces"))
	})
	m.VZEROUPPER()
	m.RET()
}

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
	m.blocks(n, i, []int{4, 1}, func(label string, registers int) {
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
