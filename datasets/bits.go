package datasets

import (
	"math"
	"math/rand/v2"
)

func fillBits32(dst []float32, rng *rand.PCG) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(rng.Uint64() >> 32))
	}
}

func fillBits64(dst []float64, rng *rand.PCG) {
	for i := range dst {
		dst[i] = math.Float64frombits(rng.Uint64())
	}
}

// mantissa returns the mantissa field of the i-th value of a binade: all zeros,
// all ones, then random. mask selects the field.
func mantissa(i int, mask uint64, rng *rand.PCG) uint64 {
	random := rng.Uint64() & mask // drawn always, so that prefixes agree
	switch i {
	case 0:
		return 0
	case 1:
		return mask
	}
	return random
}

// A binade's number is its exponent field: 0 holds zero and the subnormals, the
// last is left out because it holds infinities and NaNs.
const (
	binades32 = 1<<8 - 1
	binades64 = 1<<11 - 1
)

func fillBinades32(dst []float32, rng *rand.PCG) {
	for i := range dst {
		exponent := uint32(i / 2 % binades32)
		m := uint32(mantissa(i/(2*binades32), 1<<23-1, rng))
		dst[i] = math.Float32frombits(uint32(i&1)<<31 | exponent<<23 | m)
	}
}

func fillBinades64(dst []float64, rng *rand.PCG) {
	for i := range dst {
		exponent := uint64(i / 2 % binades64)
		m := mantissa(i/(2*binades64), 1<<52-1, rng)
		dst[i] = math.Float64frombits(uint64(i&1)<<63 | exponent<<52 | m)
	}
}

// subnormal returns a mantissa field that is not 0: the smallest, the largest,
// then random ones.
func subnormal(i int, mask uint64, rng *rand.PCG) uint64 {
	if i == 0 {
		rng.Uint64()
		return 1
	}
	return max(mantissa(i, mask, rng), 1)
}

func fillSubnormal32(dst []float32, rng *rand.PCG) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(i&1)<<31 | uint32(subnormal(i/2, 1<<23-1, rng)))
	}
}

func fillSubnormal64(dst []float64, rng *rand.PCG) {
	for i := range dst {
		dst[i] = math.Float64frombits(uint64(i&1)<<63 | subnormal(i/2, 1<<52-1, rng))
	}
}

// points are the positive arguments at which an activation bends, saturates or
// leaves the range of a float: small fractions and integers, kinks (1, 3, 6),
// ln 2, pi/2, and where exp overflows, turns subnormal or reaches zero in
// float32 (88.72, 87.34, 103.97) and float64 (709.78, 708.40, 745.13).
var points = []float64{
	.5, 1, 2, 3, 4, 5, 6, 8, 9, 10, 16, 17, 20, 30, 37, 40,
	math.Ln2, math.Pi / 2, math.Pi, 1. / 3, .1, .01, .97, 5. / 3,
	0x1p-149, 0x1p-126, 0x1p-64, 0x1p-31, 0x1p-24, 0x1p-23, 0x1p-12,
	87.33654475055310, 88.72283905206835, 103.97207708399179,
	708.3964185322641, 709.782712893384, 745.1332191019411,
	0x1p23, 0x1p24, 0x1p52, 0x1p53, 0x1p63, 1e10, 1e30,
}

func fillSpecial32(dst []float32, _ *rand.PCG) {
	values := special(math.SmallestNonzeroFloat32, 0x1p-126, math.MaxFloat32,
		math.Float32frombits(0x7fc00000), math.Float32frombits(0x7fc12345),
		math.Float32frombits(0x7f800001), math.Float32frombits(0xffc00000))
	appendNeighbours(&values, math.Nextafter32)
	repeat(dst, values)
}

func fillSpecial64(dst []float64, _ *rand.PCG) {
	values := special(math.SmallestNonzeroFloat64, 0x1p-1022, math.MaxFloat64,
		math.Float64frombits(0x7ff8000000000000), math.Float64frombits(0x7ff8000012345678),
		math.Float64frombits(0x7ff0000000000001), math.Float64frombits(0xfff8000000000000))
	appendNeighbours(&values, math.Nextafter)
	repeat(dst, values)
}

// special returns zeros, infinities, the ends of the ranges and the NaNs given.
func special[T Float](smallest, smallestNormal, largest T, nans ...T) []T {
	var zero T
	inf := T(math.Inf(1))
	return append([]T{
		zero, -zero, inf, -inf, smallest, -smallest,
		smallestNormal, -smallestNormal, smallestNormal - smallest, smallest - smallestNormal,
		largest, -largest,
	}, nans...)
}

// appendNeighbours appends every point with its neighbours, in both signs.
func appendNeighbours[T Float](values *[]T, next func(x, y T) T) {
	for _, p := range points {
		x := T(p)
		for _, v := range []T{next(x, 0), x, next(x, 2*x)} {
			*values = append(*values, v, -v)
		}
	}
}

func repeat[T Float](dst, values []T) {
	for i := range dst {
		dst[i] = values[i%len(values)]
	}
}
