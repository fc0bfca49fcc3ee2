package diagnosis

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
		plain(l), number(l.Mean), number(l.Std), number(l.RMS), number(l.PreRMS), number(l.Saturated), number(l.Zero),
		number(l.EffectiveRank), number(l.GradientRMS), number(l.GradientNorm), number(l.WeightStd), number(l.WeightRatio),
	})
}

// MarshalJSON writes numbers that do not exist as null.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	return json.Marshal(struct {
		plain
		Value *float64 `json:"value"`
	}{plain(f), number(f.Value)})
}

// MarshalJSON writes numbers that do not exist as null.
func (m Measurement) MarshalJSON() ([]byte, error) {
	type plain Measurement
	return json.Marshal(struct {
		plain
		Loss *float64 `json:"loss"`
	}{plain(m), number(m.Loss)})
}
