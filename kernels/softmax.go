package kernels

import "math"

var (
	softmax = RowOperation{
		Name: "softmax",
		forward32: perVariant[RowForwardFunc[float32]]{
			Scalar: softmaxRows32, AVX2: inVariant(AVX2, softmaxVectors32), AVX512: inVariant(AVX512, softmaxVectors32),
		},
		forward64: perVariant[RowForwardFunc[float64]]{
			Scalar: softmaxRows64, AVX2: inVariant(AVX2, softmaxVectors64), AVX512: inVariant(AVX512, softmaxVectors64),
		},
		backward32: perVariant[RowBackwardFunc[float32]]{
			Scalar: softmaxGradRows[float32], AVX2: gradInVariant(AVX2, softmaxGradVectors32), AVX512: gradInVariant(AVX512, softmaxGradVectors32),
		},
		backward64: perVariant[RowBackwardFunc[float64]]{Scalar: softmaxGradRows[float64]},
	}
	logSoftmax = RowOperation{
		Name: "logsoftmax",
		forward32: perVariant[RowForwardFunc[float32]]{
			Scalar: logSoftmaxRows32, AVX2: inVariant(AVX2, logSoftmaxVectors32), AVX512: inVariant(AVX512, logSoftmaxVectors32),
		},
		forward64: perVariant[RowForwardFunc[float64]]{
			Scalar: logSoftmaxRows64, AVX2: inVariant(AVX2, logSoftmaxVectors64), AVX512: inVariant(AVX512, logSoftmaxVectors64),
		},
		backward32: perVariant[RowBackwardFunc[float32]]{
			Scalar: logSoftmaxGradRows32, AVX2: gradInVariant(AVX2, logSoftmaxGradVectors32), AVX512: gradInVariant(AVX512, logSoftmaxGradVectors32),
		},
		backward64: perVariant[RowBackwardFunc[float64]]{Scalar: logSoftmaxGradRows64},
	}
)

// Softmax computes, for each row x of cols elements of src, the row of dst
//
//	y[j] = e^x[j] / (e^x[0] + ... + e^x[cols-1])
//
// [Bridle 1990]. src and dst are matrices whose rows lie one after the other
// (torch.nn.functional.softmax over the last dimension); dst may be exactly src. It
// panics unless their length is a multiple of cols; no elements at all are no rows.
// [ParallelRows] splits the rows.
//
// Nothing overflows, and results that underflow are subnormal or +0. One +Inf in a row
// gives 1 and the others 0; several give NaN each and the others 0. A row of -Inf only
// gives NaN, as in PyTorch, but 1 where it has one column. A NaN makes its row NaN.
//
// The error is below 0.51 ULP, and below 1 where the result is subnormal: tested against the
// exact rows, not proven. The sum, of e^(x[i]-m) over the elements below the largest, m, is in
// float64, for float64 in pairs, and has a fixed order: element i of a block of 4096 joins
// partial sum i%16, these are added by halves, and the blocks in index order.
func Softmax[T Float](dst, src []T, cols int) {
	rowForward(&softmax, dst, src, cols)
}

// LogSoftmax computes the logarithm of [Softmax]: of each row x of cols elements
//
//	y[j] = x[j] - ln(e^x[0] + ... + e^x[cols-1])
//
// Matrices, aliasing, panics and sums are Softmax's. The largest elements of a row keep the
// relative accuracy of their results however near these are to 0.
//
// One +Inf in a row gives -0 and the others -Inf; several give NaN each and the others
// -Inf. A row of -Inf only gives NaN. A row of one column gives +0, infinities included. A NaN
// makes its row NaN. All zeros but those of one column are -0.
//
// The error is below 0.51 ULP, and below 1 where the result is subnormal: tested against the
// exact rows, not proven.
func LogSoftmax[T Float](dst, src []T, cols int) {
	rowForward(&logSoftmax, dst, src, cols)
}

// ParallelRows calls do(lo, hi) for pieces that cover the rows [0, rows) of cols elements
// exactly once, on at most workers goroutines (workers <= 0: one for each processor Go
// uses), and returns when all are done. It does the first rows on the caller's goroutine
// and takes the time, as [ParallelSlice] does: where the rest is too little to be worth
// waking another, it does that too. A row is never split.
//
//	kernels.ParallelRows(workers, rows, cols, func(lo, hi int) {
//		kernels.Softmax(dst[lo*cols:hi*cols], src[lo*cols:hi*cols], cols)
//	})
//
// do must give the same result for any cut, and must not panic.
func ParallelRows(workers, rows, cols int, do func(lo, hi int)) {
	cols = max(cols, 1)
	probe := 1 + (parallelProbe-1)/cols
	switch {
	case cols >= ParallelGrain: // the first row alone would take too long to be a measurement
		ParallelRange(workers, rows, 1, do)
	case workers == 1 || rows < 2*probe:
		if rows > 0 {
			do(0, rows)
		}
	default:
		measure(workers, rows, probe, 1+(parallelProbe/4-1)/cols, 1, do)
	}
}

// The exact row is e^(x-m) / (k + r), m being the largest element, k the number of
// elements equal to it and r the sum of e^(x-m) over the others; its logarithm is (x-m) -
// ln(1 + ((k-1) + r)), two numbers of one sign. Where k is 1 and r is tiny, it is r, and
// what was not added to 1, that makes the logarithm at m.

// largest returns the largest element of a row, NaN if there is any.
func largest[T Float](row []T) T {
	m := row[0]
	for _, x := range row[1:] {
		m = max(m, x)
	}
	return m
}

// unusualRow computes the rows whose largest element m is infinite or NaN, and those of
// one column: least and most are the limits at -Inf and +Inf. It reports whether it did.
func unusualRow[T Float](dst, src []T, m, least, most, alone T) bool {
	finite := m-m == 0
	switch {
	case finite && len(src) > 1:
		return false
	case len(src) == 1 && m == m:
		dst[0] = alone
		return true
	}
	k := 0
	for _, x := range src {
		if x == m {
			k++
		}
	}
	nan := T(math.NaN())
	if k > 1 {
		most = nan
	}
	if !(m > 0) { // all -Inf, or a NaN
		least, most = nan, nan
	}
	for j, x := range src {
		if x == m {
			dst[j] = most
		} else {
			dst[j] = least
		}
	}
	return true
}

// expBelow32 returns e^z, for z < farBelow32 that of farBelow32; it is 1 at 0.
func expBelow32(z float64) float64 {
	if z < farBelow32 {
		z = farBelow32
	}
	s, p := expQuick(z)
	return s + float64(s*p)
}

// sumBelow32 returns the number k of elements equal to m, and the sum r of e^(x-m) over
// the others, in the order of sumBlock's comment, with an error of 2^-39 relative. It keeps
// e^(x-m) of the first elements, as many as kept has.
func sumBelow32(row []float32, m float64, kept []float64) (k int, r float64) {
	for len(row) > 0 {
		block := row[:min(sumBlock, len(row))]
		row = row[len(block):]
		var lanes [sumLanes]float64
		for j, x := range block {
			z, e := float64(x)-m, 1.
			if z >= 0 {
				k++
			} else {
				e = expBelow32(z)
				lanes[j%sumLanes] += e
			}
			if j < len(kept) {
				kept[j] = e
			}
		}
		r += addLanes(&lanes)
		kept = nil
	}
	return k, r
}

// keptColumns is the length up to which the exponentials of a row are kept from the sum for
// the results, on the stack, where a call has as many elements: clearing them takes a call
// some 0.2 us.
const keptColumns = 1024

func softmaxRows32(dst, src []float32, cols int) {
	if cols <= keptColumns && len(src) >= keptColumns {
		softmaxShortRows32(dst, src, cols)
		return
	}
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		softmaxRow32(dst[:cols], src[:cols], nil)
	}
}

func softmaxShortRows32(dst, src []float32, cols int) {
	var kept [keptColumns]float64
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		softmaxRow32(dst[:cols], src[:cols], kept[:cols])
	}
}

// softmaxRow32 keeps the exponentials in kept, unless that is empty.
func softmaxRow32(dst, src []float32, kept []float64) {
	top := largest(src)
	if unusualRow(dst, src, top, 0, 1, 1) {
		return
	}
	m := float64(top)
	k, r := sumBelow32(src, m, kept)
	inverse := 1 / (float64(k) + r)
	if len(kept) > 0 {
		for j, e := range kept {
			dst[j] = float32(float64(e * inverse))
		}
		return
	}
	for j, x := range src {
		z := float64(x) - m
		if z < farBelow32 { // expBelow32 here makes a chain of the loop: its results wait for each other
			dst[j] = 0
			continue
		}
		s, p := expQuick(z)
		dst[j] = float32(float64((s + float64(s*p)) * inverse))
	}
}

func logSoftmaxRows32(dst, src []float32, cols int) {
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		logSoftmaxRow32(dst[:cols], src[:cols])
	}
}

func logSoftmaxRow32(dst, src []float32) {
	top := largest(src)
	if unusualRow(dst, src, top, float32(math.Inf(-1)), negativeZero[float32](), 0) {
		return
	}
	m := float64(top)
	k, r := sumBelow32(src, m, nil)
	l, _ := logOfSum(k, r, 0)
	for j, x := range src {
		dst[j] = float32(-(l - (float64(x) - m))) // -0 at m where l is 0
	}
}

func negativeZero[T Float]() T { return T(math.Copysign(0, -1)) }

// expDifference returns 2^512 * e^(x-m), which is normal, as hi+lo with an error of 2^-62
// relative, for x <= m. It is 0 for x-m < farBelow64.
func expDifference(x, m float64) (hi, lo float64) {
	z, zl := twoSum(x, -m)
	if !(z >= farBelow64) {
		return 0, 0
	}
	s, eh, el := expReduced(z, 0)
	hi, lo = expOf(math.Float64frombits(s+upBits), eh, el)
	return fastTwoSum(hi, math.FMA(hi, zl, lo)) // |zl| is up to 2^-44: expReduced is for less
}

// A pair64 is hi+lo.
type pair64 struct{ hi, lo float64 }

// sumBelow64 returns the number k of elements equal to m, and 2^512 times the sum of
// e^(x-m) over the others, in the order of sumBlock's comment, with an error of 2^-61
// relative. It keeps 2^512*e^(x-m) of the first elements, as many as kept has.
func sumBelow64(row []float64, m float64, kept []pair64) (k int, r, rl float64) {
	var sum pairSum
	for j, x := range row {
		e := pair64{1 / down, 0}
		if x == m {
			k++
			sum.add(j, 0, 0)
		} else {
			e.hi, e.lo = expDifference(x, m)
			sum.add(j, e.hi, e.lo)
		}
		if j < len(kept) {
			kept[j] = e
		}
	}
	r, rl = sum.total()
	return k, r, rl
}

func softmaxRows64(dst, src []float64, cols int) {
	if cols <= keptColumns && len(src) >= keptColumns {
		softmaxShortRows64(dst, src, cols)
		return
	}
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		softmaxRow64(dst[:cols], src[:cols], nil)
	}
}

func softmaxShortRows64(dst, src []float64, cols int) {
	var kept [keptColumns]pair64
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		softmaxRow64(dst[:cols], src[:cols], kept[:cols])
	}
}

// softmaxRow64 keeps the exponentials in kept, unless that is empty.
func softmaxRow64(dst, src []float64, kept []pair64) {
	m := largest(src)
	if unusualRow(dst, src, m, 0, 1, 1) {
		return
	}
	i, il := inverseOfSum64(sumBelow64(src, m, kept))
	if len(kept) > 0 {
		for j, e := range kept {
			hi, lo := pairTimes(e.hi, e.lo, i, il)
			dst[j] = (hi + lo) * down
		}
		return
	}
	for j, x := range src {
		hi, lo := expDifference(x, m)
		hi, lo = pairTimes(hi, lo, i, il)
		dst[j] = (hi + lo) * down
	}
}

// inverseOfSum64 returns 1/(k + 2^-512*(r+rl)) as a pair.
func inverseOfSum64(k int, r, rl float64) (hi, lo float64) {
	d, dl := twoSum(float64(k), float64(r*down))
	return pairOver(1, 0, d, dl+float64(rl*down))
}

func logSoftmaxRows64(dst, src []float64, cols int) {
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		logSoftmaxRow64(dst[:cols], src[:cols])
	}
}

func logSoftmaxRow64(dst, src []float64) {
	m := largest(src)
	if unusualRow(dst, src, m, math.Inf(-1), negativeZero[float64](), 0) {
		return
	}
	k, r, rl := sumBelow64(src, m, nil)
	l, ll, atTop := logOfSum64(k, r, rl)
	for j, x := range src {
		z, zl := twoSum(x, -m)
		switch {
		case x == m:
			dst[j] = atTop
		case z < -math.MaxFloat64:
			dst[j] = z
		default:
			hi, lo := twoSum(z, -l)
			dst[j] = hi + (lo + (zl - ll))
		}
	}
}

// logOfSum64 returns ln(k + 2^-512*(r+rl)) as l+ll, and the result at the largest elements.
func logOfSum64(k int, r, rl float64) (l, ll, atTop float64) {
	if k == 1 && r < 0x1p400 { // ln(1+w) is w to 2^-112
		return r * down, 0, -float64((r + rl) * down)
	}
	l, ll = logOfSum(k, r*down, float64(rl*down))
	return l, ll, -(l + ll)
}

// logOfSum returns ln(k + r + rl) as hi+lo with an error of 2^-58 relative, for k >= 1 and
// r >= 0.
func logOfSum(k int, r, rl float64) (hi, lo float64) {
	w, wl := twoSum(float64(k-1), r)
	wl += rl
	if w <= 1 {
		return log1pPair(w, wl)
	}
	d, dl := twoSum(w, 1)
	dl += wl
	half, exponent := math.Frexp(d)
	n := float64(exponent - 1)
	v, vl := log1pPair(float64(half*2)-1, math.Ldexp(dl, 1-exponent))
	return pairPlus(float64(n*(16*ln2By16Hi)), float64(n*(16*ln2By16Lo)), v, vl)
}

// pairSum is a sum of pairs in the order of sumBlock's comment, its partial sums pairs
// too. Its error is below 2^-80 of the sum of magnitudes, for less than 2^36 terms.
type pairSum struct {
	hi, lo            [sumLanes]float64 // of the open block
	open              bool              // whether that has terms
	blocks, blocksLow float64
}

// add adds a+al, |al| <= ulp(a), as term j; the terms come in order.
func (s *pairSum) add(j int, a, al float64) {
	if j%sumBlock == 0 && j > 0 {
		s.closeBlock()
	}
	lane := j % sumLanes
	hi, lo := twoSum(s.hi[lane], a)
	s.hi[lane] = hi
	s.lo[lane] += lo + al
	s.open = true
}

func (s *pairSum) closeBlock() {
	for half := sumLanes / 2; half > 0; half /= 2 {
		for j := range half {
			s.hi[j], s.lo[j] = pairJoin(s.hi[j], s.lo[j], s.hi[j+half], s.lo[j+half])
		}
	}
	s.blocks, s.blocksLow = pairJoin(s.blocks, s.blocksLow, s.hi[0], s.lo[0])
	s.hi, s.lo, s.open = [sumLanes]float64{}, [sumLanes]float64{}, false
}

func (s *pairSum) total() (hi, lo float64) {
	if s.open {
		s.closeBlock()
	}
	return s.blocks, s.blocksLow
}

// pairJoin is pairPlus for terms that may cancel.
func pairJoin(a, al, b, bl float64) (hi, lo float64) {
	hi, lo = twoSum(a, b)
	return twoSum(hi, lo+(al+bl))
}
