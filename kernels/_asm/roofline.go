package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// What the machine itself can do is measured with loops of package roofline, which is not below
// package kernels: they compute nothing anybody wants.
const rooflineFolder = "../harness/roofline/"

// Constants of package roofline, whose tests hold both to each other: the registers that a pass
// over memory moves between two tests of the index, and the independent chains of a loop of
// arithmetic. A fused operation takes 4 cycles and two begin in each, so that 8 chains would do; a
// quotient takes 24 at most, and one begins every 4 at best.
const (
	rooflineUnrolled = 8
	fusedChains      = 12
	quotientChains   = 8
	mixedFused       = 5
	mixedSums        = 5
	mixedIntegers    = 2
	mixedBits        = 2
)

func generateRoofline() {
	for _, newEnd := range []func() matrixEnd{
		func() matrixEnd { return newAVX2() },
		func() matrixEnd { return newAVX512() },
	} {
		m := newEnd()
		m.context().ConstraintExpr("amd64,!purego")
		layLoad(m)
		for _, past := range []bool{false, true} {
			layPass(m, "store", "writes value to the n bytes at dst", "value uint64", 0, past)
			layPass(m, "copy", "copies the n bytes at a to dst", "a *byte", 1, past)
			layPass(m, "add", "writes the sums of the integers of 64 bits at a and b, n bytes each, to dst", "a, b *byte", 2, past)
		}
		for _, of := range []element{float32s, float64s} {
			layFused(m, of)
			layQuotients(m, of)
		}
		layMixed(m)
		file := rooflineFolder + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
}

// again lays down body, which is done as many times as the parameter of that name says.
func again(m matrixEnd, body func()) {
	c := m.context()
	times := c.Load(c.Param("times"), c.GP64())
	c.Label("again")
	body()
	c.DECQ(times)
	c.JNE(operand.LabelRef("again"))
}

// over lays down a pass over n bytes, each for one register of them.
func over(m matrixEnd, n reg.Register, each func(i reg.Register, register, offset int)) {
	c := m.context()
	i := c.GP64()
	c.XORQ(i, i)
	c.Label("block")
	for r := range rooflineUnrolled {
		each(i, r, r*m.registerBytes())
	}
	c.ADDQ(operand.U32(uint32(rooflineUnrolled*m.registerBytes())), i)
	c.CMPQ(i, n)
	c.JB(operand.LabelRef("block"))
}

// inTurn are so many registers, for what each is loaded from and stored to at state.
func inTurn(m matrixEnd, count int) []reg.Register {
	all := make([]reg.Register, count)
	for i := range all {
		all[i] = m.vector()
	}
	return all
}

func layLoad(m matrixEnd) {
	declare(m, "load", "adds the integers of 64 bits among the n bytes at src to sums, as many times.", "func(src *byte, n, times int, sums *uint64)")
	c := m.context()
	src, n := c.Load(c.Param("src"), c.GP64()), c.Load(c.Param("n"), c.GP64())
	sums := inTurn(m, rooflineUnrolled)
	for _, sum := range sums {
		c.VXORPS(sum, sum, sum)
	}
	again(m, func() {
		over(m, n, func(i reg.Register, r, offset int) {
			c.VPADDQ(operand.Mem{Base: src, Index: i, Scale: 1, Disp: offset}, sums[r], sums[r])
		})
	})
	to := c.Load(c.Param("sums"), c.GP64())
	for _, sum := range sums[1:] {
		c.VPADDQ(sum, sums[0], sums[0])
	}
	c.VMOVUPS(sums[0], operand.Mem{Base: to})
	c.VZEROUPPER()
	c.RET()
}

// layPass lays down a pass that writes: what it is given, or what it makes of so many inputs.
func layPass(m matrixEnd, name, doc, params string, inputs int, past bool) {
	store, end := m.store, ", as many times."
	if past {
		name, end = name+"Past", ", as many times, past the caches, to a dst that is aligned to registers."
		store = m.storePast
	}
	declare(m, name, doc+end, fmt.Sprintf("func(dst *byte, %s, n, times int)", params))
	c := m.context()
	dst, n := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("n"), c.GP64())
	var from []reg.Register
	for _, input := range []string{"a", "b"}[:inputs] {
		from = append(from, c.Load(c.Param(input), c.GP64()))
	}
	var value reg.Register
	if inputs == 0 {
		p, err := c.Param("value").Resolve()
		if err != nil {
			panic(err)
		}
		value = everywhere(m, p.Addr)
	}
	again(m, func() {
		over(m, n, func(i reg.Register, _, offset int) {
			at := func(base reg.Register) operand.Mem {
				return operand.Mem{Base: base, Index: i, Scale: 1, Disp: offset}
			}
			x := value
			if inputs > 0 {
				x = m.vector()
				c.VMOVUPS(at(from[0]), x)
			}
			if inputs > 1 {
				c.VPADDQ(at(from[1]), x, x)
			}
			store(x, at(dst))
		})
	})
	if past {
		c.SFENCE()
	}
	c.VZEROUPPER()
	c.RET()
}

// everyElement is the parameter in all lanes.
func everyElement(m matrixEnd, of element, name string) reg.Register {
	c := m.context()
	p, err := c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	if of == float64s {
		return everywhere(m, p.Addr)
	}
	r := m.vector()
	c.VBROADCASTSS(p.Addr, r)
	return r
}

// onState lays down a loop over registers that are loaded from state before and stored
// there behind.
func onState(m matrixEnd, chains int, body func(state []reg.Register)) {
	c := m.context()
	at := c.Load(c.Param("state"), c.GP64())
	state := inTurn(m, chains)
	for i, r := range state {
		c.VMOVUPS(operand.Mem{Base: at, Disp: i * m.registerBytes()}, r)
	}
	again(m, func() { body(state) })
	for i, r := range state {
		c.VMOVUPS(r, operand.Mem{Base: at, Disp: i * m.registerBytes()})
	}
	c.VZEROUPPER()
	c.RET()
}

func bits(of element) string { return strings.TrimPrefix(of.goType, "float") }

func layFused(m matrixEnd, of element) {
	declare(m, "fused"+bits(of), fmt.Sprintf("replaces each x of %d registers at state by x*factor + addend, rounded once, as many times.", fusedChains),
		fmt.Sprintf("func(state *%[1]s, factor, addend %[1]s, times int)", of.goType))
	c := m.context()
	factor, addend := everyElement(m, of, "factor"), everyElement(m, of, "addend")
	do := c.VFMADD213PS
	if of == float64s {
		do = c.VFMADD213PD
	}
	onState(m, fusedChains, func(state []reg.Register) {
		for _, x := range state {
			do(addend, factor, x)
		}
	})
}

func layQuotients(m matrixEnd, of element) {
	declare(m, "quotients"+bits(of), fmt.Sprintf("replaces each x of %d registers at state by dividend/x, as many times.", quotientChains),
		fmt.Sprintf("func(state *%[1]s, dividend %[1]s, times int)", of.goType))
	c := m.context()
	dividend := everyElement(m, of, "dividend")
	do := c.VDIVPS
	if of == float64s {
		do = c.VDIVPD
	}
	onState(m, quotientChains, func(state []reg.Register) {
		for _, x := range state {
			do(x, dividend, x)
		}
	})
}

// layMixed lays down a loop that keeps every pipe busy that computes vectors: a quarter of its
// instructions are fused, a quarter sums, a quarter integers' sums and a quarter bits.
func layMixed(m matrixEnd) {
	declare(m, "mixed", fmt.Sprintf("replaces each x of registers at state, as many times: of %d by x*factor + addend, of %d by x + addend, "+
		"of %d by sums of integers of 32 bits with addend's bits, and of %d by their exclusive or.", mixedFused, mixedSums, mixedIntegers, mixedBits),
		"func(state *float32, factor, addend float32, times int)")
	c := m.context()
	factor, addend := everyElement(m, float32s, "factor"), everyElement(m, float32s, "addend")
	exclusiveOr := c.VPXORD
	if _, is := m.(*avx2); is {
		exclusiveOr = func(x ...operand.Op) { c.VPXOR(x[0], x[1], x[2]) }
	}
	onState(m, mixedFused+mixedSums+mixedIntegers+mixedBits, func(state []reg.Register) {
		fused, sums := state[:mixedFused], state[mixedFused:mixedFused+mixedSums]
		integers := state[mixedFused+mixedSums:]
		for i := range mixedFused {
			c.VFMADD213PS(addend, factor, fused[i])
			x := integers[i%mixedIntegers]
			c.VPADDD(addend, x, x)
			c.VADDPS(addend, sums[i], sums[i])
			x = integers[mixedIntegers+i%mixedBits]
			exclusiveOr(addend, x, x)
		}
	})
}
