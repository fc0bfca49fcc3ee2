// Package apply runs an operation of the table over columns of a file, batch by batch:
// reading, kernels and writing go on at once, and few batches are in memory.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"actinit/datasets"
	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow"
)

// Function returns a row's forward function at a parameter, by its fastest kernels. Operations of
// several inputs are an error.
func Function(row *ops.Row, param float64) (columns.Function, error) {
	if row.Pieces != 1 {
		return columns.Function{}, fmt.Errorf("%s takes %d inputs for each element, and a column is one", row.Name, row.Pieces)
	}
	var f columns.Function
	if k := ops.Fastest[float32](row, ops.Forward); k != nil {
		f.Float32 = func(dst, src []float32) { k(dst, [][]float32{src}, float32(param)) }
	}
	if k := ops.Fastest[float64](row, ops.Forward); k != nil {
		f.Float64 = func(dst, src []float64) { k(dst, [][]float64{src}, param) }
	}
	if op := kernels.Lookup(row.Name); op != nil && row.KernelFloat16 != nil {
		f.Float16 = func(dst, src []kernels.Float16) { kernels.ForwardHalf(op, dst, src, float32(param)) }
	}
	return f, nil
}

// A job is a batch on its way.
type job struct {
	in   arrow.Record
	done chan result // of room for one
}

type result struct {
	record arrow.Record
	err    error
}

// Run applies a plan to every batch and writes the results in order. It returns the number of
// rows. At most workers+2 batches are in memory.
//
// Where in is memory-mapped and the file becomes shorter meanwhile, that is an error.
func Run(ctx context.Context, plan *columns.Plan, in *datasets.Batches, out datasets.BatchWriter, workers int) (rows int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var pool columns.Pool
	order := make(chan job, workers)
	jobs := make(chan job)
	var readErr error
	var running sync.WaitGroup
	running.Go(func() {
		defer close(order)
		defer close(jobs)
		readErr = read(ctx, in, order, jobs)
	})
	for range workers {
		running.Go(func() {
			for j := range jobs {
				var r result
				r.err = in.Guard(func() (err error) {
					r.record, err = plan.Apply(&pool, j.in)
					return err
				})
				j.in.Release()
				j.done <- r
			}
		})
	}
	for j := range order {
		r := <-j.done
		if err == nil {
			err = r.err
		}
		if err == nil {
			rows += r.record.NumRows()
			err = in.Guard(func() error { return out.Write(r.record) })
		}
		if r.record != nil {
			r.record.Release()
		}
		if err != nil {
			cancel() // and the batches on their way are released here
		}
	}
	running.Wait()
	if err == nil {
		err = readErr
	}
	return rows, err
}

// read hands out batches until the last, or until ctx is done.
func read(ctx context.Context, in *datasets.Batches, order, jobs chan<- job) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j := job{r, make(chan result, 1)}
		order <- j
		jobs <- j
	}
}
