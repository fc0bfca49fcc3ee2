package statistics

import (
	"math"
	"slices"

	"actinit/harness/dense"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/moments"
)

// A Set describes a set of values, and merges. NaN and infinities are
// counted and left out of everything else.
type Set struct {
	edges  Edges
	single moments.Scale[float32]
	double moments.Scale[float64]

	count, nan, inf  int64
	zeros, saturated int64
	min, max         float64
	moments          Moments
	below, above     int64
	bins             [result.LayerHistogramBins]int64

	pending
}

// pending are values of which there are too few for a block yet, and the memory for a block's
// bins and sums.
type pending struct {
	singles []float32
	doubles []float64
	binsOf  *[moments.Block]uint8
	sums    *moments.Sums
}

// pendingIn returns those of type T.
func pendingIn[T kernels.Float](p *pending) (values *[]T) {
	switch v := any(&values).(type) {
	case **[]float32:
		*v = &p.singles
	case **[]float64:
		*v = &p.doubles
	}
	return values
}

// scaleOf returns the histogram's scale for type T.
func scaleOf[T kernels.Float](s *Set) (scale moments.Scale[T]) {
	switch v := any(&scale).(type) {
	case *moments.Scale[float32]:
		*v = s.single
	case *moments.Scale[float64]:
		*v = s.double
	}
	return scale
}

// Edges are what a value is classified by.
type Edges struct {
	Lo, Hi       float64 // range of the histogram
	SatLo, SatHi float64 // a value outside is saturated; -Inf, Inf where the word means nothing
}

// New returns a set of nothing yet. It panics unless e.Lo < e.Hi, both finite.
func New(e Edges) *Set {
	return &Set{
		edges: e, single: moments.NewScale[float32](e.Lo, e.Hi), double: moments.NewScale[float64](e.Lo, e.Hi),
		min: math.Inf(1), max: math.Inf(-1),
	}
}

// Observe adds the values of x to s. They are described in blocks of [moments.Block]: however
// they are cut into calls, s is the same, bit for bit.
func Observe[T kernels.Float](s *Set, x []T) {
	values := pendingIn[T](&s.pending)
	if len(*values) > 0 {
		n := min(len(x), moments.Block-len(*values))
		*values = append(*values, x[:n]...)
		x = x[n:]
		if len(*values) == moments.Block {
			observeBlock(s, *values)
			*values = (*values)[:0]
		}
	}
	for len(x) >= moments.Block {
		observeBlock(s, x[:moments.Block])
		x = x[moments.Block:]
	}
	*values = append(*values, x...)
}

// observeBlock adds up to a block of values.
func observeBlock[T kernels.Float](s *Set, x []T) {
	s.count += int64(len(x))
	if s.sums == nil {
		s.sums = new(moments.Sums)
	}
	sums := s.sums
	*sums = moments.Sums{}
	centre := powersOf(sums, x)
	if s4 := sums.Total(4); s4-s4 != 0 { // some are not finite, or powers of float64 overflow
		x = onlyFinite(s, x)
		*sums = moments.Sums{}
		centre = powersOf(sums, x)
	}
	if len(x) == 0 {
		return
	}
	s.moments = s.moments.Merge(momentsFrom(len(x), centre, sums))
	least, most, zeros := moments.Extent(x)
	s.min, s.max = min(s.min, float64(least)), max(s.max, float64(most))
	s.zeros += int64(zeros)
	e, inf := s.edges, math.Inf(1)
	if !math.IsInf(e.SatLo, -1) || !math.IsInf(e.SatHi, 1) {
		s.saturated += outside(x, e.SatLo, e.SatHi)
	}
	if s.binsOf == nil {
		s.binsOf = new([moments.Block]uint8)
	}
	bins := s.binsOf[:len(x)]
	moments.BinsOf(bins, x, scaleOf[T](s))
	moments.Count(&s.bins, bins)
	// What is outside is in the outer bins.
	if float64(least) < e.Lo {
		n := outside(x, e.Lo, inf)
		s.below += n
		s.bins[0] -= n
	}
	if float64(most) > e.Hi {
		n := outside(x, -inf, e.Hi)
		s.above += n
		s.bins[len(s.bins)-1] -= n
	}
}

// outside returns how many of the finite values are less than lo or more than hi.
func outside[T kernels.Float](x []T, lo, hi float64) int64 {
	return int64(len(x) - moments.Inside(x, moments.RoundUp[T](lo), moments.RoundDown[T](hi)))
}

// onlyFinite returns the finite values and counts the others.
func onlyFinite[T kernels.Float](s *Set, x []T) []T {
	finite := make([]T, 0, len(x))
	for _, v := range x {
		switch {
		case v-v == 0:
			finite = append(finite, v)
		case v != v:
			s.nan++
		default:
			s.inf++
		}
	}
	return finite
}

// flush describes the pending values.
func (s *Set) flush() {
	observeBlock(s, s.singles)
	observeBlock(s, s.doubles)
	s.singles, s.doubles = s.singles[:0], s.doubles[:0]
}

// Merge adds what t has seen to s. It panics unless both have the same edges.
func (s *Set) Merge(t *Set) {
	if s.edges != t.edges {
		panic("statistics: sets with other edges do not merge")
	}
	s.flush()
	t.flush()
	s.count += t.count
	s.nan += t.nan
	s.inf += t.inf
	s.zeros += t.zeros
	s.saturated += t.saturated
	s.min = min(s.min, t.min)
	s.max = max(s.max, t.max)
	s.moments = s.moments.Merge(t.moments)
	s.below += t.below
	s.above += t.above
	for i, n := range t.bins {
		s.bins[i] += n
	}
}

// Edges returns what the values are classified by.
func (s *Set) Edges() Edges { return s.edges }

// MeanSquare returns the mean square of the finite values.
func (s *Set) MeanSquare() float64 {
	s.flush()
	return s.moments.MeanSquare()
}

// Mean returns the mean of the finite values, 0 of none.
func (s *Set) Mean() float64 {
	s.flush()
	return s.moments.mean
}

// Variance returns the variance of the finite values; NaN of none.
func (s *Set) Variance() float64 {
	s.flush()
	return s.moments.Variance()
}

// NotFinite returns the number of NaN and infinities.
func (s *Set) NotFinite() int64 {
	s.flush()
	return s.nan + s.inf
}

// Norm returns the Euclidean norm of the finite values.
func (s *Set) Norm() float64 {
	s.flush()
	if s.moments.n == 0 {
		return 0
	}
	return math.Sqrt(float64(s.moments.n) * s.moments.MeanSquare())
}

// Store writes the statistics into a row.
func (s *Set) Store(row *result.Layer) {
	s.flush()
	m := s.moments
	row.Count, row.NaN, row.Inf = s.count, s.nan, s.inf
	row.Mean, row.Std, row.RMS = m.mean, math.Sqrt(m.Variance()), math.Sqrt(m.MeanSquare())
	row.Min, row.Max = s.min, s.max
	if m.n == 0 {
		row.Mean, row.Min, row.Max = math.NaN(), math.NaN(), math.NaN()
	}
	row.Skewness, row.ExcessKurtosis = m.Skewness(), m.ExcessKurtosis()
	row.ZeroShare = float64(s.zeros) / float64(m.n)
	row.SaturatedShare = math.NaN()
	if !math.IsInf(s.edges.SatHi, 1) {
		row.SaturatedShare = float64(s.saturated) / float64(m.n)
	}
	row.Norm = s.Norm()
	row.HistogramLo, row.HistogramHi = s.edges.Lo, s.edges.Hi
	row.HistogramBelow, row.HistogramAbove = s.below, s.above
	row.Histogram = append([]int64(nil), s.bins[:]...)
}

// statisticsChunk is the number of values one goroutine describes before the
// results merge. It fixes the order of addition, so it is a constant and not a
// share of the workers.
const statisticsChunk = 1 << 16

// Describe returns the statistics of a matrix, the same bits for any number of workers.
func Describe[T kernels.Float](m dense.Matrix[T], e Edges, workers int) *Set {
	rowsPerChunk := max(1, statisticsChunk/max(1, m.Cols))
	chunks := (m.Rows + rowsPerChunk - 1) / rowsPerChunk
	parts := make([]*Set, chunks)
	kernels.ParallelRange(workers, chunks, 1, func(lo, hi int) {
		var memory pending
		for c := lo; c < hi; c++ {
			s := New(e)
			s.pending = memory
			part := m.RowRange(c*rowsPerChunk, min((c+1)*rowsPerChunk, m.Rows))
			if part.Stride == part.Cols {
				Observe(s, part.Data)
			} else {
				for i := range part.Rows {
					Observe(s, part.Row(i))
				}
			}
			s.flush()
			memory, s.pending = s.pending, pending{}
			parts[c] = s
		}
	})
	all := New(e)
	for _, s := range parts {
		all.Merge(s)
	}
	return all
}

// RMS returns the root mean square of the finite values of a matrix, 0 if there are none: the
// same bits for any number of workers.
func RMS[T kernels.Float](m dense.Matrix[T], workers int) float64 {
	const fewest = statisticsChunk // values that are worth a worker
	squares, counts := make([]float64, m.Rows), make([]int, m.Rows)
	kernels.ParallelRange(workers, m.Rows, max(1, fewest/max(1, m.Cols)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			x := m.Row(i)
			var sums moments.Sums
			moments.Powers(&sums, x, 0)
			if square := sums.Total(2); square-square != 0 {
				x = slices.Clone(x)
				x = slices.DeleteFunc(x, func(v T) bool { return v-v != 0 })
				sums = moments.Sums{}
				moments.Powers(&sums, x, 0)
			}
			squares[i], counts[i] = sums.Total(2), len(x)
		}
	})
	square, count := 0., 0
	for i := range squares {
		square += squares[i]
		count += counts[i]
	}
	return math.Sqrt(square / float64(max(count, 1)))
}
