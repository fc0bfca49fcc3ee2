// Package kernels holds activation functions for neural nets, their gradients
// and weight fills, as plain functions over slices of float32 or float64.
//
//	kernels.Sigmoid(y, x)        // y[i] = 1/(1+e^-x[i])
//	kernels.SigmoidGrad(g, g, y) // g[i] *= y[i]*(1-y[i])
//
// # Contract
//
// The slices of a call have one length. dst may be exactly an input (the same
// first element) or disjoint from it; otherwise, and on unequal lengths, a
// kernel panics with a constant message. Nothing outside the slices is read or
// written, nothing is allocated, and functions may be called from any number of
// goroutines. A result depends on its element alone, or its row: neither its place in the
// slice nor the slice's length or address matters.
//
// # Accuracy
//
// ulp(y) is the spacing of floats in the binade of the exact value y, or the
// subnormal spacing below. float32 forward functions are correctly rounded: the
// result is the float nearest to the exact value, ties to even ([ELU] says what an
// alpha other than 1 changes), but for the twins named ...Faithful, such as [SigmoidFaithful]:
// theirs is the exact value rounded up or down, which takes vectors a quarter to two thirds
// of the time. README.md has the table of all 2^32 inputs.
// float64 forward functions are faithful: the exact value rounded up or down, within
// the part of an ULP that each states where the result is normal. The exact function is the formula in
// real arithmetic at the parameters' stored values. ReLU, leaky ReLU, PReLU,
// maxout, Hardtanh and what else is piecewise linear are exact or one rounded operation.
// The gated units are a rounded product with such an activation: see [GatedUnit].
// [Softmax] and [LogSoftmax] are functions of a row, whose error is below 0.51 ULP.
//
// Gradients take their saved input or output as given. They are either a fixed
// sequence of operations, each rounded to the element type, or the product of the
// gradient and a derivative that is correctly rounded (float32) or faithful
// (float64); each function says which. Those of Softmax and LogSoftmax are rounded once.
// A derivative that is subnormal has lost relative accuracy to its rounding, and the
// product with a large gradient shows it: where one can be, the functions say by how
// much that widens the bound.
//
// NaN in gives NaN out. Infinities give the limit. Subnormals are computed. A
// result that underflows keeps the exact value's sign, so SiLU(-Inf) is -0, and
// odd functions and ReLU keep the sign of zero. Derivatives at kinks are those
// of PyTorch.
//
// # Same bits everywhere
//
// All variants of a kernel give the same bits, on every CPU and target. The
// code uses operations that IEEE 754 fixes only; it calls none of math's
// elementary functions, whose bits differ between targets; and it writes
// float64(x*y)+z or math.FMA(x, y, z), because Go may fuse a bare x*y+z.
// It assumes what Go programs run with: rounding to nearest, subnormals neither
// flushed nor taken for zero.
//
// # Variants and instruction sets
//
// A kernel comes in variants: scalar, the plain loop; unrolled, portable Go with
// four elements in flight, where that pays (TUNING.md); avx2 and avx512, where there is
// assembly for the operation. The plain functions use the best one that the CPU
// runs. avx2 needs AVX2, FMA and F16C; avx512 needs the F, DQ, BW and VL parts of
// AVX-512; both need an operating system that saves the registers.
//
// Vectors leave rare elements to the scalar code: near-ties, and in float32 results that
// are subnormal, such as Sigmoid's below -87, and SiLU's and Mish's of subnormal numbers; in
// float64 also Exp's beyond 708. Slices full of those take 20 to 60 times as long as others. Faithful functions
// leave nothing to it, but take some 10 times as long where results are subnormal.
//
// The environment variable ACTINIT_ISA = avx512, avx2 or portable limits the choice;
// it is read at start. Where it names a set that is unknown or not there, the
// best set below it is used. [ISA] tells which one is; [ParseISA] lets a command refuse.
// A build with the tag purego has portable Go only. [Operations] lists the
// operations and gives each variant by name.
//
// # 16-bit floats
//
// [Float16] and [BFloat16] are types to store numbers in. [Narrow] and [Widen] convert
// slices; [ForwardHalf] and [BackwardHalf] run the element-wise operations on them, through float32.
// Forward results are correctly rounded from the 16-bit input to the 16-bit output,
// which rounding the float32 result once more would not give; all 65,536 inputs of
// both types are tried in every verification. Their buffers are kept between calls.
//
// # Parallel
//
// [Parallel], [ParallelSlice] and [ParallelRange] cut work into pieces for goroutines.
// Results do not depend on the number of workers; sums add in a fixed order.
// [AlignedSlice] gives large slices whose memory moves faster.
package kernels
