package main

import "github.com/mmcloughlin/avo/operand"

// An f32 is a vector of float32: a register, or a constant in memory.
type f32 struct{ operand.Op }

// An f64 is the float64 of an f32's elements, in as many registers as they
// take; a constant is one operand that stands for all of them.
type f64 []operand.Op

func (x f64) part(i int) operand.Op { return x[min(i, len(x)-1)] }

// A mask selects elements of an f32.
type mask struct{ operand.Op }

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
	powersTable(bits [8]uint64) (high, low f32)
	param32() f32 // the operation's parameter in every element, kept in a register
	param64() f64

	// Single operations on float32, each rounded.
	add32(a, b f32) f32
	sub32(a, b f32) f32
	mul32(a, b f32) f32
	// min32 and max32 return b where one is NaN or both are zero.
	min32(a, b f32) f32
	max32(a, b f32) f32
	and32(a, b f32) f32
	or32(a, b f32) f32

	// Comparisons are false for NaN; unordered32 is true for it.
	greater32(a, b f32) mask
	less32(a, b f32) mask
	unordered32(a, b f32) mask
	select32(where mask, yes, no f32) f32 // yes may be in memory, no not
	maskBits(mask) f32                    // all bits of the selected elements
	tiny32(x f32, below uint32) mask      // 0 < |x| < the float32 with bits below
	negativeTiny32(x f32, below uint32) mask

	widen(x f32) f64
	// round rounds to float32. It puts the elements that are too near to a tie in doubt.
	round(y f64) f32

	// Single operations on float64, each rounded.
	add(a, b f64) f64
	sub(a, b f64) f64
	mul(a, b f64) f64
	div(a, b f64) f64
	min(a, b f64) f64 // b where one is NaN
	max(a, b f64) f64 // b where one is NaN
	and(a, b f64) f64

	// Fused operations, rounded once.
	mulAdd(a, b, c f64) f64    // a*b + c, consumes a; only a and c may be in memory
	addMul(c, a, b f64) f64    // c + a*b, consumes c
	subMul(c, a, b f64) f64    // c - a*b, consumes c
	negMulSub(a, b, c f64) f64 // -(a*b) - c, consumes c
	copy(f64) f64

	// powers is 2^(n/8) for the integers in the low bits of n, from powersTable's registers.
	powers(high, low f32, n f64) f64

	// doubt leaves elements to the scalar code.
	doubt(mask)
}
