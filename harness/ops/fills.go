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

	// The kernels in a variant, or nil if there is none.
	Kernel32 func(v kernels.Variant) FillKernel[float32]
	Kernel64 func(v kernels.Variant) FillKernel[float64]

	// Exact returns the exact element of a random word of the given number of
	// bits, 32 for float32 and 64 for float64, with a relative error of at most
	// 2^-prec, and for 64 bits no better than about 2^-100; and whether it is exact.
	Exact func(prec uint, word uint64, bits int) (y *big.Float, exact bool)

	Promise32, Promise64 Promise

	Law Law // that elements follow
}

// A FillKernel writes the elements offset, offset+1, ... of a stream.
type FillKernel[T kernels.Float] func(dst []T, seed, stream, offset uint64)

// Parameters of the fills in the table.
const (
	truncatedAt          = 2
	bernoulliProbability = .3
)

// Fills lists the fills; every initialiser is one of them, scaled.
func Fills() []Fill {
	return []Fill{
		{
			Name: "uniform", Title: "uniform on [-1, 1)",
			Formula: "-1 + 2*u, u = w * 2^-32 rounded to 24 bits (float64: 2^-64, 53 bits), and below 1",
			Kernel32: fillKernel(func(f *kernels.Fills[float32]) FillKernel[float32] {
				return func(dst []float32, seed, stream, offset uint64) { f.Uniform(dst, seed, stream, offset, -1, 1) }
			}),
			Kernel64: fillKernel(func(f *kernels.Fills[float64]) FillKernel[float64] {
				return func(dst []float64, seed, stream, offset uint64) { f.Uniform(dst, seed, stream, offset, -1, 1) }
			}),
			Exact:     uniformElement,
			Law:       UniformLaw(-1, 1),
			Promise32: Promise{Rounding: Exact, ULP: .5},
			Promise64: Promise{Rounding: Exact, ULP: .5},
		},
		{
			Name: "normal", Title: "standard normal",
			Formula: "quantile((w + 1/2) * 2^-32), the distance to the nearer end cut to 24 bits (float64: 2^-64, uncut)",
			Kernel32: fillKernel(func(f *kernels.Fills[float32]) FillKernel[float32] {
				return func(dst []float32, seed, stream, offset uint64) { f.Normal(dst, seed, stream, offset, 0, 1) }
			}),
			Kernel64: fillKernel(func(f *kernels.Fills[float64]) FillKernel[float64] {
				return func(dst []float64, seed, stream, offset uint64) { f.Normal(dst, seed, stream, offset, 0, 1) }
			}),
			Exact:     normalElement,
			Law:       NormalLaw(0, 1),
			Promise32: Promise{Rounding: Faithful, ULP: 1},
			Promise64: Promise{Rounding: Faithful, ULP: 1},
		},
		{
			Name: "truncated_normal", Title: "standard normal within [-2, 2]",
			Formula: "the normal fill's element of word first + floor(w*count * 2^-32) (float64: 2^-64), the words of quantiles in [-2, 2]",
			Kernel32: fillKernel(func(f *kernels.Fills[float32]) FillKernel[float32] {
				return func(dst []float32, seed, stream, offset uint64) {
					f.TruncatedNormal(dst, seed, stream, offset, 0, 1, -truncatedAt, truncatedAt)
				}
			}),
			Kernel64: fillKernel(func(f *kernels.Fills[float64]) FillKernel[float64] {
				return func(dst []float64, seed, stream, offset uint64) {
					f.TruncatedNormal(dst, seed, stream, offset, 0, 1, -truncatedAt, truncatedAt)
				}
			}),
			Exact:     truncatedElement,
			Law:       TruncatedNormalLaw(0, 1, -truncatedAt, truncatedAt),
			Promise32: Promise{Rounding: Faithful, ULP: 1},
			Promise64: Promise{Rounding: Faithful, ULP: 1},
		},
		{
			Name: "bernoulli", Title: "1 with probability .3, else 0",
			Formula: "1 where w < .3 * 2^32 (float64: 2^64), and else 0",
			Kernel32: fillKernel(func(f *kernels.Fills[float32]) FillKernel[float32] {
				return func(dst []float32, seed, stream, offset uint64) {
					f.Bernoulli(dst, seed, stream, offset, bernoulliProbability)
				}
			}),
			Kernel64: fillKernel(func(f *kernels.Fills[float64]) FillKernel[float64] {
				return func(dst []float64, seed, stream, offset uint64) {
					f.Bernoulli(dst, seed, stream, offset, bernoulliProbability)
				}
			}),
			Exact:     bernoulliElement,
			Law:       BernoulliLaw(bernoulliProbability),
			Promise32: Promise{Rounding: Exact, ULP: .5},
			Promise64: Promise{Rounding: Exact, ULP: .5},
		},
	}
}

// BestFill returns a fill's kernel in the best variant that is selected, of those that
// keep is true for; nil if there is none.
func BestFill[T kernels.Float](kernel func(v kernels.Variant) FillKernel[T], keep func(v kernels.Variant) bool) (best FillKernel[T]) {
	for _, v := range Selected() {
		if k := kernel(v); k != nil && keep(v) {
			best = k
		}
	}
	return best
}

// fillKernel returns what takes one of a variant's fills.
func fillKernel[T kernels.Float](take func(f *kernels.Fills[T]) FillKernel[T]) func(v kernels.Variant) FillKernel[T] {
	return func(v kernels.Variant) FillKernel[T] {
		if f := kernels.FillsIn[T](v); f != nil {
			return take(f)
		}
		return nil
	}
}

func uniformElement(_ uint, word uint64, bits int) (*big.Float, bool) {
	if bits == 32 {
		return big.NewFloat(min(float64(float32(word))*0x1p-31-1, 1-0x1p-24)), true
	}
	u := new(big.Float).SetPrec(128).SetFloat64(float64(word) * 0x1p-63)
	u.Sub(u, big.NewFloat(1))
	if last := big.NewFloat(1 - 0x1p-53); u.Cmp(last) > 0 {
		u = last
	}
	return u, true
}

func bernoulliElement(_ uint, word uint64, bits int) (*big.Float, bool) {
	limit := big.NewFloat(math.Ldexp(bernoulliProbability, bits))
	if new(big.Float).SetPrec(64).SetUint64(word).Cmp(limit) < 0 {
		return big.NewFloat(1), true
	}
	return new(big.Float), true
}

// normalElement returns the quantile of p = (word+1/2) * 2^-bits, for the lower
// half of the words; the upper half mirrors it. Of 32 bits p is cut to 24.
// Of 64 bits p has one bit more than the word, so it is a float64 q and a rest r, and
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
	if bits == 32 {
		fraction, e := math.Frexp(float64(twice))
		twice = uint64(math.Ldexp(math.Floor(math.Ldexp(fraction, 24)), e))
		exponent -= 24
	}
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

// truncatedElement is the normalElement of a word of those whose quantiles lie in
// [-2, 2]. How many lie below is a float64, as in the kernel: Phi(-2) is GELU(-2)/-2.
func truncatedElement(prec uint, word uint64, bits int) (*big.Float, bool) {
	below, _ := oracle.GELU(100, -truncatedAt).Float64()
	first := uint64(math.Ldexp(below/-truncatedAt, bits))
	count := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	count.Sub(count, new(big.Int).SetUint64(2*first))
	chosen := new(big.Int).Mul(count, new(big.Int).SetUint64(word))
	chosen.Rsh(chosen, uint(bits))
	z, exact := normalElement(prec, first+chosen.Uint64(), bits)
	if end := big.NewFloat(truncatedAt); new(big.Float).Abs(z).Cmp(end) > 0 {
		if z.Sign() < 0 {
			end.Neg(end)
		}
		return end, true
	}
	return z, exact
}
