package verify

import (
	"math"

	"actinit/harness/ops"
	"actinit/harness/result"
)

// A Loss says what saving the rounded output, and not the input, costs a
// backward kernel: the largest relative difference between the exact backward
// function at the saved output y = f(x), rounded to the type, and f'(x) itself.
// No backward kernel that is given y can do better. It is no error of a kernel
// and stands apart from the errors verification finds.
type Loss struct {
	Op       string
	Type     string
	From, To float64 // the inputs x: From <= |x| < To
	Inputs   int64
	Max      float64 // largest |g(1, y) - f'(x)| / |f'(x)|: 1 where y has rounded to the limit and the gradient is gone, more where the rounded limit leaves a rest (SELU)
	At       float64 // the input of Max
}

// lossRanges are the ranges of |x| a Loss is given for.
var lossRanges = []float64{0, 1, 2, 5, 10, 20, 40}

// lossPoints is the number of inputs per range and sign.
const lossPoints = 2000

// RoundingLoss measures what rounding the saved output loses, for every
// operation of the table that saves its output.
func RoundingLoss(table []ops.Row) []Loss {
	var all []Loss
	for i := range table {
		row := &table[i]
		if row.Saved != ops.SavedOutput || row.Derivative == nil {
			continue
		}
		for r := range len(lossRanges) - 1 {
			all = append(all,
				lossOf(row, binary32, result.Float32, lossRanges[r], lossRanges[r+1]),
				lossOf(row, binary64, result.Float64, lossRanges[r], lossRanges[r+1]))
		}
	}
	return all
}

func lossOf[T interface{ float32 | float64 }](row *ops.Row, _ *format[T], typeName string, from, to float64) Loss {
	l := Loss{Op: row.Name, Type: typeName, From: from, To: to}
	var param float64
	if row.Param != nil {
		param = float64(T(row.Param.Default))
	}
	for i := range lossPoints {
		for _, side := range []float64{-1, 1} {
			x := float64(T(side * (from + (to-from)*(float64(i)+.5)/lossPoints)))
			exact := row.Derivative(x, param)
			y, _ := row.Forward.Value([]float64{x}, param, 0)
			got, _ := row.Backward.Value([]float64{1, float64(T(y))}, param, 0)
			l.Inputs++
			if relative := math.Abs(got-exact) / math.Abs(exact); relative > l.Max {
				l.Max, l.At = relative, x
			}
		}
	}
	return l
}
