//go:build amd64 && !purego

package kernels

// inVariant gives rows, which call the assembly of any variant, that of v.
func inVariant[T Float](v Variant, rows func(v Variant, dst, src []T, cols int)) RowForwardFunc[T] {
	return func(dst, src []T, cols int) { rows(v, dst, src, cols) }
}

// gradInVariant is inVariant for gradients.
func gradInVariant[T Float](v Variant, rows func(v Variant, dst, grad, y []T, cols int)) RowBackwardFunc[T] {
	return func(dst, grad, y []T, cols int) { rows(v, dst, grad, y, cols) }
}

// softmaxVectors32 is softmaxRows32 in vectors of variant v.
func softmaxVectors32(v Variant, dst, src []float32, cols int) {
	switch {
	case cols < shortestRow:
		softmaxRows32(dst, src, cols)
	case cols <= keptColumns && len(src) >= keptColumns:
		softmaxShortVectors32(v, dst, src, cols)
	default:
		for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
			softmaxLongVectors32(v, dst[:cols], src[:cols])
		}
	}
}

// shortestRow is the length from which on rows take vectors: a step of the assembly.
const shortestRow = 16

func softmaxShortVectors32(v Variant, dst, src []float32, cols int) {
	var kept [keptColumns]float64
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		top := largest32Vectors(v, &src[0], cols)
		m := float64(top)
		r, below := sumBelowKeptVectors(v, &src[0], cols, m, &kept[0])
		if !usualSum(r) || top-top != 0 {
			softmaxRow32(dst[:cols], src[:cols], nil)
			continue
		}
		softmaxKeptVectors(v, &dst[0], &kept[0], cols, 1/((float64(cols)-below)+r))
	}
}

func softmaxLongVectors32(v Variant, dst, src []float32) {
	m, k, r, usual := sumVectors32(v, src)
	if !usual {
		softmaxRow32(dst, src, nil)
		return
	}
	inverse := 1 / (k + r)
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		softmaxAgainVectors(v, &dst[0], &src[0], n, m, inverse)
		dst, src = dst[n:], src[n:]
	}
}

// logSoftmaxVectors32 is logSoftmaxRows32 in vectors of variant v.
func logSoftmaxVectors32(v Variant, dst, src []float32, cols int) {
	if cols < shortestRow {
		logSoftmaxRows32(dst, src, cols)
		return
	}
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		row := src[:cols]
		m, k, r, usual := sumVectors32(v, row)
		if !usual {
			logSoftmaxRow32(dst[:cols], row)
			continue
		}
		l, _ := logOfSum(int(k), r, 0)
		for to := dst[:cols]; len(row) > 0; {
			n := min(len(row), vectorChunk)
			logSoftmaxVectors(v, &to[0], &row[0], n, m, l)
			to, row = to[n:], row[n:]
		}
	}
}

// sumVectors32 returns the largest element m of a row and sumBelow32 of it; but the row is not usual if
// an element is NaN, or m infinite.
func sumVectors32(v Variant, row []float32) (m, k, r float64, usual bool) {
	top := largest32Vectors(v, &row[0], min(len(row), vectorChunk))
	for rest := row; len(rest) > vectorChunk; {
		rest = rest[min(vectorChunk, len(rest)-shortestRow):]
		top = max(top, largest32Vectors(v, &rest[0], min(len(rest), vectorChunk)))
	}
	m, k = float64(top), float64(len(row))
	for len(row) > 0 {
		n := min(len(row), sumBlock)
		sum, below := sumBelowVectors(v, &row[0], n, m)
		k, r = k-below, r+sum
		row = row[n:]
	}
	return m, k, r, top-top == 0 && usualSum(r)
}

// usualSum reports whether no element of the sum was NaN.
func usualSum(r float64) bool { return r == r }

// softmaxGradVectors32 is softmaxGradRows in vectors of variant v. A product with the low part of
// the difference is a multiple of 2^-447 and below 2^600: it needs no scaling.
func softmaxGradVectors32(v Variant, dst, grad, y []float32, cols int) {
	if cols < shortestRow {
		softmaxGradRows(dst, grad, y, cols)
		return
	}
	for ; len(y) > 0; dst, grad, y = dst[cols:], grad[cols:], y[cols:] {
		to, g, row := dst[:cols], grad[:cols], y[:cols]
		var s, sl float64
		for from := 0; from < cols; from += sumBlock {
			hi, lo := dotPairVectors(v, &g[from], &row[from], min(sumBlock, cols-from))
			s, sl = pairJoin(s, sl, hi, lo)
		}
		if s-s != 0 {
			softmaxGradRow(to, g, row)
			continue
		}
		for from := 0; from < cols; from += vectorChunk {
			softmaxGradVectors(v, &to[from], &g[from], &row[from], min(vectorChunk, cols-from), s, sl)
		}
	}
}

// logSoftmaxGradVectors32 is logSoftmaxGradRows32 in vectors of variant v.
func logSoftmaxGradVectors32(v Variant, dst, grad, y []float32, cols int) {
	if cols < shortestRow {
		logSoftmaxGradRows32(dst, grad, y, cols)
		return
	}
	for ; len(y) > 0; dst, grad, y = dst[cols:], grad[cols:], y[cols:] {
		to, g, row := dst[:cols], grad[:cols], y[:cols]
		var s, sl float64
		for from := 0; from < cols; from += sumBlock {
			hi, lo := sumPairVectors(v, &g[from], min(sumBlock, cols-from))
			s, sl = pairJoin(s, sl, hi, lo)
		}
		for from := 0; from < cols; from += vectorChunk {
			logSoftmaxGradVectors(v, &to[from], &g[from], &row[from], min(vectorChunk, cols-from), s, sl)
		}
	}
}
