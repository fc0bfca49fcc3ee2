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

// loop lays down the function name(dst, inputs... *float32, n int, param float32) int.
func (m *avx2) loop(name, doc string, inputs []string, setup func() func(in []f32) f32) {
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
	at := func(base reg.Register) operand.Mem { return operand.Mem{Base: base, Index: i, Scale: 4} }

	m.Label("vector")
	m.LEAQ(operand.Mem{Base: i, Disp: avx2Lanes}, next)
	m.CMPQ(next, n)
	m.JA(operand.LabelRef("tail"))
	in := make([]f32, len(inputs))
	for k := range in {
		in[k] = f32{m.load(at(from[k]))}
	}
	y := m.vector(body, in)
	m.VMOVUPS(y.Op, at(dst))
	m.MOVQ(next, i)
	m.JMP(operand.LabelRef("vector"))

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
		m.VMASKMOVPS(at(from[k]), within, r)
		in[k] = f32{r}
	}
	y = m.vector(body, in)
	m.VMASKMOVPS(y.Op, within, at(dst))
	m.MOVQ(n, i)

	m.Label("stop")
	m.Store(i, m.Return("done"))
	m.VZEROUPPER()
	m.RET()
}

// vector lays down one vector and the way out if an element of it is in doubt.
func (m *avx2) vector(body func(in []f32) f32, in []f32) f32 {
	m.doubtful = nil
	y := body(in)
	if m.doubtful != nil {
		bits := m.GP32()
		m.VMOVMSKPS(m.doubtful, bits)
		m.TESTL(bits, bits)
		m.JNE(operand.LabelRef("stop"))
	}
	return y
}

func (m *avx2) forward(operation string, describe forward) {
	name := operation + "VectorsAVX2"
	m.loop(name, fmt.Sprintf("%s computes whole vectors of %s, and a tail, up to the first that has an element in doubt.", name, operation),
		[]string{"src"}, func() func(in []f32) f32 {
			body := describe(m)
			return func(in []f32) f32 { return body(in[0]) }
		})
}

func (m *avx2) backward(operation string, describe backward) {
	name := operation + "GradVectorsAVX2"
	m.loop(name, fmt.Sprintf("%s computes whole vectors of %s's gradient, and a tail, up to the first that has an element in doubt.", name, operation),
		[]string{"grad", "saved"}, func() func(in []f32) f32 {
			body := describe(m)
			return func(in []f32) f32 { return body(in[0], in[1]) }
		})
}
