package layers

import (
	"math"

	"actinit/harness/dense"
	"actinit/harness/result"
	"actinit/kernels"
)

// statistics describes a set of values, and merges. NaN and infinities are
// counted and left out of everything else.
type statistics struct {
	edges edges

	count, nan, inf  int64
	zeros, saturated int64
	min, max         float64
	moments          moments
	below, above     int64
	bins             [result.LayerHistogramBins]int64

	pending [momentsBlock]float64 // finite values not yet in moments
	filled  int
}

// edges are what a value is classified by.
type edges struct {
	lo, hi       float64 // range of the histogram
	satLo, satHi float64 // a value outside is saturated; -Inf, Inf where the word means nothing
}

func newStatistics(e edges) *statistics {
	return &statistics{edges: e, min: math.Inf(1), max: math.Inf(-1)}
}

// observe adds the values of x to s.
func observe[T kernels.Float](s *statistics, x []T) {
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
func observeBlock[T kernels.Float](s *statistics, x []T) {
	e := s.edges
	perBin := result.LayerHistogramBins / (e.hi - e.lo)
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
		if f < e.satLo || f > e.satHi {
			saturated++
		}
		if f < lo {
			lo = f
		}
		if f > hi {
			hi = f
		}
		if f >= e.lo && f <= e.hi {
			s.bins[min(uint((f-e.lo)*perBin), result.LayerHistogramBins-1)]++
		} else if f < e.lo {
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
func (s *statistics) flush() {
	s.moments = s.moments.merge(momentsOf(s.pending[:s.filled]))
	s.filled = 0
}

// merge adds what t has seen to s. Both have the same edges.
func (s *statistics) merge(t *statistics) {
	s.flush()
	t.flush()
	s.count += t.count
	s.nan += t.nan
	s.inf += t.inf
	s.zeros += t.zeros
	s.saturated += t.saturated
	s.min = min(s.min, t.min)
	s.max = max(s.max, t.max)
	s.moments = s.moments.merge(t.moments)
	s.below += t.below
	s.above += t.above
	for i, n := range t.bins {
		s.bins[i] += n
	}
}

// norm returns the Euclidean norm of the finite values.
func (s *statistics) norm() float64 {
	if s.moments.n == 0 {
		return 0
	}
	return math.Sqrt(float64(s.moments.n) * s.moments.meanSquare())
}

// store writes the statistics into a row.
func (s *statistics) store(row *result.Layer) {
	s.flush()
	m := s.moments
	row.Count, row.NaN, row.Inf = s.count, s.nan, s.inf
	row.Mean, row.Std, row.RMS = m.mean, math.Sqrt(m.variance()), math.Sqrt(m.meanSquare())
	row.Min, row.Max = s.min, s.max
	if m.n == 0 {
		row.Mean, row.Min, row.Max = math.NaN(), math.NaN(), math.NaN()
	}
	row.Skewness, row.ExcessKurtosis = m.skewness(), m.excessKurtosis()
	row.ZeroShare = float64(s.zeros) / float64(m.n)
	row.SaturatedShare = math.NaN()
	if !math.IsInf(s.edges.satHi, 1) {
		row.SaturatedShare = float64(s.saturated) / float64(m.n)
	}
	row.Norm = s.norm()
	row.HistogramLo, row.HistogramHi = s.edges.lo, s.edges.hi
	row.HistogramBelow, row.HistogramAbove = s.below, s.above
	row.Histogram = append([]int64(nil), s.bins[:]...)
}

// statisticsChunk is the number of values one goroutine describes before the
// results merge. It fixes the order of addition, so it is a constant and not a
// share of the workers.
const statisticsChunk = 1 << 16

// describe returns the statistics of a matrix, the same bits for any number of workers.
func describe[T kernels.Float](m dense.Matrix[T], e edges, workers int) *statistics {
	rowsPerChunk := max(1, statisticsChunk/max(1, m.Cols))
	chunks := (m.Rows + rowsPerChunk - 1) / rowsPerChunk
	parts := make([]*statistics, chunks)
	kernels.ParallelRange(workers, chunks, 1, func(lo, hi int) {
		for c := lo; c < hi; c++ {
			s := newStatistics(e)
			for i := c * rowsPerChunk; i < min((c+1)*rowsPerChunk, m.Rows); i++ {
				observe(s, m.Row(i))
			}
			s.flush()
			parts[c] = s
		}
	})
	all := newStatistics(e)
	for _, s := range parts {
		all.merge(s)
	}
	return all
}

// deadUnits returns how many columns of m are zero in every row.
func deadUnits[T kernels.Float](m dense.Matrix[T]) int64 {
	alive := make([]bool, m.Cols)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			if v != 0 { // NaN is not a dead unit: it is counted as NaN
				alive[j] = true
			}
		}
	}
	dead := int64(0)
	for _, a := range alive {
		if !a {
			dead++
		}
	}
	return dead
}
