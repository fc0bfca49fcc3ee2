package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// slack is slack32 of package kernels: how near, in ULP of float64, a value may
// lie to a tie of float32 before it is in doubt. It covers errors up to 2^-39.4,
// relative; no description has one above 2^-40.
const slack = 3 << 12

// A backEnd is the lanes of an instruction set and what the loop needs of it
// beside them. Registers hold vectors of elements; a backEnd numbers the
// registers of one vector from 0.
type backEnd interface {
	lanes
	context() *build.Context
	set() string          // the instruction set, as identifiers end in it: "AVX2"
	extensions() []string // of the CPU, in avo's names: those kernels asks it for
	registers() int       // how many vector registers there are
	registerBytes() int   // of a vector register

	// arrange rewrites a function that is laid down, before its registers are allocated.
	arrange(*ir.Function) error

	load(from operand.Op) operand.Op
	store(x operand.Op, to operand.Mem)
	storePast(x operand.Op, to operand.Mem) // past the caches, aligned

	// tail sets up what loadTail and storeTail select the last elements with: there
	// are rest of them, at least one and at most a vector. It may change rest.
	tail(rest reg.GPVirtual, of element, registers int)
	loadTail(from operand.Mem, register int) operand.Op
	storeTail(x operand.Op, to operand.Mem, register int)

	// certain says that no element is in doubt. anyDoubt reports whether one can be
	// by now, and leaveInDoubt jumps if one is.
	certain()
	anyDoubt() bool
	leaveInDoubt(to operand.LabelRef)
}

// An element is what a slice holds.
type element struct {
	goType string
	bytes  int
}

var (
	float32s = element{"float32", 4}
	float64s = element{"float64", 8}
)

// A vector is one or more registers of elements.
type vector = []operand.Op

// A description is an element-wise function of some inputs, with a result for dst and
// one for each of further outputs. Given the lanes, setup sets up what stays in registers, and
// returns the function that computes one vector of each result, one after the other.
type description struct {
	of      element
	inputs  []string
	setup   func(m lanes) func(in []vector) vector
	further []string
}

var (
	forwardInputs  = []string{"src"}
	backwardInputs = []string{"grad", "saved"}
	fusedOutputs   = []string{"derivative"}
)

func forward32(f func(m lanes) func(x f32) f32) description {
	return description{of: float32s, inputs: forwardInputs, setup: func(m lanes) func(in []vector) vector {
		body := f(m)
		return func(in []vector) vector { return vector{body(f32{in[0][0]}).Op} }
	}}
}

func backward32(f func(m lanes) func(grad, saved f32) f32) description {
	return description{of: float32s, inputs: backwardInputs, setup: func(m lanes) func(in []vector) vector {
		body := f(m)
		return func(in []vector) vector { return vector{body(f32{in[0][0]}, f32{in[1][0]}).Op} }
	}}
}

func forward64(f func(m lanes) func(x f64) f64) description {
	return description{of: float64s, inputs: forwardInputs, setup: func(m lanes) func(in []vector) vector {
		body := f(m)
		return func(in []vector) vector { return vector(body(f64(in[0]))) }
	}}
}

func backward64(f func(m lanes) func(grad, saved f64) f64) description {
	return description{of: float64s, inputs: backwardInputs, setup: func(m lanes) func(in []vector) vector {
		body := f(m)
		return func(in []vector) vector { return vector(body(f64(in[0]), f64(in[1]))) }
	}}
}

// withDerivative describes a function and its derivative.
func withDerivative(f func(m lanes) func(x f32) (y, d f32)) description {
	return description{of: float32s, inputs: forwardInputs, further: fusedOutputs, setup: func(m lanes) func(in []vector) vector {
		body := f(m)
		return func(in []vector) vector {
			y, d := body(f32{in[0][0]})
			return vector{y.Op, d.Op}
		}
	}}
}

// pointers are the results and the inputs, as functions take them.
func (d description) pointers() string {
	return strings.Join(append(append([]string{"dst"}, d.further...), d.inputs...), ", ")
}

// lay lays down the functions of kernel k.
func lay(m backEnd, k kernel) {
	layLoop(m, k, k.vectors(m), fmt.Sprintf("computes vectors of %s, and a tail, up to the first that has an element in doubt.", k.title()), false)
	if k.stream {
		layLoop(m, k, k.streaming(m), fmt.Sprintf("computes %s into a dst that is aligned to %d bytes, past the caches.", k.title(), m.registerBytes()), true)
	}
}

// layLoop lays down the function name(dst, further..., inputs... *T, n int, param T) (done int),
// or with param, second T, or with neither where it computes a derivative too,
// which computes atOnce vectors between two tests of the index. More than one pays
// where a vector takes few instructions, and needs that no element is ever in doubt.
// A stream writes past the caches, to a dst that is aligned to whole vectors.
func layLoop(m backEnd, k kernel, name, doc string, stream bool) {
	c := m.context()
	c.Function(name)
	c.Doc(name + " " + doc)
	c.Pragma("noescape")
	c.SignatureExpr(fmt.Sprintf("func(%s *%s, n int%s) (done int)", k.pointers(), k.of.goType, k.parameters()))

	to := []reg.Register{c.Load(c.Param("dst"), c.GP64())}
	for _, output := range k.further {
		to = append(to, c.Load(c.Param(output), c.GP64()))
	}
	var from []reg.Register
	for _, input := range k.inputs {
		from = append(from, c.Load(c.Param(input), c.GP64()))
	}
	n := c.Load(c.Param("n"), c.GP64())
	body := k.setup(m)
	registers := max(1, k.registers)
	lanes := registers * m.registerBytes() / k.of.bytes
	i, next := c.GP64(), c.GP64()
	c.XORQ(i, i)
	at := func(base reg.Register, register int) operand.Mem {
		return operand.Mem{Base: base, Index: i, Scale: uint8(k.of.bytes), Disp: register * m.registerBytes()}
	}
	// compute lays down one vector and the way out if an element of it is in doubt.
	compute := func(load func(base reg.Register, register int) operand.Op) vector {
		in := make([]vector, len(from))
		for p, base := range from {
			for r := range registers {
				in[p] = append(in[p], load(base, r))
			}
		}
		m.certain()
		y := body(in)
		if m.anyDoubt() {
			switch {
			case k.certain:
				panic(name + " puts elements in doubt")
			case k.vectorsAtOnce() > 1:
				panic("an element in doubt would leave vectors before it that are done and not counted")
			}
			m.leaveInDoubt("stop")
		}
		return y
	}
	// results stores y, the registers of each result in turn.
	results := func(y vector, store func(x operand.Op, base reg.Register, register int)) {
		for r := range y {
			store(y[r], to[r/registers], r%registers)
		}
	}
	// several goes through whole vectors, count of them at a time, and then on to rest.
	several := func(label string, count int, rest string) {
		c.Label(label)
		c.LEAQ(operand.Mem{Base: i, Disp: count * lanes}, next)
		c.CMPQ(next, n)
		c.JA(operand.LabelRef(rest))
		for v := range count {
			y := compute(func(base reg.Register, r int) operand.Op { return m.load(at(base, v*registers+r)) })
			results(y, func(x operand.Op, base reg.Register, r int) {
				if stream {
					m.storePast(x, at(base, v*registers+r))
				} else {
					m.store(x, at(base, v*registers+r))
				}
			})
		}
		c.MOVQ(next, i)
		c.JMP(operand.LabelRef(label))
	}
	if 0 < k.pipelined && k.pipelined <= m.registers() {
		body := laidBy(c, func() {
			y := compute(func(base reg.Register, r int) operand.Op { return m.load(at(base, r)) })
			results(y, func(x operand.Op, base reg.Register, r int) { m.store(x, at(base, r)) })
		})
		layPipeline(c, body, loopRegisters{i, next, n}, lanes, k.of.bytes)
	}
	if k.vectorsAtOnce() > 1 {
		several("block", k.vectorsAtOnce(), "vector")
	}
	several("vector", 1, "tail")

	c.Label("tail")
	c.Comment("The last elements, through a mask that has one for each.")
	rest := c.GP64()
	c.MOVQ(n, rest)
	c.SUBQ(i, rest)
	c.JE(operand.LabelRef("stop"))
	m.tail(rest, k.of, registers)
	y := compute(func(base reg.Register, r int) operand.Op { return m.loadTail(at(base, r), r) })
	results(y, func(x operand.Op, base reg.Register, r int) { m.storeTail(x, at(base, r), r) })
	c.MOVQ(n, i)

	c.Label("stop")
	if stream {
		c.SFENCE()
	}
	c.Store(i, c.Return("done"))
	c.VZEROUPPER()
	c.RET()
}
