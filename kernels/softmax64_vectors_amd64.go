//go:build amd64 && !purego

package kernels

// A rowSum64 is a row's largest element m and sumBelow64 of it.
type rowSum64 struct {
	m     float64
	k     int
	r, rl float64
}

func (s rowSum64) usual() bool { return s.m-s.m == 0 && s.r == s.r }

func sumVectors64(v Variant, row []float64) rowSum64 {
	s := rowSum64{m: largestVectors(v, row, largest64Vectors), k: len(row)}
	s.r, s.rl = sumPieces(len(row), func(from, n int) (float64, float64) {
		hi, lo, below := sumBelow64Vectors(v, &row[from], n, s.m)
		s.k -= int(below)
		return hi, lo
	})
	return s
}

// softmaxVectors64 is softmaxRows64 in vectors of variant v.
func softmaxVectors64(v Variant, dst, src []float64, cols int) {
	if shortestRow <= cols && cols <= keptColumns && len(src) >= keptColumns {
		softmaxKeptRows64(v, dst, src, cols)
		return
	}
	vectorRows(len(src), cols,
		func(lo, hi int) { softmaxRows64(dst[lo:hi], src[lo:hi], cols) },
		func(lo, hi int) rowSum64 { return sumVectors64(v, src[lo:hi]) },
		func(s rowSum64, at, n int) {
			i, il := inverseOfSum64(s.k, s.r, s.rl)
			softmaxAgain64Vectors(v, &dst[at], &src[at], n, s.m, i, il)
		})
}

// softmaxKeptRows64 keeps the powers of the sum for the results.
func softmaxKeptRows64(v Variant, dst, src []float64, cols int) {
	var kept, keptLow [keptColumns]float64
	vectorRows(len(src), cols,
		func(lo, hi int) { softmaxRow64(dst[lo:hi], src[lo:hi], nil) },
		func(lo, hi int) rowSum64 {
			m := largest64Vectors(v, &src[lo], cols)
			r, rl, below := sumBelowKept64Vectors(v, &src[lo], cols, m, &kept[0], &keptLow[0])
			s := rowSum64{m: m, k: cols - int(below)}
			s.r, s.rl = pairJoin(0, 0, r, rl)
			return s
		},
		func(s rowSum64, at, n int) {
			i, il := inverseOfSum64(s.k, s.r, s.rl)
			softmaxKept64Vectors(v, &dst[at], &kept[0], &keptLow[0], n, i, il)
		})
}

// logSoftmaxVectors64 is logSoftmaxRows64 in vectors of variant v.
func logSoftmaxVectors64(v Variant, dst, src []float64, cols int) {
	vectorRows(len(src), cols,
		func(lo, hi int) { logSoftmaxRows64(dst[lo:hi], src[lo:hi], cols) },
		func(lo, hi int) rowSum64 { return sumVectors64(v, src[lo:hi]) },
		func(s rowSum64, at, n int) {
			l, ll, atTop := logOfSum64(s.k, s.r, s.rl)
			logSoftmax64Vectors(v, &dst[at], &src[at], n, s.m, l, ll, atTop)
		})
}
