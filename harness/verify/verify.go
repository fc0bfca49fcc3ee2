// Package verify holds every kernel against its exact function.
//
// The expected value of an input is computed once and every variant of the
// kernel is held against it. The float64 reference decides the correctly
// rounded float32 where its stated error interval holds no rounding boundary
// (Ziv's test); double-double arithmetic decides the rest and the float64
// results, and the arbitrary-precision oracle what its error leaves open. How
// many inputs each of the two decided is part of the result.
//
// What a row counts: an input is a tuple of values (gradient and saved value,
// the pieces of maxout), a parameter's value being part of it; a kernel with
// several outputs counts a tuple once for each. Saved outputs outside the
// function's domain count as tried, and as outside it, and are held against the
// scalar variant only. A row's worst input is its worst failure, if it has one, and else the
// input of its largest error. Where a product with a subnormal factor may be further
// off (ops.Promise.Underflow), its error is held against that much more; results that
// take it are counted apart, Widened, and so is the largest error of the others.
//
// Of a function of rows (ops.RowFunctions) an input is an element of the matrix; its
// results are all held against the oracle.
//
// Rows of direction GradCheck give relative differences in units of 2^-52; rows
// of direction SlopeGrad errors in ULP of the sum of the terms' magnitudes.
//
// Kernels of other processes (Options.Remote) get the same inputs and are held against the
// same expected values. They promise nothing, so that no error of theirs is a failure;
// they need not agree with our scalar variant, and lengths, alignments and guard values are
// not tried. Their worst input is a NaN or an infinity that is not, or should be, there, if
// there is one; a wrong sign of zero is counted, and the worst input may be elsewhere.
//
// Work is cut into units (Plan) that depend on nothing but their name and the
// seed: any number of workers, shards and resumptions give the same rows, but
// for their Seconds.
package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/harness/workers"
)

// Options say what to verify and where the results go. The zero value of every
// field but Journal is usable.
type Options struct {
	Table        []ops.Row                // nil: ops.All()
	Fills        []ops.Fill               // nil: ops.Fills()
	RowFunctions []ops.RowFunction        // nil: ops.RowFunctions()
	Remote       []Remote                 // kernels of other processes, beside ours of the same operation, direction and type
	Filter       func(result.Kernel) bool // nil: every kernel
	Seed         uint64                   // of the random inputs

	// Exhaustive tries all 2^32 inputs of each float32 kernel with one input:
	// forward, and backward with a gradient of 1, at the default parameter. Of
	// each float64 kernel it tries 2^30 inputs spread over all binades: 2^22 where
	// the oracle decides every result.
	Exhaustive bool

	// Samples scales the number of random inputs; 0 means 1, which keeps the
	// whole table under a minute on two cores. At most 1000; 16 if Exhaustive.
	Samples float64

	Shard, Shards int // this process does the units with index % Shards == Shard; Shards 0 means 1
	Workers       int // goroutines; 0 means GOMAXPROCS

	Identity result.Identity
	Journal  result.Journal[result.Accuracy] // where finished units are saved
	Progress progress.Reporter               // nil: silent
}

// Run verifies every unit of the plan that the journal does not hold yet and
// saves each as it is finished. It returns an error if the options are
// unusable, the context is cancelled or the journal fails; a wrong kernel is no
// error but a row for which Failed is true. When the context is cancelled, Run
// returns within a fraction of a second: finished units are saved, begun ones are dropped.
func Run(ctx context.Context, o Options) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	if o.Journal == nil {
		return errors.New("verify: Options.Journal is nil: results would be lost")
	}
	var todo []Unit
	var total time.Duration
	for _, u := range plan(o) {
		if !o.Journal.Done(u.Name) {
			total += u.estimate()
			todo = append(todo, u)
		}
	}
	work := progress.BeginWork(o.Progress, "verify: CPU seconds, estimated", total)
	defer work.End()
	return workers.Each(ctx, o.Workers, todo, func(ctx context.Context, u Unit) error { return o.finish(ctx, u, work) })
}

// finish does one unit and saves its rows.
func (o *Options) finish(ctx context.Context, u Unit, work *progress.Work) (err error) {
	defer func() { // the reference and the oracle panic where they are asked for what they cannot give
		switch p := recover().(type) {
		case nil:
		case unreachable:
			err = fmt.Errorf("verifying unit %s: %w", u.Name, p.error)
			if ctx.Err() != nil {
				err = context.Cause(ctx) // which ended the process too
			}
		default:
			err = fmt.Errorf("verifying unit %s: %v", u.Name, p)
		}
	}()
	began := time.Now()
	share := &meter{Reporter: o.Progress, work: work, cost: u.costOfInput(), left: u.Inputs}
	metered := *o
	metered.Progress = share
	rows, err := u.run(ctx, &metered)
	if err != nil {
		return err
	}
	share.finish()
	seconds := time.Since(began).Seconds() / float64(max(1, len(rows)))
	for i := range rows {
		a := &rows[i]
		a.RunID, a.Host, a.Started = o.Identity.RunID, o.Identity.Host, o.Identity.Started
		a.Seconds = seconds
		if a.Failed() {
			o.Progress.Note(Summary(*a))
		}
	}
	if err := o.Journal.Save(u.Name, rows); err != nil {
		return fmt.Errorf("saving unit %s: %w", u.Name, err)
	}
	return nil
}
