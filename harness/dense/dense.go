// Package dense holds row-major matrices, their products and the memory they
// live in: what the nets of package network compute with.
package dense

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"actinit/harness/sgemm"
	"actinit/kernels"
)

func init() { blas32.Use(sgemm.Implementation{}) }

// A Matrix is a row-major Rows x Cols matrix whose rows start Stride elements
// apart. Copies share their elements.
type Matrix[T kernels.Float] struct {
	Rows, Cols, Stride int
	Data               []T
}

// New returns a matrix of zeros, its rows padded by [StrideFor]. Large ones are on huge
// pages where there are such, with which products take .94 of the time.
func New[T kernels.Float](rows, cols int) Matrix[T] {
	stride := StrideFor(cols)
	return Matrix[T]{rows, cols, stride, kernels.AlignedSlice[T](rows * stride)}
}

// Of returns the matrix whose elements are data, row by row without padding.
func Of[T kernels.Float](rows, cols int, data []T) Matrix[T] {
	return Matrix[T]{rows, cols, cols, data[:rows*cols]}
}

// Row returns row i, without the padding behind it.
func (m Matrix[T]) Row(i int) []T {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// RowRange returns rows lo to hi-1, in the same memory.
func (m Matrix[T]) RowRange(lo, hi int) Matrix[T] {
	if lo == hi {
		return Matrix[T]{0, m.Cols, m.Stride, nil}
	}
	return Matrix[T]{hi - lo, m.Cols, m.Stride, m.Data[lo*m.Stride : (hi-1)*m.Stride+m.Cols]}
}

// StrideFor returns the distance of rows of that length: a cache line more when
// the length is a multiple of 512 bytes or more, because a tile with rows a power
// of two apart falls into a few cache sets and evicts itself.
func StrideFor(cols int) int {
	const line, period = 16, 128
	if cols%period == 0 {
		return cols + line
	}
	return cols
}

// Spread moves the rows of a matrix that was filled without padding to where
// the stride has them.
func (m Matrix[T]) Spread() {
	for i := m.Rows - 1; i > 0 && m.Stride > m.Cols; i-- {
		copy(m.Row(i), m.Data[i*m.Cols:(i+1)*m.Cols])
	}
}

// Compact returns m's first elements as a matrix without padding, to be filled
// and then spread ([Matrix.Spread]).
func (m Matrix[T]) Compact() Matrix[T] { return Of(m.Rows, m.Cols, m.Data) }

// CopyFrom copies the elements of a matrix of the same shape.
func (m Matrix[T]) CopyFrom(from Matrix[T]) {
	for i := range m.Rows {
		copy(m.Row(i), from.Row(i))
	}
}

// Multiply computes c = a op(b), where op transposes or does not. In float32 the
// product is package sgemm's, in float64 gonum's.
func Multiply[T kernels.Float](a, b Matrix[T], op blas.Transpose, c Matrix[T]) {
	MultiplyAdd(1, blas.NoTrans, a, op, b, 0, c)
}

// MultiplyAdd computes c = alpha opA(a) opB(b) + beta c. With beta 0 what c held
// does not count, NaN included. Zeros count in float32, so that 0 times an infinity
// is NaN; gonum skips those of a in float64, and in float32 where
// sgemm has no kernel, unless b alone is transposed.
func MultiplyAdd[T kernels.Float](alpha T, opA blas.Transpose, a Matrix[T], opB blas.Transpose, b Matrix[T], beta T, c Matrix[T]) {
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	switch cd := any(c.Data).(type) {
	case []float32:
		blas32.Gemm(opA, opB, float32(alpha), general32(a), general32(b), float32(beta),
			blas32.General{Rows: c.Rows, Cols: c.Cols, Stride: c.Stride, Data: cd})
	case []float64:
		blas64.Gemm(opA, opB, float64(alpha), general64(a), general64(b), float64(beta),
			blas64.General{Rows: c.Rows, Cols: c.Cols, Stride: c.Stride, Data: cd})
	}
}

func general32[T kernels.Float](m Matrix[T]) blas32.General {
	return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Stride, Data: any(m.Data).([]float32)}
}

func general64[T kernels.Float](m Matrix[T]) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Stride, Data: any(m.Data).([]float64)}
}
