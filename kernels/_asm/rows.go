package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Functions of rows take passes over a row, of float64 arithmetic throughout. A step of a pass is
// 16 elements, as many as there are partial sums; a part of it is one register of float64.

// rowStep is the number of elements of a step.
const rowStep = 16

// A rowEnd is a back end for such passes.
type rowEnd interface {
	backEnd
	given(name string) f64 // a parameter in every element

	// part loads a part of elements as float64, storePart rounds one and stores it.
	part(from operand.Mem, of element) f64
	storePart(x f64, to operand.Mem, of element)

	// rest sets up what restPart, with fill in the place of elements that there are not,
	// and storeRest select the last elements of a row with. It may change n, their number.
	rest(n reg.GPVirtual, of element)
	restPart(from operand.Mem, of element, part int, fill f64) f64
	storeRest(x f64, to operand.Mem, of element, part int)

	zero() f64
	notAtLeast(a, b f64) mask64
	addWhere(sum f64, where mask64, x f64) // sum += x there
	upperHalf(x f64, lanes int) f64        // the upper half of the first lanes, in place of the lower

	largestOf(a, b operand.Op, of element) operand.Op // either where one is NaN

	// lookup16 reads the element of a table that the low four bits of n number. power16
	// adds n<<48 to its bits: of powers16 it makes 2^(n/16).
	lookup16(name string, bits [16]uint64) func(n f64) f64
	power16(name string, bits [16]uint64) func(n f64) f64
}

func parts(m rowEnd) int { return rowStep * 8 / m.registerBytes() }

// A rowPass is a function of package kernels that passes over a row. lay lays its body down.
type rowPass struct {
	name, doc string
	params    string // as in Go
	results   string
	lay       func(m rowEnd)
}

func (p rowPass) signature() string { return fmt.Sprintf("func(%s)%s", p.params, p.results) }

// rowLoop lays down a loop over the steps of n elements, and what is left of them: each gets the index
// register and whether it is the rest.
func rowLoop(m rowEnd, of element, each func(i reg.Register, rest bool)) {
	c := m.context()
	n := c.Load(c.Param("n"), c.GP64())
	i, next := c.GP64(), c.GP64()
	c.XORQ(i, i)
	c.Label("step")
	c.LEAQ(operand.Mem{Base: i, Disp: rowStep}, next)
	c.CMPQ(next, n)
	c.JA(operand.LabelRef("rest"))
	each(i, false)
	c.MOVQ(next, i)
	c.JMP(operand.LabelRef("step"))
	c.Label("rest")
	left := c.GP64()
	c.MOVQ(n, left)
	c.SUBQ(i, left)
	c.JE(operand.LabelRef("done"))
	m.rest(left, of)
	each(i, true)
	c.Label("done")
}

// partAt is part p of the step at index i of the slice at base.
func partAt(m rowEnd, base, i reg.Register, of element, p int) operand.Mem {
	return operand.Mem{Base: base, Index: i, Scale: uint8(of.bytes), Disp: p * m.registerBytes() / 8 * of.bytes}
}

// rowMap is the pass that computes each element of dst from those of the inputs; all are of one type. The
// elements that the last step lacks are zeros, whose results are stored nowhere.
func rowMap(name, doc string, of element, inputs, given []string, setup func(m rowEnd, given []f64) func(in []f64) f64) rowPass {
	params := fmt.Sprintf("dst, %s *%s, n int, %s float64", strings.Join(inputs, ", "), of.goType, strings.Join(given, ", "))
	return rowPass{name, doc, params, "", func(m rowEnd) {
		c := m.context()
		dst := c.Load(c.Param("dst"), c.GP64())
		var from []reg.Register
		for _, input := range inputs {
			from = append(from, c.Load(c.Param(input), c.GP64()))
		}
		var values []f64
		for _, g := range given {
			values = append(values, m.given(g))
		}
		body := setup(m, values)
		rowLoop(m, of, func(i reg.Register, rest bool) {
			var lacking f64
			if rest {
				lacking = m.zero()
			}
			for p := range parts(m) {
				var in []f64
				for _, base := range from {
					at := partAt(m, base, i, of, p)
					if rest {
						in = append(in, m.restPart(at, of, p, lacking))
					} else {
						in = append(in, m.part(at, of))
					}
				}
				y := body(in)
				if at := partAt(m, dst, i, of, p); rest {
					m.storeRest(y, at, of, p)
				} else {
					m.storePart(y, at, of)
				}
			}
		})
		c.VZEROUPPER()
		c.RET()
	}}
}

// byHalves adds the lanes of the registers by halves: lane j and lane j+8 of 16, and so on.
func byHalves(m rowEnd, sums []f64) f64 {
	for ; len(sums) > 1; sums = sums[:len(sums)/2] {
		for j := range len(sums) / 2 {
			sums[j] = m.add(sums[j], sums[j+len(sums)/2])
		}
	}
	x := sums[0]
	for lanes := m.registerBytes() / 8; lanes > 1; lanes /= 2 {
		x = m.add(x, m.upperHalf(x, lanes))
	}
	return x
}

// pairByHalves is byHalves for pairs.
func pairByHalves(m rowEnd, hi, lo []f64) (h, l f64) {
	for ; len(hi) > 1; hi = hi[:len(hi)/2] {
		for j := range len(hi) / 2 {
			hi[j], lo[j] = pairJoin(m, hi[j], lo[j], hi[j+len(hi)/2], lo[j+len(hi)/2])
		}
	}
	h, l = hi[0], lo[0]
	for lanes := m.registerBytes() / 8; lanes > 1; lanes /= 2 {
		h, l = pairJoin(m, h, l, m.upperHalf(h, lanes), m.upperHalf(l, lanes))
	}
	return h, l
}

// result stores the first lane of x.
func result(m rowEnd, x operand.Op, of element, name string) {
	c := m.context()
	to, err := c.Return(name).Resolve()
	if err != nil {
		panic(err)
	}
	if first := x.(reg.VecVirtual).AsX(); of == float32s {
		c.VMOVSS(first, to.Addr)
	} else {
		c.VMOVSD(first, to.Addr)
	}
}

// largestIn is the pass that finds the largest of at least 16 elements that are no NaN.
func largestIn(name string, of element) rowPass {
	return rowPass{name, "returns the largest of n elements, 16 or more, if none is NaN.", fmt.Sprintf("src *%s, n int", of.goType), fmt.Sprintf(" (largest %s)", of.goType), func(m rowEnd) {
		const inStep = 4
		c := m.context()
		src, n := c.Load(c.Param("src"), c.GP64()), c.Load(c.Param("n"), c.GP64())
		lanes := m.registerBytes() / of.bytes
		at := func(i reg.Register, register int) operand.Mem {
			return operand.Mem{Base: src, Index: i, Scale: uint8(of.bytes), Disp: register * m.registerBytes()}
		}
		i, next := c.GP64(), c.GP64()
		c.XORQ(i, i)
		var most []operand.Op
		for range inStep {
			most = append(most, m.load(at(i, 0)))
		}
		loop := func(label string, registers int, rest string) {
			c.Label(label)
			c.LEAQ(operand.Mem{Base: i, Disp: registers * lanes}, next)
			c.CMPQ(next, n)
			c.JA(operand.LabelRef(rest))
			for r := range registers {
				replace(m, most[r], m.largestOf(most[r], m.load(at(i, r)), of))
			}
			c.MOVQ(next, i)
			c.JMP(operand.LabelRef(label))
		}
		loop("steps", inStep, "step")
		loop("step", 1, "last")
		c.Label("last")
		c.MOVQ(n, i)
		c.SUBQ(operand.U8(lanes), i)
		x := m.largestOf(most[0], m.load(at(i, 0)), of)
		for _, y := range most[1:] {
			x = m.largestOf(x, y, of)
		}
		for half := lanes; half > 1; half /= 2 {
			if of == float32s && half == 2 {
				shuffled := m.upperHalf(f64{x}, 2)[0] // lanes 2 and 3, which are no more than 0 and 1
				c.VMOVSHDUP(x.(reg.VecVirtual).AsX(), shuffled.(reg.VecVirtual).AsX())
				x = m.largestOf(x, shuffled, of)
				continue
			}
			x = m.largestOf(x, m.upperHalf(f64{x}, half*of.bytes/8)[0], of)
		}
		result(m, x, of, "largest")
		c.VZEROUPPER()
		c.RET()
	}}
}

// replace makes register x hold y.
func replace(m rowEnd, x, y operand.Op) { m.context().VMOVUPS(y, x) }

// generateRows writes the files of the passes: the assembly of every instruction set, and
// the functions that call one by its variant.
func generateRows() {
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\n//go:build amd64 && !purego\n\npackage kernels\n")
	for _, newEnd := range []func() rowEnd{
		func() rowEnd { return newAVX2() },
		func() rowEnd { return newAVX512() },
	} {
		m := newEnd()
		c := m.context()
		c.ConstraintExpr("amd64,!purego")
		for _, p := range slices.Concat(rowPasses, rowPasses64) {
			name := p.name + m.set()
			c.Function(name)
			c.Doc(name + " " + p.doc)
			c.Pragma("noescape")
			c.SignatureExpr(p.signature())
			p.lay(m)
		}
		file := "rows_" + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
	for _, p := range slices.Concat(rowPasses, rowPasses64) {
		fmt.Fprintf(&w, "\n// %[1]sVectors %[2]s\nfunc %[1]sVectors(v Variant, %[3]s)%[4]s {\n", p.name, p.doc, p.params, p.results)
		call := "%s" + fmt.Sprintf("(%s)\n", strings.Join(p.arguments(), ", "))
		if p.results != "" {
			call = "return " + call
		}
		fmt.Fprintf(&w, "if v == AVX512 {\n"+call, p.name+"AVX512")
		if p.results == "" {
			fmt.Fprint(&w, "return\n")
		}
		fmt.Fprintf(&w, "}\n"+call+"}\n", p.name+"AVX2")
	}
	write("rows_amd64.go", formatted(w.Bytes()))
}

// arguments are the names of the parameters.
func (p rowPass) arguments() []string {
	var names []string
	for param := range strings.SplitSeq(p.params, ", ") {
		names = append(names, strings.Fields(param)[0])
	}
	return names
}
