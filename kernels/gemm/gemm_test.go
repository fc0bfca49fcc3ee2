package gemm

import (
	"fmt"
	"math"
	"math/big"
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
	Piece(n int) []float32
}

type heap struct{}

func (heap) Piece(n int) []float32 { return make([]float32, n) }

func normal(random *rand.Rand, space space, rows, columns, more int, transposed bool) Matrix {
	m := Matrix{Rows: rows, Columns: columns, Transposed: transposed}
	if transposed {
		rows, columns = columns, rows
	}
	m.Stride = max(1, columns+more)
	if rows > 0 {
		m.Data = space.Piece((rows-1)*m.Stride + columns)
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

// factors are alpha and beta of tests.
var factors = []float32{1, 0, -1, .3}

// forced is r with blocks so small that small products have many, shared by all workers.
func (r *routines) forced() *routines {
	small := *r
	small.depth, small.height, small.breadth, small.fewest = 16, 2*r.rows, 2*r.columns, 0
	return &small
}

// testProduct holds all variants to the chains, for one shape and what random chooses beside it.
func testProduct(t *testing.T, random *rand.Rand, space space, m, n, k int) {
	t.Helper()
	if len(variants()) == 0 {
		t.Skip("no kernel on this machine")
	}
	alpha, beta := factors[random.IntN(4)], factors[random.IntN(4)]
	a := normal(random, space, m, k, random.IntN(3), random.IntN(2) == 0)
	b := normal(random, space, k, n, random.IntN(3), random.IntN(2) == 0)
	c := normal(random, space, m, n, random.IntN(3), false)
	before := append([]float32(nil), c.Data...)
	want := chains(alpha, a, b, beta, c)
	if beta == 0 {
		for i := range m {
			before[i*c.Stride+random.IntN(n)] = float32(math.NaN())
		}
	}
	workers := []int{1, 2, 3, 7}[random.IntN(4)]
	for name, r := range variants() {
		for _, r := range []*routines{r, r.forced()} {
			copy(c.Data, before)
			r.multiply(workers, alpha, a, b, beta, c)
			if err := sameBits(c.Data, want); err != nil {
				t.Fatalf("%s, blocks of %d, %d workers: %d x %d x %d, alpha %g, beta %g, transposed %t, %t, strides %d, %d, %d: %v",
					name, r.depth, workers, m, n, k, alpha, beta, a.Transposed, b.Transposed, a.Stride, b.Stride, c.Stride, err)
			}
		}
	}
}

// Every second shape up to 40, each with transpositions, strides, factors and workers by chance.
func TestSmallShapes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	step := 1
	if testing.Short() {
		step = 3
	}
	for m := 1; m <= 40; m += step {
		for n := 1; n <= 40; n++ {
			for k := (m + n) % 2; k <= 40; k += 2 * step {
				testProduct(t, random, heap{}, m, n, k)
			}
		}
	}
}

// Shapes around whole tiles, with every transposition, factor and number of workers.
func TestEveryForm(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, shape := range [][3]int{{14, 32, 16}, {29, 65, 50}, {90, 100, 7}, {5, 200, 33}, {150, 3, 64}} {
		for form := range 4 {
			a := normal(random, heap{}, shape[0], shape[2], 1, form&1 != 0)
			b := normal(random, heap{}, shape[2], shape[1], 2, form&2 != 0)
			c := normal(random, heap{}, shape[0], shape[1], 3, false)
			before := append([]float32(nil), c.Data...)
			for _, alpha := range factors {
				for _, beta := range factors {
					copy(c.Data, before)
					want := chains(alpha, a, b, beta, c)
					for name, r := range variants() {
						for _, workers := range []int{0, 1, 2, 3, 7} {
							copy(c.Data, before)
							r.forced().multiply(workers, alpha, a, b, beta, c)
							if err := sameBits(c.Data, want); err != nil {
								t.Fatalf("%s, %d workers: %v, alpha %g, beta %g, form %d: %v", name, workers, shape, alpha, beta, form, err)
							}
						}
					}
				}
			}
		}
	}
}

// Larger than all blocks but the breadth, by workers that share it without being forced.
func TestLargerThanBlocks(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	testProduct(t, random, heap{}, 521, 143, 403)
	testProduct(t, random, heap{}, 60, 300, 800)
}

// Sums of small whole numbers are exact in any order.
func TestWholeNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const m, n, k = 300, 310, 500
	a, b, c := normal(random, heap{}, m, k, 0, false), normal(random, heap{}, k, n, 0, true), normal(random, heap{}, m, n, 0, false)
	for _, data := range [][]float32{a.Data, b.Data} {
		for i := range data {
			data[i] = float32(random.IntN(9) - 4)
		}
	}
	for name, r := range variants() {
		r.multiply(2, 1, a, b, 0, c)
		for i := range m {
			for j := range n {
				want := 0
				for l := range k {
					want += int(a.at(i, l)) * int(b.at(l, j))
				}
				if got := c.at(i, j); got != float32(want) {
					t.Fatalf("%s: element (%d, %d) is %g, want %d", name, i, j, got, want)
				}
			}
		}
	}
}

// The error of a chain of k products is at most k*u/(1-k*u) times the sum of their magnitudes.
func TestErrorBound(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	const m, n, k, u = 30, 70, 2000, 0x1p-24
	a, b, c := normal(random, heap{}, m, k, 0, true), normal(random, heap{}, k, n, 0, false), normal(random, heap{}, m, n, 0, false)
	for name, r := range variants() {
		r.multiply(1, 1, a, b, 0, c)
		for i := range m {
			for j := range n {
				var sum, magnitudes float64
				for l := range k {
					product := float64(a.at(i, l)) * float64(b.at(l, j))
					sum += product
					magnitudes += math.Abs(product)
				}
				if got, limit := math.Abs(float64(c.at(i, j))-sum), k*u/(1-k*u)*magnitudes; got > limit {
					t.Fatalf("%s: element (%d, %d) is wrong by %g, more than %g", name, i, j, got, limit)
				}
			}
		}
	}
}

// NaN and infinities spread as IEEE 754 has them, to their rows and columns and no others.
func TestSpecialValues(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	inf := float32(math.Inf(1))
	special := []float32{inf, -inf, inf - inf, 0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, math.MaxFloat32, -0x1p-126}
	for range 300 {
		m, n, k := 1+random.IntN(30), 1+random.IntN(70), 1+random.IntN(20)
		a := normal(random, heap{}, m, k, 1, random.IntN(2) == 0)
		b := normal(random, heap{}, k, n, 0, random.IntN(2) == 0)
		c := normal(random, heap{}, m, n, 2, false)
		for _, data := range [][]float32{a.Data, b.Data, c.Data} {
			for range 1 + random.IntN(4) {
				data[random.IntN(len(data))] = special[random.IntN(len(special))]
			}
		}
		alpha, beta := factors[random.IntN(4)], factors[random.IntN(4)]
		before := append([]float32(nil), c.Data...)
		want := chains(alpha, a, b, beta, c)
		for name, r := range variants() {
			copy(c.Data, before)
			r.multiply(1, alpha, a, b, beta, c)
			if err := sameBits(c.Data, want); err != nil {
				t.Fatalf("%s: %d x %d x %d, alpha %g, beta %g: %v", name, m, n, k, alpha, beta, err)
			}
		}
	}
	for name, r := range variants() {
		c := []float32{1}
		r.multiply(1, 1, Matrix{1, 1, 1, false, []float32{0}}, Matrix{1, 1, 1, false, []float32{inf}}, 0, Matrix{1, 1, 1, false, c})
		if c[0] == c[0] {
			t.Errorf("%s: 0 times infinity is %g", name, c[0])
		}
	}
}

// The oracle's fused multiply-add is that of exact arithmetic.
func TestOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	exact := func(x float32) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(float64(x)) }
	tried := 0
	for tried < 200_000 {
		var v [3]float32
		for i := range v {
			v[i] = math.Float32frombits(random.Uint32())
			if random.IntN(2) == 0 { // near 1, where sums cancel and tie
				v[i] = float32(random.IntN(1<<12)-1<<11) * 0x1p-11
			}
		}
		if bad := float64(v[0]) * float64(v[1]) * float64(v[2]); math.IsNaN(bad) || math.IsInf(bad, 0) {
			continue
		}
		tried++
		sum := exact(v[0])
		sum.Mul(sum, exact(v[1])).Add(sum, exact(v[2]))
		want, _ := sum.Float32()
		if got := fma(v[0], v[1], v[2]); got != want {
			t.Fatalf("fma(%g, %g, %g) is %g, want %g", v[0], v[1], v[2], got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
		got, want := chosen(v.ISA()), routinesOf(v)
		if (got == nil) != (want == nil) || got != nil && got.variant != v {
			t.Errorf("%s: chosen are %v", v, got)
		}
	}
	if Available() != (kernels.ISA() != kernels.Portable) {
		t.Errorf("kernels use %s, a product is available: %t", kernels.ISA(), Available())
	}
}

func TestContract(t *testing.T) {
	if !Available() {
		defer func() {
			if recover() == nil {
				t.Error("a product without a kernel does not panic")
			}
		}()
	}
	whole := func(rows, columns int) Matrix {
		return Matrix{Rows: rows, Columns: columns, Stride: max(1, columns), Data: make([]float32, rows*columns)}
	}
	Multiply(1, 1, whole(3, 0), whole(0, 4), 0, whole(3, 4))
	Multiply(1, 1, whole(0, 5), whole(5, 4), 0, whole(0, 4))
	Multiply(1, 1, whole(3, 5), whole(5, 0), 0, whole(3, 0))
	short := func(m Matrix) Matrix { m.Data = m.Data[:len(m.Data)-1]; return m }
	for name, call := range map[string]func(){
		"short A":      func() { Multiply(1, 1, short(whole(3, 5)), whole(5, 4), 0, whole(3, 4)) },
		"short B":      func() { Multiply(1, 1, whole(3, 5), short(whole(5, 4)), 0, whole(3, 4)) },
		"short C":      func() { Multiply(1, 1, whole(3, 5), whole(5, 4), 0, short(whole(3, 4))) },
		"rows":         func() { Multiply(1, 1, whole(2, 5), whole(5, 4), 0, whole(3, 4)) },
		"columns":      func() { Multiply(1, 1, whole(3, 5), whole(5, 3), 0, whole(3, 4)) },
		"inner":        func() { Multiply(1, 1, whole(3, 5), whole(6, 4), 0, whole(3, 4)) },
		"overlap":      func() { Multiply(1, 1, Matrix{3, 5, 4, false, make([]float32, 15)}, whole(5, 4), 0, whole(3, 4)) },
		"negative":     func() { Multiply(1, 1, Matrix{-1, 5, 5, false, nil}, whole(5, 4), 0, Matrix{-1, 4, 4, false, nil}) },
		"transposed C": func() { Multiply(1, 1, whole(3, 3), whole(3, 3), 0, Matrix{3, 3, 3, true, make([]float32, 9)}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func FuzzMultiply(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(5), uint8(7))
	f.Add(uint64(2), uint8(14), uint8(32), uint8(16))
	f.Add(uint64(3), uint8(100), uint8(67), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint8) {
		testProduct(t, rand.New(rand.NewPCG(seed, 0)), heap{}, 1+int(m), 1+int(n), int(k))
	})
}

// The largest blocks have the memory that large products take.
func TestBlocksHaveMemory(t *testing.T) {
	for name, r := range variants() {
		if r.height%r.rows != 0 || r.breadth%r.columns != 0 || r.depth%square != 0 || r.panel < r.rows {
			t.Errorf("%s: blocks of %d x %d x %d are not whole", name, r.height, r.breadth, r.depth)
		}
		if n := r.height/r.rows*r.panel*r.depth + r.breadth*r.depth + r.rows*r.columns; n > manyElements {
			t.Errorf("%s: blocks take %d elements, more than %d", name, n, manyElements)
		}
	}
}
