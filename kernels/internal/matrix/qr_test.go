package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A table is a matrix as its rows.
type table [][]float64

func newTable(rows, columns int, at func(i, j int) float64) table {
	a := make(table, rows)
	for i := range a {
		a[i] = make([]float64, columns)
		for j := range a[i] {
			a[i][j] = at(i, j)
		}
	}
	return a
}

func normalTable(rows, columns int, seed uint64) table {
	random := rand.New(rand.NewPCG(seed, 0))
	return newTable(rows, columns, func(int, int) float64 { return random.NormFloat64() })
}

func (a table) matrix() *Matrix {
	m := New(len(a), len(a[0]))
	for i, row := range a {
		for j, x := range row {
			m.Strip(j / StripWidth)[i*StripWidth+j%StripWidth] = x
		}
	}
	return m
}

func (m *Matrix) table() table {
	return newTable(m.Rows(), m.Columns(), func(i, j int) float64 { return m.Strip(j / StripWidth)[i*StripWidth+j%StripWidth] })
}

// product returns a'*b.
func product(a, b table) table {
	return newTable(len(a[0]), len(b[0]), func(i, j int) float64 {
		var sum float64
		for k := range a {
			sum += a[k][i] * b[k][j]
		}
		return sum
	})
}

// errors returns the largest magnitude in Q'Q - I, and in A - QR for R = Q'A made triangular.
func errors(q, a table) (orthogonality, residual float64, r table) {
	for i, row := range product(q, q) {
		for j, x := range row {
			if i == j {
				x--
			}
			orthogonality = max(orthogonality, math.Abs(x))
		}
	}
	r = product(q, a)
	for i := range r {
		clear(r[i][:min(i, len(r[i]))])
	}
	for i := range a {
		for j, x := range a[i] {
			for k := 0; k <= j; k++ {
				x -= q[i][k] * r[k][j]
			}
			residual = max(residual, math.Abs(x))
		}
	}
	return orthogonality, residual, r
}

// shapes are those of a row or a column, around whole tiles, strips and panels, and others.
var shapes = [][2]int{
	{1, 1}, {2, 1}, {2, 2}, {7, 5}, {8, 8}, {9, 8}, {23, 23}, {24, 24}, {25, 25}, {47, 30}, {48, 48}, {49, 49}, {50, 2},
	{71, 71}, {72, 72}, {73, 73}, {96, 96}, {97, 97}, {100, 60}, {130, 129}, {200, 24}, {300, 1}, {331, 48},
}

func TestOrthonormalize(t *testing.T) {
	for _, shape := range shapes {
		a := normalTable(shape[0], shape[1], 7)
		m := a.matrix()
		m.Orthonormalize(2)
		orthogonality, residual, r := errors(m.table(), a)
		if orthogonality > 1e-14 || residual > 1e-13 {
			t.Errorf("%v: Q'Q-I is %.1e, A-QR %.1e", shape, orthogonality, residual)
		}
		for j := range r {
			if !(r[j][j] > 0) {
				t.Errorf("%v: R[%d][%[2]d] is %g", shape, j, r[j][j])
			}
		}
	}
}

// The bits are those of portable code on one goroutine.
func TestSameBits(t *testing.T) {
	for _, shape := range append(shapes, [2]int{400, 260}) {
		a := normalTable(shape[0], shape[1], 11)
		want := a.matrix()
		want.orthonormalize(1, portable)
		for name, use := range variants() {
			for _, workers := range []int{0, 1, 2, 3, 7, 64} {
				m := a.matrix()
				m.orthonormalize(workers, use)
				for s := range want.Strips() {
					if i, same := sameBits(m.Strip(s), want.Strip(s)); !same {
						t.Fatalf("%v, %s, %d workers: element %d of strip %d is %x, want %x", shape, name, workers, i, s, m.Strip(s)[i], want.Strip(s)[i])
					}
				}
			}
		}
	}
}

// The sign of 0 is +1: where nothing is left of a column, Q has a column all the same.
func TestSignOfZero(t *testing.T) {
	for _, n := range []int{1, 5, 24, 60} {
		for name, c := range map[string]struct{ diagonal, want float64 }{
			"zeros":          {0, 1},
			"negative zeros": {math.Copysign(0, -1), 1},
			"positive":       {3, 1},
			"negative":       {-3, -1},
			"tiny":           {0x1p-500, 1},
			"negative tiny":  {-0x1p-500, -1},
		} {
			m := newTable(n+3, n, func(i, j int) float64 {
				if i == j {
					return c.diagonal
				}
				return 0
			}).matrix()
			m.Orthonormalize(1)
			for i, row := range m.table() {
				for j, x := range row {
					if want := map[bool]float64{true: c.want}[i == j]; x != want {
						t.Fatalf("%d columns, %s: Q[%d][%d] is %g, want %g", n, name, i, j, x, want)
					}
				}
			}
		}
	}
}

// Q is orthonormal, and QR the matrix, for any rank and any scale of rows and columns.
func TestRankDeficient(t *testing.T) {
	const rows, columns = 70, 60
	normal := normalTable(rows, columns, 13)
	for name, at := range map[string]func(i, j int) float64{
		"a zero column":    func(i, j int) float64 { return normal[i][j] * float64(min(1, abs(j-30))) },
		"a zero row":       func(i, j int) float64 { return normal[i][j] * float64(min(1, abs(i-30))) },
		"the first zero":   func(i, j int) float64 { return normal[i][j] * float64(min(1, j)) },
		"equal columns":    func(i, j int) float64 { return normal[i][j/2] },
		"rank one":         func(i, j int) float64 { return normal[i][0] * normal[0][j] },
		"ones":             func(i, j int) float64 { return 1 },
		"graded columns":   func(i, j int) float64 { return math.Ldexp(normal[i][j], -5*j) },
		"graded rows":      func(i, j int) float64 { return math.Ldexp(normal[i][j], -5*i) },
		"small":            func(i, j int) float64 { return math.Ldexp(normal[i][j], -470) },
		"large":            func(i, j int) float64 { return math.Ldexp(normal[i][j], 470) },
		"triangular":       func(i, j int) float64 { return normal[i][j] * float64(min(1, max(0, j+1-i))) },
		"lower triangular": func(i, j int) float64 { return normal[i][j] * float64(min(1, max(0, i+1-j))) },
	} {
		a := newTable(rows, columns, at)
		var largest float64
		for i := range a {
			for j := range a[i] {
				largest = max(largest, math.Abs(a[i][j]))
			}
		}
		m := a.matrix()
		m.Orthonormalize(1)
		orthogonality, residual, r := errors(m.table(), a)
		if orthogonality > 1e-14 || !(residual <= 3e-14*largest) {
			t.Errorf("%s: Q'Q-I is %.1e, A-QR %.1e of %.1e", name, orthogonality, residual, largest)
		}
		for j := range r {
			if !(r[j][j] >= -1e-14*largest) {
				t.Errorf("%s: R[%d][%[2]d] is %g", name, j, r[j][j])
			}
		}
	}
}

func abs(i int) int { return max(i, -i) }

func TestRefusals(t *testing.T) {
	for name, call := range map[string]func(){
		"no rows":           func() { New(0, 1) },
		"no columns":        func() { New(1, 0) },
		"more columns":      func() { New(2, 3).Orthonormalize(1) },
		"a negative number": func() { New(-1, 1) },
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

func BenchmarkOrthonormalize(b *testing.B) {
	for _, n := range []int{64, 512, 2048} {
		a := normalTable(n, n, 1).matrix()
		m := New(n, n)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, workers), func(b *testing.B) {
				for b.Loop() {
					for s := range m.Strips() {
						copy(m.Strip(s), a.Strip(s))
					}
					m.Orthonormalize(workers)
				}
				b.ReportMetric(8./3*float64(n*n*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
