package counters

import (
	"fmt"
	"math/big"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

func Example() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set := Open()
	defer set.Close()
	set.Start()
	sum := 0
	for i := range 1000 {
		sum += i
	}
	if r := set.Stop(); r.Instructions == nil {
		fmt.Println(sum) // no counter here: set.Absent() says why
	} else if *r.Instructions > 0 {
		fmt.Println(sum)
	}
	// Output: 499500
}

// Every counter is either there or absent with a reason.
func TestOpen(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set := Open()
	set.Start()
	for range 1000 {
	}
	r := set.Stop()
	absent := map[string]bool{}
	for _, a := range set.Absent() {
		t.Logf("%s: %s", a.Counter, a.Reason)
		if a.Reason == "" {
			t.Errorf("%s is absent without a reason", a.Counter)
		}
		absent[a.Counter] = true
	}
	for i, value := range []*int64{r.Cycles, r.Instructions, r.L1Misses, r.LLCMisses} {
		if absent[names[i]] && value != nil {
			t.Errorf("%s is absent and %d", names[i], *value)
		}
		if value != nil && *value < 0 {
			t.Errorf("%s is %d", names[i], *value)
		}
	}
	if r.Instructions != nil && *r.Instructions < 1000 {
		t.Errorf("%d instructions of a loop of 1000", *r.Instructions)
	}
	if err := set.Close(); err != nil {
		t.Error(err)
	}
	if r := set.Stop(); r != (Reading{}) {
		t.Errorf("a closed set counts %+v", r)
	}
}

func TestBetween(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	for _, c := range []struct {
		name          string
		before, after count
		want          *int64
	}{
		{"whole time", count{10, 100, 100}, count{25, 200, 200}, number(15)},
		{"nothing happened", count{10, 100, 100}, count{10, 200, 200}, number(0)},
		{"half of the time", count{10, 100, 100}, count{25, 200, 150}, number(30)},
		{"never ran", count{10, 100, 50}, count{10, 200, 50}, nil},
		{"not read", count{}, count{}, nil},
		{"not read first", count{}, count{5, 200, 200}, nil},
		{"not read then", count{0, 100, 100}, count{}, nil},
		{"ran longer than it was enabled", count{0, 1, 1}, count{5, 10, 11}, nil},
		{"went back", count{10, 100, 100}, count{9, 200, 200}, nil},
		{"too large", count{0, 1, 1}, count{1 << 63, 10, 10}, nil},
		{"too large when scaled", count{0, 1, 1}, count{1 << 62, 100, 2}, nil},
	} {
		got := between(c.before, c.after)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %v, want %v", c.name, show(got), show(c.want))
		}
	}
}

func show(n *int64) string {
	if n == nil {
		return "nil"
	}
	return fmt.Sprint(*n)
}

// The scaled count is the exact quotient, rounded down.
func TestBetweenScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := count{rapid.Uint64Max(1<<40).Draw(t, "value"), rapid.Uint64Range(1, 1<<40).Draw(t, "enabled"), rapid.Uint64Max(1<<40).Draw(t, "running")}
		value, running := rapid.Uint64Max(1<<62).Draw(t, "counted"), rapid.Uint64Range(1, 1<<50).Draw(t, "ran")
		enabled := running + rapid.Uint64Max(1<<50).Draw(t, "waited")
		got := between(before, count{before.value + value, before.enabled + enabled, before.running + running})
		want := new(big.Int).Mul(new(big.Int).SetUint64(value), new(big.Int).SetUint64(enabled))
		want.Div(want, new(big.Int).SetUint64(running))
		if want.IsInt64() != (got != nil) || got != nil && *got != want.Int64() {
			t.Fatalf("got %s, want %s", show(got), want)
		}
	})
}
