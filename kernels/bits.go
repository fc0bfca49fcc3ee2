package kernels

// Bit patterns of the two element types.
const (
	sign32, inf32, quiet32, one32 = 1 << 31, 0x7f800000, 1 << 22, 0x3f800000
	sign64, inf64, quiet64, one64 = 1 << 63, 0x7ff0000000000000, 1 << 51, 0x3ff0000000000000
)

func nan32(bits uint32) bool { return bits&^sign32 > inf32 }

func nan64(bits uint64) bool { return bits&^sign64 > inf64 }
