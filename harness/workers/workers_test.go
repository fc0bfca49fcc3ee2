package workers

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestEachDoesEveryItemOnce(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		counts := make([]atomic.Int32, 100)
		items := make([]int, len(counts))
		for i := range items {
			items[i] = i
		}
		err := Each(t.Context(), n, items, func(_ context.Context, i int) error {
			counts[i].Add(1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range counts {
			if got := counts[i].Load(); got != 1 {
				t.Errorf("%d goroutines: item %d was done %d times", n, i, got)
			}
		}
	}
	if err := Each(t.Context(), 3, nil, func(context.Context, int) error { return errors.New("no item") }); err != nil {
		t.Errorf("without items: %v", err)
	}
}

func TestEachStopsAtTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	var begun atomic.Int32
	err := Each(t.Context(), 2, make([]struct{}, 1000), func(ctx context.Context, _ struct{}) error {
		if begun.Add(1) == 1 {
			return broken
		}
		<-ctx.Done() // the others wait for the end: were it not to come, so would the test
		return context.Cause(ctx)
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the first", err)
	}
	if n := begun.Load(); n > 4 {
		t.Errorf("%d items were begun, want none after the error but those in hand", n)
	}
}

func TestEachStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := Each(ctx, 2, make([]struct{}, 1000), func(ctx context.Context, _ struct{}) error {
		<-ctx.Done()
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
}
