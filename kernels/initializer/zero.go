package initializer

import (
	"fmt"
	"math"
	"math/bits"

	"actinit/kernels"
)

// ZerO is the start without randomness of Zhao, Schaefer and Anandkumar (2021): for
// out <= in the identity, of which what is left over is 0; for out > in the corner of a
// Hadamard matrix,
//
//	w(i, j) = (-1)^(ones in the binary digits of i AND j) / 2^(m/2), 2^m the least power >= out
//
// so that the columns are orthonormal where out is a power of two. In a convolution that is the
// middle of the filters, position k/2 rounded down, and the rest is 0. All is multiplied by
// gain; the paper's formula, as printed, is that of gain sqrt(2), and its code that of 1.
func ZerO(gain float64) Initializer {
	formula := "identity where out <= in, else the corner of a Hadamard matrix / 2^(m/2), 2^m >= out"
	if gain != 1 {
		formula = fmt.Sprintf("%s * (%s)", number(gain), formula)
	}
	return Initializer{"zero_hadamard", formula, func(shape []int) (filling, error) {
		if len(shape) < 2 {
			return nil, fmt.Errorf("shape %v is no layer's: want (out, in) or (out, in, k...)", shape)
		}
		if err := finite("gain", gain); err != nil {
			return nil, err
		}
		field, middle := receptiveField(shape, func(k int) int { return k / 2 })
		if field == 0 {
			return nil, fmt.Errorf("shape %v has an empty filter", shape)
		}
		out, in := shape[0], shape[1]
		if out <= in {
			return newPlaced(out, func(i int) int { return (i*in+i)*field + middle }, shape, gain), nil
		}
		m := bits.Len(uint(out - 1))
		value := math.Ldexp(gain, -m/2)
		if m%2 == 1 {
			value = math.Ldexp(gain, -(m+1)/2) * math.Sqrt2
		}
		return hadamard{out, in, field, middle, value}, nil
	}}
}

// hadamard is +-value in the middle of each filter and 0 around it.
type hadamard struct {
	out, in       int
	field, middle int // size of a filter, and index of its middle
	value         float64
}

func (h hadamard) promise() Promise {
	n := float64(h.out) * float64(h.in) * float64(h.field)
	if n == 0 {
		return Promise{}
	}
	mean := h.value * float64(hadamardSum(h.out, h.in)) / n
	square := float64(h.value*h.value) / float64(h.field)
	bound := math.Abs(h.value)
	return Promise{Mean: mean, Std: math.Sqrt(math.Max(0, square-float64(mean*mean))), Low: -bound, High: bound}
}

// hadamardSum returns the sum of (-1)^(ones in i AND j) over i < rows and j < columns. Over
// a whole period of i the sum is 0 but for j = 0.
func hadamardSum(rows, columns int) int {
	if rows < columns {
		rows, columns = columns, rows // the matrix is symmetric
	}
	if columns == 0 {
		return 0
	}
	half := 1 << (bits.Len(uint(rows)) - 1) // rows are half to 2*half-1
	if columns <= half {
		return half + hadamardSum(rows-half, columns) // rows from half on repeat the first ones
	}
	// Three quarters of the square are alike and the last has the other sign.
	return 3*half - hadamardSum(rows-half, columns-half)
}

func (h hadamard) fill32(w weights[float32]) { fillHadamard(h, w) }
func (h hadamard) fill64(w weights[float64]) { fillHadamard(h, w) }

func fillHadamard[T kernels.Float](h hadamard, w weights[T]) {
	plus := T(h.value)
	kernels.ParallelRange(w.workers, h.out, 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := w.dst[i*h.in*h.field : (i+1)*h.in*h.field]
			kernels.Constant(row, 0)
			for j := range h.in {
				v := plus
				if bits.OnesCount(uint(i&j))%2 == 1 {
					v = -v
				}
				row[j*h.field+h.middle] = v
			}
		}
	})
}

var zeroKind = Kind{
	Name: "zero_hadamard", Formula: "gain * (identity where out <= in, else the corner of a Hadamard matrix / 2^(m/2), 2^m >= out)",
	Source:     "ZerO: Zhao et al. 2021",
	Parameters: []Parameter{{Name: "gain", Default: "1", Meaning: "on all weights"}},
	make:       func(s values) (Initializer, error) { return ZerO(s.number("gain")), nil },
}
