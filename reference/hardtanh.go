package reference

// Hardtanh and its derivative are exact.
const (
	HardtanhULP           = 0
	HardtanhDerivativeULP = 0
)

// Hardtanh returns lo for x < lo, hi for x > hi and x between, for lo <= hi
// [Collobert 2004].
//
// Hardtanh(±0) = ±0 where lo <= 0 <= hi, Hardtanh(NaN) = NaN.
func Hardtanh(x, lo, hi float64) float64 {
	switch {
	case x < lo:
		return lo
	case x > hi:
		return hi
	}
	return x
}

// HardtanhDerivative returns 1 for lo < x < hi and 0 outside.
//
// HardtanhDerivative(lo) = HardtanhDerivative(hi) = 0, HardtanhDerivative(NaN) = NaN.
func HardtanhDerivative(x, lo, hi float64) float64 {
	switch {
	case lo < x && x < hi:
		return 1
	case x <= lo || x >= hi:
		return 0
	}
	return x
}
