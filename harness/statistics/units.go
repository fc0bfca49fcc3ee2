package statistics

import (
	"math"

	"actinit/harness/dense"
	"actinit/kernels"
)

// Units is what each unit of a layer did over a data set that may come in batches.
type Units struct {
	examples  int64
	fired     []int64 // examples on which the unit was not exactly zero; NaN fires
	saturated []int64 // examples on which it was outside the limits
}

// alwaysSaturated is the share of examples on which a unit that counts as saturated is.
const alwaysSaturated = .99

// NewUnits returns the record of that many units on no example yet.
func NewUnits(units int) *Units {
	return &Units{fired: make([]int64, units), saturated: make([]int64, units)}
}

// ObserveUnits adds a batch, examples x units. A value outside the limits, as in Edges, is
// saturated.
func ObserveUnits[T kernels.Float](u *Units, h dense.Matrix[T], satLo, satHi float64) {
	u.examples += int64(h.Rows)
	lo, hi := T(satLo), T(satHi)
	for i := range h.Rows {
		for j, v := range h.Row(i) {
			if v != 0 {
				u.fired[j]++
			}
			if v < lo || v > hi {
				u.saturated[j]++
			}
		}
	}
}

// Merge adds what o has seen of the same units.
func (u *Units) Merge(o *Units) {
	u.examples += o.examples
	for j := range u.fired {
		u.fired[j] += o.fired[j]
		u.saturated[j] += o.saturated[j]
	}
}

// Dead returns the number of units that were exactly zero on every example: they never
// fire. NaN is not a dead unit: it is counted as NaN.
func (u *Units) Dead() int64 {
	dead := int64(0)
	for _, n := range u.fired {
		if n == 0 {
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

// FiringShares returns, for each unit, the share of the examples on which it was not zero.
func (u *Units) FiringShares() []float64 {
	shares := make([]float64, len(u.fired))
	for j, n := range u.fired {
		shares[j] = float64(n) / float64(u.examples)
	}
	return shares
}
