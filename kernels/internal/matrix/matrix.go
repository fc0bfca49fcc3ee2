// Package matrix holds dense matrices of float64 and their QR factorisation, whose
// bits depend on neither the number of workers nor the instruction set.
//
// All arithmetic is a fixed sequence of operations that IEEE 754 rounds: every element of
// a product is one chain of fused multiply-adds in the order of the summation index, and
// the vectors' lanes are columns.
package matrix

import "actinit/kernels"

// StripWidth is the number of columns of a strip.
const StripWidth = 24

// tileRows is the number of rows that a tile takes; it divides StripWidth.
const tileRows = 8

// A Matrix is stored as strips of StripWidth columns, each row-major in one piece of
// memory, as the tiles of a product read and write it. What the last strip, and the
// last tile of each, have beyond the matrix is zeros.
type Matrix struct {
	rows, columns int
	height        int // of a strip: rows, rounded up to whole tiles
	strips        [][]float64
}

// New returns a matrix of zeros. It panics if rows or columns is below 1.
func New(rows, columns int) *Matrix {
	if rows < 1 || columns < 1 {
		panic("matrix: a matrix needs a row and a column")
	}
	m := &Matrix{rows: rows, columns: columns, height: (rows + tileRows - 1) / tileRows * tileRows}
	m.strips = make([][]float64, (columns+StripWidth-1)/StripWidth)
	for s := range m.strips {
		m.strips[s] = kernels.AlignedSlice[float64](m.height * StripWidth)
	}
	return m
}

// Rows returns the number of rows.
func (m *Matrix) Rows() int { return m.rows }

// Columns returns the number of columns.
func (m *Matrix) Columns() int { return m.columns }

// Strips returns the number of strips.
func (m *Matrix) Strips() int { return len(m.strips) }

// Strip returns strip s, Rows() rows of StripWidth elements: element (i, j) of the matrix
// is element i*StripWidth + j%StripWidth of strip j/StripWidth. In the last strip, elements of columns
// that the matrix does not have must stay 0.
func (m *Matrix) Strip(s int) []float64 { return m.strips[s][:m.rows*StripWidth] }
