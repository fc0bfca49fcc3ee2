package roofline

import "actinit/kernels"

// loops are what an instruction set is measured with. All do the same work several times over.
// Numbers of bytes are multiples of block, and memory is aligned to cache lines.
type loops struct {
	lanes32, lanes64 int // elements of a register

	load             func(src *byte, n, times int, sums *uint64) // adds all uint64 up into 8 sums
	store, storePast func(dst *byte, value uint64, n, times int)
	copy, copyPast   func(dst, a *byte, n, times int)
	add, addPast     func(dst, a, b *byte, n, times int) // of uint64

	fused32     func(state *float32, factor, addend float32, times int) // x*factor + addend in fusedChains registers
	fused64     func(state *float64, factor, addend float64, times int)
	quotients32 func(state *float32, dividend float32, times int) // dividend/x in quotientChains registers
	quotients64 func(state *float64, dividend float64, times int)

	// mixed keeps all that computes vectors busy, with mixedInstructions for each time on
	// mixedRegisters registers; nil where there is no such loop.
	mixed func(state *float32, factor, addend float32, times int)
}

// Constants of kernels/_asm/roofline.go.
const (
	block             = 512 // bytes, or half of that
	fusedChains       = 12
	quotientChains    = 8
	mixedFused        = 5
	mixedSums         = 5
	mixedIntegers     = 2
	mixedBits         = 2
	mixedRegisters    = mixedFused + mixedSums + mixedIntegers + mixedBits
	mixedInstructions = 4 * mixedFused
)

// loopsOf returns the loops of an instruction set, nil if there are none that this CPU can run.
func loopsOf(isa string) *loops {
	if isa == kernels.Portable {
		return &portable
	}
	for v, l := range vectorLoops {
		if v.ISA() == isa && v.Supported() {
			return l
		}
	}
	return nil
}

// measuredWith returns the instruction set whose limits apply to kernels of another: itself
// where it has vectors, and else the one in use, since a portable loop may become anything.
func measuredWith(isa string) string {
	if isa == kernels.Portable || loopsOf(isa) == nil {
		return kernels.ISA()
	}
	return isa
}
