// Package determinism asks whether what an initialiser writes depends on anything but
// its rule, shape, element type, seed and stream: on the number of workers, or on how a
// fill was cut. That it does not depend on the instruction set, nor on the machine, shows
// where the hashes of other processes are the same.
package determinism

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// Workers are the numbers of goroutines that are tried.
var Workers = []int{1, 2, 3, 7, 64}

// pieces are the lengths of the pieces that fills are cut into.
var pieces = []int{1, 7, 64, 4093}

const seed, stream = 7, 11

// A Hash is what one initialiser wrote.
type Hash struct {
	Name  string // rule, or "fill" and the fill's name
	Type  string // element type
	Shape []int
	SHA   string   // the first 12 digits of the SHA-256 of its little-endian bytes
	Odd   []string // ways of computing it that gave other bits: "7 workers"
}

// Hashes computes every rule of package initializer and every fill in both types, by the
// instruction set that is selected.
func Hashes(ctx context.Context) ([]Hash, error) {
	var all []Hash
	for _, f := range ops.Fills() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		any := func(kernels.Variant) bool { return true }
		all = append(all,
			ofFill(f.Name, result.Float32, 4, ops.BestFill(f.Kernel32, any)),
			ofFill(f.Name, result.Float64, 2, ops.BestFill(f.Kernel64, any)))
	}
	for _, kind := range initializer.All() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		settings := initializer.Settings{}
		if kind.Name == "sparse" {
			settings["sparsity"] = .9 // the one parameter that has no default
		}
		rule, err := kind.New(settings)
		if err != nil {
			return nil, err
		}
		narrow, err := ofRule(rule, result.Float32, rule.Fill32)
		if err != nil {
			return nil, err
		}
		wide, err := ofRule(rule, result.Float64, rule.Fill64)
		if err != nil {
			return nil, err
		}
		all = append(all, narrow, wide)
	}
	return all, nil
}

// ofFill fills as a whole and in pieces, from an offset where the number of the block
// leaves 32 bits in between; a block holds perBlock elements.
func ofFill[T kernels.Float](name, typeName string, perBlock uint64, fill ops.FillKernel[T]) Hash {
	const n = 70_001
	offset := perBlock<<32 - 33_333
	whole := make([]T, n)
	fill(whole, seed, stream, offset)
	h := Hash{Name: "fill " + name, Type: typeName, Shape: []int{n}, SHA: hash(whole)}
	for _, size := range pieces {
		cut := make([]T, n)
		for lo := 0; lo < n; lo += size {
			fill(cut[lo:min(lo+size, n)], seed, stream, offset+uint64(lo))
		}
		if hash(cut) != h.SHA {
			h.Odd = append(h.Odd, fmt.Sprintf("pieces of %d", size))
		}
	}
	return h
}

// ofRule fills a tensor on several numbers of workers.
func ofRule[T kernels.Float](rule initializer.Initializer, typeName string, fill func(dst []T, shape []int, seed, stream uint64, workers int) error) (Hash, error) {
	h := Hash{Name: rule.Name, Type: typeName, Shape: shapeOf(rule)}
	n := 1
	for _, d := range h.Shape {
		n *= d
	}
	for _, workers := range Workers {
		w := make([]T, n)
		if err := fill(w, h.Shape, seed, stream, workers); err != nil {
			return h, fmt.Errorf("%s, %s: %w", rule.Name, typeName, err)
		}
		switch sum := hash(w); {
		case h.SHA == "":
			h.SHA = sum
		case h.SHA != sum:
			h.Odd = append(h.Odd, fmt.Sprintf("%d workers", workers))
		}
	}
	return h, nil
}

// shapeOf returns a shape that the rule can fill, so large that workers share it: a
// factorisation is, when it is much smaller.
func shapeOf(rule initializer.Initializer) []int {
	shape := []int{1031, 517}
	if strings.Contains(rule.Name, "orthogonal") {
		shape = []int{513, 385}
	}
	if _, err := rule.Promise(shape...); err != nil {
		shape = append(shape, 3, 3) // a convolution
	}
	return shape
}

func hash[T kernels.Float](values []T) string {
	h := sha256.New()
	// A hash takes whatever it is given: there is no error.
	_ = binary.Write(h, binary.LittleEndian, values)
	return hex.EncodeToString(h.Sum(nil))[:12]
}
