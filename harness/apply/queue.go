package apply

import (
	"context"
	"errors"
	"io"
	"sync"

	"actinit/datasets"

	"github.com/apache/arrow/go/v15/arrow"
)

// A queue hands out batches and writes their results in order. Whoever hands a result in
// while nobody writes becomes the writer, until the next result in order is missing. To wait for one's turn
// instead would put a core to sleep and wake it for each batch, which takes as long as the batch:
// two workers were no faster than one.
type queue struct {
	ctx context.Context
	in  *datasets.Batches
	out datasets.BatchWriter

	reading sync.Mutex // is held while the input is read
	readErr error      // of the input, without io.EOF

	mu      sync.Mutex // holds those below, but for what the writer alone touches
	room    sync.Cond  // there is room again, or nothing more to take
	window  []outcome  // of turn t at t modulo the length
	taken   int        // batches
	written int        // results, or dropped after an error
	writing bool       // a worker is the writer
	ended   bool

	rows int64 // the writer's
	err  error // the writer's: the first in the order of the batches
}

// An outcome is what became of a batch.
type outcome struct {
	record arrow.Record
	err    error
}

// done reports whether there is an outcome at all.
func (o outcome) done() bool { return o.record != nil || o.err != nil }

func newQueue(ctx context.Context, in *datasets.Batches, out datasets.BatchWriter, window int) *queue {
	q := &queue{ctx: ctx, in: in, out: out, window: make([]outcome, window)}
	q.room.L = &q.mu
	return q
}

// take returns the next batch and its turn, or false behind the last.
func (q *queue) take() (batch arrow.Record, turn int, ok bool) {
	q.reading.Lock()
	defer q.reading.Unlock()
	if !q.admit() {
		return nil, 0, false
	}
	err := q.ctx.Err()
	if err == nil {
		batch, err = q.in.Next()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.ended = true
		if !errors.Is(err, io.EOF) {
			q.readErr = err
		}
		return nil, 0, false
	}
	q.taken++
	return batch, q.taken - 1, true
}

// admit waits until the window has room, and reports whether there may be more to read.
func (q *queue) admit() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.taken-q.written == len(q.window) && !q.ended {
		q.room.Wait()
	}
	return !q.ended
}

// put hands a result in, and writes what is due unless another worker does.
func (q *queue) put(turn int, result outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.window[turn%len(q.window)] = result
	if q.writing {
		return
	}
	q.writing = true
	for {
		due := &q.window[q.written%len(q.window)]
		if !due.done() {
			break
		}
		next := *due
		*due = outcome{}
		q.mu.Unlock()
		q.write(next)
		q.mu.Lock()
		q.written++
		q.ended = q.ended || q.err != nil
		// One reader waits at most. It is woken when half is written, so that it finds work for a while.
		if q.ended || q.taken-q.written <= len(q.window)/2 {
			q.room.Signal()
		}
	}
	q.writing = false
}

// write writes a result, unless there was an error before, and releases it.
func (q *queue) write(result outcome) {
	if q.err == nil {
		q.err = result.err
	}
	if q.err == nil {
		q.err = q.in.Guard(func() error { return q.out.Write(result.record) })
	}
	if q.err == nil {
		q.rows += result.record.NumRows()
	}
	if result.record != nil {
		result.record.Release()
	}
}
