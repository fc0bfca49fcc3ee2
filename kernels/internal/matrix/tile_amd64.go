//go:build amd64 && !purego

package matrix

import "actinit/kernels"

// routinesIn returns variant v's, if it has its own and the CPU runs them.
func routinesIn(v kernels.Variant) (r routines, has bool) {
	switch {
	case !v.Supported():
	case v == kernels.AVX2:
		return routines{
			func(c, a, b view, k int, ahead *float64) {
				checkTile(c, a, b, k)
				tileAVX2(&c.in[0], c.down, &a.in[0], a.down, a.across, &b.in[0], b.down, k, ahead)
			},
			func(strip []float64, x int, w *[StripWidth]float64, y int, sums *[StripWidth]float64) {
				inPieces(strip, func(p *float64, rows int) { reflectAVX2(p, rows, x, &w[0], y, &sums[0]) })
			},
		}, true
	case v == kernels.AVX512:
		return routines{
			func(c, a, b view, k int, ahead *float64) {
				checkTile(c, a, b, k)
				tileAVX512(&c.in[0], c.down, &a.in[0], a.down, a.across, &b.in[0], b.down, k, ahead)
			},
			func(strip []float64, x int, w *[StripWidth]float64, y int, sums *[StripWidth]float64) {
				inPieces(strip, func(p *float64, rows int) { reflectAVX512(p, rows, x, &w[0], y, &sums[0]) })
			},
		}, true
	}
	return routines{}, false
}

// checkTile panics if the slices lack an element that the assembly uses.
func checkTile(c, a, b view, k int) {
	_ = c.in[(tileRows-1)*c.down+StripWidth-1]
	_ = a.in[(tileRows-1)*a.down+(k-1)*a.across]
	_ = b.in[(k-1)*b.down+StripWidth-1]
}

// reflectRows is the number of rows that the assembly is given at a time: it cannot be
// preempted, and takes a tenth of a millisecond for them at most.
const reflectRows = 1 << 13

func inPieces(strip []float64, do func(p *float64, rows int)) {
	for rows := len(strip) / StripWidth; rows > 0; {
		n := min(rows, reflectRows)
		do(&strip[0], n)
		strip, rows = strip[n*StripWidth:], rows-n
	}
}
