package doubledouble

var six = Number{6, 0}

// Hardsigmoid returns (x+3)/6, for |x| < 3.
func Hardsigmoid(x float64) Value {
	if -tinyArgument < x && x < tinyArgument {
		return nearHalf(1./6, x)
	}
	return value(twoSum(3, x).over(six), 0)
}
