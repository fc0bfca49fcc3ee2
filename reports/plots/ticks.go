package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// How many labels fit an axis.
const (
	maxLabels      = 7 // of decades
	maxPlainLabels = 6
)

// plainTicks are the multiples of 1, 2 or 5 times a power of ten, as many as fit.
func plainTicks(lo, hi float64) []plot.Tick {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil
	}
	exponent := int(math.Floor(math.Log10((hi-lo)/maxPlainLabels))) - 1
	var step, first, last float64
	for k := 0; ; k++ {
		step = []float64{1, 2, 5}[k%3] * math.Pow(10, float64(exponent+k/3))
		const slack = 1e-9 // of a step, for ends that are multiples but for rounding
		first, last = math.Ceil(lo/step-slack), math.Floor(hi/step+slack)
		if last-first < maxPlainLabels {
			break
		}
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for i := first; i <= last; i++ {
		ticks = append(ticks, plot.Tick{Value: math.Min(math.Max(i*step, lo), hi), Label: plainNumber(i*step, decimals)})
	}
	return ticks
}

// plainNumber writes multiples of a step that has so many decimals.
func plainNumber(v float64, decimals int) string {
	const mostDecimals, largest = 5, 1e5
	switch {
	case v == 0:
		return "0"
	case v < 0:
		return "−" + plainNumber(-v, decimals)
	case decimals > mostDecimals || v >= largest:
		return shortNumber(v)
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// exponentTicks are logTicks of an axis of decimal logarithms.
func exponentTicks(lo, hi float64) []plot.Tick {
	end := func(exponent float64) float64 {
		return math.Min(math.Max(math.Pow(10, exponent), math.SmallestNonzeroFloat64), math.MaxFloat64)
	}
	ticks := logTicks(end(lo), end(hi))
	for i := range ticks {
		ticks[i].Value = math.Min(math.Max(math.Log10(ticks[i].Value), lo), hi)
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
