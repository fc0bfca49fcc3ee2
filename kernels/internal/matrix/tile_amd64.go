//go:build amd64 && !purego

package matrix

import "actinit/kernels"

// routinesIn returns variant v's, if it has its own and the CPU runs them.
func routinesIn(v kernels.Variant) (r routines, has bool) {
	switch {
	case !v.Supported():
	case v == kernels.AVX2:
		return assembled(v, tileAVX2, reflectAVX2), true
	case v == kernels.AVX512:
		return assembled(v, tileAVX512, reflectAVX512), true
	}
	return routines{}, false
}

// assembled returns the routines that call the assembly.
func assembled(
	v kernels.Variant,
	tile func(c *float64, cRow int, a *float64, aRow, aStep int, b *float64, bRow, k int, ahead *float64),
	reflect func(p *float64, rows, x int, w *float64, y int, sums *float64),
) routines {
	return routines{
		v,
		func(c, a, b view, k int, ahead *float64) {
			checkTile(c, a, b, k)
			tile(&c.in[0], c.down, &a.in[0], a.down, a.across, &b.in[0], b.down, k, ahead)
		},
		func(strip []float64, x int, w *[StripWidth]float64, y int, sums *[StripWidth]float64) {
			for rows := len(strip) / StripWidth; rows > 0; {
				n := min(rows, reflectRows)
				reflect(&strip[0], n, x, &w[0], y, &sums[0])
				strip, rows = strip[n*StripWidth:], rows-n
			}
		},
	}
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
