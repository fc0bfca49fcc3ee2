package diagnosis

import (
	"encoding/json"

	"actinit/harness/result"
)

// MarshalJSON writes numbers that do not exist as null.
func (l Layer) MarshalJSON() ([]byte, error) {
	type plain Layer
	return json.Marshal(struct {
		plain
		Mean          *float64 `json:"mean"`
		Std           *float64 `json:"std"`
		RMS           *float64 `json:"rms"`
		PreRMS        *float64 `json:"preactivation_rms"`
		Saturated     *float64 `json:"saturated_share"`
		Zero          *float64 `json:"zero_share"`
		EffectiveRank *float64 `json:"effective_rank"`
		GradientRMS   *float64 `json:"gradient_rms"`
		GradientNorm  *float64 `json:"gradient_norm"`
		WeightStd     *float64 `json:"weight_std"`
		WeightRatio   *float64 `json:"gradient_to_weight"`
	}{
		plain(l), result.Finite(l.Mean), result.Finite(l.Std), result.Finite(l.RMS), result.Finite(l.PreRMS), result.Finite(l.Saturated), result.Finite(l.Zero),
		result.Finite(l.EffectiveRank), result.Finite(l.GradientRMS), result.Finite(l.GradientNorm), result.Finite(l.WeightStd), result.Finite(l.WeightRatio),
	})
}

// MarshalJSON writes numbers that do not exist as null.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	return json.Marshal(struct {
		plain
		Value *float64 `json:"value"`
	}{plain(f), result.Finite(f.Value)})
}

// MarshalJSON writes numbers that do not exist as null.
func (m Measurement) MarshalJSON() ([]byte, error) {
	type plain Measurement
	return json.Marshal(struct {
		plain
		Loss *float64 `json:"loss"`
	}{plain(m), result.Finite(m.Loss)})
}
