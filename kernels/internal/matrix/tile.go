package matrix

import (
	"math"

	"actinit/kernels"
)

// A view is a matrix in a slice: element (i, j) is in[i*down+j*across].
type view struct {
	in           []float64
	down, across int
}

// rowMajor views a slice as rows of that many elements.
func rowMajor(in []float64, columns int) view { return view{in, columns, 1} }

// from returns the part of v from row i and column j on.
func (v view) from(i, j int) view { return view{v.in[i*v.down+j*v.across:], v.down, v.across} }

func (v view) transposed() view { return view{v.in, v.across, v.down} }

// routines are the two that all work is made of, as a variant has them.
type routines struct {
	variant kernels.Variant

	// tile computes C += A*B for a C of tileRows x StripWidth, an A of tileRows x k and a B of
	// k x StripWidth, k >= 1, each element by one chain:
	//
	//	C[r][j] = fma(A[r][i], B[i][j], C[r][j]) for i = 0, 1, ..., k-1
	//
	// Rows of C and B lie in one piece, and C shares no memory with A and B. Meanwhile it may fetch
	// k cache lines from ahead on into the second-level cache.
	tile func(c, a, b view, k int, ahead *float64)

	// reflect passes over the rows of a strip, subtracts column x times w, and adds
	// products with column y, which the subtraction changes first, to sums:
	//
	//	p[j] = fma(-p[x], w[j], p[j]), then sums[j] = fma(p[y], p[j], sums[j]) for each row p
	//
	// where p[x] is that before the subtraction, and j goes from the last multiple of 8 up to y on.
	reflect func(strip []float64, x int, w *[StripWidth]float64, y int, sums *[StripWidth]float64)
}

// fastest are those that kernels' choice of an instruction set allows.
var fastest = chosen(kernels.ISA())

func chosen(isa string) routines {
	for _, v := range []kernels.Variant{kernels.AVX512, kernels.AVX2} {
		if r, has := routinesIn(v); has && v.ISA() == isa {
			return r
		}
	}
	return portable
}

var portable = routines{kernels.Unrolled, tilePortable, reflectPortable}

// tilePortable goes by blocks of 2 x 4 elements, whose sums have registers everywhere.
func tilePortable(c, a, b view, k int, _ *float64) {
	for r := 0; r < tileRows; r += 2 {
		for j := 0; j < StripWidth; j += 4 {
			top, bottom := c.in[r*c.down+j:][:4], c.in[(r+1)*c.down+j:][:4]
			t0, t1, t2, t3 := top[0], top[1], top[2], top[3]
			b0, b1, b2, b3 := bottom[0], bottom[1], bottom[2], bottom[3]
			for i := range k {
				x, y := a.in[r*a.down+i*a.across], a.in[(r+1)*a.down+i*a.across]
				row := b.in[i*b.down+j:][:4]
				t0, b0 = math.FMA(x, row[0], t0), math.FMA(y, row[0], b0)
				t1, b1 = math.FMA(x, row[1], t1), math.FMA(y, row[1], b1)
				t2, b2 = math.FMA(x, row[2], t2), math.FMA(y, row[2], b2)
				t3, b3 = math.FMA(x, row[3], t3), math.FMA(y, row[3], b3)
			}
			top[0], top[1], top[2], top[3] = t0, t1, t2, t3
			bottom[0], bottom[1], bottom[2], bottom[3] = b0, b1, b2, b3
		}
	}
}

func reflectPortable(strip []float64, x int, w *[StripWidth]float64, y int, sums *[StripWidth]float64) {
	for ; len(strip) > 0; strip = strip[StripWidth:] {
		row := (*[StripWidth]float64)(strip)
		xs := row[x]
		ys := math.FMA(-xs, w[y], row[y])
		for j := y &^ 7; j < StripWidth; j++ {
			row[j] = math.FMA(-xs, w[j], row[j])
			sums[j] = math.FMA(ys, row[j], sums[j])
		}
	}
}
