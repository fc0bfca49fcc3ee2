package bench

import (
	"slices"

	"actinit/harness/result"
	"actinit/harness/roofline"
)

// Demands lists what the limits of the machine must be measured for, so that every cell has a bound.
func (s *Schedule) Demands() []roofline.Demand {
	var all []roofline.Demand
	for _, c := range s.Cells {
		w := c.work()
		d := roofline.Demand{ISA: c.ISA, Workers: c.Workers, Bytes: w.Bytes, InPlace: w.InPlace}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// Hold gives rows their bounds anew, by the limits that were measured on the machine that timed each, where
// isa was the instruction set in use. Rows of a machine without limits, and of kernels that are
// unknown here, keep theirs.
func Hold(rows []result.Bench, limits []result.Limit, isa string) {
	machines := map[string][]result.Limit{}
	for _, l := range limits {
		machines[l.Host] = append(machines[l.Host], l)
	}
	measured := map[string]*roofline.Limits{}
	for host, of := range machines {
		measured[host] = roofline.NewLimits(of, isa)
	}
	known := map[result.Kernel]*subject{} // variants of a kernel do the same work
	all := subjects()
	for i := range all {
		known[unnamed(all[i].kernel)] = &all[i]
	}
	for i := range rows {
		row := &rows[i]
		subject := known[unnamed(row.Kernel())]
		if limits := measured[row.Host]; limits != nil && subject != nil {
			Cell{Kernel: row.Kernel(), Workers: int(row.Workers), N: int(row.N), Mode: row.Mode, subject: subject}.hold(row, limits)
		}
	}
}

// hold gives the row of the cell its bound.
func (c Cell) hold(row *result.Bench, limits *roofline.Limits) {
	b := limits.Of(c.work())
	row.Intensity, row.Bound, row.BoundNs = b.Intensity, b.Name, b.Ns
}

// work is what a call of the cell's kernel moves. Operands that are in no cache are as good as
// the most there can be; a result over the input takes no memory of its own.
func (c Cell) work() roofline.Work {
	f, size := c.subject.footprint, elementSize(c.Type)
	loaded, stored := (f.x+f.grad+f.saved)*size, f.out*size
	if c.Direction == result.Backward {
		loaded += f.argmax
	} else {
		stored += f.argmax
	}
	w := roofline.Work{
		Kernel: c.Kernel, Workers: c.Workers, N: c.N,
		Loaded: int64(loaded) * int64(c.N), Stored: int64(stored) * int64(c.N),
		Bytes: c.BytesPerOp(), InPlace: c.Mode == result.InPlace,
	}
	if w.InPlace {
		w.Bytes -= min(w.Loaded, w.Stored)
	}
	if c.Mode == result.Cold {
		w.Bytes = roofline.Most
	}
	return w
}
