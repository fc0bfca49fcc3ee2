package ops

import (
	"math"
	"math/big"

	"actinit/kernels"
	"actinit/reference/oracle"
)

// A Fill is an initialiser's source of random numbers: element i of the stream
// (seed, stream) is a function of (seed, stream, i) alone.
type Fill struct {
	Name    string // "uniform", "normal"
	Title   string
	Formula string // of an element, w being its random word of 32 bits (float64: 64)

	Kernel32 func(dst []float32, seed, stream, offset uint64)
	Kernel64 func(dst []float64, seed, stream, offset uint64)

	// Exact returns the exact element of a random word of the given number of
	// bits, 32 for float32 and 64 for float64, with a relative error of at most
	// 2^-prec, and for 64 bits no better than about 2^-100; and whether it is exact.
	Exact func(prec uint, word uint64, bits int) (y *big.Float, exact bool)

	Promise32, Promise64 Promise

	Law Law // that elements follow
}

// Fills lists the fills; every initialiser is one of them, scaled.
func Fills() []Fill {
	return []Fill{
		{
			Name: "uniform", Title: "uniform on [-1, 1)",
			Formula:   "-1 + 2*k*2^-24, k the upper 24 bits of w (float64: 2^-53 and 53 bits)",
			Kernel32:  func(dst []float32, seed, stream, offset uint64) { kernels.Uniform(dst, seed, stream, offset, -1, 1) },
			Kernel64:  func(dst []float64, seed, stream, offset uint64) { kernels.Uniform(dst, seed, stream, offset, -1, 1) },
			Exact:     uniformElement,
			Law:       UniformLaw(-1, 1),
			Promise32: Promise{Rounding: Exact, ULP: .5},
			Promise64: Promise{Rounding: Exact, ULP: .5},
		},
		{
			Name: "normal", Title: "standard normal",
			Formula:   "quantile((w + 1/2) * 2^-32) (float64: 2^-64)",
			Kernel32:  func(dst []float32, seed, stream, offset uint64) { kernels.Normal(dst, seed, stream, offset, 0, 1) },
			Kernel64:  func(dst []float64, seed, stream, offset uint64) { kernels.Normal(dst, seed, stream, offset, 0, 1) },
			Exact:     normalElement,
			Law:       NormalLaw(0, 1),
			Promise32: Promise{Rounding: Faithful, ULP: 1},
			Promise64: Promise{Rounding: Faithful, ULP: 1},
		},
	}
}

func uniformElement(_ uint, word uint64, bits int) (*big.Float, bool) {
	if bits == 32 {
		return big.NewFloat(float64(word>>8)*0x1p-23 - 1), true
	}
	return big.NewFloat(float64(word>>11)*0x1p-52 - 1), true // both operations are exact
}

// normalElement returns the quantile of p = (word+1/2) * 2^-bits, for the lower
// half of the words; the upper half mirrors it. p has one bit more than the
// word, so for 64 bits it is a float64 q and a rest r, and
//
//	quantile(q+r) = quantile(q) + r/phi(quantile(q)) + O(r^2)
//
// with |r| <= 2^-54*p: the last term is below 2^-100 in relative terms.
func normalElement(prec uint, word uint64, bits int) (*big.Float, bool) {
	top := uint64(1) << (bits - 1)
	mirrored := word >= top
	if mirrored {
		word = ^word & (top<<1 - 1)
	}
	exponent := -bits - 1
	twice := 2*word + 1 // below 2^64: word < 2^63
	q := float64(twice)
	p := new(big.Float).SetPrec(64).SetUint64(twice)
	rest, _ := p.Sub(p, new(big.Float).SetFloat64(q)).Float64()
	z := oracle.NormalQuantile(prec, math.Ldexp(q, exponent))
	if rest != 0 {
		near, _ := z.Float64()
		step := math.Ldexp(rest, exponent) * math.Sqrt(2*math.Pi) * math.Exp(near*near/2)
		z = new(big.Float).SetPrec(prec+64).Add(z, new(big.Float).SetFloat64(step))
	}
	if mirrored {
		z.Neg(z)
	}
	return z, false
}
