package main

import (
	"math"

	"github.com/chewxy/math32"

	"actinit/harness/remote"
)

// mathKernels are loops over the standard library's functions, the way Go programs
// compute activations that have no library for it. Each loop is written out, so that
// nothing stands between it and the function.
func mathKernels() (remote.Library, []remote.Kernel) {
	return remote.Library{Name: "math", Version: version("") + ", plain loops over package math"}, append(mathLoops[float32](), mathLoops[float64]()...)
}

func mathLoops[T float]() []remote.Kernel {
	const library, isa = "math", "portable"
	return []remote.Kernel{
		forward("sigmoid", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = T(1 / (1 + math.Exp(-float64(v))))
				}
			}
		}),
		forward("tanh", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = T(math.Tanh(float64(v)))
				}
			}
		}),
		forward("exp", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = T(math.Exp(float64(v)))
				}
			}
		}),
		forward("elu", library, isa, func(out, x []T, alpha float64, times int) {
			for range times {
				for i, v := range x {
					if v < 0 {
						v = T(alpha * math.Expm1(float64(v)))
					}
					out[i] = v
				}
			}
		}),
		forward("gelu", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = T(float64(v) / 2 * math.Erfc(-float64(v)/math.Sqrt2))
				}
			}
		}),
		forward("silu", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = T(float64(v) / (1 + math.Exp(-float64(v))))
				}
			}
		}),
		forward("relu", library, isa, func(out, x []T, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = max(v, 0)
				}
			}
		}),
	}
}

// math32Kernels are loops over chewxy/math32.
func math32Kernels() (remote.Library, []remote.Kernel) {
	const module, library, isa = "github.com/chewxy/math32", "math32", "portable"
	return remote.Library{Name: library, Version: module + " " + version(module) + ", plain loops over its functions of one number"}, []remote.Kernel{
		forward("sigmoid", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = 1 / (1 + math32.Exp(-v))
				}
			}
		}),
		forward("tanh", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = math32.Tanh(v)
				}
			}
		}),
		forward("exp", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = math32.Exp(v)
				}
			}
		}),
		forward("elu", library, isa, func(out, x []float32, alpha float64, times int) {
			for range times {
				for i, v := range x {
					if v < 0 {
						v = float32(alpha) * math32.Expm1(v)
					}
					out[i] = v
				}
			}
		}),
		forward("relu", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				for i, v := range x {
					out[i] = math32.Max(v, 0)
				}
			}
		}),
	}
}
