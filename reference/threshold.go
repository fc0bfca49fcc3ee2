package reference

// Threshold and its derivative are exact.
const (
	ThresholdULP           = 0
	ThresholdDerivativeULP = 0
)

// Threshold returns x for x > threshold and value otherwise. With value 0 it is
// the thresholded ReLU of Konda, Memisevic and Krueger.
//
// Threshold(NaN) = NaN.
func Threshold(x, threshold, value float64) float64 {
	if x <= threshold {
		return value
	}
	return x
}

// ThresholdDerivative returns 1 for x > threshold and 0 otherwise.
//
// ThresholdDerivative(threshold) = 0, ThresholdDerivative(NaN) = NaN.
func ThresholdDerivative(x, threshold float64) float64 {
	switch {
	case x > threshold:
		return 1
	case x <= threshold:
		return 0
	}
	return x
}
