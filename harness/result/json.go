package result

import "math"

// Finite returns x for JSON, which has neither NaN nor infinities: nil, written as null, stands
// for those.
func Finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
