package remote

import (
	"strings"
	"sync"
	"testing"
)

func TestCaller(t *testing.T) {
	p, err := start(t, "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := NewCaller(p)
	if err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	}
	defer c.Close()
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for _, n := range []int{0, 1, 1000, callElements, 2*callElements + 7} {
				x, out := make([]float32, n), make([]float32, n)
				for i := range x {
					x[i] = float32(g*n + i)
				}
				if err := Call(c, 0, out, [][]float32{x}, 0); err != nil {
					t.Error(err)
				}
				for i := range out {
					if out[i] != 2*x[i] {
						t.Errorf("n = %d: element %d is %v, want %v", n, i, out[i], 2*x[i])
						break
					}
				}
			}
		})
	}
	group.Wait()
	if err := Call(c, 2, make([]float32, 1), [][]float32{{1}}, 0); err == nil || !strings.Contains(err.Error(), "of two minds") {
		t.Errorf("error %v", err)
	}
	three := [][]float32{{1}, {1}, {1}}
	if err := Call(c, 0, make([]float32, 1), three, 0); err == nil || !strings.Contains(err.Error(), "3 inputs") {
		t.Errorf("error %v for three inputs", err)
	}
}

// What a kernel leaves unwritten stays what it was.
func TestCallerReturnsWhatIsWritten(t *testing.T) {
	p, err := start(t, "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := NewCaller(p)
	if err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	}
	defer c.Close()
	out := []float32{7, 8}
	if err := Call(c, 1, out, [][]float32{{1, 2}}, 0); err != nil || out[0] != 7 || out[1] != 8 {
		t.Errorf("%v, %v", out, err)
	}
}
