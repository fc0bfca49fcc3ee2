package statistics

import (
	"math"

	"actinit/harness/dense"
	"actinit/harness/result"
	"actinit/kernels"
)

// A Set describes a set of values, and merges. NaN and infinities are
// counted and left out of everything else.
type Set struct {
	edges Edges

	count, nan, inf  int64
	zeros, saturated int64
	min, max         float64
	moments          Moments
	below, above     int64
	bins             [result.LayerHistogramBins]int64

	pending [momentsBlock]float64 // finite values not yet in moments
	filled  int
}

// Edges are what a value is classified by.
type Edges struct {
	Lo, Hi       float64 // range of the histogram
	SatLo, SatHi float64 // a value outside is saturated; -Inf, Inf where the word means nothing
}

// New returns a set of nothing yet.
func New(e Edges) *Set {
	return &Set{edges: e, min: math.Inf(1), max: math.Inf(-1)}
}

// Observe adds the values of x to s.
func Observe[T kernels.Float](s *Set, x []T) {
	for len(x) > 0 {
		n := min(len(x), momentsBlock-s.filled)
		observeBlock(s, x[:n])
		if x = x[n:]; s.filled == momentsBlock {
			s.flush()
		}
	}
}

// observeBlock adds values that fit into what is left of the pending block. The
// counters are locals because the compiler keeps those in registers, which
// takes a third off the time.
func observeBlock[T kernels.Float](s *Set, x []T) {
	e := s.edges
	perBin := result.LayerHistogramBins / (e.Hi - e.Lo)
	pending := s.pending[s.filled:]
	pending = pending[:len(x)]
	kept, zeros, saturated := 0, 0, 0
	lo, hi := s.min, s.max
	for _, v := range x {
		f := float64(v)
		if f-f != 0 { // NaN for NaN and for infinities
			if f != f {
				s.nan++
			} else {
				s.inf++
			}
			continue
		}
		pending[kept] = f
		kept++
		if f == 0 {
			zeros++
		}
		if f < e.SatLo || f > e.SatHi {
			saturated++
		}
		if f < lo {
			lo = f
		}
		if f > hi {
			hi = f
		}
		if f >= e.Lo && f <= e.Hi {
			s.bins[min(uint((f-e.Lo)*perBin), result.LayerHistogramBins-1)]++
		} else if f < e.Lo {
			s.below++
		} else {
			s.above++
		}
	}
	s.count += int64(len(x))
	s.filled += kept
	s.zeros += int64(zeros)
	s.saturated += int64(saturated)
	s.min, s.max = lo, hi
}

// flush moves the pending values into the moments.
func (s *Set) flush() {
	s.moments = s.moments.Merge(MomentsOf(s.pending[:s.filled]))
	s.filled = 0
}

// Merge adds what t has seen to s. Both have the same edges.
func (s *Set) Merge(t *Set) {
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
func (s *Set) NotFinite() int64 { return s.nan + s.inf }

// Norm returns the Euclidean norm of the finite values.
func (s *Set) Norm() float64 {
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
		for c := lo; c < hi; c++ {
			s := New(e)
			for i := c * rowsPerChunk; i < min((c+1)*rowsPerChunk, m.Rows); i++ {
				Observe(s, m.Row(i))
			}
			s.flush()
			parts[c] = s
		}
	})
	all := New(e)
	for _, s := range parts {
		all.Merge(s)
	}
	return all
}
