// Package gemm multiplies matrices of float32, by kernels in AVX2 and AVX-512.
//
// Every element of a product is one chain of fused multiply-adds in the order of the
// summation index: its bits depend on neither the number of workers nor the
// instruction set, nor on the other rows and columns. The error of a sum of k products
// is at most k*2^-24/(1-k*2^-24) times the sum of their magnitudes, but for underflow.
//
// Portable Go has no fast fused multiply-add of float32, so this package has no portable
// kernel: [Available] tells whether there is one.
package gemm

import (
	"runtime"

	"actinit/kernels"
)

// Available reports whether there is a kernel for the instruction set that [kernels.ISA] names.
func Available() bool { return fastest != nil }

// A Matrix is row-major in a slice: element (i, j) is Data[i*Stride+j], or Data[j*Stride+i]
// where Transposed says so. Rows and Columns are those after transposition.
type Matrix struct {
	Rows, Columns, Stride int
	Transposed            bool
	Data                  []float32
}

// Multiply computes C = alpha*A*B + beta*C, as
//
//	C[i][j] = fma(alpha*A[i][l], B[l][j], C[i][j]) for l = 0, 1, ..., k-1
//
// where C[i][j] is 0 at first if beta is 0, whatever it was, and beta*C[i][j] if not, and
// alpha*A[i][l] and beta*C[i][j] are rounded. If alpha is 0, as if k is, neither A nor B
// counts. Otherwise all elements do, so that 0 times an infinity is NaN. C must not be
// transposed, and shares no memory with A or B. Nothing outside the matrices is read or
// written: what is between the rows of C stays.
//
// It runs on at most workers goroutines (<= 0: one for each processor Go uses). It panics
// if shapes do not fit, a slice is too short, or there is no kernel ([Available]).
func Multiply(workers int, alpha float32, a, b Matrix, beta float32, c Matrix) {
	if fastest == nil {
		panic("gemm: no kernel for this instruction set")
	}
	fastest.multiply(workers, alpha, a, b, beta, c)
}

func (r *routines) multiply(workers int, alpha float32, a, b Matrix, beta float32, c Matrix) {
	if c.Transposed {
		panic("gemm: C is transposed")
	}
	if a.Rows != c.Rows || a.Columns != b.Rows || b.Columns != c.Columns {
		panic("gemm: shapes do not fit")
	}
	a.check()
	b.check()
	c.check()
	m, n, k := c.Rows, c.Columns, a.Columns
	if m == 0 || n == 0 {
		return
	}
	if alpha == 0 || k == 0 {
		c.scale(beta)
		return
	}
	if beta != 0 && beta != 1 {
		c.scale(beta)
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if workers > 1 && float64(m)*float64(n)*float64(k) < r.fewest {
		workers = 1
	}
	p := &product{routines: r, a: a, b: b, c: c, alpha: alpha, add: beta != 0}
	down, across := p.cut(workers)
	if down*across == 1 {
		p.part(0, m, 0, n)
		return
	}
	tiles, strips := ceil(m, r.rows), ceil(n, r.columns)
	kernels.ParallelRange(down*across, down*across, 1, func(lo, hi int) {
		for piece := lo; piece < hi; piece++ {
			i, j := piece/across, piece%across
			p.part(
				tiles*i/down*r.rows, min(tiles*(i+1)/down*r.rows, m),
				strips*j/across*r.columns, min(strips*(j+1)/across*r.columns, n),
			)
		}
	})
}

func ceil(n, unit int) int { return (n + unit - 1) / unit }

// check panics unless the slice has all elements.
func (m Matrix) check() {
	rows, columns := m.Rows, m.Columns
	if m.Transposed {
		rows, columns = columns, rows
	}
	switch {
	case rows < 0 || columns < 0:
		panic("gemm: a matrix of fewer than 0 rows or columns")
	case m.Stride < max(1, columns):
		panic("gemm: rows overlap")
	case rows > 0 && columns > 0 && (len(m.Data) < columns || (len(m.Data)-columns)/m.Stride < rows-1):
		panic("gemm: slice too short")
	}
}

// scale multiplies all elements by beta, and sets them to 0 if beta is 0.
func (m Matrix) scale(beta float32) {
	if beta == 1 {
		return
	}
	for i := range m.Rows {
		row := m.Data[i*m.Stride:][:m.Columns]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}
