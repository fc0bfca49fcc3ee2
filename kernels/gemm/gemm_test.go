package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
)

// variants are the routines that this CPU runs.
func variants() map[string]*routines {
	all := map[string]*routines{}
	for v := kernels.Scalar; v <= kernels.AVX512; v++ {
		if r := routinesOf(v); r != nil {
			all[v.String()] = r
		}
	}
	return all
}

// fma returns a*b + c, rounded once to float32. The product is exact in float64, and the sum is rounded
// to odd there: to the neighbour with an odd last bit if it is not exact, which leaves the rounding to
// float32 what it would be of the exact sum.
func fma(a, b, c float32) float32 {
	product, addend := float64(a)*float64(b), float64(c)
	sum := product + addend
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return float32(sum)
	}
	// Knuth's two-sum: the error of sum is exact.
	part := sum - product
	rest := (product - (sum - part)) + (addend - part)
	if rest != 0 && math.Float64bits(sum)&1 == 0 {
		if (rest > 0) == (sum > 0) {
			sum = math.Float64frombits(math.Float64bits(sum) + 1)
		} else {
			sum = math.Float64frombits(math.Float64bits(sum) - 1)
		}
	}
	return float32(sum)
}

func (m Matrix) at(i, j int) float32 {
	if m.Transposed {
		i, j = j, i
	}
	return m.Data[i*m.Stride+j]
}

// chains is Multiply by its definition.
func chains(alpha float32, a, b Matrix, beta float32, c Matrix) []float32 {
	out := append([]float32(nil), c.Data...)
	for i := range c.Rows {
		for j := range c.Columns {
			sum := &out[i*c.Stride+j]
			switch beta {
			case 0:
				*sum = 0
			case 1:
			default:
				*sum *= beta
			}
			if alpha == 0 {
				continue
			}
			for l := range a.Columns {
				*sum = fma(alpha*a.at(i, l), b.at(l, j), *sum)
			}
		}
	}
	return out
}

// A space hands out slices that end, or begin, where nothing may be touched.
type space interface {
	piece(n int) []float32
}

type heap struct{}

func (heap) piece(n int) []float32 { return make([]float32, n) }

func normal(random *rand.Rand, space space, rows, columns, more int, transposed bool) Matrix {
	m := Matrix{Rows: rows, Columns: columns, Transposed: transposed}
	if transposed {
		rows, columns = columns, rows
	}
	m.Stride = max(1, columns+more)
	if rows > 0 {
		m.Data = space.piece((rows-1)*m.Stride + columns)
	}
	for i := range m.Data {
		m.Data[i] = float32(random.NormFloat64())
	}
	return m
}

func sameBits(got, want []float32) error {
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			return fmt.Errorf("element %d is %g (%#x), want %g (%#x)", i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
	return nil
}

func testShapes(t *testing.T, space space, count int) {
	random := rand.New(rand.NewPCG(1, 2))
	factors := []float32{1, 0, -1, .3}
	for trial := range count {
		m, n, k := 1+random.IntN(40), 1+random.IntN(40), random.IntN(40)
		if trial%8 == 0 {
			m, n, k = 1+random.IntN(150), 1+random.IntN(150), random.IntN(300)
		}
		alpha, beta := factors[random.IntN(4)], factors[random.IntN(4)]
		a := normal(random, space, m, k, random.IntN(3), random.IntN(2) == 0)
		b := normal(random, space, k, n, random.IntN(3), random.IntN(2) == 0)
		c := normal(random, space, m, n, random.IntN(3), false)
		want := chains(alpha, a, b, beta, c)
		before := append([]float32(nil), c.Data...)
		for name, r := range variants() {
			for _, workers := range []int{1, 2, 3, 7} {
				copy(c.Data, before)
				r.multiply(workers, alpha, a, b, beta, c)
				if err := sameBits(c.Data, want); err != nil {
					t.Fatalf("%s, %d workers: %dx%dx%d alpha %g beta %g transposed %t %t: %v", name, workers, m, n, k, alpha, beta, a.Transposed, b.Transposed, err)
				}
			}
		}
	}
}

func TestShapes(t *testing.T) { testShapes(t, heap{}, 500) }
