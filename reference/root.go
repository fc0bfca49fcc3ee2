package reference

import "math"

// A series is a Taylor polynomial, lowest power first. The functions expanded
// here have their nearest singularity at distance 2 or more, so at the radius
// of a root the last term is below 2^-70.
type series [36]float64

// squareAt returns coefficient n of the square of s.
func (s *series) squareAt(n int) float64 { return s.timesAt(s, n) }

// timesAt returns coefficient n of s*t.
func (s *series) timesAt(t *series, n int) (sum float64) {
	for i := range n + 1 {
		sum += s[i] * t[n-i]
	}
	return sum
}

// A root is the derivative of f(x) = x*g(x) around the point where it is zero.
// Any formula evaluated at the float64 x cancels there; the series in the
// distance to the root, which is known to twice the precision of x, does not.
type root struct {
	hi, lo float64 // the root is hi+lo
	f      series  // Taylor coefficients of f' at the root; f[0] is 0 by definition
}

// rootRadius is the distance to a root up to which its series is used.
const rootRadius = 0.5

// newRoot makes a root from the Taylor coefficients of g there.
func newRoot(hi, lo float64, g func(r float64) series) root {
	r := root{hi: hi, lo: lo}
	c := g(hi)
	for n := 1; n < len(c)-1; n++ {
		// f = (hi+h)*g(hi+h), and coefficient n of f' is (n+1) times coefficient n+1 of f.
		r.f[n] = float64(n+1) * (hi*c[n+1] + c[n])
	}
	return r
}

func (r *root) near(x float64) bool { return math.Abs(x-r.hi) < rootRadius }

// at returns f'(x) for x near the root.
func (r *root) at(x float64) float64 {
	h := (x - r.hi) - r.lo // the first difference is exact
	square := h * h
	var even, odd float64 // powers, side by side: half the time
	for n := len(r.f) - 1; n >= 1; n -= 2 {
		odd = odd*square + r.f[n]
		even = even*square + r.f[n-1]
	}
	return odd*h + even
}
