// Package doubledouble computes the exact functions as unevaluated sums of two
// float64: some 30 digits, a hundred times as fast as package oracle. It decides
// how a result rounds where float64 cannot, and leaves to package oracle what is
// nearer to a rounding boundary than its own error.
//
// Every function F returns a Value, a Number times a power of two, and a Bound
// on its error: at most 2^-100 of the value, for all finite arguments, with the
// power of two beside the number so that results far below float64's range are
// as accurate as others. Bound is smaller where more is known: 0 where the
// value is exact, and near 0 and at the limits the error of the second term of
// a series, so that x/2 + x^2/sqrt(2 pi) tells on which side of x/2 it lies.
//
// A second term below 2^-1800 of the value may be left out, and a result whose size
// is below 2^-4000 keeps its sign but not its size: no rounding depends on it.
//
// Arguments are float64 values taken exactly, parameters included. They must be
// finite. The error of one operation on numbers is at most 4u^2 (sum 3u^2,
// product 4u^2, quotient 10u^2; u = 2^-53), see M. Joldes, J.-M. Muller, V. Popescu, Tight and
// rigorous error bounds for basic building blocks of double-word arithmetic,
// 2017; a function's are added up beside it, 64u^2 being 2^-100.
// TestAgainstOracle measures them.
package doubledouble
