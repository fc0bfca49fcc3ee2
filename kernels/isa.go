package kernels

import (
	"fmt"
	"os"
	"strings"
)

// Portable is the name of the instruction set every machine has: plain Go.
const Portable = "portable"

// ISAVariable is the environment variable that limits the instruction set the
// plain functions use: avx512, avx2 or portable. It is read once, at start.
const ISAVariable = "ACTINIT_ISA"

// selected is the last variant the plain functions may use.
var selected = Unrolled

func init() {
	selected = limit(os.Getenv(ISAVariable), available())
	for _, op := range operations {
		op.compose()
		op.choose(selected)
	}
	for _, op := range rowOperations {
		op.choose(selected)
	}
	chooseMaxout(selected)
	chooseFills(selected)
}

// ISA returns the instruction set the plain functions use: portable, avx2 or
// avx512. An operation that lacks a kernel for it uses the next one below.
func ISA() string { return selected.ISA() }

// ParseISA returns the last variant that instruction set name allows, or an
// error of one line if there is no such instruction set, this CPU lacks it or
// this build has no kernels for it. The library itself never fails so: given a
// bad ACTINIT_ISA it takes the best set below. Commands use ParseISA on the
// variable's value to say so and stop. The empty name is the best there is.
func ParseISA(name string) (Variant, error) {
	return parseISA(name, available())
}

func parseISA(name string, has [variantCount]bool) (Variant, error) {
	if name == "" {
		return limit(name, has), nil
	}
	var there []string
	for v := variantCount - 1; v >= Unrolled; v-- {
		if v == Unrolled || has[v] {
			there = append(there, v.ISA())
		}
	}
	for v := Unrolled; v < variantCount; v++ {
		switch {
		case v.ISA() != name:
		case v == Unrolled || has[v]:
			return v, nil
		case !v.Supported():
			return 0, fmt.Errorf("instruction set %s: this CPU does not have it; use %s", name, strings.Join(there, " or "))
		default:
			return 0, fmt.Errorf("instruction set %s: this build has no kernels for it; use %s", name, strings.Join(there, " or "))
		}
	}
	return 0, fmt.Errorf("instruction set %q is unknown; use %s", name, strings.Join(there, " or "))
}

// limit returns the last variant to use when name is asked for: the best one
// there is at or below name, or the best of all if name is none.
func limit(name string, has [variantCount]bool) Variant {
	best := Unrolled
	for v := Unrolled; v < variantCount; v++ {
		if has[v] {
			best = v
		}
		if v.ISA() == name {
			break
		}
	}
	return best
}

// available says which variants this CPU runs and some operation has.
func available() (has [variantCount]bool) {
	for _, op := range operations {
		for v := range variantCount {
			has[v] = has[v] || v.Supported() && op.has(v)
		}
	}
	return has
}
