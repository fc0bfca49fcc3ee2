//go:build linux && amd64

package main

import (
	"math"
	"strings"
	"testing"

	"actinit/harness/ops"
)

// The fills in Go are of the law that ours follow, and fill all there is.
func TestGoFills(t *testing.T) {
	for _, p := range goFills() {
		const n = 100_000
		dst := make([]float32, n)
		p.Fill32(dst, 2)
		var law ops.Law
		for _, f := range ops.Fills() {
			if f.Name == p.Kernel.Op {
				law = f.Law
			}
		}
		var sum, square float64
		for i, x := range dst {
			if x == 0 && dst[(i+1)%n] == 0 {
				t.Fatalf("%s: elements %d and the next are 0", p.Kernel.Op, i)
			}
			z := (float64(x) - law.Mean) / law.Std
			sum += z
			square += z * z
		}
		if mean, variance := sum/n, square/n; math.Abs(mean) > .02 || math.Abs(variance-1) > .03 {
			t.Errorf("%s: mean %v and variance %v in the law's standard deviations", p.Kernel.Op, mean, variance)
		}
	}
}

// Python fills, says what it is, and a fill that it does not have is an error.
func TestPythonFills(t *testing.T) {
	p := &python{}
	for _, library := range []string{"numpy", "torch"} {
		for _, fill := range []string{"uniform", "normal"} {
			if answer, err := p.ask(library, fill, 1000, 2); err != nil || answer != "done" {
				t.Errorf("%s, %s: %q, %v", library, fill, answer, err)
			}
		}
		if version, err := p.ask(library, "", 0, 0); err == nil && !strings.Contains(version, ".") {
			t.Errorf("%s has the version %q", library, version)
		}
		if _, err := p.ask(library, "cauchy", 10, 1); err == nil || !strings.Contains(err.Error(), "cauchy") {
			t.Errorf("%s: error %v for a fill that is not there", library, err)
		}
	}
	for _, f := range pythonFills() {
		f.Fill32(make([]float32, 1000), 1) // ends the test where it fails
	}
}
