package main

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"actinit/harness/remote"
)

// gomlxKernels are graphs of one operation that GoMLX's Go backend executes. It has buffers
// of its own: a sample copies the inputs in before its first call, and the results of
// its last call out.
func gomlxKernels() (remote.Library, []remote.Kernel) {
	const module, library = "github.com/gomlx/gomlx", "gomlx"
	l := remote.Library{Name: library, Version: module + " " + version(module) + ", backend simplego, operations in sequence, in buffers of its own"}
	backend, err := simplego.New("ops_sequential")
	if err != nil {
		l.Version += ": " + err.Error()
		return l, nil
	}
	kernel := func(op string, of func(b backends.Builder, x backends.Op) (backends.Op, error)) remote.Kernel {
		g := &graphs{backend: backend, of: of}
		return forward(op, library, "portable", func(out, x []float32, _ float64, times int) {
			if err := g.run(out, x, times); err != nil {
				panic(fmt.Errorf("gomlx: %s of %d elements: %w", op, len(x), err))
			}
		})
	}
	return l, []remote.Kernel{
		kernel("sigmoid", func(b backends.Builder, x backends.Op) (backends.Op, error) { return b.Logistic(x) }),
		kernel("tanh", func(b backends.Builder, x backends.Op) (backends.Op, error) { return b.Tanh(x) }),
		kernel("exp", func(b backends.Builder, x backends.Op) (backends.Op, error) { return b.Exp(x) }),
		kernel("relu", func(b backends.Builder, x backends.Op) (backends.Op, error) {
			zero, err := b.Constant([]float32{0})
			if err != nil {
				return nil, err
			}
			return b.Max(x, zero)
		}),
	}
}

// graphs are one operation compiled for the size asked for last.
type graphs struct {
	backend backends.Backend
	of      func(b backends.Builder, x backends.Op) (backends.Op, error)
	size    int
	graph   backends.Executable
}

// run computes the operation so many times.
func (g *graphs) run(out, x []float32, times int) error {
	shape := shapes.Make(dtypes.Float32, len(x))
	if g.size != len(x) {
		if err := g.compile(shape); err != nil {
			return err
		}
	}
	in, err := g.backend.BufferFromFlatData(0, x, shape)
	if err != nil {
		return err
	}
	defer g.backend.BufferFinalize(in)
	for i := range times {
		results, err := g.graph.Execute([]backends.Buffer{in}, []bool{false}, 0)
		if err != nil {
			return err
		}
		if i == times-1 {
			if err := g.backend.BufferToFlatData(results[0], out); err != nil {
				return err
			}
		}
		if err := g.backend.BufferFinalize(results[0]); err != nil {
			return err
		}
	}
	return nil
}

func (g *graphs) compile(shape shapes.Shape) error {
	b := g.backend.Builder("peer")
	x, err := b.Parameter("x", shape, nil)
	if err != nil {
		return err
	}
	y, err := g.of(b, x)
	if err != nil {
		return err
	}
	g.graph, err = b.Compile([]backends.Op{y}, nil)
	g.size = shape.Size()
	return err
}
