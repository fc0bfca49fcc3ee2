package statistics

import (
	"math"

	"actinit/harness/dense"
	"actinit/kernels"
	"actinit/kernels/moments"
)

// Units is what each unit of a layer did over a data set that may come in batches.
type Units struct {
	examples  int64
	zero      []int64 // examples on which the unit was exactly zero
	saturated []int64 // examples on which it was outside the limits
}

// alwaysSaturated is the share of examples on which a unit that counts as saturated is.
const alwaysSaturated = .99

// NewUnits returns the record of that many units on no example yet.
func NewUnits(units int) *Units {
	return &Units{zero: make([]int64, units), saturated: make([]int64, units)}
}

// ObserveUnits adds a batch, examples x units. A value outside the limits, as in Edges, is
// saturated; NaN is not. It panics for another number of units.
func ObserveUnits[T kernels.Float](u *Units, h dense.Matrix[T], satLo, satHi float64) {
	if h.Cols != len(u.zero) {
		panic("statistics: another number of units")
	}
	lo, hi := moments.RoundUp[T](satLo), moments.RoundDown[T](satHi)
	zero, saturated := make([]uint32, h.Cols), make([]uint32, h.Cols)
	for i := range h.Rows {
		moments.Tally(zero, saturated, h.Row(i), lo, hi)
	}
	u.examples += int64(h.Rows)
	for j := range u.zero {
		u.zero[j] += int64(zero[j])
		u.saturated[j] += int64(saturated[j])
	}
}

// Merge adds what o has seen of the same units.
func (u *Units) Merge(o *Units) {
	if len(o.zero) != len(u.zero) {
		panic("statistics: another number of units")
	}
	u.examples += o.examples
	for j := range u.zero {
		u.zero[j] += o.zero[j]
		u.saturated[j] += o.saturated[j]
	}
}

// Dead returns the number of units that were exactly zero on every example: they never
// fire. A unit that was NaN is not dead.
func (u *Units) Dead() int64 {
	dead := int64(0)
	for _, n := range u.zero {
		if n == u.examples {
			dead++
		}
	}
	return dead
}

// Saturated returns the number of units that were saturated on 99% of the examples or more.
func (u *Units) Saturated() int64 {
	count := int64(0)
	least := int64(math.Ceil(alwaysSaturated * float64(u.examples)))
	for _, n := range u.saturated {
		if n >= least && n > 0 {
			count++
		}
	}
	return count
}

// FiringShares returns, for each unit, the share of the examples on which it was not zero; NaN
// fires. All are NaN where there was no example.
func (u *Units) FiringShares() []float64 {
	shares := make([]float64, len(u.zero))
	for j, n := range u.zero {
		shares[j] = float64(u.examples-n) / float64(u.examples)
	}
	return shares
}

// SaturatedShare returns the share of the units that count as saturated ([Units.Saturated]).
func (u *Units) SaturatedShare() float64 { return float64(u.Saturated()) / float64(len(u.zero)) }
