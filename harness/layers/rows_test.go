package layers

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/result"
)

// differ compares rows or slices of rows, NaN equal to NaN, without the wall time.
func differ(got, want any) string {
	return cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(result.Layer{}, "CellSeconds"))
}

// pick returns the row of a layer and quantity.
func pick(rows []result.Layer, layer int, quantity string) result.Layer {
	for _, row := range rows {
		if row.Layer == int64(layer) && row.Quantity == quantity {
			return row
		}
	}
	return result.Layer{}
}

// cell is a cell of seed 1.
func cell(activation, initializer, data string, depth, width, batch int) Cell {
	return Cell{Activation: activation, Initializer: initializer, Data: data, Depth: depth, Width: width, Batch: batch, Seed: 1}
}
