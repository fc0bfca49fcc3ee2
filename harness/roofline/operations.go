package roofline

import "actinit/harness/result"

// Operations are what a vector kernel does for each element of its result: what its assembly has
// in the loop for whole vectors, divided by the elements of one turn. The generator of the
// assembly counts them. Elements that the loop leaves to scalar code, and the ends of slices, take more.
type Operations struct {
	Float32, Float64 Arithmetic // by the type they compute in, which need not be the kernel's
	Vector           float64    // instructions that compute with vectors: not moves, loads and stores
	Loads, Stores    float64    // instructions that read or write memory, constants included
}

// Arithmetic is of operations on single elements. Comparisons, minima, conversions and what is
// done to bits are not among them.
type Arithmetic struct {
	FMA      float64 // fused multiply-adds, each of which is two operations
	Multiply float64
	Add      float64 // and subtract
	Divide   float64 // and square roots
}

// Count returns the number of operations.
func (a Arithmetic) Count() float64 { return 2*a.FMA + a.Multiply + a.Add + a.Divide }

// Count returns the number of arithmetic operations.
func (o Operations) Count() float64 { return o.Float32.Count() + o.Float64.Count() }

// A code is a piece of assembly.
type code struct{ op, direction, of, isa string }

// OperationsOf returns the operations of kernel k, and false where they are unknown: for kernels in portable Go,
// for gated units and others that are several kernels one after the other, and for those of rows and of maxout.
func OperationsOf(k result.Kernel) (Operations, bool) {
	o, known := operations[code{k.Op, k.Direction, k.Type, k.ISA}]
	return o, known && k.Variant == k.ISA
}
