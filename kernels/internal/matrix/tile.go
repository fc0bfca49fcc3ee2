package matrix

import (
	"math"

	"actinit/kernels"
)

// routines are the two that all work is made of, as a variant has them.
type routines struct {
	// tile computes C += A*B for a C of tileRows x StripWidth, an A of tileRows x k and a B of
	// k x StripWidth, k >= 1:
	//
	//	c[r*cRow+j] = fma(a[r*aRow+i*aStep], b[i*bRow+j], c[r*cRow+j]) for i = 0, 1, ..., k-1
	//
	// C shares no memory with A and B.
	tile func(c []float64, cRow int, a []float64, aRow, aStep int, b []float64, bRow, k int, ahead *float64)

	// reflect passes over the rows of a strip, subtracts column x times w, and adds
	// products with column y, which the subtraction changes first, to sums:
	//
	//	p[j] = fma(-p[x], w[j], p[j]), then sums[j] = fma(p[y], p[j], sums[j]) for each row p
	//
	// where p[x] is that before the subtraction.
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

var portable = routines{tilePortable, reflectPortable}

// tilePortable goes by blocks of 2 x 4 elements, whose sums have registers everywhere.
func tilePortable(c []float64, cRow int, a []float64, aRow, aStep int, b []float64, bRow, k int, _ *float64) {
	for r := 0; r < tileRows; r += 2 {
		for j := 0; j < StripWidth; j += 4 {
			top, bottom := c[r*cRow+j:][:4], c[(r+1)*cRow+j:][:4]
			t0, t1, t2, t3 := top[0], top[1], top[2], top[3]
			b0, b1, b2, b3 := bottom[0], bottom[1], bottom[2], bottom[3]
			for i := range k {
				x, y := a[r*aRow+i*aStep], a[(r+1)*aRow+i*aStep]
				row := b[i*bRow+j:][:4]
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
		for j := range row {
			row[j] = math.FMA(-xs, w[j], row[j])
			sums[j] = math.FMA(ys, row[j], sums[j])
		}
	}
}
