package training

import (
	"context"
	"math/rand/v2"
	"slices"

	"actinit/datasets"
	"actinit/harness/dense"
	"actinit/harness/network"
)

// Data are examples with their classes.
type Data struct {
	X      dense.Matrix[float32] // examples x values
	Labels []int
}

// Examples returns the number of examples.
func (d Data) Examples() int { return len(d.Labels) }

// gather copies the examples of those numbers into a batch.
func (d Data) gather(numbers []int, batch Data) Data {
	batch.X.Rows, batch.Labels = len(numbers), batch.Labels[:0]
	for i, n := range numbers {
		copy(batch.X.Row(i), d.X.Row(n))
		batch.Labels = append(batch.Labels, d.Labels[n])
	}
	return batch
}

// digitsTest is the number of the shipped digits that are kept for testing: a fifth.
const digitsTest = 360

// Digits returns the shipped 8x8 images, each pixel standardised over all of them,
// split into 1437 for training and 360 for testing in an order that the seed fixes.
func Digits(seed uint64) (train, test Data, err error) {
	digits, err := datasets.StandardizedDigits()
	if err != nil {
		return Data{}, Data{}, err
	}
	all := Data{dense.Of(digits.Rows, digits.Columns, digits.Features), digits.Labels}
	order := rand.New(rand.NewPCG(seed, orderStream)).Perm(digits.Rows)
	part := func(numbers []int) Data {
		return all.gather(numbers, Data{X: dense.New[float32](len(numbers), digits.Columns)})
	}
	return part(order[digitsTest:]), part(order[:digitsTest]), nil
}

// orderStream keeps the order of examples apart from other uses of a seed.
const orderStream = 1<<40 + 3

// A Plan says how to train.
type Plan struct {
	Steps int    // mini-batches
	Batch int    // examples of one; the last of an epoch has what is left
	Seed  uint64 // of the order of the examples, another in each epoch

	Optimizer Optimizer[float32]

	// Before is called before each step's update, with the gradients in place; nil for
	// nothing. It may change gradients and parameters: pruning keeps its mask so.
	Before func(step int)
	// After is called after each step's update, with the loss and the share of right answers
	// of its mini-batch, from before the update; nil for nothing. Training ends early
	// when it returns false.
	After func(step int, loss, accuracy float64) bool
	// Observe is shown the passes of every step; nil for nothing.
	Observe network.Observer[float32]
}

// Fit trains a net that puts out a value for each class. It returns the context's error
// soon after the context ends.
func Fit(ctx context.Context, n *network.Net[float32], data Data, p Plan) error {
	order := rand.New(rand.NewPCG(p.Seed, orderStream))
	batch := Data{X: dense.New[float32](min(p.Batch, data.Examples()), data.X.Cols)}
	var left []int // of the epoch
	for step := range p.Steps {
		if len(left) == 0 {
			left = order.Perm(data.Examples())
		}
		take := min(p.Batch, len(left))
		batch = data.gather(left[:take], batch)
		left = left[take:]

		y, err := n.Forward(ctx, batch.X, p.Observe)
		if err != nil {
			return err
		}
		g := dense.New[float32](y.Rows, y.Cols)
		loss, right := CrossEntropy(y, batch.Labels, g)
		n.ZeroGradients()
		if _, err := n.Backward(ctx, g, p.Observe); err != nil {
			return err
		}
		if p.Before != nil {
			p.Before(step)
		}
		p.Optimizer.Step(n.Parameters())
		if p.After != nil && !p.After(step, loss, float64(right)/float64(take)) {
			return nil
		}
	}
	return nil
}

// evaluated is the number of examples that Evaluate runs at a time.
const evaluated = 512

// Evaluate returns the mean loss over the examples and the share of right answers.
func Evaluate(ctx context.Context, n *network.Net[float32], data Data) (loss, accuracy float64, err error) {
	for first := 0; first < data.Examples(); first += evaluated {
		last := min(first+evaluated, data.Examples())
		y, err := n.Forward(ctx, data.X.RowRange(first, last), nil)
		if err != nil {
			return 0, 0, err
		}
		l, right := CrossEntropy(y, data.Labels[first:last], dense.New[float32](y.Rows, y.Cols))
		share := float64(last-first) / float64(data.Examples())
		loss += l * share
		accuracy += float64(right) / float64(data.Examples())
	}
	return loss, accuracy, nil
}

// Snapshot returns a copy of all parameters' values, for Restore.
func Snapshot(n *network.Net[float32]) []dense.Matrix[float32] {
	var values []dense.Matrix[float32]
	for _, p := range n.Parameters() {
		m := p.Value
		m.Data = slices.Clone(m.Data)
		values = append(values, m)
	}
	return values
}

// Restore puts a snapshot of the same net back.
func Restore(n *network.Net[float32], values []dense.Matrix[float32]) {
	for i, p := range n.Parameters() {
		p.Value.CopyFrom(values[i])
	}
}
