package sgemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"actinit/kernels"
	"actinit/kernels/gemm"
)

// A call is the arguments of Sgemm.
type call struct {
	tA, tB  blas.Transpose
	m, n, k int
	alpha   float32
	a       []float32
	lda     int
	b       []float32
	ldb     int
	beta    float32
	c       []float32
	ldc     int
}

// by makes the call, of which C is a copy, and returns C and what it panicked with.
func (x call) by(implementation blas.Float32) (c []float32, panicked any) {
	defer func() { panicked = recover() }()
	c = append([]float32(nil), x.c...)
	implementation.Sgemm(x.tA, x.tB, x.m, x.n, x.k, x.alpha, x.a, x.lda, x.b, x.ldb, x.beta, c, x.ldc)
	return c, nil
}

func valid(tA, tB blas.Transpose, m, n, k int) call {
	x := call{tA: tA, tB: tB, m: m, n: n, k: k, alpha: 1, lda: max(1, k), ldb: max(1, n), ldc: max(1, n)}
	if tA != blas.NoTrans {
		x.lda = max(1, m)
	}
	if tB != blas.NoTrans {
		x.ldb = max(1, k)
	}
	x.a, x.b, x.c = make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
	random := rand.New(rand.NewPCG(1, 2))
	for _, data := range [][]float32{x.a, x.b, x.c} {
		for i := range data {
			data[i] = float32(random.IntN(9) - 4)
		}
	}
	return x
}

// Small whole numbers give gonum's results, and other calls gonum's panics.
func TestAgreesWithGonum(t *testing.T) {
	changes := []func(x *call){
		func(x *call) {},
		func(x *call) { x.alpha = 0 },
		func(x *call) { x.alpha, x.beta = -2, 1 },
		func(x *call) { x.beta = .5 },
		func(x *call) { x.tA = 'x' },
		func(x *call) { x.tB = 0 },
		func(x *call) { x.m = -1 },
		func(x *call) { x.n = -1 },
		func(x *call) { x.k = -1 },
		func(x *call) { x.m, x.lda = -1, 0 },
		func(x *call) { x.lda-- },
		func(x *call) { x.ldb-- },
		func(x *call) { x.ldc-- },
		func(x *call) { x.lda++ },
		func(x *call) { x.ldb++ },
		func(x *call) { x.ldc++ },
		func(x *call) { x.a = x.a[:len(x.a)/2] },
		func(x *call) { x.b = x.b[:len(x.b)/2] },
		func(x *call) { x.c = x.c[:len(x.c)/2] },
		func(x *call) { x.a, x.b, x.c = nil, nil, nil },
	}
	panics := 0
	for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans} {
		for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans} {
			for _, shape := range [][3]int{{0, 0, 0}, {0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {5, 7, 3}, {40, 70, 90}} {
				for i, change := range changes {
					x := valid(tA, tB, shape[0], shape[1], shape[2])
					change(&x)
					want, wantPanic := x.by(gonum.Implementation{})
					got, gotPanic := x.by(Implementation{})
					if gotPanic != wantPanic {
						t.Fatalf("%c %c %v, change %d: panics with %v, gonum with %v", tA, tB, shape, i, gotPanic, wantPanic)
					}
					if wantPanic != nil {
						panics++
						continue
					}
					for e := range want {
						if got[e] != want[e] {
							t.Fatalf("%c %c %v, change %d: element %d is %g, gonum's %g", tA, tB, shape, i, e, got[e], want[e])
						}
					}
				}
			}
		}
	}
	if panics == 0 {
		t.Error("gonum panicked nowhere")
	}
}

// Zeros count, which gonum skips.
func TestZeroTimesInfinity(t *testing.T) {
	if !gemm.Available() {
		t.Skip("without AVX2 the product is gonum's, which leaves out factors that are 0: there is nothing of ours to test")
	}
	x := valid(blas.NoTrans, blas.NoTrans, 1, 1, 1)
	x.a[0], x.b[0] = 0, float32(math.Inf(1))
	if c, _ := x.by(Implementation{}); c[0] == c[0] {
		t.Errorf("0 times infinity is %g", c[0])
	}
}

// The products of a layer of 4096 units for a batch of 256, and smaller ones.
var layers = []struct {
	name    string
	tA, tB  blas.Transpose
	m, n, k int
}{
	{"forward", blas.NoTrans, blas.Trans, 256, 4096, 4096},
	{"weights", blas.Trans, blas.NoTrans, 4096, 4096, 256},
	{"inputs", blas.NoTrans, blas.NoTrans, 256, 4096, 4096},
	{"square1024", blas.NoTrans, blas.NoTrans, 1024, 1024, 1024},
	{"digits", blas.NoTrans, blas.Trans, 128, 300, 784},
	{"small", blas.NoTrans, blas.NoTrans, 256, 300, 64},
	{"64", blas.NoTrans, blas.NoTrans, 64, 64, 64},
}

func BenchmarkSgemm(b *testing.B) {
	for _, l := range layers {
		// Normal numbers, in rows that do not fall into the same sets of a cache.
		const more = 16
		x := valid(l.tA, l.tB, l.m, l.n, l.k)
		x.lda, x.ldb, x.ldc = x.lda+more, x.ldb+more, x.ldc+more
		random := rand.New(rand.NewPCG(1, 2))
		for _, data := range []*[]float32{&x.a, &x.b, &x.c} {
			*data = kernels.AlignedSlice[float32](len(*data) + more*max(l.m, l.n, l.k))
			for i := range *data {
				(*data)[i] = float32(random.NormFloat64())
			}
		}
		for _, implementation := range []blas.Float32{gonum.Implementation{}, Implementation{}} {
			for _, processors := range []int{1, 2} {
				b.Run(fmt.Sprintf("product=%s/by=%T/processors=%d", l.name, implementation, processors), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
					for b.Loop() {
						implementation.Sgemm(x.tA, x.tB, x.m, x.n, x.k, 1, x.a, x.lda, x.b, x.ldb, 0, x.c, x.ldc)
					}
					b.ReportMetric(2*float64(l.m)*float64(l.n)*float64(l.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				})
			}
		}
	}
}
