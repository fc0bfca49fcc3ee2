// Package sgemm is gonum's BLAS of float32 with the project's product of matrices:
// gonum's own, in plain loops over vectors, takes some 10 times as long.
//
// Its bits and its special values are those of package gemm: chains of fused
// multiply-adds, the same for any number of processors, with AVX2 and AVX-512, and
// zeros that count, so that 0 times an infinity is NaN. Where there is no kernel, which
// is in builds without assembly and with ACTINIT_ISA=portable, the product is gonum's: it has other bits, and skips zeros of A unless
// B alone is transposed.
package sgemm

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"actinit/kernels/gemm"
)

// Implementation is gonum's with another Sgemm.
type Implementation struct{ gonum.Implementation }

var _ blas.Float32 = Implementation{}

// What gonum's Sgemm panics with.
const (
	badTranspose = "blas: illegal transpose"
	mLT0         = "blas: m < 0"
	nLT0         = "blas: n < 0"
	kLT0         = "blas: k < 0"
	badLdA       = "blas: bad leading dimension of A"
	badLdB       = "blas: bad leading dimension of B"
	badLdC       = "blas: bad leading dimension of C"
	shortA       = "blas: insufficient length of a"
	shortB       = "blas: insufficient length of b"
	shortC       = "blas: insufficient length of c"
)

// Sgemm computes one of
//
//	C = alpha * A * B + beta * C
//	C = alpha * Aᵀ * B + beta * C
//	C = alpha * A * Bᵀ + beta * C
//	C = alpha * Aᵀ * Bᵀ + beta * C
//
// for an m×k or k×m A, a k×n or n×k B and an m×n C, on as many processors as Go uses. It
// panics as gonum's does. With beta 0 what C held does not count, with alpha 0 neither A nor B.
func (i Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if !gemm.Available() {
		i.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	aTrans, bTrans := transposes(tA), transposes(tB)
	switch {
	case m < 0:
		panic(mLT0)
	case n < 0:
		panic(nLT0)
	case k < 0:
		panic(kLT0)
	}
	aRows, aColumns := stored(m, k, aTrans)
	bRows, bColumns := stored(k, n, bTrans)
	switch {
	case lda < max(1, aColumns):
		panic(badLdA)
	case ldb < max(1, bColumns):
		panic(badLdB)
	case ldc < max(1, n):
		panic(badLdC)
	case m == 0 || n == 0:
		return
	case len(a) < (aRows-1)*lda+aColumns:
		panic(shortA)
	case len(b) < (bRows-1)*ldb+bColumns:
		panic(shortB)
	case len(c) < (m-1)*ldc+n:
		panic(shortC)
	}
	gemm.Multiply(0, alpha,
		gemm.Matrix{Rows: m, Columns: k, Stride: lda, Transposed: aTrans, Data: a},
		gemm.Matrix{Rows: k, Columns: n, Stride: ldb, Transposed: bTrans, Data: b},
		beta,
		gemm.Matrix{Rows: m, Columns: n, Stride: ldc, Data: c})
}

func transposes(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic(badTranspose)
}

// stored returns the rows and columns in memory of a matrix that is rows x columns after transposition.
func stored(rows, columns int, transposed bool) (int, int) {
	if transposed {
		return columns, rows
	}
	return rows, columns
}
