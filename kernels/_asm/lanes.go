package main

import "github.com/mmcloughlin/avo/operand"

// An f32 is a vector of float32: a register, or a constant in memory.
type f32 struct{ operand.Op }

// An f64 is the float64 of an f32's elements, in as many registers as they
// take; a constant is one operand that stands for all of them.
type f64 []operand.Op

func (x f64) part(i int) operand.Op { return x[min(i, len(x)-1)] }

// A mask selects elements of an f32, a mask64 those of an f64.
type (
	mask   struct{ operand.Op }
	mask64 []operand.Op
)

// A table holds 8 float64 in registers throughout a loop, in as many as the
// instruction set takes.
type table []operand.Op

// lanes is the arithmetic that operations are described in: each call lays
// down instructions for one vector of elements. A back end implements it for an
// instruction set.
//
// A constant in memory may be any operand of a call that does not say otherwise;
// it costs least as the last one. Calls that consume an operand reuse its register.
type lanes interface {
	// Constants: const32 and const64 are in memory, keep holds a value in a
	// register throughout the loop.
	const32(x float32) f32
	const64(x float64) f64
	constBits64(u uint64) f64
	constBits(u uint32) f32
	keep32(f32) f32
	keep64(float64) f64
	table(name string, bits [8]uint64) table
	param32() f32 // the operation's parameter in every element, kept in a register
	param64() f64
	second32() f32 // the second parameter, as the first
	second64() f64

	// Single operations on float32, each rounded.
	add32(a, b f32) f32
	sub32(a, b f32) f32
	mul32(a, b f32) f32
	div32(a, b f32) f32
	// min32 and max32 return b where one is NaN or both are zero.
	min32(a, b f32) f32
	max32(a, b f32) f32
	notNegative32(zero, x f32) f32 // zero, a register of 0, where x < 0 and x elsewhere, a NaN made quiet; consumes x
	and32(a, b f32) f32
	or32(a, b f32) f32

	// Comparisons are false for NaN; unordered32 is true for it.
	greater32(a, b f32) mask
	less32(a, b f32) mask
	unordered32(a, b f32) mask
	select32(where mask, yes, no f32) f32      // yes may be in memory, no not
	maskBits(mask) f32                         // all bits of the selected elements
	tiny32(x f32, below uint32) mask           // 0 < |x| < the float32 with bits below
	negativeTiny32(x f32, below uint32) mask   // -below < x < 0
	between32(x f32, least, most float32) mask // least <= x <= most < 0

	// Further operations on float32, for results that need no float64. The fused
	// ones are rounded once and consume the operand they name; only the others may be in memory.
	mulAdd32(a, b, c f32) f32 // a*b + c, consumes a; only c may be in memory
	addMul32(c, a, b f32) f32 // c + a*b, consumes c; only b may be in memory
	subMul32(c, a, b f32) f32 // c - a*b, consumes c; only b may be in memory
	copy32(f32) f32
	negative32(x f32) mask           // by the sign bit
	sizeUpTo32(x, highest f32) f32   // min(|x|, highest); one of NaN and highest for NaN
	complement32(x, y, down f32) f32 // 1 - y*down where x > 0 and y*down where x < 0, y not negative, and NaN for NaN; consumes x and y; only down may be in memory
	orSign32(y, x f32) f32           // y or the sign bit of x, consumes y
	addBits32(a, b f32) f32
	subBits32(a, b f32) f32
	shiftBits32(x f32, left uint8) f32
	table4(bits [4]uint32) f32
	lookup4(table, index f32) f32 // by the lowest two bits of index

	widen(x f32) f64
	// round rounds to float32. It puts the elements that are too near to a tie in doubt.
	round(y f64) f32
	// roundNormal is round of y = f(x), and puts the elements in doubt whose results may be
	// subnormal. They are among those with least <= x <= most, negative numbers, and with
	// 0 < |x| < the float32 with bits below.
	roundNormal(y f64, x f32, least, most float32, below uint32) f32
	narrow(y f64) f32 // round where a float64 on a tie is exact, or on the right side of it

	// Single operations on float64, each rounded.
	add(a, b f64) f64
	sub(a, b f64) f64
	mul(a, b f64) f64
	div(a, b f64) f64
	sqrt(a f64) f64

	// ratio is a/b with an error of 2^-50, relative, for what is rounded to float32 and for b
	// between 2^-500 and 2^500 in size. It may put NaN in doubt. ratioUp is ratio where a
	// result may be half the smallest float32, a tie, and beyond it: it may not be less, unless it is in doubt.
	ratio(a, b f64) f64
	ratioUp(a, b f64) f64

	min(a, b f64) f64 // b where one is NaN
	max(a, b f64) f64 // b where one is NaN
	notNegative(zero, x f64) f64
	and(a, b f64) f64
	or(a, b f64) f64
	xor(a, b f64) f64

	// Comparisons as in float32.
	greater(a, b f64) mask64
	less(a, b f64) mask64
	unordered(a, b f64) mask64
	choose(where mask64, yes, no f64) f64 // yes may be in memory, no not
	bits(mask64) f64                      // all bits of the selected elements

	// Fused operations, rounded once.
	mulAdd(a, b, c f64) f64    // a*b + c, consumes a; only a and c may be in memory
	addMul(c, a, b f64) f64    // c + a*b, consumes c
	subMul(c, a, b f64) f64    // c - a*b, consumes c
	mulSub(a, b, c f64) f64    // a*b - c, consumes c
	negMulSub(a, b, c f64) f64 // -(a*b) - c, consumes c
	copy(f64) f64
	again(x f64) f64 // an input of the vector, which no call has consumed, read a second time: so it takes no register until then

	// split returns an integer n, in the form that scale takes, and r with
	// 2^n * e^(unit*r) = e^(factor*x) and |unit*r| <= ln2/2 but for roundings; factor is a power
	// of two or its negative. splitSigned keeps the sign of x in an r of zero, and x must be
	// finite. scale is x * 2^n, x and the result normal. limit is min or max of bound
	// and x where split or scale needs it, and else x.
	split(x f64, factor float64) (n, r f64, unit float64)
	splitSigned(x f64, factor float64) (n, r f64, unit float64)
	scale(x, n f64) f64
	limit(do func(a, b f64) f64, bound, x f64) f64

	// lookup reads the float64 of a table that the lowest bits of n number. addEighths
	// adds n<<49 to the bits of x; it consumes x.
	lookup(t table, n f64) f64
	addEighths(x, n f64) f64

	// doubt leaves elements to the scalar code.
	doubt(mask)
	doubt64(mask64)
}

// arithmetic is the part of lanes that both element types have: what is described over
// it is described for both. V is a vector of elements and M selects some of them.
type arithmetic[V, M any] interface {
	constant(float64) V
	keep(V) V
	param() V
	second() V

	add(a, b V) V
	sub(a, b V) V
	mul(a, b V) V
	div(a, b V) V
	min(a, b V) V
	max(a, b V) V
	notNegative(zero, x V) V // consumes x
	and(a, b V) V
	or(a, b V) V
	magnitude(a V) V // |a|

	greater(a, b V) M
	less(a, b V) M
	unordered(a, b V) M
	choose(where M, yes, no V) V
	bits(M) V
}

// of32, in32, of64 and in64 give a description over arithmetic the lanes of an element type.
func of32(f func(arithmetic[f32, mask]) func(x f32) f32) func(lanes) func(x f32) f32 {
	return func(m lanes) func(x f32) f32 { return f(arithmetic32{m}) }
}

func in32(f func(arithmetic[f32, mask]) func(grad, saved f32) f32) func(lanes) func(grad, saved f32) f32 {
	return func(m lanes) func(grad, saved f32) f32 { return f(arithmetic32{m}) }
}

func of64(f func(arithmetic[f64, mask64]) func(x f64) f64) func(lanes) func(x f64) f64 {
	return func(m lanes) func(x f64) f64 { return f(arithmetic64{m}) }
}

func in64(f func(arithmetic[f64, mask64]) func(grad, saved f64) f64) func(lanes) func(grad, saved f64) f64 {
	return func(m lanes) func(grad, saved f64) f64 { return f(arithmetic64{m}) }
}

type arithmetic32 struct{ lanes }

func (m arithmetic32) constant(x float64) f32             { return m.const32(float32(x)) }
func (m arithmetic32) keep(x f32) f32                     { return m.keep32(x) }
func (m arithmetic32) param() f32                         { return m.param32() }
func (m arithmetic32) second() f32                        { return m.second32() }
func (m arithmetic32) add(a, b f32) f32                   { return m.add32(a, b) }
func (m arithmetic32) sub(a, b f32) f32                   { return m.sub32(a, b) }
func (m arithmetic32) mul(a, b f32) f32                   { return m.mul32(a, b) }
func (m arithmetic32) div(a, b f32) f32                   { return m.div32(a, b) }
func (m arithmetic32) min(a, b f32) f32                   { return m.min32(a, b) }
func (m arithmetic32) max(a, b f32) f32                   { return m.max32(a, b) }
func (m arithmetic32) notNegative(zero, x f32) f32        { return m.notNegative32(zero, x) }
func (m arithmetic32) and(a, b f32) f32                   { return m.and32(a, b) }
func (m arithmetic32) or(a, b f32) f32                    { return m.or32(a, b) }
func (m arithmetic32) magnitude(a f32) f32                { return m.and32(a, m.constBits(signBit-1)) }
func (m arithmetic32) greater(a, b f32) mask              { return m.greater32(a, b) }
func (m arithmetic32) less(a, b f32) mask                 { return m.less32(a, b) }
func (m arithmetic32) unordered(a, b f32) mask            { return m.unordered32(a, b) }
func (m arithmetic32) choose(where mask, yes, no f32) f32 { return m.select32(where, yes, no) }
func (m arithmetic32) bits(where mask) f32                { return m.maskBits(where) }

// arithmetic64 has the rest from lanes.
type arithmetic64 struct{ lanes }

func (m arithmetic64) constant(x float64) f64 { return m.const64(x) }
func (m arithmetic64) keep(x f64) f64         { return m.copy(x) }
func (m arithmetic64) param() f64             { return m.param64() }
func (m arithmetic64) second() f64            { return m.second64() }
func (m arithmetic64) magnitude(a f64) f64    { return m.and(a, m.constBits64(1<<63-1)) }
