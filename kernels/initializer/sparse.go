package initializer

import (
	"fmt"
	"math"
	"math/bits"

	"actinit/kernels"
)

// Sparse draws the weights of a matrix from N(0, std) and sets ceil(sparsity*rows)
// of each column to zero (Martens 2010, as torch.nn.init.sparse_ has it). Which ones is
// drawn for each column by itself, every set of rows as likely as any other.
func Sparse(sparsity, std float64) Initializer {
	formula := fmt.Sprintf("N(0, std), std = %s, ceil(%s*rows) zeros in each column", number(std), number(sparsity))
	return Initializer{"sparse", formula, func(shape []int) (filling, error) {
		if len(shape) != 2 {
			return nil, fmt.Errorf("shape %v is not a matrix: want (out, in)", shape)
		}
		if !(sparsity >= 0 && sparsity <= 1) {
			return nil, fmt.Errorf("the sparsity is %s, want 0 to 1", number(sparsity))
		}
		zeros := int(math.Ceil(sparsity * float64(shape[0])))
		return sparse{shape[0], shape[1], zeros, std}, notNegative("standard deviation", std)
	}}
}

type sparse struct {
	rows, columns int
	zeros         int // in each column
	std           float64
}

func (s sparse) promise() Promise {
	kept := 1.
	if s.rows > 0 {
		kept = 1 - float64(s.zeros)/float64(s.rows)
	}
	return Promise{Std: s.std * math.Sqrt(kept), Low: math.Inf(-1), High: math.Inf(1)}
}

func (s sparse) fill32(w weights[float32]) { fillSparse(s, w) }
func (s sparse) fill64(w weights[float64]) { fillSparse(s, w) }

func fillSparse[T kernels.Float](s sparse, w weights[T]) {
	fillNormal(w, 0, T(s.std))
	// The zeros of a cache line's columns are drawn first and written row by row then: rows may
	// be far apart, and each line is touched once, by one goroutine.
	const line = 16
	kernels.ParallelRange(w.workers, s.columns, line, func(lo, hi int) {
		draw := subset{order: make([]int, s.rows), seed: w.seed, stream: w.stream}
		zero := make([]uint16, s.rows) // a bit for each column
		for first := lo; first < hi; first += line {
			clear(zero)
			for column := first; column < min(first+line, hi); column++ {
				for _, row := range draw.of(s.zeros, uint64(column)) {
					zero[row] |= 1 << (column - first)
				}
			}
			for row, columns := range zero {
				for ; columns != 0; columns &= columns - 1 {
					w.dst[row*s.columns+first+bits.TrailingZeros16(columns)] = 0
				}
			}
		}
	})
}

// A subset draws k of n things without repeating one: the first k steps of Fisher and
// Yates's shuffle, or the others of the n-k that it leaves where these are fewer.
type subset struct {
	order        []int
	seed, stream uint64
}

// of returns k of 0 .. len(order)-1, which depend on the seed, the stream and the
// column alone. Step i takes 64-bit word column*ceil(n/2) + i of the stream's second half,
// counted in words of 64 bits, by a multiplication, so that two choices differ in probability by
// less than n/2^64 of it.
func (d *subset) of(k int, column uint64) []int {
	n := len(d.order)
	for i := range d.order {
		d.order[i] = i
	}
	steps := min(k, n-k)
	first := column * uint64((n+1)/2)
	var block [4]uint32
	for i := range steps {
		word := first + uint64(i)
		if i == 0 || word%2 == 0 {
			at := extraDraws/2 + word/2
			block = kernels.Philox([4]uint32{uint32(at), uint32(at >> 32), uint32(d.stream), uint32(d.stream >> 32)},
				[2]uint32{uint32(d.seed), uint32(d.seed >> 32)})
		}
		half := 2 * (word % 2)
		high, _ := bits.Mul64(uint64(block[half+1])<<32|uint64(block[half]), uint64(n-i))
		j := i + int(high)
		d.order[i], d.order[j] = d.order[j], d.order[i]
	}
	if steps < k {
		return d.order[steps:]
	}
	return d.order[:steps]
}

var sparseKind = Kind{
	Name: "sparse", Formula: "N(0, std), ceil(sparsity*rows) zeros in each column", Source: "torch; Martens 2010",
	Parameters: []Parameter{
		{Name: "sparsity", Meaning: "share of zeros, 0 to 1", required: true},
		{Name: "std", Default: ".01", Meaning: "of the others, >= 0"},
	},
	make: func(s values) (Initializer, error) { return Sparse(s.number("sparsity"), s.number("std")), nil },
}
