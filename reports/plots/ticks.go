package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// maxLabels is how many labels fit an axis.
const maxLabels = 7

// plainTicks are gonum's, with the digits and signs people write.
func plainTicks(lo, hi float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(lo, hi)
	for i := range ticks {
		if !ticks[i].IsMinor() {
			ticks[i].Label = strings.ReplaceAll(strconv.FormatFloat(ticks[i].Value, 'g', 4, 64), "-", "−")
		}
	}
	return ticks
}

// narrow is the ratio of an axis's ends below which decades say nothing.
const narrow = 5

// logTicks labels 1, 2 and 5 of each decade where there is room, or decades, or
// every k-th decade.
func logTicks(lo, hi float64) []plot.Tick {
	if hi/lo < narrow {
		return plainTicks(lo, hi)
	}
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	decades := max(1, last-first)
	every := (decades + maxLabels - 1) / maxLabels
	digits := []float64{1}
	if hi/lo <= 101 {
		digits = []float64{1, 2, 5}
	}
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for _, d := range digits {
			v := d * math.Pow10(e)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			tick := plot.Tick{Value: v}
			if e%every == 0 {
				tick.Label = shortNumber(v)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// shortNumber writes 0.001, 20, 1000, and 1e−5, 1e6 beyond them.
func shortNumber(v float64) string {
	if v >= .001*(1-1e-9) && v < 1e5 {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	exponent := math.Floor(math.Log10(v) + 1e-9)
	mantissa := strconv.FormatFloat(v/math.Pow(10, exponent), 'g', 2, 64)
	return mantissa + "e" + strings.Replace(strconv.Itoa(int(exponent)), "-", "−", 1)
}

// PowersOfTwo labels sizes as 64, 4Ki, 256Ki, 1Mi.
func PowersOfTwo(sizes []float64) map[float64]string {
	ticks := map[float64]string{}
	for _, n := range sizes {
		switch {
		case n >= 1<<20 && math.Mod(n, 1<<20) == 0:
			ticks[n] = strconv.FormatFloat(n/(1<<20), 'g', -1, 64) + "Mi"
		case n >= 1<<10 && math.Mod(n, 1<<10) == 0:
			ticks[n] = strconv.FormatFloat(n/(1<<10), 'g', -1, 64) + "Ki"
		default:
			ticks[n] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	return ticks
}
