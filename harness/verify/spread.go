package verify

import (
	"math"

	"actinit/harness/result"
)

// A spread is figures over errors in ULP.
type spread struct {
	compared  int64
	widened   int64   // of them beyond a bound that ops.Promise.Underflow widens for them
	unwidened float64 // largest of the others
	max, sum  float64 // sum is over the others: those widened for are too large to add up exactly
	histogram [result.HistogramBins]int64
	binades   []float64 // of the others: see result.Accuracy.BinadeMaxULP
	from, to  int       // the binades that were written: from..to-1
}

// clear empties the spread.
func (e *spread) clear() {
	kept := e.binades
	for i := e.from; i < e.to; i++ {
		kept[i] = math.NaN()
	}
	*e = spread{binades: kept}
}

// reserve makes room for n binades.
func (e *spread) reserve(n int) {
	if len(e.binades) == 0 && n > 0 {
		e.binades = make([]float64, n)
		for i := range e.binades {
			e.binades[i] = math.NaN()
		}
	}
}

// at adds an error at an input of one of n binades.
func (e *spread) at(binade, n int, err float64) {
	e.add(err)
	e.raise(binade, n, err)
}

// raise notes the largest error at inputs of one of n binades.
func (e *spread) raise(binade, n int, err float64) {
	e.reserve(n)
	if !(e.binades[binade] >= err) {
		e.binades[binade] = err
	}
	if e.from == e.to {
		e.from, e.to = binade, binade+1
	}
	e.from, e.to = min(e.from, binade), max(e.to, binade+1)
}

func (e *spread) add(err float64) {
	e.compared++
	e.max, e.unwidened = max(e.max, err), max(e.unwidened, err)
	e.sum += math.RoundToEven(min(err, errorCap)*sumUnit) / sumUnit
	e.histogram[bin(err)]++
}

// remove takes an error out that is below another one in its binade.
func (e *spread) remove(err float64) {
	e.compared--
	e.sum -= math.RoundToEven(min(err, errorCap)*sumUnit) / sumUnit
	e.histogram[bin(err)]--
}

// widen adds an error that only the widened bound covers.
func (e *spread) widen(err float64) {
	e.compared++
	e.widened++
	e.max = max(e.max, err)
	e.histogram[bin(err)]++
}

func (e *spread) merge(o *spread) {
	e.compared += o.compared
	e.widened += o.widened
	e.max, e.unwidened = max(e.max, o.max), max(e.unwidened, o.unwidened)
	e.sum += o.sum
	for i, n := range o.histogram {
		e.histogram[i] += n
	}
	for i := o.from; i < o.to; i++ {
		if err := o.binades[i]; err == err {
			e.raise(i, len(o.binades), err)
		}
	}
}
