// Package workers does independent pieces of work on several goroutines.
package workers

import (
	"context"
	"sync"
)

// Each calls do once for each item, in their order, on at most n goroutines. At
// the first error, or when ctx is cancelled, the context that do is given ends
// and no further item is begun; Each returns the cause when all that were begun
// have returned.
func Each[Item any](ctx context.Context, n int, items []Item, do func(context.Context, Item) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan Item)
	var workers sync.WaitGroup
	for range min(n, len(items)) {
		workers.Go(func() {
			for item := range next {
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, item := range items {
		select {
		case next <- item:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}
