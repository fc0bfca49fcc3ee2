package reproduce

import (
	"context"
	"math"
	"sync"

	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/harness/workers"
	"actinit/kernels/initializer"
)

// eachSeed measures with every seed, on several goroutines, and returns what was measured in
// the seeds' order.
func eachSeed[R any](ctx context.Context, e *Env, measure func(ctx context.Context, seed uint64) (R, error)) ([]R, error) {
	results := make([]R, e.experiment.Seeds)
	var telling sync.Mutex
	err := workers.Each(ctx, e.Workers, e.Seeds(), func(ctx context.Context, seed uint64) error {
		r, err := measure(ctx, seed)
		if err != nil {
			return err
		}
		results[seed-e.Seed] = r
		telling.Lock()
		defer telling.Unlock()
		e.Step(len(results))
		return nil
	})
	return results, err
}

// values returns one value of each seed's results.
func values[R, V any](results []R, of func(R) V) []V {
	var v []V
	for _, r := range results {
		v = append(v, of(r))
	}
	return v
}

// every returns a rule that fills all layers alike.
func every(rule initializer.Initializer) func(*network.Layer[float32]) initializer.Initializer {
	return func(*network.Layer[float32]) initializer.Initializer { return rule }
}

// newNet makes a net with its first weights, for one goroutine.
func newNet(d network.Description, rule func(*network.Layer[float32]) initializer.Initializer, seed uint64) (*network.Net[float32], error) {
	n, err := network.New[float32](d, nil, 1)
	if err != nil {
		return nil, err
	}
	return n, n.Initialize(rule, seed)
}

// descend trains a net and returns the loss of each step's mini-batch. Training ends
// early where the loss is no longer finite: that loss is the last.
func descend(ctx context.Context, n *network.Net[float32], data training.Data, p training.Plan) ([]float64, error) {
	var losses []float64
	p.After = func(_ int, loss, _ float64) bool {
		losses = append(losses, loss)
		return !math.IsNaN(loss) && !math.IsInf(loss, 0)
	}
	err := training.Fit(ctx, n, data, p)
	return losses, err
}

// lossWindow is the number of mini-batches whose mean loss is looked at: about an epoch of
// the digits.
const lossWindow = 20

// smoothed returns the mean of the window of losses that ends at each step.
func smoothed(losses []float64) []float64 {
	var means []float64
	for i := range losses {
		first, sum := max(0, i+1-lossWindow), 0.
		for _, l := range losses[first : i+1] {
			sum += l
		}
		means = append(means, sum/float64(i+1-first))
	}
	return means
}

// stepsUntil returns the number of steps after which a whole window's mean loss is below
// the threshold, or otherwise if it never is.
func stepsUntil(losses []float64, threshold float64, otherwise int) int {
	for i, l := range smoothed(losses) {
		if i+1 >= lossWindow && l < threshold {
			return i + 1
		}
	}
	return otherwise
}

// finalLoss is the last window's mean loss, NaN where the loss was.
func finalLoss(losses []float64) float64 {
	means := smoothed(losses)
	return means[len(means)-1]
}

// drawLosses records a run's smoothed losses, every so many steps.
func (e *Env) drawLosses(figure, series string, seed uint64, losses []float64) {
	const every = 10
	for i, l := range smoothed(losses) {
		if i%every == 0 || i == len(losses)-1 {
			e.Point(figure, series, seed, float64(i+1), l)
		}
	}
}
