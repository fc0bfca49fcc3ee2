package advice

import (
	"encoding/json"

	"actinit/harness/result"
)

// MarshalJSON writes numbers that do not exist as null.
func (c Choice) MarshalJSON() ([]byte, error) {
	type plain Choice
	return json.Marshal(struct {
		plain
		RMSBefore      *float64 `json:"rms_torch"`
		RMSAfter       *float64 `json:"rms_advised"`
		GradientBefore *float64 `json:"gradient_torch"`
		GradientAfter  *float64 `json:"gradient_advised"`
	}{plain(c), result.Finite(c.RMSBefore), result.Finite(c.RMSAfter), result.Finite(c.GradientBefore), result.Finite(c.GradientAfter)})
}

// MarshalJSON writes numbers that do not exist as null.
func (a Advice) MarshalJSON() ([]byte, error) {
	type plain Advice
	return json.Marshal(struct {
		plain
		InputRMS       *float64 `json:"input_rms"`
		ForwardBefore  *float64 `json:"forward_torch"`
		ForwardAfter   *float64 `json:"forward_advised"`
		BackwardBefore *float64 `json:"backward_torch"`
		BackwardAfter  *float64 `json:"backward_advised"`
		Expected       *float64 `json:"backward_theory"`
	}{plain(a), result.Finite(a.InputRMS), result.Finite(a.ForwardBefore), result.Finite(a.ForwardAfter), result.Finite(a.BackwardBefore), result.Finite(a.BackwardAfter), result.Finite(a.Expected)})
}
