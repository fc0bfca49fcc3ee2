//go:build amd64 && !purego

package kernels

import "iter"

// inVariant gives rows, which call the assembly of any variant, that of v.
func inVariant[T Float](v Variant, rows func(v Variant, dst, src []T, cols int)) RowForwardFunc[T] {
	return func(dst, src []T, cols int) { rows(v, dst, src, cols) }
}

// gradInVariant is inVariant for gradients.
func gradInVariant[T Float](v Variant, rows func(v Variant, dst, grad, y []T, cols int)) RowBackwardFunc[T] {
	return func(dst, grad, y []T, cols int) { rows(v, dst, grad, y, cols) }
}

// shortestRow is the length from which on rows take vectors: a step of the assembly.
const shortestRow = 16

// A rowSum is what the results of a row need of all its elements. If it is not usual, because one is NaN or
// infinite, they are left to the plain loop.
type rowSum interface{ usual() bool }

// vectorRows computes rows of cols elements, count elements in all: sum returns that of elements [lo, hi),
// results computes n results from element at on, and plain the rows of elements [lo, hi) without vectors,
// which short rows do not take either.
func vectorRows[S rowSum](count, cols int, plain func(lo, hi int), sum func(lo, hi int) S, results func(s S, at, n int)) {
	if cols < shortestRow {
		plain(0, count)
		return
	}
	for lo := 0; lo < count; lo += cols {
		s := sum(lo, lo+cols)
		if !s.usual() {
			plain(lo, lo+cols)
			continue
		}
		for from, n := range pieces(cols, vectorChunk) {
			results(s, lo+from, n)
		}
	}
}

// pieces cuts count elements into pieces of size: it gives where each begins, and its length.
func pieces(count, size int) iter.Seq2[int, int] {
	return func(yield func(from, n int) bool) {
		for from := 0; from < count; from += size {
			if !yield(from, min(size, count-from)) {
				return
			}
		}
	}
}

// largestVectors returns the largest element of a row, if none is NaN. The last piece that largest is
// called for overlaps the one before where it would be too short.
func largestVectors[T Float](v Variant, row []T, largest func(v Variant, src *T, n int) T) T {
	top := largest(v, &row[0], min(len(row), vectorChunk))
	for len(row) > vectorChunk {
		row = row[min(vectorChunk, len(row)-shortestRow):]
		top = max(top, largest(v, &row[0], min(len(row), vectorChunk)))
	}
	return top
}

// sumPieces returns the sum of the pairs that block returns of blocks of count elements, in the order of
// sumBlock's comment.
func sumPieces(count int, block func(from, n int) (hi, lo float64)) (s, sl float64) {
	for from, n := range pieces(count, sumBlock) {
		hi, lo := block(from, n)
		s, sl = pairJoin(s, sl, hi, lo)
	}
	return s, sl
}

// A rowSum32 is a row's largest element m and sumBelow32 of it.
type rowSum32 struct{ m, k, r float64 }

func (s rowSum32) usual() bool { return s.m-s.m == 0 && s.r == s.r }

func sumVectors32(v Variant, row []float32) rowSum32 {
	s := rowSum32{m: float64(largestVectors(v, row, largest32Vectors)), k: float64(len(row))}
	for from, n := range pieces(len(row), sumBlock) {
		r, below := sumBelowVectors(v, &row[from], n, s.m)
		s.k, s.r = s.k-below, s.r+r
	}
	return s
}

// softmaxVectors32 is softmaxRows32 in vectors of variant v.
func softmaxVectors32(v Variant, dst, src []float32, cols int) {
	if shortestRow <= cols && cols <= keptColumns && len(src) >= keptColumns {
		softmaxKeptRows32(v, dst, src, cols)
		return
	}
	vectorRows(len(src), cols,
		func(lo, hi int) { softmaxRows32(dst[lo:hi], src[lo:hi], cols) },
		func(lo, hi int) rowSum32 { return sumVectors32(v, src[lo:hi]) },
		func(s rowSum32, at, n int) { softmaxAgainVectors(v, &dst[at], &src[at], n, s.m, 1/(s.k+s.r)) })
}

// softmaxKeptRows32 keeps the powers of the sum for the results.
func softmaxKeptRows32(v Variant, dst, src []float32, cols int) {
	var kept [keptColumns]float64
	vectorRows(len(src), cols,
		func(lo, hi int) { softmaxRow32(dst[lo:hi], src[lo:hi], nil) },
		func(lo, hi int) rowSum32 {
			m := float64(largest32Vectors(v, &src[lo], cols))
			r, below := sumBelowKeptVectors(v, &src[lo], cols, m, &kept[0])
			return rowSum32{m, float64(cols) - below, r}
		},
		func(s rowSum32, at, n int) { softmaxKeptVectors(v, &dst[at], &kept[0], n, 1/(s.k+s.r)) })
}

// logSoftmaxVectors32 is logSoftmaxRows32 in vectors of variant v.
func logSoftmaxVectors32(v Variant, dst, src []float32, cols int) {
	vectorRows(len(src), cols,
		func(lo, hi int) { logSoftmaxRows32(dst[lo:hi], src[lo:hi], cols) },
		func(lo, hi int) rowSum32 { return sumVectors32(v, src[lo:hi]) },
		func(s rowSum32, at, n int) {
			l, _ := logOfSum(int(s.k), s.r, 0)
			logSoftmaxVectors(v, &dst[at], &src[at], n, s.m, l)
		})
}

// A gradSum is a sum over a row as a pair.
type gradSum struct{ s, sl float64 }

func (g gradSum) usual() bool { return g.s-g.s == 0 }

// softmaxGradVectors32 is softmaxGradRows in vectors of variant v. A product with the low part of
// the difference is a multiple of 2^-447 and below 2^600: it needs no scaling.
func softmaxGradVectors32(v Variant, dst, grad, y []float32, cols int) {
	vectorRows(len(y), cols,
		func(lo, hi int) { softmaxGradRows(dst[lo:hi], grad[lo:hi], y[lo:hi], cols) },
		func(lo, hi int) (g gradSum) {
			g.s, g.sl = sumPieces(cols, func(from, n int) (float64, float64) {
				return dotPairVectors(v, &grad[lo+from], &y[lo+from], n)
			})
			return g
		},
		func(g gradSum, at, n int) { softmaxGradVectors(v, &dst[at], &grad[at], &y[at], n, g.s, g.sl) })
}

// logSoftmaxGradVectors32 is logSoftmaxGradRows32 in vectors of variant v.
func logSoftmaxGradVectors32(v Variant, dst, grad, y []float32, cols int) {
	vectorRows(len(y), cols,
		func(lo, hi int) { logSoftmaxGradRows32(dst[lo:hi], grad[lo:hi], y[lo:hi], cols) },
		func(lo, hi int) (g gradSum) {
			g.s, g.sl = sumPieces(cols, func(from, n int) (float64, float64) { return sumPairVectors(v, &grad[lo+from], n) })
			return g
		},
		func(g gradSum, at, n int) { logSoftmaxGradVectors(v, &dst[at], &grad[at], &y[at], n, g.s, g.sl) })
}
