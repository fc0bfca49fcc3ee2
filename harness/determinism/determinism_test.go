package determinism

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

var update = flag.Bool("update", false, "write testdata again, after a change that is to change bits")

// The hashes are those of every other machine and instruction set.
func TestHashesAreFrozen(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 52 tensors on five numbers of workers: too slow for -short, which the race detector runs with")
	}
	hashes, err := Hashes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, h := range hashes {
		fmt.Fprintln(&b, h.Name, h.Type, h.Shape, h.SHA)
		if len(h.Odd) > 0 {
			t.Errorf("%s, %s: other bits with %s", h.Name, h.Type, strings.Join(h.Odd, ", "))
		}
	}
	golden := filepath.Join("testdata", "hashes.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("hashes in %s:\n%swant\n%s", kernels.ISA(), b.String(), want)
	}
	if len(hashes) != 2*(len(initializer.All())+len(ops.Fills())) {
		t.Errorf("%d hashes", len(hashes))
	}
}

// What depends on the workers, or on how it is cut, is found.
func TestOddBitsAreFound(t *testing.T) {
	depends := func(dst []float32, shape []int, seed, stream uint64, workers int) error {
		for i := range dst {
			dst[i] = float32(min(workers, 3))
		}
		return nil
	}
	h, err := ofRule(initializer.Zeros(), result.Float32, depends)
	if err != nil || len(h.Odd) != 4 || h.Odd[0] != "2 workers" {
		t.Errorf("%v, %v: want all numbers of workers but 1", h.Odd, err)
	}
	cut := ofFill("planted", result.Float64, 2, func(dst []float64, seed, stream, offset uint64) {
		for i := range dst {
			dst[i] = float64(i) // and not offset+i
		}
	})
	if len(cut.Odd) != len(pieces) {
		t.Errorf("%v: want all cuts", cut.Odd)
	}
}
