package main

import (
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/mat/gradfn"

	"actinit/harness/remote"
)

// spagoKernels are spago's operators, forward. Each call allocates its result, as
// they do: the last call's is copied where results belong.
func spagoKernels() (remote.Library, []remote.Kernel) {
	const module, library = "github.com/nlpodyssey/spago", "spago"
	type operator interface{ Forward() (mat.Tensor, error) }
	kernel := func(op, isa string, make func(x mat.Tensor, param float32) operator) remote.Kernel {
		return forward(op, library, isa, func(out, x []float32, param float64, times int) {
			f := make(mat.NewDense[float32](mat.WithBacking(x)), float32(param))
			var y mat.Tensor
			for range times {
				var err error
				if y, err = f.Forward(); err != nil {
					panic(err)
				}
			}
			copy(out, y.Data().F32())
		})
	}
	const vector, scalar = "avx2", "portable" // its exponential is AVX2 assembly, the rest functions of one float64
	return remote.Library{Name: library, Version: module + " " + version(module) + ", package mat/gradfn on matrices of one column; exp is AVX2 assembly, the rest calls a function of float64 for each element; each call allocates its result, and the garbage collector runs when a heap of 1 GiB is full"},
		[]remote.Kernel{
			kernel("sigmoid", vector, func(x mat.Tensor, _ float32) operator { return gradfn.NewSigmoid(x) }),
			kernel("exp", vector, func(x mat.Tensor, _ float32) operator { return gradfn.NewExp(x) }),
			kernel("tanh", scalar, func(x mat.Tensor, _ float32) operator { return gradfn.NewTanh(x) }),
			kernel("relu", scalar, func(x mat.Tensor, _ float32) operator { return gradfn.NewReLU(x) }),
			kernel("silu", scalar, func(x mat.Tensor, _ float32) operator { return gradfn.NewSiLU(x) }),
			kernel("gelutanh", scalar, func(x mat.Tensor, _ float32) operator { return gradfn.NewGELU(x) }),
			kernel("elu", scalar, func(x mat.Tensor, alpha float32) operator {
				return gradfn.NewELU(x, mat.Tensor(mat.Scalar(alpha)))
			}),
		}
}
