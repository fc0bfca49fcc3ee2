//go:build linux && amd64

package main

import (
	"math"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
)

// TestPeers tells that each library computes what its row says, that it computes
// all of it, tails included, and nothing beside it: else its time means nothing.
// The tolerance is wide because some promise little where values are small.
func TestPeers(t *testing.T) {
	var all []ops.Peer
	for _, library := range [][]ops.Peer{xnnpack(), sleef(), libmvec(), onednn(), libc()} {
		all = append(all, library...)
	}
	for _, p := range all {
		t.Run(p.Kernel.Op+"/"+p.Kernel.Direction+"/"+p.Kernel.Type+"/"+p.Kernel.Variant, func(t *testing.T) {
			row, ok := ops.Find(p.Kernel.Op)
			if !ok {
				t.Fatalf("the table has no operation %q", p.Kernel.Op)
			}
			for _, n := range []int{1, 7, 16, 4096, 4099} {
				switch {
				case p.Forward32 != nil:
					check(t, p, row, n, func(dst, in, _ []float32) { p.Forward32(dst, in, 2) })
				case p.Forward64 != nil:
					check(t, p, row, n, func(dst, in, _ []float64) { p.Forward64(dst, in, 2) })
				case p.Backward32 != nil:
					check(t, p, row, n, func(dst, saved, grad []float32) { p.Backward32(dst, grad, saved, 2) })
				default:
					t.Fatal("no kernel")
				}
			}
		})
	}
}

func check[T float32 | float64](t *testing.T, p ops.Peer, row ops.Row, n int, run func(dst, in, grad []T)) {
	const guard = 12345
	dst, in, grad := make([]T, n+16), make([]T, n), make([]T, n)
	for i := range in {
		in[i] = T(8 * math.Sin(float64(i)*1.7))
		if p.Kernel.Direction == result.Backward && row.Saved == ops.SavedOutput {
			in[i] = T(.99 * math.Abs(math.Sin(float64(i)*1.7)))
		}
		grad[i] = T(math.Cos(float64(i)))
	}
	for i := range dst {
		dst[i] = guard
	}
	run(dst[:n], in, grad)
	param := 0.
	if row.Param != nil {
		param = row.Param.Default
	}
	for i, got := range dst[:n] {
		var want float64
		switch {
		case p.Kernel.Variant == "memcpy":
			want = float64(in[i])
		case p.Kernel.Direction == result.Backward:
			want, _ = row.Backward.Value([]float64{float64(grad[i]), float64(in[i])}, param, 0)
		default:
			want, _ = row.Forward.Value([]float64{float64(in[i])}, param, 0)
		}
		if !(math.Abs(float64(got)-want) <= 1e-5*(1+math.Abs(want))) {
			t.Fatalf("n = %d: at %v: %v, want %v", n, in[i], got, want)
		}
	}
	for i, got := range dst[n:] {
		if got != guard {
			t.Fatalf("n = %d: wrote element %d", n, n+i)
		}
	}
}
