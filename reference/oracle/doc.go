// Package oracle computes the exact functions to any precision with math/big
// and decides how they round.
//
// Every function that takes prec returns a value whose relative error is at
// most 2^-prec. This holds by construction: sums of series run in fixed point,
// or in floating point, with at least 16 bits (one building block) and 32 bits
// (their composition) more than asked for, where fewer than 2^12 roundings
// happen; truncated series stop below the last bit; and where two terms cancel,
// the working precision is raised by the bits that were lost, which are counted
// and not estimated. Arguments are float64 values taken exactly, parameters
// included.
//
// One convention reaches beyond that: an exponential of |x| > 2^29 is replaced
// by that of 2^29, so results beyond 2^±(2^29) keep their sign, and that they are
// beyond, but not their size. No rounding to float32 or float64 depends on it.
//
// Functions of float64 values panic on NaN and infinities.
package oracle
