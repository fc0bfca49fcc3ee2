package doubledouble

import "math"

// A Number is the unevaluated sum Hi+Lo, with |Lo| at most half of Hi's last place.
type Number struct{ Hi, Lo float64 }

// twoSum returns a+b exactly.
func twoSum(a, b float64) Number {
	s := a + b
	t := s - a
	return Number{s, (a - (s - t)) + (b - t)}
}

// fastTwoSum returns a+b exactly, for |a| >= |b| or a = 0.
func fastTwoSum(a, b float64) Number {
	s := a + b
	return Number{s, b - (s - a)}
}

// twoProduct returns a*b exactly, if it is not near underflow or overflow.
func twoProduct(a, b float64) Number {
	p := float64(a * b)
	return Number{p, math.FMA(a, b, -p)}
}

func (a Number) negated() Number { return Number{-a.Hi, -a.Lo} }

// times2 returns a*2^n without underflow or overflow.
func (a Number) times2(n int) Number {
	scale := power2(n)
	return Number{a.Hi * scale, a.Lo * scale}
}

// plus returns a+b with an error of 3u^2, also where they cancel.
func (a Number) plus(b Number) Number {
	s, t := twoSum(a.Hi, b.Hi), twoSum(a.Lo, b.Lo)
	v := fastTwoSum(s.Hi, s.Lo+t.Hi)
	return fastTwoSum(v.Hi, t.Lo+v.Lo)
}

// plusSmaller returns a+b with an error of 3u^2, for |b| <= |a|/2.
func (a Number) plusSmaller(b Number) Number {
	s := fastTwoSum(a.Hi, b.Hi)
	return fastTwoSum(s.Hi, s.Lo+(a.Lo+b.Lo))
}

func (a Number) minus(b Number) Number { return a.plus(b.negated()) }

// plusFloat returns a+b with an error of 2u^2.
func (a Number) plusFloat(b float64) Number {
	s := twoSum(a.Hi, b)
	return fastTwoSum(s.Hi, a.Lo+s.Lo)
}

// times returns a*b with an error of 4u^2.
func (a Number) times(b Number) Number {
	p := twoProduct(a.Hi, b.Hi)
	low := math.FMA(a.Hi, b.Lo, a.Lo*b.Lo)
	return fastTwoSum(p.Hi, p.Lo+math.FMA(a.Lo, b.Hi, low))
}

// timesFloat returns a*b with an error of 2u^2.
func (a Number) timesFloat(b float64) Number {
	p := twoProduct(a.Hi, b)
	return fastTwoSum(p.Hi, math.FMA(a.Lo, b, p.Lo))
}

// over returns a/b with an error of 10u^2.
func (a Number) over(b Number) Number {
	t := 1 / b.Hi
	r := fastTwoSum(math.FMA(-b.Hi, t, 1), -(b.Lo * t))
	inverse := r.timesFloat(t).plusFloat(t)
	return a.times(inverse)
}

// power2 returns 2^n for -1022 <= n <= 1023.
func power2(n int) float64 { return math.Float64frombits(uint64(1023+n) << 52) }

// A triple is the unevaluated sum of three float64, for arguments of the
// exponential that need more bits than a Number has.
type triple struct{ hi, mid, lo float64 }

func renormalised(hi, mid, lo float64) triple {
	b := fastTwoSum(mid, lo)
	a := fastTwoSum(hi, b.Hi)
	c := fastTwoSum(a.Lo, b.Lo)
	return triple{a.Hi, c.Hi, c.Lo}
}

// plusFloat returns a+b with an error of some 2^-155.
func (a triple) plusFloat(b float64) triple {
	s := twoSum(a.hi, b)
	t := twoSum(a.mid, s.Lo)
	return renormalised(s.Hi, t.Hi, t.Lo+a.lo)
}

// timesFloat returns a*b with an error of some 2^-155.
func (a triple) timesFloat(b float64) triple {
	p, q := twoProduct(a.hi, b), twoProduct(a.mid, b)
	s := twoSum(p.Lo, q.Hi)
	return renormalised(p.Hi, s.Hi, s.Lo+math.FMA(a.lo, b, q.Lo))
}

// times returns a*b with an error of some 2^-150.
func (a triple) times(b triple) triple {
	p, q, r := twoProduct(a.hi, b.hi), twoProduct(a.mid, b.hi), twoProduct(a.hi, b.mid)
	s := twoSum(q.Hi, r.Hi)
	t := twoSum(p.Lo, s.Hi)
	rest := q.Lo + r.Lo + a.hi*b.lo + a.lo*b.hi + a.mid*b.mid
	return renormalised(p.Hi, t.Hi, t.Lo+(s.Lo+rest))
}

func (a triple) number() Number {
	s := fastTwoSum(a.hi, a.mid)
	return fastTwoSum(s.Hi, s.Lo+a.lo)
}
