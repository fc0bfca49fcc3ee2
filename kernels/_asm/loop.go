package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// slack is slack32 of package kernels: how near, in ULP of float64, a value may
// lie to a tie of float32 before it is in doubt. It covers errors up to 2^-39.4,
// relative; no description has one above 2^-41.
const slack = 3 << 12

// A forward is an element-wise operation. Given the lanes it sets up what stays
// in registers, and returns the function that computes one vector.
type forward func(m lanes) func(x f32) f32

// A backward is the gradient of an operation from grad and what was saved.
type backward func(m lanes) func(grad, saved f32) f32

// loop lays down the function name(dst, inputs... *float32, n int, param float32) int,
// which computes atOnce vectors between two tests of the index. More than one pays
// where a vector takes few instructions, and needs that no element is ever in doubt.
// A stream writes past the caches, to a dst that is aligned to whole vectors.
func (m *avx2) loop(name, doc string, inputs []string, atOnce int, stream bool, setup func() func(in []f32) f32) {
	m.Function(name)
	m.Doc(doc)
	m.Pragma("noescape")
	signature := "func(dst, "
	for _, input := range inputs {
		signature += input + ", "
	}
	m.SignatureExpr(signature[:len(signature)-2] + " *float32, n int, param float32) (done int)")

	dst := m.Load(m.Param("dst"), m.GP64())
	var from []reg.Register
	for _, input := range inputs {
		from = append(from, m.Load(m.Param(input), m.GP64()))
	}
	n := m.Load(m.Param("n"), m.GP64())
	body := setup()
	i, next := m.GP64(), m.GP64()
	m.XORQ(i, i)
	at := func(base reg.Register, vector int) operand.Mem {
		return operand.Mem{Base: base, Index: i, Scale: 4, Disp: vector * avx2Bytes}
	}
	in := make([]f32, len(inputs))
	// several goes through whole vectors, count of them at a time, and then on to rest.
	several := func(label string, count int, rest string) {
		m.Label(label)
		m.LEAQ(operand.Mem{Base: i, Disp: count * avx2Lanes}, next)
		m.CMPQ(next, n)
		m.JA(operand.LabelRef(rest))
		for v := range count {
			for k := range in {
				in[k] = f32{m.load(at(from[k], v))}
			}
			y := m.vector(body, in, atOnce)
			if stream {
				m.VMOVNTPS(y.Op, at(dst, v))
			} else {
				m.VMOVUPS(y.Op, at(dst, v))
			}
		}
		m.MOVQ(next, i)
		m.JMP(operand.LabelRef(label))
	}
	if atOnce > 1 {
		several("block", atOnce, "vector")
	}
	several("vector", 1, "tail")

	m.Label("tail")
	m.Comment("The last elements, through a mask that has one for each.")
	rest := m.GP64()
	m.MOVQ(n, rest)
	m.SUBQ(i, rest)
	m.JE(operand.LabelRef("stop"))
	ones := make([]operand.Constant, 2*avx2Lanes)
	for k := range ones {
		ones[k] = operand.U32(0)
		if k < avx2Lanes {
			ones[k] = operand.U32(1<<32 - 1)
		}
	}
	window := m.GP64()
	m.LEAQ(m.table("tailMasks", ones...), window)
	m.NEGQ(rest)
	within := m.load(operand.Mem{Base: window, Index: rest, Scale: 4, Disp: 4 * avx2Lanes})
	for k := range in {
		r := m.YMM()
		m.VMASKMOVPS(at(from[k], 0), within, r)
		in[k] = f32{r}
	}
	y := m.vector(body, in, atOnce)
	m.VMASKMOVPS(y.Op, within, at(dst, 0))
	m.MOVQ(n, i)

	m.Label("stop")
	if stream {
		m.SFENCE()
	}
	m.Store(i, m.Return("done"))
	m.VZEROUPPER()
	m.RET()
}

// vector lays down one vector and the way out if an element of it is in doubt.
func (m *avx2) vector(body func(in []f32) f32, in []f32, atOnce int) f32 {
	m.doubtful = nil
	y := body(in)
	if m.doubtful != nil {
		if atOnce > 1 {
			panic("an element in doubt would leave vectors before it that are done and not counted")
		}
		bits := m.GP32()
		m.VMOVMSKPS(m.doubtful, bits)
		m.TESTL(bits, bits)
		m.JNE(operand.LabelRef("stop"))
	}
	return y
}

func (m *avx2) forward(op operation) {
	lay := func(name, doc string, stream bool) {
		m.loop(name, doc, []string{"src"}, atOnce(op.exact), stream, func() func(in []f32) f32 {
			body := op.forward(m)
			return func(in []f32) f32 { return body(in[0]) }
		})
	}
	name := op.name + "VectorsAVX2"
	lay(name, vectorsDoc(name, op.name), false)
	if op.exact {
		name := op.name + "StreamAVX2"
		lay(name, streamDoc(name, op.name), true)
	}
}

func (m *avx2) backward(op operation) {
	lay := func(name, doc string, stream bool) {
		m.loop(name, doc, []string{"grad", "saved"}, atOnce(op.exactGrad), stream, func() func(in []f32) f32 {
			body := op.backward(m)
			return func(in []f32) f32 { return body(in[0], in[1]) }
		})
	}
	name := op.name + "GradVectorsAVX2"
	lay(name, vectorsDoc(name, op.name+"'s gradient"), false)
	if op.exactGrad {
		name := op.name + "GradStreamAVX2"
		lay(name, streamDoc(name, op.name+"'s gradient"), true)
	}
}

func vectorsDoc(name, what string) string {
	return fmt.Sprintf("%s computes vectors of %s, and a tail, up to the first that has an element in doubt.", name, what)
}

func streamDoc(name, what string) string {
	return fmt.Sprintf("%s computes %s into a dst that is aligned to 32 bytes, past the caches.", name, what)
}

// atOnce is the number of vectors between two tests of the index.
func atOnce(exact bool) int {
	if exact {
		return 4
	}
	return 1
}
