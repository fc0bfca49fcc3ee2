package kernels

// A Variant is one way of building a kernel. All variants of a kernel give the
// same bits; they differ in speed.
type Variant uint8

const (
	Scalar   Variant = iota // the plain loop, portable Go
	Unrolled                // portable Go, several elements in flight
	AVX2                    // generated assembly: AVX2, FMA and F16C
	AVX512                  // generated assembly: AVX-512 F, DQ, BW and VL
	variantCount
)

// String returns the variant's name: scalar, unrolled, avx2 or avx512.
func (v Variant) String() string {
	return [...]string{"scalar", "unrolled", "avx2", "avx512", "unknown"}[min(v, variantCount)]
}

// ISA returns the instruction set the variant needs: portable, avx2 or avx512.
func (v Variant) ISA() string {
	if v <= Unrolled {
		return Portable
	}
	return v.String()
}

// Supported reports whether this CPU and operating system can run the variant.
func (v Variant) Supported() bool {
	return v <= Unrolled || v < variantCount && cpuRuns(v)
}
