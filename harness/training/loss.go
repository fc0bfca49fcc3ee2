package training

import (
	"math"

	"actinit/harness/dense"
	"actinit/kernels"
)

// CrossEntropy returns the mean over the examples of -ln softmax(y)[label], writes
// its gradient by y, (softmax(y) - onehot(label)) / examples, to g, and counts the
// examples whose largest y is at the label: the first largest, and none where y has a
// NaN. y and g are examples x classes; g may be y.
func CrossEntropy[T kernels.Float](y dense.Matrix[T], labels []int, g dense.Matrix[T]) (loss float64, right int) {
	if len(labels) != y.Rows {
		panic("training: not one label for each example")
	}
	examples := float64(y.Rows)
	p := make([]float64, y.Cols)
	for i, label := range labels {
		row := y.Row(i)
		top, best := math.Inf(-1), -1
		for j, v := range row {
			if f := float64(v); f != f {
				top, best = f, -1
				break
			} else if f > top {
				top, best = f, j
			}
		}
		if best == label {
			right++
		}
		total := 0.
		for j, v := range row {
			p[j] = math.Exp(float64(v) - top)
			total += p[j]
		}
		loss += (math.Log(total) + top - float64(row[label])) / examples
		for j := range row {
			d := p[j] / total
			if j == label {
				d--
			}
			g.Row(i)[j] = T(d / examples)
		}
	}
	return loss, right
}

// Squares returns the mean over the examples of |y - target|^2 / 2 and writes its
// gradient by y to g.
func Squares[T kernels.Float](y, target, g dense.Matrix[T]) float64 {
	loss, examples := 0., float64(y.Rows)
	for i := range y.Rows {
		for j, v := range y.Row(i) {
			d := float64(v) - float64(target.Row(i)[j])
			loss += d * d / (2 * examples)
			g.Row(i)[j] = T(d / examples)
		}
	}
	return loss
}
