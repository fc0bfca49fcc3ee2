package doubledouble

// LeakyReLU returns x for x > 0 and slope*x otherwise, exactly. PReLU is the same.
func LeakyReLU(x, slope float64) Value {
	if x > 0 {
		return Product(x, 1)
	}
	return Product(slope, x)
}
