//go:build !purego

package remote

// controlRegister returns MXCSR, whose bits 6 and 15 flush subnormals to zero and whose
// bits 13 and 14 are the rounding mode; the exceptions seen, bits 0 to 5, are left out.
func controlRegister() uint32 { return readControl() &^ 0x3f }

// setControlRegister sets MXCSR.
func setControlRegister(value uint32) { writeControl(value) }

func readControl() uint32

func writeControl(value uint32)
