package doubledouble

import "math"

// Where |x| is below or above sqrt(b) by these factors, two terms of a series tell
// more than the formulas do.
const squareplusNear, squareplusFar = 0x1p-60, 0x1p29

// Squareplus returns (x + sqrt(x^2+b))/2, for b between 2^-100 and 2^100. For negative x
// it is (b/2)/(|x| + sqrt(x^2+b)).
func Squareplus(x, b float64) Value {
	f, n := math.Frexp(x)
	g, m := math.Frexp(b)
	root, c := math.Sqrt(b), g/(4*f*f) // b/(4x^2) = c*2^(m-2n)
	switch a := math.Abs(x); {
	case a < squareplusNear*root && math.FMA(root, root, -b) == 0: // sqrt(b)/2 + x/2
		h, k := math.Frexp(root)
		return tiny(h, f, n-k, k-1)
	case x > squareplusFar*root: // x + b/(4x)
		return tiny(f, f*c, m-2*n, n)
	case a > squareplusFar*root: // (b/(4|x|)) (1 - b/(4x^2))
		q := g / -f
		if math.FMA(q, f, g) == 0 {
			return tiny(q, -q*c, m-2*n, m-n-2)
		}
		return value(Number{g, 0}.over(Number{-f, 0}).lessPart(c, m-2*n), m-n-2)
	case x < 0:
		h, _ := squareplusTerms(x, b)
		return value(Number{b / 2, 0}.over(h), 0)
	}
	h, _ := squareplusTerms(x, b)
	return value(h.times2(-1), 0)
}

// SquareplusDerivative returns (1 + x/sqrt(x^2+b))/2, for b between 2^-100 and 2^100. For
// negative x it is (b/2)/((|x| + sqrt(x^2+b)) sqrt(x^2+b)).
func SquareplusDerivative(x, b float64) Value {
	f, n := math.Frexp(x)
	g, m := math.Frexp(b)
	root, c := math.Sqrt(b), g/(4*f*f)
	switch a := math.Abs(x); {
	case a < squareplusNear*root: // 1/2 + x/(2 sqrt(b))
		return nearHalf(.5/root, x)
	case x > squareplusFar*root: // 1 - b/(4x^2)
		return tiny(1, -c, m-2*n, 0)
	case a > squareplusFar*root: // (b/(4x^2)) (1 - 3b/(4x^2))
		return value(Number{g, 0}.over(twoProduct(f, f)).lessPart(3*c, m-2*n), m-2*n-2)
	case x < 0:
		h, r := squareplusTerms(x, b)
		return value(Number{b / 2, 0}.over(h.times(r)), 0)
	}
	h, r := squareplusTerms(x, b)
	return value(h.over(r).times2(-1), 0)
}

// squareplusTerms returns h = |x| + r and r = sqrt(x^2+b), with errors of 6u^2 and 3u^2. That
// r^2 takes more than two numbers costs r a quarter of u^2.
func squareplusTerms(x, b float64) (h, r Number) {
	s := twoProduct(x, x).plusFloat(b)
	root := math.Sqrt(s.Hi)
	r = fastTwoSum(root, (math.FMA(-root, root, s.Hi)+s.Lo)/(2*root))
	return r.plusFloat(math.Abs(x)), r
}

// lessPart returns a * (1 - c*2^n), for a product c*2^n below 2^-55.
func (a Number) lessPart(c float64, n int) Number {
	if n < -200 {
		return a
	}
	return a.plusFloat(-a.Hi * c * power2(n))
}
