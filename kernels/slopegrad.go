package kernels

import "math"

// sumBlock is the number of elements that are summed together before their sum
// joins the total. The order of additions is fixed: element i of a block joins
// partial sum i%16; the 16 partial sums are added by halves (j and j+8, then j
// and j+4, j+2, j+1); the blocks' sums are added in index order. So a sum has
// the same bits for any number of workers and any instruction set.
const (
	sumBlock = 4096
	sumLanes = 16
)

// PReLUSlopeGrad returns the gradient by PReLU's slope, the sum over x[i] <= 0
// of grad[i]*x[i], in float64 and in the order that sumBlock's comment fixes:
// the relative error is at most about (n/4096 + 4096/16 + 4) * 2^-53 of the sum
// of magnitudes. Products of float32 are exact, those of float64 are rounded.
//
// Elements with x[i] > 0 add grad[i]*0: a NaN or infinite gradient gives NaN. A
// NaN in x gives NaN. The sum over no elements is 0.
func PReLUSlopeGrad[T Float](grad, x []T) float64 {
	checkLengths(grad, x)
	var sum laneSum
	addSlopeGrad(&sum, grad, x)
	return sum.total()
}

// PReLUSlopeGradParallel is PReLUSlopeGrad on at most workers goroutines
// (workers <= 0: one for each processor Go uses). It gives the same bits. On
// more than one goroutine it allocates one float64 for each 4096 elements.
func PReLUSlopeGradParallel[T Float](workers int, grad, x []T) float64 {
	checkLengths(grad, x)
	if serial(workers, len(x)) {
		return PReLUSlopeGrad(grad, x)
	}
	blocks := make([]float64, (len(x)+sumBlock-1)/sumBlock)
	measure(workers, len(blocks), 1, 1, 1, func(first, end int) {
		for b := first; b < end; b++ {
			lo, hi := b*sumBlock, min((b+1)*sumBlock, len(x))
			blocks[b] = PReLUSlopeGrad(grad[lo:hi], x[lo:hi])
		}
	})
	var sum float64
	for _, s := range blocks {
		sum += s
	}
	return sum
}

// PReLUChannelsSlopeGrad sets dst[c] to the gradient by the slope of channel c,
// for grad and x laid out as in PReLUChannels with channels = len(dst). The
// elements of a channel, in memory order, are summed as PReLUSlopeGrad sums a
// slice: dst[c] has the bits that the channel copied to a slice of its own would give.
func PReLUChannelsSlopeGrad[T Float](dst []float64, grad, x []T, inner int) {
	checkLengths(grad, x)
	checkChannels(len(x), len(dst), inner)
	clear(dst)
	if inner == 1 {
		slopeGradColumns(dst, grad, x)
		return
	}
	slab := len(dst) * inner
	for c := range dst {
		var sum laneSum
		for base := c * inner; base < len(x); base += slab {
			addSlopeGrad(&sum, grad[base:base+inner], x[base:base+inner])
		}
		dst[c] = sum.total()
	}
}

// columnGroup is how many channels slopeGradColumns sums at a time: a cache line
// of float32.
const columnGroup = 16

// slopeGradColumns adds to dst[c] the sum over channel c where inner is 1: a
// channel is a column of a matrix, and whole cache lines of a row are read at once.
func slopeGradColumns[T Float](dst []float64, grad, x []T) {
	for first := 0; first < len(dst); first += columnGroup {
		sums := dst[first:min(first+columnGroup, len(dst))]
		var lanes [sumLanes][columnGroup]float64 // of the open block
		n := 0
		for base := first; base < len(x); base += len(dst) {
			g, v := grad[base:][:len(sums)], x[base:][:len(sums)]
			lane := lanes[n%sumLanes][:len(sums)]
			for c := range lane {
				lane[c] += float64(float64(g[c]) * notAbove0(float64(v[c])))
			}
			if n++; n == sumBlock {
				closeColumns(sums, &lanes)
				n = 0
			}
		}
		if n > 0 {
			closeColumns(sums, &lanes)
		}
	}
}

// closeColumns adds a block's partial sums to the sums and clears them.
func closeColumns(sums []float64, lanes *[sumLanes][columnGroup]float64) {
	for c := range sums {
		var column [sumLanes]float64
		for j := range column {
			column[j] = lanes[j][c]
		}
		sums[c] += addLanes(&column)
	}
	*lanes = [sumLanes][columnGroup]float64{}
}

// laneSum is a sum in the order of sumBlock's comment, open for more elements.
type laneSum struct {
	lanes  [sumLanes]float64
	n      int // elements of the open block
	blocks float64
}

// addSlopeGrad adds grad[i] * min(x[i], 0) for each i.
func addSlopeGrad[T Float](s *laneSum, grad, x []T) {
	grad = grad[:len(x)]
	for len(x) > 0 {
		at := s.n % sumLanes
		step := min(sumLanes-at, len(x))
		if step == sumLanes {
			g, v := grad[:sumLanes], x[:sumLanes]
			for j := range s.lanes {
				s.lanes[j] += float64(float64(g[j]) * notAbove0(float64(v[j])))
			}
		} else {
			lanes, g, v := s.lanes[at:at+step], grad[:step], x[:step]
			for j := range lanes {
				lanes[j] += float64(float64(g[j]) * notAbove0(float64(v[j])))
			}
		}
		grad, x = grad[step:], x[step:]
		s.n += step
		if s.n == sumBlock {
			s.closeBlock()
		}
	}
}

func (s *laneSum) closeBlock() {
	s.blocks += addLanes(&s.lanes)
	s.lanes, s.n = [sumLanes]float64{}, 0
}

func (s *laneSum) total() float64 {
	if s.n > 0 {
		s.closeBlock()
	}
	return s.blocks
}

// addLanes adds the partial sums by halves. It destroys them.
func addLanes(lanes *[sumLanes]float64) float64 {
	for half := sumLanes / 2; half > 0; half /= 2 {
		for j := range half {
			lanes[j] += lanes[j+half]
		}
	}
	return lanes[0]
}

// notAbove0 returns x if x <= 0 or NaN, else 0, without a branch.
func notAbove0(x float64) float64 {
	b := math.Float64bits(x)
	if b-1 < inf64 {
		b = 0
	}
	return math.Float64frombits(b)
}

// checkLengths panics unless the slices are of one length.
func checkLengths[T Float](a, b []T) {
	if len(a) != len(b) {
		panic(panicLength)
	}
}
