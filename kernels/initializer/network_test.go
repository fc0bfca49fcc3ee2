package initializer_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"actinit/kernels/initializer"
)

// drawn are the weights of a network by name, as float64.
func drawn(t *testing.T, n initializer.Network, seed uint64, workers int) map[string][]float64 {
	t.Helper()
	all := map[string][]float64{}
	if err := n.Fill(seed, workers, func(w initializer.Weights) error {
		values := slices.Clone(w.Float64)
		for _, v := range w.Float32 {
			values = append(values, float64(v))
		}
		all[w.Name] = values
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func network() initializer.Network {
	return initializer.Network{
		{Name: "a.weight", Shape: []int{300, 211}, Init: initializer.HeNormal()},
		{Name: "a.bias", Shape: []int{300}, Init: initializer.Uniform(-.1, .1)},
		{Name: "b.weight", Shape: []int{17, 300, 3}, Type: initializer.Float64, Init: initializer.XavierNormal(1)},
		{Name: "b.scale", Shape: []int{}, Init: initializer.Normal(0, 1)},
		{Name: "c.weight", Shape: []int{40, 60}, Type: initializer.Float32, Init: initializer.Sparse(.5, 1)},
	}
}

// TestTensorsKeepTheirWeights adds, removes and reorders tensors.
func TestTensorsKeepTheirWeights(t *testing.T) {
	n := network()
	want := drawn(t, n, 7, 1)
	other := append(initializer.Network{{Name: "new", Shape: []int{9, 9}, Init: initializer.Normal(0, 1)}}, n[1:]...)
	slices.Reverse(other)
	for _, workers := range []int{0, 2, 3, 7, 64} {
		got := drawn(t, other, 7, workers)
		for name, values := range got {
			if name != "new" && !slices.Equal(values, want[name]) {
				t.Errorf("%d workers: %s has other weights beside other tensors", workers, name)
			}
		}
		if len(got) != len(n) {
			t.Errorf("%d tensors, want %d", len(got), len(n))
		}
	}
	if slices.Equal(drawn(t, n, 8, 1)["a.weight"], want["a.weight"]) {
		t.Error("another seed gives the same weights")
	}
	// One tensor alone is what its rule fills from its stream.
	single := make([]float32, 300*211)
	if err := n[0].Init.Fill32(single, n[0].Shape, 7, initializer.Stream("a.weight"), 1); err != nil {
		t.Fatal(err)
	}
	for i, v := range single {
		if float64(v) != want["a.weight"][i] {
			t.Fatalf("weight %d is %v, want %v", i, want["a.weight"][i], v)
		}
	}
}

func TestStreamIsFixed(t *testing.T) {
	for name, want := range map[string]uint64{
		"":           0xe3b0c44298fc1c14, // the SHA-256 of nothing
		"fc1.weight": 0x63aac8a6620a2090,
	} {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
		if got := initializer.Stream(name); got != want || !strings.HasPrefix(sum, fmt.Sprintf("%016x", got)) {
			t.Errorf("Stream(%q) = %016x, want %016x", name, got, want)
		}
	}
}

func TestNetworkRefuses(t *testing.T) {
	ok := initializer.Tensor{Name: "a", Shape: []int{2, 3}, Init: initializer.HeNormal()}
	with := func(change func(*initializer.Tensor)) initializer.Tensor {
		t := initializer.Tensor{Name: "b", Shape: []int{2, 3}, Init: initializer.HeNormal()}
		change(&t)
		return t
	}
	for want, bad := range map[string]initializer.Tensor{
		"layer 2 has no name":          with(func(t *initializer.Tensor) { t.Name = "" }),
		`layer "a" is there twice`:     with(func(t *initializer.Tensor) { t.Name = "a" }),
		"cannot be printed":            with(func(t *initializer.Tensor) { t.Name = "a\nb" }),
		`the type is "float8"`:         with(func(t *initializer.Tensor) { t.Type = "float8" }),
		"fan_in 0":                     with(func(t *initializer.Tensor) { t.Shape = []int{2, 0} }),
		"zero Initializer":             with(func(t *initializer.Tensor) { t.Init = initializer.Initializer{} }),
		"more than 2^40":               with(func(t *initializer.Tensor) { t.Shape = []int{1 << 21, 1 << 21} }),
		"is negative":                  with(func(t *initializer.Tensor) { t.Shape = []int{-1, -1} }),
		`layer "b": normal: the value`: with(func(t *initializer.Tensor) { t.Init = initializer.Normal(0, 1e39) }),
	} {
		want = strings.Replace(want, "the value", "the standard deviation 1e+39 is beyond float32", 1)
		taken := 0
		err := initializer.Network{ok, bad}.Fill(1, 1, func(initializer.Weights) error { taken++; return nil })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || taken != 0 {
			t.Errorf("error %v after %d tensors, want one line with %q before any", err, taken, want)
		}
	}
	stop := errors.New("stop")
	if err := network().Fill(1, 1, func(initializer.Weights) error { return stop }); err != stop {
		t.Errorf("the error of take became %v", err)
	}
}
