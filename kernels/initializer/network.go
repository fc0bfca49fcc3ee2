package initializer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"

	"actinit/kernels"
)

// A Type is the element type of a tensor.
type Type string

const (
	Float32 Type = "float32"
	Float64 Type = "float64"
)

// A Tensor is one tensor of a network and how it begins.
type Tensor struct {
	Name  string // "fc1.weight": unlike those of the network's others
	Shape []int
	Type  Type // Float32 if empty
	Init  Initializer
}

// A Network is a model's tensors. Their order means nothing for their weights.
type Network []Tensor

// Weights are a tensor's weights.
type Weights struct {
	Tensor
	Stream  uint64
	Promise Promise
	Float32 []float32 // nil unless that is the tensor's type
	Float64 []float64
}

// Stream returns the random stream of the tensor of that name: the first eight bytes,
// the most significant first, of the SHA-256 of the name's UTF-8 bytes. It is fixed
// for good, so that a seed and a name give the same weights in any network.
func Stream(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:])
}

// Check returns why the network cannot be filled: names that are empty, not printable or
// twice there, two names with one stream, element types that there are not, and what a
// tensor's rule says against its shape or type. The error names the tensor.
func (n Network) Check() error { return n.check(Stream) }

func (n Network) check(stream func(name string) uint64) error {
	names := map[uint64]string{}
	for i, t := range n {
		switch {
		case t.Name == "":
			return fmt.Errorf("layer %d has no name", i+1)
		case strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }):
			return fmt.Errorf("layer %q: the name has characters that cannot be printed", t.Name)
		}
		s := stream(t.Name)
		switch other, taken := names[s]; {
		case taken && other == t.Name:
			return fmt.Errorf("layer %q is there twice", t.Name)
		case taken:
			return fmt.Errorf("layer %q has the random stream of %q, %016x: give one another name", t.Name, other, s)
		}
		names[s] = t.Name
		if err := t.check(); err != nil {
			return fmt.Errorf("layer %q: %w", t.Name, err)
		}
	}
	return nil
}

// maxElements is more than fit into the memory of any machine, and few enough for
// sizes in bytes to be ints.
const maxElements = 1 << 40

func (t Tensor) check() error {
	n, err := elements(t.Shape)
	switch {
	case err != nil:
		return err
	case n > maxElements:
		return fmt.Errorf("shape %v has %d elements, more than 2^40", t.Shape, n)
	}
	switch t.Type {
	case Float32, "":
		_, err = checked[float32](t.Init, n, t.Shape)
	case Float64:
		_, err = checked[float64](t.Init, n, t.Shape)
	default:
		err = fmt.Errorf("the type is %q, want %s or %s", t.Type, Float32, Float64)
	}
	return err
}

// Fill draws the weights of every tensor, in the order of the network, and gives each to
// take, whose error ends it. A tensor's weights depend on the seed, its name, shape, type and
// rule: not on the other tensors, nor on workers (<= 0: one for each processor). The
// slices that take is given are used again for the next tensor. What Check
// refuses is an error before anything is drawn.
func (n Network) Fill(seed uint64, workers int, take func(Weights) error) error {
	if err := n.Check(); err != nil {
		return err
	}
	var room32 []float32
	var room64 []float64
	for _, t := range n {
		promise, err := t.Init.Promise(t.Shape...)
		if err != nil {
			return err
		}
		count, err := elements(t.Shape)
		if err != nil {
			return err
		}
		w := Weights{Tensor: t, Stream: Stream(t.Name), Promise: promise}
		if t.Type == Float64 {
			w.Float64 = room(&room64, count)
			err = t.Init.Fill64(w.Float64, t.Shape, seed, w.Stream, workers)
		} else {
			w.Type = Float32
			w.Float32 = room(&room32, count)
			err = t.Init.Fill32(w.Float32, t.Shape, seed, w.Stream, workers)
		}
		if err != nil {
			return err
		}
		if err := take(w); err != nil {
			return err
		}
	}
	return nil
}

// room returns n elements of the buffer, which grows as needed.
func room[T kernels.Float](buffer *[]T, n int) []T {
	if len(*buffer) < n {
		*buffer = kernels.AlignedSlice[T](n)
	}
	return (*buffer)[:n]
}
