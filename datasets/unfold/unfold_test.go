package unfold

import (
	"errors"
	"math"
	"testing"
)

func TestBudget(t *testing.T) {
	if b := New(100, 0); b.Take(100) != nil || !errors.Is(b.Take(1), ErrLimit) {
		t.Error("the limit is not the limit")
	}
	b := New(math.MaxInt64, 10)
	if err := b.Take(Believed(10)); err != nil {
		t.Error(err)
	}
	if err := b.Take(1); !errors.Is(err, ErrBelief) {
		t.Errorf("%v, want %v", err, ErrBelief)
	}
	b.Believe(1)
	if err := b.Take(Believed(1) - Believed(0)); err != nil {
		t.Error(err)
	}
	if err := b.Take(-1); !errors.Is(err, ErrLimit) {
		t.Errorf("%v of a negative size, want %v", err, ErrLimit)
	}
	b.Believe(math.MaxInt64)
	b.Believe(math.MaxInt64)
	if err := b.Take(math.MaxInt64 / 2); err != nil {
		t.Errorf("belief overflows: %v", err)
	}
}

func TestLimit(t *testing.T) {
	if got := Limit(1 << 10); got != 1<<10 {
		t.Errorf("a KiB is cut to %d bytes", got)
	}
	if got := Limit(math.MaxInt64); got <= 0 || got > memory()/4 {
		t.Errorf("%d bytes of %d", got, memory())
	}
}
