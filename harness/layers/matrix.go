package layers

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"actinit/kernels"
)

// A matrix is a row-major rows x cols matrix whose rows start stride elements apart.
type matrix[T kernels.Float] struct {
	rows, cols, stride int
	data               []T
}

// row returns row i, without the padding behind it.
func (m matrix[T]) row(i int) []T {
	return m.data[i*m.stride : i*m.stride+m.cols : i*m.stride+m.cols]
}

// strideFor pads rows by a cache line when their length is a multiple of 512
// bytes or more: a 64x64 tile with rows a power of two apart falls into a few
// cache sets and evicts itself. At 512 columns the padding doubles the speed of
// A^T B; at 4096 it takes a fifth off a product on one thread.
func strideFor(cols int) int {
	const line, period = 16, 128
	if cols%period == 0 {
		return cols + line
	}
	return cols
}

// spread moves the rows of a matrix that was filled without padding to where
// the stride has them.
func (m matrix[T]) spread() {
	for i := m.rows - 1; i > 0 && m.stride > m.cols; i-- {
		copy(m.row(i), m.data[i*m.cols:(i+1)*m.cols])
	}
}

// transposeInto writes the transpose of m to t, tile by tile so that neither
// side walks through memory a whole row at a time.
func (m matrix[T]) transposeInto(t matrix[T]) {
	const tile = 16
	for i0 := 0; i0 < m.rows; i0 += tile {
		for j0 := 0; j0 < m.cols; j0 += tile {
			for i := i0; i < min(i0+tile, m.rows); i++ {
				for j := j0; j < min(j0+tile, m.cols); j++ {
					t.data[j*t.stride+i] = m.data[i*m.stride+j]
				}
			}
		}
	}
}

// multiply computes c = a op(b), where op transposes or does not.
func multiply[T kernels.Float](a, b matrix[T], op blas.Transpose, c matrix[T]) {
	switch cd := any(c.data).(type) {
	case []float32:
		blas32.Gemm(blas.NoTrans, op, 1, general32(a), general32(b), 0,
			blas32.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: cd})
	case []float64:
		blas64.Gemm(blas.NoTrans, op, 1, general64(a), general64(b), 0,
			blas64.General{Rows: c.rows, Cols: c.cols, Stride: c.stride, Data: cd})
	}
}

func general32[T kernels.Float](m matrix[T]) blas32.General {
	return blas32.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: any(m.data).([]float32)}
}

func general64[T kernels.Float](m matrix[T]) blas64.General {
	return blas64.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: any(m.data).([]float64)}
}

// A workspace lends matrices and takes them all back when the next net begins:
// nets of a run follow one another in the same memory.
type workspace[T kernels.Float] map[slot][]T

// A slot names one matrix of a net.
type slot struct {
	name  string
	layer int
}

// matrix returns the matrix of the slot. Its contents are whatever was left there.
func (w workspace[T]) matrix(s slot, rows, cols int) matrix[T] {
	stride := strideFor(cols)
	if n := rows * stride; cap(w[s]) < n {
		w[s] = make([]T, n)
	} else {
		w[s] = w[s][:n]
	}
	return matrix[T]{rows, cols, stride, w[s]}
}
