//go:build linux

package gemm

import (
	"math/rand/v2"
	"testing"

	"actinit/kernels/internal/guard"
)

func TestGuardPages(t *testing.T) {
	pages := guard.NewPages[float32](t, 4)
	random := rand.New(rand.NewPCG(15, 16))
	for range 2000 {
		testProduct(t, random, pages, 1+random.IntN(50), 1+random.IntN(70), random.IntN(50))
	}
}
