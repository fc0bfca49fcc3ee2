package reproduce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"actinit/harness/progress"
	"actinit/harness/result"
)

// Options say what to run and where rows go.
type Options struct {
	Experiments []Experiment
	Seed        uint64 // the first of every experiment's seeds
	Workers     int    // goroutines; 0 means one
	Identity    result.Identity
	Progress    progress.Reporter // nil is silent

	// Where finished experiments go, and which need not run again.
	Claims result.Journal[result.Claim]
	Curves result.Journal[result.Curve]
}

// Unit names an experiment's rows under a seed in a journal.
func (x Experiment) Unit(seed uint64) string { return fmt.Sprintf("%s, seed %d", x.Name, seed) }

// Run runs the experiments that the journals do not have yet, one after the other,
// and saves each one's rows as it ends. The rows, but for Seconds and the ratio of
// times in sigmoid-problems, depend on the experiment and the seed alone.
func Run(ctx context.Context, o Options) error {
	if o.Claims == nil || o.Curves == nil {
		return errors.New("reproduce: no journal to save rows in")
	}
	report := o.Progress
	if report == nil {
		report = progress.Silent{}
	}
	var left []Experiment
	var total time.Duration
	for _, x := range o.Experiments {
		// Claims are saved last: where they are, the curves are.
		if !o.Claims.Done(x.Unit(o.Seed)) {
			left = append(left, x)
			total += x.Cost
		}
	}
	work := progress.BeginWork(report, "reproduce: seconds of work, estimated", total)
	defer work.End()
	for _, x := range left {
		var shown time.Duration
		claims, curves, err := Measure(ctx, x, o.Seed, o.Workers, func(share float64) {
			part := min(time.Duration(share*float64(x.Cost)), x.Cost-shown)
			shown += part
			work.Add(part)
		})
		if err != nil {
			return err
		}
		id := o.Identity
		for i := range claims {
			claims[i].RunID, claims[i].Host, claims[i].Started = id.RunID, id.Host, id.Started
		}
		for i := range curves {
			curves[i].RunID, curves[i].Host, curves[i].Started = id.RunID, id.Host, id.Started
		}
		if len(curves) > 0 {
			if err := o.Curves.Save(x.Unit(o.Seed), curves); err != nil {
				return err
			}
		}
		if err := o.Claims.Save(x.Unit(o.Seed), claims); err != nil {
			return err
		}
		work.Add(x.Cost - shown)
	}
	return nil
}

// Measure runs one experiment and returns its rows without a run's identity. It tells
// step of each share of the experiment that is done; nil is not told.
func Measure(ctx context.Context, x Experiment, seed uint64, workers int, step func(share float64)) ([]result.Claim, []result.Curve, error) {
	if step == nil {
		step = func(float64) {}
	}
	e := &Env{Seed: seed, Workers: max(1, workers), experiment: x, step: step, points: map[curveID]int64{}}
	start := time.Now()
	if err := x.Run(ctx, e); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", x.Name, err)
	}
	claims, curves, err := e.finish()
	seconds := time.Since(start).Seconds()
	for i := range claims {
		claims[i].Seconds = seconds
	}
	return claims, curves, err
}
