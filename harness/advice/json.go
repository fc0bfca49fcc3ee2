package advice

import (
	"encoding/json"
	"math"
)

// number is x, or null in JSON where x is NaN or infinite, which JSON has not.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// MarshalJSON writes numbers that do not exist as null.
func (c Choice) MarshalJSON() ([]byte, error) {
	type plain Choice
	return json.Marshal(struct {
		plain
		RMSBefore      *float64 `json:"rms_torch"`
		RMSAfter       *float64 `json:"rms_advised"`
		GradientBefore *float64 `json:"gradient_torch"`
		GradientAfter  *float64 `json:"gradient_advised"`
	}{plain(c), number(c.RMSBefore), number(c.RMSAfter), number(c.GradientBefore), number(c.GradientAfter)})
}

// MarshalJSON writes numbers that do not exist as null.
func (a Advice) MarshalJSON() ([]byte, error) {
	type plain Advice
	return json.Marshal(struct {
		plain
		ForwardBefore  *float64 `json:"forward_torch"`
		ForwardAfter   *float64 `json:"forward_advised"`
		BackwardBefore *float64 `json:"backward_torch"`
		BackwardAfter  *float64 `json:"backward_advised"`
		Expected       *float64 `json:"backward_theory"`
	}{plain(a), number(a.ForwardBefore), number(a.ForwardAfter), number(a.BackwardBefore), number(a.BackwardAfter), number(a.Expected)})
}
