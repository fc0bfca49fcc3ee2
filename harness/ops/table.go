package ops

import (
	"slices"

	"actinit/kernels"
)

// table is the only list of operations in the harness: one row each.
var table = slices.Concat(commonRows, piecewiseRows, gatedRows, transcendentalRows)

// All returns the table: one row for every operation, in the order in which
// reports show them.
func All() []Row { return append([]Row(nil), table...) }

// Find returns the row of the operation called name.
func Find(name string) (Row, bool) {
	for _, row := range table {
		if row.Name == name {
			return row, true
		}
	}
	return Row{}, false
}

// Names returns the names of all operations in the table's order.
func Names() []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = row.Name
	}
	return names
}

// Variants returns every variant package kernels knows, fastest last, whether
// this CPU can run it or not.
func Variants() []kernels.Variant {
	var all []kernels.Variant
	for v := kernels.Scalar; v.String() != "unknown"; v++ {
		all = append(all, v)
	}
	return all
}

// Selected returns the variants that the plain functions of package kernels
// choose from: those up to the selected instruction set, fastest last.
func Selected() []kernels.Variant {
	all, last := Variants(), 0
	for i, v := range all {
		if v.ISA() == kernels.ISA() {
			last = i
		}
	}
	return all[:last+1]
}

// Fastest returns a row's best kernel over T in a direction on the selected instruction
// set, nil if it has none.
func Fastest[T kernels.Float](row *Row, direction string) Kernel[T] {
	var best Kernel[T]
	for _, v := range Selected() {
		var k any
		switch any(*new(T)).(type) {
		case float32:
			k = row.Kernel32(direction, v)
		case float64:
			k = row.Kernel64(direction, v)
		}
		if faster := k.(Kernel[T]); faster != nil {
			best = faster
		}
	}
	return best
}
