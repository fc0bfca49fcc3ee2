package main

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"actinit/harness/remote"
)

// probability is that of 1 in the table's Bernoulli fill.
const probability = .3

// randomFills are loops over the standard library's generators, the way Go programs fill
// weights today.
func randomFills() (remote.Library, []remote.Kernel) {
	const library = "math-rand"
	random := rand.New(rand.NewPCG(1, 2))
	return remote.Library{Name: library, Version: version("") + ", plain loops over math/rand/v2 with PCG"}, []remote.Kernel{
		fill("uniform", library, func() float32 { return 2*random.Float32() - 1 }),
		fill("normal", library, func() float32 { return float32(random.NormFloat64()) }),
		fill("uniform", library, func() float64 { return 2*random.Float64() - 1 }),
		fill("normal", library, func() float64 { return random.NormFloat64() }),
	}
}

// gonumFills are loops over gonum's distributions.
func gonumFills() (remote.Library, []remote.Kernel) {
	const module, library = "gonum.org/v1/gonum", "gonum"
	source := rand.NewPCG(1, 2)
	uniform := distuv.Uniform{Min: -1, Max: 1, Src: source}
	normal := distuv.Normal{Mu: 0, Sigma: 1, Src: source}
	bernoulli := distuv.Bernoulli{P: probability, Src: source}
	return remote.Library{Name: library, Version: module + " " + version(module) + ", plain loops over stat/distuv with math/rand/v2's PCG"}, []remote.Kernel{
		fill("uniform", library, func() float32 { return float32(uniform.Rand()) }),
		fill("normal", library, func() float32 { return float32(normal.Rand()) }),
		fill("bernoulli", library, func() float32 { return float32(bernoulli.Rand()) }),
		fill("uniform", library, uniform.Rand),
		fill("normal", library, normal.Rand),
		fill("bernoulli", library, bernoulli.Rand),
	}
}
