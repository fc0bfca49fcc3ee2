package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Fills draw random words by Philox4x32-10 and make an element of each. Where that takes few
// instructions, one loop does both. The quantile of the normal distribution takes too many
// registers for that: words are drawn into memory, and a second loop makes elements of them.
//
// A 64-bit lane holds a word of the counter in its low half, and anything in its high half, which
// VPMULUDQ does not read. So a round is two products, two moves of their high halves and two sums
// without carry. Two of the products' low halves are the words c1 and c3 as they are.
// In the first two rounds most words depend on the stream and the upper half of the block's number alone:
// scalar instructions compute them before the loop, as parts of the sums of rounds 1 to 3.

// Constants of philox.go.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
)

// Sums are what rounds add without carry: one in round 1, two in the others.
const (
	philoxRounds = 10
	philoxSums   = 2*philoxRounds - 1
)

// sums computes them, in order, each for put to store, and returns the first
// block's product with M0.
func sums(c *build.Context, put func(i int, sum reg.GPVirtual)) (product reg.GPVirtual) {
	load := func(name string) (low, high reg.GPVirtual) {
		x := c.Load(c.Param(name), c.GP64()).(reg.GPVirtual)
		low, high = c.GP64(), c.GP64()
		c.MOVQ(x, low)
		c.SHLQ(operand.U8(32), low)
		c.SHRQ(operand.U8(32), low)
		c.MOVQ(x, high)
		c.SHRQ(operand.U8(32), high)
		return low, high
	}
	times := func(x reg.GPVirtual, by uint32) (low, high reg.GPVirtual) {
		low, high = c.GP64(), c.GP64()
		c.MOVQ(operand.U64(by), low)
		c.IMULQ(x, low)
		c.MOVQ(low, high)
		c.SHRQ(operand.U8(32), high)
		return low, high
	}
	k0, k1 := load("seed")
	low, high := load("stream")
	product, upper := load("block")
	next := func() {
		c.ADDL(operand.U32(philoxW0), k0.As32())
		c.ADDL(operand.U32(philoxW1), k1.As32())
	}
	sum := func(i int, x, key reg.GPVirtual) {
		c.XORL(key.As32(), x.As32())
		put(i, x)
	}
	product, _ = times(product, philoxM0)
	low, word := times(low, philoxM1) // of round 1
	c.XORL(upper.As32(), word.As32())
	c.XORL(k0.As32(), word.As32())
	sum(0, high, k1)
	next()
	other, word := times(word, philoxM0) // of round 2
	sum(1, low, k0)
	sum(2, word, k1)
	next()
	put(3, k0)
	sum(4, other, k1)
	for i := 5; i < philoxSums; i += 2 {
		next()
		put(i, k0)
		put(i+1, k1)
	}
	return product
}

// The rows of a quantileRow32 of package kernels, and its row of p from 1/4 to 1/2.
const (
	atCentre, atFirst, atLast, atSlope = 0, 1, 10, 11
	rowLength                          = 12
	topRow                             = 29
)

// A fillEnd is a back end for fills.
type fillEnd interface {
	backEnd
	spread(name string) operand.Op // a parameter in every element

	// philox sets up the draw of words of the parameters seed, stream and block, the first one's
	// number. What it returns lays down the next so many groups; a group is as many blocks as a
	// register has 64-bit lanes, and two registers of words.
	philox() func(groups int) vector
	groupsAtOnce() int // is how many groups a loop draws in step: each is a chain of some 80 cycles

	uniform32(lo, step, last operand.Op) func(words vector) vector
	uniform64(lo, step, last operand.Op) func(words vector) vector
	among32(last operand.Op) func(words vector) vector // 1 where the word is last at most, 0 elsewhere

	// normal makes elements of words; atOnce registers of them take one another's time.
	// The table is quantileTable32, or in AVX-512 its transpose.
	normal(table reg.Register) func(words vector) vector
	normalAtOnce() int
	restrict(first, count operand.Op) func(words vector) vector // first + floor(word*count / 2^32)
	clampTo(lo, hi operand.Op) func(x vector) vector
}

func groupWords(m fillEnd) int { return 2 * m.registerBytes() / 4 }

// A fill is a function that draws words and makes elements of them.
type fill struct {
	name, doc string
	op        string // of the harness's table; empty if it is none alone
	of        element
	params    []string // as in Go, behind dst, n and rounds
	setup     func(m fillEnd, given func(name string) operand.Op) func(words vector) vector
	stream    bool // there is one that stores past the caches
}

var fills = []fill{
	{
		name: "philox", doc: "draws n words of the blocks from block on, a multiple of a group.", of: element{"uint32", 4},
		setup: func(fillEnd, func(string) operand.Op) func(vector) vector { return func(w vector) vector { return w } },
	},
	{
		name: "uniform", op: "uniform", doc: "draws n elements lo + step*w, below last, a multiple of a group.", of: float32s,
		params: []string{"lo float32", "step float32", "last float32"}, stream: true,
		setup: func(m fillEnd, given func(string) operand.Op) func(vector) vector {
			return m.uniform32(given("lo"), given("step"), given("last"))
		},
	},
	{
		name: "uniform64", op: "uniform", doc: "draws n elements lo + step*w, below last, a multiple of half a group.", of: float64s,
		params: []string{"lo float64", "step float64", "last float64"}, stream: true,
		setup: func(m fillEnd, given func(string) operand.Op) func(vector) vector {
			return m.uniform64(given("lo"), given("step"), given("last"))
		},
	},
	{
		name: "bernoulli", op: "bernoulli", doc: "draws n elements, 1 where the word is last at most and 0 elsewhere, a multiple of a group.", of: float32s,
		params: []string{"last uint32"}, stream: true,
		setup: func(m fillEnd, given func(string) operand.Op) func(vector) vector { return m.among32(given("last")) },
	},
}

func (f fill) signature() []string {
	return append([]string{"dst *" + f.of.goType, "n int", "seed uint64", "stream uint64", "block uint64"}, f.params...)
}

func pastCaches(doc string) string {
	return strings.TrimSuffix(doc, ".") + ", past the caches, to an aligned dst."
}

func (f fill) lay(m fillEnd, stream bool) {
	c := m.context()
	name := f.name + "Fill" + m.set()
	store, doc := m.store, f.doc
	if stream {
		name = f.name + "FillPast" + m.set()
		store, doc = m.storePast, pastCaches(doc)
	}
	c.Function(name)
	c.Doc(name + " " + doc)
	c.Pragma("noescape")
	c.SignatureExpr(fmt.Sprintf("func(%s)", strings.Join(f.signature(), ", ")))
	dst, left := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("n"), c.GP64())
	draw := m.philox()
	body := f.setup(m, m.spread)
	words := f.of.bytes / 4
	loop := func(label string, groups int, rest string) {
		elements := groups * groupWords(m) / words
		c.Label(label)
		c.SUBQ(operand.U32(uint32(elements)), left)
		c.JB(operand.LabelRef(rest))
		for i, x := range body(draw(groups)) {
			store(x, operand.Mem{Base: dst, Disp: i * m.registerBytes()})
		}
		c.ADDQ(operand.U32(uint32(elements*f.of.bytes)), dst)
		c.JMP(operand.LabelRef(label))
		c.Label(rest)
		c.ADDQ(operand.U32(uint32(elements)), left)
	}
	loop("several", m.groupsAtOnce(), "one")
	loop("group", 1, "done")
	if stream {
		c.SFENCE()
	}
	c.VZEROUPPER()
	c.RET()
}

// loop counts the loop over whole vectors, and how many elements a turn of it makes.
func (f fill) loop(m fillEnd) counts {
	return counts{counted[f.name+"Fill"+m.set()]["several"], m.groupsAtOnce() * groupWords(m) * 4 / f.of.bytes}
}

// An elementMap is a function that makes elements of words in memory.
type elementMap struct {
	name, doc string
	op        string // of the harness's table: philox and then this
	params    []string
	setup     func(m fillEnd, given func(name string) operand.Op) (before, after func(x vector) vector)
}

func same(x vector) vector { return x }

var elementMaps = []elementMap{
	{
		name: "normal", op: "normal", doc: "makes elements mean + std*z of n words, a multiple of 16.",
		setup: func(fillEnd, func(string) operand.Op) (_, _ func(vector) vector) { return same, same },
	},
	{
		name: "truncated", op: "truncated_normal", doc: "is normal for words first + floor(w*count / 2^32), clamped to [lo, hi].",
		params: []string{"first uint32", "count uint32", "lo float32", "hi float32"},
		setup: func(m fillEnd, given func(string) operand.Op) (_, _ func(vector) vector) {
			return m.restrict(given("first"), given("count")), m.clampTo(given("lo"), given("hi"))
		},
	},
}

// loop counts the loop over whole vectors, and how many elements a turn of it makes.
func (e elementMap) loop(m fillEnd) counts {
	return counts{counted[e.name+"Words"+m.set()]["several"], m.normalAtOnce() * m.registerBytes() / 4}
}

func (e elementMap) signature() []string {
	return append([]string{"dst *float32", "words *uint32", "n int", "table *float32", "mean float32", "std float32"}, e.params...)
}

func (e elementMap) lay(m fillEnd, stream bool) {
	c := m.context()
	name := e.name + "Words" + m.set()
	store, doc := m.store, e.doc
	if stream {
		name = e.name + "WordsPast" + m.set()
		store, doc = m.storePast, pastCaches(doc)
	}
	c.Function(name)
	c.Doc(name + " " + doc)
	c.Pragma("noescape")
	c.SignatureExpr(fmt.Sprintf("func(%s)", strings.Join(e.signature(), ", ")))
	dst, words := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("words"), c.GP64())
	n, table := c.Load(c.Param("n"), c.GP64()), c.Load(c.Param("table"), c.GP64())
	before, after := e.setup(m, m.spread)
	body := m.normal(table)
	i, next := c.GP64(), c.GP64()
	c.XORQ(i, i)
	lanes := m.registerBytes() / 4
	loop := func(label string, registers int, rest string) {
		c.Label(label)
		c.LEAQ(operand.Mem{Base: i, Disp: registers * lanes}, next)
		c.CMPQ(next, n)
		c.JA(operand.LabelRef(rest))
		var w vector
		for r := range registers {
			w = append(w, m.load(operand.Mem{Base: words, Index: i, Scale: 4, Disp: r * m.registerBytes()}))
		}
		for r, x := range after(body(before(w))) {
			store(x, operand.Mem{Base: dst, Index: i, Scale: 4, Disp: r * m.registerBytes()})
		}
		c.MOVQ(next, i)
		c.JMP(operand.LabelRef(label))
		c.Label(rest)
	}
	loop("several", m.normalAtOnce(), "one")
	loop("vector", 1, "done")
	if stream {
		c.SFENCE()
	}
	c.VZEROUPPER()
	c.RET()
}

// generateFills writes the files of the fills: the assembly of every instruction set, and the
// functions that call one by its variant.
func generateFills() {
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\n//go:build amd64 && !purego\n\npackage kernels\n")
	for _, m := range []fillEnd{newAVX2(), newAVX512()} {
		c := m.context()
		c.ConstraintExpr("amd64,!purego")
		for _, f := range fills {
			f.lay(m, false)
			if f.stream {
				f.lay(m, true)
			}
		}
		for _, e := range elementMaps {
			e.lay(m, false)
			e.lay(m, true)
		}
		file := "fills_" + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
	for _, f := range fills {
		dispatch(&w, f.name+"Fill", f.doc, f.signature())
		if f.stream {
			dispatch(&w, f.name+"FillPast", pastCaches(f.doc), f.signature())
		}
	}
	for _, e := range elementMaps {
		dispatch(&w, e.name+"Words", e.doc, e.signature())
		dispatch(&w, e.name+"WordsPast", pastCaches(e.doc), e.signature())
	}
	write("fillcalls_amd64.go", formatted(w.Bytes()))
}

// dispatch writes the function that calls the assembly of a variant: by name, so that its
// arguments do not escape.
func dispatch(w *bytes.Buffer, name, doc string, params []string) {
	fmt.Fprintf(w, "\n// %s %s\nfunc %[1]s(v Variant, %[3]s) {\n", name, doc, strings.Join(params, ", "))
	var arguments []string
	for _, p := range params {
		arguments = append(arguments, strings.Fields(p)[0])
	}
	call := fmt.Sprintf("(%s)\n", strings.Join(arguments, ", "))
	fmt.Fprintf(w, "if v == AVX512 {\n%sAVX512%s} else {\n%[1]sAVX2%[2]s}\n}\n", name, call)
}
