// Package remote runs kernels in other processes: our own of another build or instruction
// set, other libraries', and anybody's in any language that reads lines.
//
// # Why
//
// Two builds cannot share a process, and a library that changes the floating-point
// environment, takes memory or starts threads must not disturb the others. What can be
// shared is the memory that kernels work on: all processes map the same pages, so that
// inputs and addresses within pages are the same for all. What else may differ is the
// code and where it lies, and what a process has on its stack.
//
// # Protocol
//
// The program that measures starts the other and talks to its standard input and output,
// one line a message, words separated by single spaces, answers in the order of the
// requests. Standard error is for people: the last of it is shown if the process fails.
//
//	actinit 1
//
// asks for a greeting in version 1 of the protocol. The answer is any number of lines
//
//	library NAME VERSION AND WHAT IT CHOSE
//	kernel OP DIRECTION TYPE VARIANT ISA
//
// and the line end. Kernels are numbered from 0 in the order of their lines; OP, DIRECTION
// and TYPE are those of `actinit list kernels`, VARIANT is the name of the implementation,
// which must not be one of actinit's own, and ISA the instruction set it uses: portable, avx2
// or avx512.
//
//	memory PATH BYTES
//
// asks to map the file at PATH, shared, for reading and writing, in place of what was
// mapped before. The answer is ok.
//
//	run KERNEL N WORKERS WARMUP ITERATIONS PARAM OUT X GRAD SAVED ARGMAX
//
// asks for WARMUP calls of a kernel on N elements that are not timed, then for ITERATIONS
// calls between two readings of the clock. The last five numbers are the places of
// the operands in the memory, in bytes from its beginning, multiples of 64: the results, the
// input, the gradient, what the forward pass saved, and the winners of maxout. A kernel
// uses those it needs: forward reads X and writes OUT; backward reads GRAD, and SAVED
// (which is the place of X where the derivative is taken at the input), and writes OUT; a fill writes OUT.
// Operands of which a kernel needs more than N elements lie one after the other. PARAM is
// the operation's parameter, 0 if it has none. The answer is
//
//	ns ELAPSED
//
// in nanoseconds, followed by any of these words for what was counted while the clock ran:
// cycles=N, instructions=N, l1-misses=N, llc-misses=N, allocs=N, switches=N (involuntary context switches), hz=N (the core's
// frequency just before), and mxcsr=BEFORE,AFTER in hexadecimal
// if the kernel changed the floating-point control register, which must have been put back.
//
//	in-place KERNEL N WORKERS WARMUP ITERATIONS PARAM OUT X GRAD SAVED ARGMAX
//
// asks for the same of a forward or backward kernel that writes its results over its input:
// before each call the process copies the N elements at X, of a backward kernel those at GRAD,
// to OUT, and the call takes OUT for that operand. Only the calls are timed, each on its own. A process need not
// know this request, which comes only if the user asks for in-place timings.
//
// Any request can be answered with
//
//	error WHY IT CANNOT BE DONE
//
// At the end of its input the process ends.
package remote

import (
	"actinit/harness/result"
)

// protocolVersion is the version of the protocol this package speaks.
const protocolVersion = 1

// A Library tells what a process has linked in.
type Library struct {
	Name    string // the variant's: "xnnpack"
	Version string // and flags, and the code path it chose on this CPU, in words
}

// A Request asks for one sample.
type Request struct {
	Kernel                         int // its number in Process.Kernels
	N, Workers, Warmup, Iterations int
	Param                          float64
	Places                         Places
	InPlace                        bool // results over a fresh copy of the input
}

// Places are where operands lie in the memory, in bytes from its beginning.
type Places struct{ Out, X, Grad, Saved, Argmax int }

// An Answer is what a sample came to. What the process did not count is nil.
type Answer struct {
	ElapsedNs                                         int64
	Cycles, Instructions, L1Misses, LLCMisses, Allocs *int64
	Switches, Hz                                      *int64
	ControlBefore, ControlAfter                       uint32 // floating-point control register, if the kernel changed it; else both are 0
}

// A Kernel is what a process that serves can run.
type Kernel struct {
	result.Kernel

	// Bind returns the loop over the kernel for a request: the given number of calls on
	// operands in memory. An error is the answer to the request.
	Bind func(memory []byte, r Request) (loop func(iterations int), err error)
}
