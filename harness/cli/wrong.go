package cli

import (
	"actinit/harness/result"
	"actinit/reports/runstore"
)

// A kernelSet is kernels; one without a variant stands for all of its variants.
type kernelSet map[result.Kernel]bool

func (s kernelSet) has(k result.Kernel) bool { return s[k] || s[everyVariant(k)] }

// everyVariant names all the variants of a kernel.
func everyVariant(k result.Kernel) result.Kernel {
	k.Variant, k.ISA = "", ""
	return k
}

// wrongKernels returns the kernels that the run's verification found wrong, which are not timed.
func wrongKernels(data *runstore.Data) kernelSet {
	wrong := kernelSet{}
	for _, row := range data.Accuracy {
		if row.Failed() {
			k := row.Kernel()
			if k.Direction == result.GradCheck {
				k.Direction = result.Backward
			}
			wrong[k] = true
		}
	}
	for _, row := range data.Distribution {
		if row.Failed() {
			wrong[everyVariant(result.Kernel{Op: row.Fill, Direction: result.Fill, Type: row.Type})] = true
		}
	}
	return wrong
}
