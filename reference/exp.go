package reference

import "math"

// The exponential that the activations share. It is that of the package and not
// math.Exp so that its error is one number on every platform, where math.Exp
// has bodies of its own on some, and because exhaustive verification calls it
// 2^32 times.
//
// x = (128k+j)*ln2/128 + r with |r| <= ln2/256, so that e^x = 2^k * 2^(j/128) * e^r:
// a power of two, an entry of a table, and Taylor's series, whose first
// neglected term is below 2^-63 of e^r-1.

const (
	stepsPerUnit = 128 / math.Ln2
	// ln2/128 = stepHi + stepLo: stepHi has 34 bits, so n*stepHi is exact for n < 2^19.
	stepHi = 0x1.62e42fef8p-8
	stepLo = 0x1.1cf79abc9e3b4p-43
	// roundToInteger added to a number below 2^51 leaves it rounded to an
	// integer, in the last bits of the sum.
	roundToInteger = 0x1.8p52
)

// reduced returns power + powerLow = 2^(j/128) and m = e^r-1 with
// e^x = 2^k * (power + powerLow) * (1 + m), for |x| <= 2000.
func reduced(x float64) (power, powerLow, m float64, k int) {
	t := float64(x*stepsPerUnit) + roundToInteger
	n := t - roundToInteger
	r := (x - float64(n*stepHi)) - float64(n*stepLo)
	m = r + float64(float64(r*r)*(1./2+float64(r*(1./6+float64(r*(1./24+float64(r*(1./120+float64(r*(1./720))))))))))
	bits := int(int32(math.Float64bits(t)))
	entry := &powers[bits&127]
	return entry[0], entry[1], m, bits >> 7
}

// exp returns e^x with an error below 0.52 ULP, below 1.1 where it is subnormal.
//
// exp(-Inf) = 0, exp(+Inf) = +Inf.
func exp(x float64) float64 {
	if !(math.Abs(x) <= 708) {
		return expFar(x)
	}
	power, low, m, k := reduced(x)
	y := power + (low + float64(power*m))
	return math.Float64frombits(math.Float64bits(y) + uint64(k)<<52) // y*2^k
}

// expFar is exp for |x| > 708 and NaN, where the result may not be normal.
func expFar(x float64) float64 {
	switch {
	case x > 710:
		return math.Inf(1)
	case x < -746: // e^x is below half of the smallest number
		return 0
	case x != x:
		return x
	}
	return math.Ldexp(splitExp(x))
}

// splitExp returns y and k with e^x = y*2^k and y near 1, for where e^x would be
// subnormal and have lost its bits before a factor brings it back. The factor
// comes between: math.Ldexp(factor*y, k).
func splitExp(x float64) (y float64, k int) {
	if math.Abs(x) > 2000 { // beyond, no factor brings it back
		x = math.Copysign(2000, x)
	}
	power, low, m, k := reduced(x)
	return power + (low + float64(power*m)), k
}

// expm1 returns e^x - 1 with an error below 1.6 ULP.
//
// expm1(±0) = ±0, expm1(-Inf) = -1, expm1(+Inf) = +Inf.
func expm1(x float64) float64 {
	switch {
	case !(x >= -0.7 && x <= 40):
		return exp(x) - 1 // where no bit cancels
	case math.Abs(x) < 0x1p-54:
		return x
	}
	power, low, m, k := reduced(x)
	scale := math.Float64frombits(uint64(1023+k) << 52)
	power *= scale
	// Near 0 the power is 1 and its low part 0, so that m is left; elsewhere at
	// most one bit of power-1 cancels.
	return (power - 1) + (float64(low*scale) + float64(power*m))
}
