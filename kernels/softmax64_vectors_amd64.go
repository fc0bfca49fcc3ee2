//go:build amd64 && !purego

package kernels

// softmaxVectors64 is softmaxRows64 in vectors of variant v.
func softmaxVectors64(v Variant, dst, src []float64, cols int) {
	switch {
	case cols < shortestRow:
		softmaxRows64(dst, src, cols)
	case cols <= keptColumns && len(src) >= keptColumns:
		softmaxShortVectors64(v, dst, src, cols)
	default:
		for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
			softmaxLongVectors64(v, dst[:cols], src[:cols])
		}
	}
}

func softmaxShortVectors64(v Variant, dst, src []float64, cols int) {
	var kept, keptLow [keptColumns]float64
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		m := largest64Vectors(v, &src[0], cols)
		hi, lo, below := sumBelowKept64Vectors(v, &src[0], cols, m, &kept[0], &keptLow[0])
		if !usualSum(hi) || m-m != 0 {
			softmaxRow64(dst[:cols], src[:cols], nil)
			continue
		}
		r, rl := pairJoin(0, 0, hi, lo)
		i, il := inverseOfSum64(cols-int(below), r, rl)
		softmaxKept64Vectors(v, &dst[0], &kept[0], &keptLow[0], cols, i, il)
	}
}

func softmaxLongVectors64(v Variant, dst, src []float64) {
	m, k, r, rl, usual := sumVectors64(v, src)
	if !usual {
		softmaxRow64(dst, src, nil)
		return
	}
	i, il := inverseOfSum64(k, r, rl)
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		softmaxAgain64Vectors(v, &dst[0], &src[0], n, m, i, il)
		dst, src = dst[n:], src[n:]
	}
}

// logSoftmaxVectors64 is logSoftmaxRows64 in vectors of variant v.
func logSoftmaxVectors64(v Variant, dst, src []float64, cols int) {
	if cols < shortestRow {
		logSoftmaxRows64(dst, src, cols)
		return
	}
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		row := src[:cols]
		m, k, r, rl, usual := sumVectors64(v, row)
		if !usual {
			logSoftmaxRow64(dst[:cols], row)
			continue
		}
		l, ll, atTop := logOfSum64(k, r, rl)
		for to := dst[:cols]; len(row) > 0; {
			n := min(len(row), vectorChunk)
			logSoftmax64Vectors(v, &to[0], &row[0], n, m, l, ll, atTop)
			to, row = to[n:], row[n:]
		}
	}
}

// sumVectors64 returns the largest element m of a row and sumBelow64 of it; but the row is not
// usual if an element is NaN, or m infinite.
func sumVectors64(v Variant, row []float64) (m float64, k int, r, rl float64, usual bool) {
	m = largest64Vectors(v, &row[0], min(len(row), vectorChunk))
	for rest := row; len(rest) > vectorChunk; {
		rest = rest[min(vectorChunk, len(rest)-shortestRow):]
		m = max(m, largest64Vectors(v, &rest[0], min(len(rest), vectorChunk)))
	}
	k = len(row)
	for len(row) > 0 {
		n := min(len(row), sumBlock)
		hi, lo, below := sumBelow64Vectors(v, &row[0], n, m)
		k -= int(below)
		r, rl = pairJoin(r, rl, hi, lo)
		row = row[n:]
	}
	return m, k, r, rl, m-m == 0 && usualSum(r)
}
