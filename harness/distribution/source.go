package distribution

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"sort"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

var (
	lags    = []int{1, 2, 3, 4, 5, 8, 16, 64, 256, 1024}
	beyonds = []float64{3, 4, 5, 6}
	powers  = []string{1: "mean", 2: "variance", 3: "skewness", 4: "kurtosis"}
)

const (
	maxLag    = 1024
	blockSize = 1 << 15 // draws at a time: they stay in the second-level cache
)

// A source draws a fill in one type.
type source[T kernels.Float] struct {
	fill   ops.Fill
	kernel ops.FillKernel[T]
	stream uint64 // that is drawn; the one that is correlated with it comes next
	bins   *bins  // nil where values are discrete
}

// newSource gives every fill and type a stream of its own: their words would be
// the same on one stream, and their statistics no evidence beside each other's.
func newSource[T kernels.Float](f ops.Fill, kernel ops.FillKernel[T]) *source[T] {
	s := &source[T]{fill: f, kernel: kernel}
	h := fnv.New32a()
	fmt.Fprint(h, f.Name, " ", typeName[T]())
	s.stream = uint64(h.Sum32())
	if s.fill.Law.Quantile != nil {
		s.bins = newBins(s.fill.Law.Quantile)
	}
	return s
}

func typeName[T kernels.Float]() string {
	if _, narrow := any(*new(T)).(float32); narrow {
		return result.Float32
	}
	return result.Float64
}

// sumStep is what the sums of a unit are whole multiples of, so that those of many units add up
// exactly, in any order and grouping: 2^34 draws with terms of 2^5 on average leave it within the
// 53 bits of a float64, and of the standard error of a unit's sum it is less than a millionth.
const sumStep = 0x1p-10

// An average is a statistic that is the mean of one term for each draw.
type average struct {
	name     string
	expected float64
	std      float64 // of a term
	sum      float64
}

// measure draws the elements first, first+1, ... and returns the unit's rows.
func (s *source[T]) measure(ctx context.Context, seed, first uint64, draws int) ([]result.Distribution, error) {
	moments := s.moments()
	beyond := s.beyond()
	following := s.correlations(len(lags), func(i int) string { return fmt.Sprintf("lag %d", lags[i]) })
	neighbours := s.correlations(2, func(i int) string { return []string{"next stream", "next seed"}[i] })
	var counts []int64
	if s.bins != nil {
		counts = make([]int64, len(s.bins.edges)+1)
	}

	x := make([]T, blockSize+maxLag)
	z, other := make([]float64, blockSize+maxLag), make([]float64, blockSize)
	for done := 0; done < draws; done += blockSize {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		n, offset := min(blockSize, draws-done), first+uint64(done)
		s.draw(z[:n+maxLag], x, seed, s.stream, offset)
		addMoments(moments, z[:n])
		addBeyond(beyond, z[:n])
		for i, lag := range lags {
			following[i].sum += dot(z[:n], z[lag:])
		}
		if s.bins != nil {
			count(s.bins, counts, x[:n])
		}
		s.draw(other[:n], x, seed, s.stream+1, offset)
		neighbours[0].sum += dot(z[:n], other)
		s.draw(other[:n], x, seed+1, s.stream, offset)
		neighbours[1].sum += dot(z[:n], other)
	}

	var rows []result.Distribution
	for _, group := range [][]average{moments, beyond, following, neighbours} {
		for _, a := range group {
			rows = append(rows, result.Distribution{
				Fill: s.fill.Name, Type: typeName[T](), Statistic: a.name, Draws: int64(draws),
				Sum: math.RoundToEven(a.sum/sumStep) * sumStep, Expected: a.expected, TermStd: a.std,
			})
		}
	}
	if s.bins != nil {
		rows = append(rows, result.Distribution{
			Fill: s.fill.Name, Type: typeName[T](), Statistic: result.StatisticCounts, Draws: int64(draws),
			Edges: s.bins.edges, Below: s.bins.below, Counts: counts,
		})
	}
	return rows, nil
}

// draw writes elements of a stream, in standard deviations from the mean, to z.
// The values themselves are left in x.
func (s *source[T]) draw(z []float64, x []T, seed, stream, offset uint64) {
	s.kernel(x[:len(z)], seed, stream, offset)
	mean, scale := s.fill.Law.Mean, 1/s.fill.Law.Std
	for i, v := range x[:len(z)] {
		z[i] = (float64(v) - mean) * scale
	}
}

// moments returns the averages of z .. z^4. Of a law of two values all the others
// are functions of the mean.
func (s *source[T]) moments() []average {
	m := s.fill.Law.Moments
	var all []average
	for k := 1; k < len(powers); k++ {
		if s.bins == nil && k > 1 {
			break
		}
		all = append(all, average{name: powers[k], expected: m[k], std: math.Sqrt(m[2*k] - m[k]*m[k])})
	}
	return all
}

// beyond returns the shares of draws far from the mean. The laws that reach so far
// are symmetric.
func (s *source[T]) beyond() []average {
	l := s.fill.Law
	var all []average
	for _, z := range beyonds {
		if p := 2 * l.CDF(l.Mean-z*l.Std); p > 0 {
			all = append(all, average{name: fmt.Sprintf("beyond %g", z), expected: p, std: math.Sqrt(p * (1 - p))})
		}
	}
	return all
}

// correlations returns averages of products of two independent draws.
func (s *source[T]) correlations(n int, name func(int) string) []average {
	all := make([]average, n)
	for i := range all {
		all[i] = average{name: name(i), std: 1}
	}
	return all
}

func addMoments(to []average, z []float64) {
	var s1, s2, s3, s4 float64
	for _, v := range z {
		square := v * v
		s1 += v
		s2 += square
		s3 += square * v
		s4 += square * square
	}
	for i, sum := range []float64{s1, s2, s3, s4}[:len(to)] {
		to[i].sum += sum
	}
}

func addBeyond(to []average, z []float64) {
	if len(to) == 0 {
		return
	}
	least := beyonds[0]
	for _, v := range z {
		if a := math.Abs(v); a > least {
			for i := range to {
				if a > beyonds[i] {
					to[i].sum++
				}
			}
		}
	}
}

// dot adds up a[i]*b[i], in four sums that do not wait for each other.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// binBits makes 2^binBits bins of equal probability; the first and the last are
// halved again and again down to 2^-tailBits.
const (
	binBits  = 12
	tailBits = 32
)

// bins finds the bin of a value.
type bins struct {
	edges []float64
	below []float64 // probability of a value below each edge

	// A cell of a grid of equal steps knows the first bin that reaches into it.
	lowest, scale float64
	first         []int32
}

func newBins(quantile func(float64) float64) *bins {
	b := &bins{}
	for i := tailBits; i > binBits; i-- {
		b.below = append(b.below, math.Ldexp(1, -i))
	}
	for i := 1; i < 1<<binBits; i++ {
		b.below = append(b.below, math.Ldexp(float64(i), -binBits))
	}
	for i := binBits + 1; i <= tailBits; i++ {
		b.below = append(b.below, 1-math.Ldexp(1, -i))
	}
	for _, p := range b.below {
		b.edges = append(b.edges, quantile(p))
	}
	const cells = 1 << 14
	last := len(b.edges) - 1
	b.lowest = b.edges[0]
	b.scale = (cells - 2) / (b.edges[last] - b.lowest)
	b.first = make([]int32, cells)
	for c := range b.first {
		// A value whose cell rounds to c is above the cell before it.
		b.first[c] = int32(sort.SearchFloat64s(b.edges, b.lowest+float64(c-1)/b.scale))
	}
	return b
}

// count adds the values to the counts of their bins; NaN, which shows in the
// moments, is put into any.
func count[T kernels.Float](b *bins, counts []int64, x []T) {
	last := float64(len(b.first) - 1)
	for _, v := range x {
		y := float64(v)
		cell := 0
		if y == y {
			cell = int(min(max((y-b.lowest)*b.scale, 0), last))
		}
		at := int(b.first[cell])
		for at < len(b.edges) && y >= b.edges[at] {
			at++
		}
		counts[at]++
	}
}
