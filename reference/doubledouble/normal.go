package doubledouble

// 1/sqrt(2 pi)
var invSqrt2Pi = Number{0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56}

// beyondGaussian: below it the density times any factor of the functions is far
// below 2^-1075.
const beyondGaussian = -74

// vanished stands for the size of what lies that far below.
func vanished() Value { return Value{Number{-0.5, 0}, -4000, 0.5} }

// density returns y and k with the standard normal density at x = y*2^k, for
// |x| <= 74, with an error of 11u^2.
func density(x float64) (y Number, k int) {
	square := twoProduct(x, x)
	e, k := exponential(Number{-square.Hi / 2, -square.Lo / 2}, 0)
	return e.times(invSqrt2Pi), k
}

// mills returns Mills' ratio M(t) of the standard normal distribution, upper
// tail over density, for 0 <= t <= 74, with an error of 12u^2: a Taylor series
// around the nearest multiple of 1/16, and from 40 on Laplace's continued
// fraction 1/(t+1/(t+2/(t+3/...))).
func mills(t float64) Number {
	node := int(16*t + 0.5)
	if node >= len(millsSeries) {
		tail := Number{t, 0}
		for n := 36.0; n >= 1; n-- {
			tail = Number{n, 0}.over(tail).plusFloat(t)
		}
		return one.over(tail)
	}
	return evaluate(millsSeries[node][:], Number{t - float64(node)/16, 0}, 10)
}

// evaluate returns the sum of c[n]*h^n, in which terms from number pairs on are
// so small that float64 will do, and each is below half of the one before.
func evaluate(c []Number, h Number, pairs int) Number {
	tail := 0.0
	for n := len(c) - 1; n >= pairs; n-- {
		tail = tail*h.Hi + c[n].Hi
	}
	sum := Number{tail, 0}
	for n := pairs - 1; n >= 0; n-- {
		sum = c[n].plusSmaller(sum.times(h))
	}
	return sum
}

// expand fills c with the Taylor coefficients of Mills' ratio at t, where it is
// m. M' = t*M - 1, and so (n+1)*c[n+1] = t*c[n] + c[n-1] for n > 0.
func expand(c []Number, t, m Number) {
	c[0] = m
	c[1] = t.times(m).plusFloat(-1)
	for n := 1; n+1 < len(c); n++ {
		c[n+1] = t.times(c[n]).plus(c[n-1]).over(Number{float64(n + 1), 0})
	}
}

// millsSeries[i] has the coefficients at i/16. With |h| <= 1/32 the first neglected
// term is below 2^-115.
var millsSeries = func() (series [len(millsTable)][20]Number) {
	for i := range series {
		expand(series[i][:], Number{float64(i) / 16, 0}, millsTable[i])
	}
	return series
}()
