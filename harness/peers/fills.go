//go:build linux && amd64

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"

	"actinit/harness/ops"
	"actinit/harness/result"
)

// goFills are loops over the standard library's generators, the way Go programs fill
// weights today.
func goFills() []ops.Peer {
	random := rand.New(rand.NewPCG(1, 2))
	each := func(op string, draw func() float32) ops.Peer {
		return fill32(op, "math-rand", func(dst []float32, times int) {
			for range times {
				for i := range dst {
					dst[i] = draw()
				}
			}
		})
	}
	return []ops.Peer{
		each("uniform", func() float32 { return 2*random.Float32() - 1 }),
		each("normal", func() float32 { return float32(random.NormFloat64()) }),
	}
}

func fill32(op, library string, f func(dst []float32, times int)) ops.Peer {
	return ops.Peer{
		Kernel: result.Kernel{Op: op, Direction: result.Fill, Type: result.Float32, Variant: library, ISA: "native"},
		Fill32: f,
	}
}

// pythonFills are numpy's and PyTorch's, into arrays of their own: what a sample
// takes more for the way to Python and back is some 50 us.
func pythonFills() []ops.Peer {
	p := &python{}
	var all []ops.Peer
	for _, f := range []struct{ library, op string }{
		{"numpy", "uniform"}, {"numpy", "normal"},
		{"torch", "uniform"}, {"torch", "normal"}, {"torch", "truncated_normal"}, {"torch", "bernoulli"},
	} {
		all = append(all, fill32(f.op, f.library, func(dst []float32, times int) {
			if _, err := p.ask(f.library, f.op, len(dst), times); err != nil {
				fmt.Fprintln(os.Stderr, "actinit-peers:", err)
				os.Exit(2)
			}
		}))
	}
	return all
}

//go:embed fills.py
var driver string

// python is a Python process that fills arrays when it is asked to.
type python struct {
	once    sync.Once
	err     error
	in      io.Writer
	answers *bufio.Reader
}

func (p *python) start() {
	cmd := exec.Command("/usr/bin/python3", "-c", driver) // Debian's, which has Debian's packages
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe() // closed when we end, which ends it too
	out, err2 := cmd.StdoutPipe()
	for _, p.err = range []error{err1, err2} {
		if p.err != nil {
			return
		}
	}
	p.in, p.answers = in, bufio.NewReader(out)
	p.err = cmd.Start()
}

// ask lets the library fill n elements so many times, and returns the answer.
func (p *python) ask(library, fill string, n, times int) (string, error) {
	p.once.Do(p.start)
	if p.err != nil {
		return "", fmt.Errorf("python3: %w", p.err)
	}
	if _, err := fmt.Fprintln(p.in, library, fill, n, times); err != nil {
		return "", fmt.Errorf("python3: %w", err)
	}
	answer, err := p.answers.ReadString('\n')
	answer = strings.TrimSpace(answer)
	if err == nil && strings.HasPrefix(answer, "error") {
		err = fmt.Errorf("%s, %s: %s", library, fill, answer)
	}
	return answer, err
}
