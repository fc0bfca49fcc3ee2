// Package apply runs an operation of the table over columns of a file, batch by batch:
// reading, kernels and writing go on at once, and few batches are in memory.
package apply

import (
	"context"
	"fmt"
	"sync"
	"unsafe"

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
		f.Float32 = blockwise(func(dst, src []float32) { k(dst, [][]float32{src}, float32(param)) })
	}
	if k := ops.Fastest[float64](row, ops.Forward); k != nil {
		f.Float64 = blockwise(func(dst, src []float64) { k(dst, [][]float64{src}, param) })
	}
	if op := kernels.Lookup(row.Name); op != nil && row.KernelFloat16 != nil {
		f.Float16 = blockwise(func(dst, src []kernels.Float16) { kernels.ForwardHalf(op, dst, src, float32(param)) })
	}
	return f, nil
}

// blockwise calls k for blocks that fit into the first-level cache, each of which it brings there before. A kernel
// that computes much for each element looks ahead too little to hide the way to memory; going ahead of it
// makes gelu over a mapped file 1.7 times as fast.
func blockwise[T columns.Element](k columns.Kernel[T]) columns.Kernel[T] {
	const block = 16 << 10 // bytes
	n := block / int(unsafe.Sizeof(*new(T)))
	return func(dst, src []T) {
		for len(src) > n {
			touch(src[:n])
			k(dst[:n], src[:n])
			dst, src = dst[n:], src[n:]
		}
		touch(src)
		k(dst, src)
	}
}

// touch reads an element of each cache line. It is not inlined, lest the reads be left out.
//
//go:noinline
func touch[T columns.Element](src []T) (sum T) {
	const line = 64
	for i := 0; i < len(src); i += line / int(unsafe.Sizeof(sum)) {
		sum += src[i]
	}
	return sum
}

// ahead is how many batches for each worker may be taken and not yet written.
const ahead = 4

// Run applies a plan to every batch and writes the results in order. It returns the number of
// rows. Each of the workers takes a batch, computes it and hands the result in; it writes
// those whose turn it is, unless another worker is writing, and goes on. So nobody waits for the disk who
// could compute, and at most ahead batches for each worker are in memory.
//
// Where in is memory-mapped and the file becomes shorter meanwhile, that is an error.
func Run(ctx context.Context, plan *columns.Plan, in *datasets.Batches, out datasets.BatchWriter, workers int) (rows int64, err error) {
	q := newQueue(ctx, in, out, ahead*workers)
	var pool columns.Pool
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for {
				batch, turn, ok := q.take()
				if !ok {
					return
				}
				var result arrow.Record
				err := in.Guard(func() (err error) {
					result, err = plan.Apply(&pool, batch)
					return err
				})
				batch.Release()
				q.put(turn, outcome{result, err})
			}
		})
	}
	running.Wait()
	if q.err == nil {
		q.err = q.readErr
	}
	return q.rows, q.err
}
