package layers

import (
	"context"
	"testing"
	"time"

	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// BenchmarkLecture tells what all statistics of a pass cost, as a share of the pass without any:
// the lecture's six tanh layers of 4096 units, a batch of 256, forward and backward. The two
// take turns, so that what else the machine does meets both.
func BenchmarkLecture(b *testing.B) {
	c := Cell{Activation: "tanh", Initializer: "xavier (lecture)", Data: DataN01, Depth: 6, Width: 4096, Batch: 256, Seed: 1}
	m := NewMachine(2)
	n, err := network.New[float32](c.description(), m.space, m.workers)
	if err != nil {
		b.Fatal(err)
	}
	init, err := startNamed(c.Initializer)
	if err != nil {
		b.Fatal(err)
	}
	x, err := m.input(c)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := init.kind.Apply(context.Background(), n, x, c.Seed); err != nil {
		b.Fatal(err)
	}
	tanh, found := ops.Find(c.Activation)
	if !found {
		b.Fatal("there is no tanh")
	}
	promised := NewRecorder(result.Layer{}, n, m.workers)
	if err := m.expect(promised, c, tanh, *init.rule, n, x); err != nil {
		b.Fatal(err)
	}
	g := m.space.Matrix("g", 0, x.Rows, c.Width)
	kernels.Normal(g.Data, c.Seed, streamGradient, 0, 0, 1)
	pass := func(observe network.Observer[float32]) {
		if _, err := n.Forward(context.Background(), x, observe); err != nil {
			b.Fatal(err)
		}
		if _, err := n.Backward(context.Background(), g, observe); err != nil {
			b.Fatal(err)
		}
	}
	pass(nil)
	var plain, recorded, rows time.Duration
	for b.Loop() {
		start := time.Now()
		pass(nil)
		plain += time.Since(start)
		start = time.Now()
		r := NewRecorder(result.Layer{}, n, m.workers)
		r.Promise(promised.std)
		pass(r)
		seen := time.Now()
		r.Rows(0)
		recorded += time.Since(start)
		rows += time.Since(seen)
	}
	b.ReportMetric(plain.Seconds()/float64(b.N), "pass-s")
	b.ReportMetric(100*(recorded-plain).Seconds()/plain.Seconds(), "statistics-%")
	b.ReportMetric(100*rows.Seconds()/plain.Seconds(), "weights-%")
}
