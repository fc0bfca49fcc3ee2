// Package reference is the straightforward float64 implementation of every
// operation: scalar functions that a reader can check against their formulas,
// accurate to the last bits over the whole range of float64. Kernels are held
// against it; where it cannot decide a rounding, package oracle can.
//
// Every function F of this package states its error as a constant FULP:
// |F(x) - exact| is at most FULP times ulp, where ulp is the spacing of float64
// numbers in the binade of the exact value (2^-1074 for subnormal values). A
// constant of 0 says that the result is exact. The bounds are tested, not
// proven: TestAccuracy measures each over every binade, dense ranges and the
// neighbourhoods of kinks and roots, and fails when a function comes closer
// than a quarter to its bound. They leave room for the exp of other machines:
// math.Exp has an assembly body of its own on some of them.
//
// The rules all functions keep: NaN in, NaN out. Infinities give the limit. A
// result that underflows keeps the exact value's sign, so GELU(-Inf) is -0.
// Odd functions keep the sign of zero, and so does ReLU. Derivatives at kinks
// follow PyTorch; each function says what that is.
package reference
