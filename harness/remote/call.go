package remote

import (
	"fmt"
	"sync"
	"unsafe"

	"actinit/harness/result"
)

const (
	callElements = 1 << 16 // of each operand that one request can have
	callOperands = 4       // places: results, input, gradient, saved
	callPieces   = 2       // so many times callElements of each: gated units have two inputs
)

// A Caller calls the kernels of a process on this process's slices: it copies operands into
// memory that both map, and results out of it. Calls may come from any goroutine and wait for
// each other. The process must not be used otherwise before Close.
type Caller struct {
	process *Process
	memory  *Memory
	mu      sync.Mutex
}

// NewCaller has the process map memory for calls.
func NewCaller(p *Process) (*Caller, error) {
	memory, err := NewMemory(callOperands * callPieces * callElements * 8)
	if err != nil {
		return nil, err
	}
	if err := p.Map(memory); err != nil {
		memory.Close()
		return nil, err
	}
	return &Caller{process: p, memory: memory}, nil
}

// Close gives the memory back; the process goes on.
func (c *Caller) Close() error { return c.memory.Close() }

// Call runs a kernel once: a forward kernel on in, a backward kernel on the gradient in[0] and
// what was saved, in[1:]. All have the length of out.
func Call[T float32 | float64](c *Caller, kernel int, out []T, in [][]T, param float64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	piece := make([][]T, len(in))
	for lo := 0; lo < len(out); lo += callElements {
		hi := min(lo+callElements, len(out))
		for k := range in {
			piece[k] = in[k][lo:hi]
		}
		if err := call(c, kernel, out[lo:hi], piece, param); err != nil {
			return err
		}
	}
	return nil
}

// call is Call on at most callElements elements.
func call[T float32 | float64](c *Caller, kernel int, out []T, in [][]T, param float64) error {
	var element T
	size, n := int(unsafe.Sizeof(element)), len(out)
	place := func(operand int) int { return operand * callPieces * callElements * size }
	at := Places{Out: place(0), X: place(1), Grad: place(2), Saved: place(1)}
	x := in
	if c.process.Kernels[kernel].Direction == result.Backward {
		grad, err := Elements[T](c.memory.Bytes, at.Grad, n)
		if err != nil {
			return err
		}
		copy(grad, in[0])
		x = in[1:]
	}
	if len(x) > callPieces {
		return fmt.Errorf("%s: %d inputs, want at most %d", c.process.Name, len(x), callPieces)
	}
	for k, piece := range x {
		elements, err := Elements[T](c.memory.Bytes, at.X+k*n*size, n)
		if err != nil {
			return err
		}
		copy(elements, piece)
	}
	results, err := Elements[T](c.memory.Bytes, at.Out, n)
	if err != nil {
		return err
	}
	copy(results, out) // what the kernel does not write stays what it was
	_, err = c.process.Run(Request{Kernel: kernel, N: n, Workers: 1, Iterations: 1, Param: param, Places: at})
	copy(out, results)
	return err
}
