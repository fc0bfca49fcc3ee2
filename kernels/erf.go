package kernels

import "math"

// GELU and its derivative need the upper tail Q of the standard normal
// distribution, erfc(a/sqrt(2))/2, with a small relative error: far out, in
// negative x, it is all there is of x*Phi(x). For a = |x|,
//
//	Q(a) = e^(-a^2/2) R(a)                gelu(x)  = max(x, 0) - a Q(a)
//	D(a) = e^(-a^2/2) (a - root) G(a)     gelu'(x) = D(a) for x < 0, 1 - D(a) above
//
// where R and G are smooth and without zeros: tables of polynomials, in
// intervals of 1/16 of an octave of a+1. So nothing cancels, and one loop serves
// both. kernels/_fit makes the tables.
//
// There are two ways through the tables, as in exp.go: the quick one is plain
// float64 arithmetic with a relative error of some 2^-44; the precise one carries a
// pair with an error of about 2^-57. float64 kernels are the precise one, rounded;
// float32 kernels take the quick one unless its result is doubtful.

// A tailRow is one interval: its centre c, then a polynomial in a-c: the
// constant as a sum of two numbers and the coefficients of (a-c) .. (a-c)^9.
type tailRow [12]float64

// tailRowAt returns the row for 0 <= a < 39. That a+1 is rounded may choose
// the neighbour at the edge, which is as good there.
func tailRowAt(table *[85]tailRow, a float64) *tailRow {
	return &table[math.Float64bits(a+1)>>48-1023<<4]
}

// quick evaluates the row's polynomial at a but for its last terms: 2^-48.
func (c *tailRow) quick(a float64) float64 {
	t := a - c[0]
	s := t * t
	// Pairs of coefficients, so that the chain of dependent operations is short.
	return (c[1] + float64(t*c[3])) + float64(s*((c[4]+float64(t*c[5]))+
		float64(s*((c[6]+float64(t*c[7]))+float64(s*(c[8]+float64(t*c[9])))))))
}

// precise evaluates the row's polynomial at a: 2^-57.
func (c *tailRow) precise(a float64) pair {
	t := a - c[0]
	q := c[11]
	for i := 10; i >= 3; i-- {
		q = float64(q*t) + c[i]
	}
	return pairOf(fastTwoSum(c[1], c[2]+float64(q*t)))
}

// gaussian returns 2^512 e^(-a^2/2) with a relative error of about 2^-62, for a < 39.
func gaussian(a float64) pair {
	square := float64(a * a)
	return expUp(-.5*square, -.5*math.FMA(a, a, -square))
}

// expUp returns 2^512 e^(x+xl), for -800 <= x <= 0 and |xl| <= ulp(x).
func expUp(x, xl float64) pair {
	s, eh, el := expReduced(x, xl)
	return pairOf(expOf(math.Float64frombits(s+upBits), eh, el))
}
