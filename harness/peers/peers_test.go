// Package peers tests the processes that serve other libraries' kernels, in any language:
// README.md tells what they are. The package itself is empty.
package peers

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/remote"
	"actinit/harness/result"
)

// commands are the processes to try: go test ./harness/peers -args -peer bin/peers-native.
var commands []string

func init() {
	flag.Func("peer", "start this `command` and try all its kernels; may be given again", func(command string) error {
		commands = append(commands, command)
		return nil
	})
}

// TestPeers tells that each kernel computes what its row says, all of it, tails included, in
// place too, and nothing beside it, and that it leaves its inputs and the floating-point control
// register alone: else its time means nothing. The tolerance is wide because some
// promise little where values are small; verify counts their errors.
func TestPeers(t *testing.T) {
	if len(commands) == 0 {
		t.Skip("no -peer given: make peers builds them and runs this test")
	}
	for _, command := range commands {
		t.Run(filepath.Base(command), func(t *testing.T) { tryProcess(t, strings.Fields(command)) })
	}
}

// TestExamples tries the programs that README.md shows, where there is what they need.
func TestExamples(t *testing.T) {
	for _, name := range []string{"example/kernel.c", "example/kernel.py"} {
		text, err := os.ReadFile(name)
		if lines := strings.Count(string(text), "\n"); err != nil || lines > 40 {
			t.Errorf("%s has %d lines, want at most 40: %v", name, lines, err)
		}
	}
	t.Run("C", func(t *testing.T) {
		compiler, err := exec.LookPath("cc")
		if err != nil {
			t.Skip("no C compiler: make peers installs one")
		}
		program := filepath.Join(t.TempDir(), "kernel")
		if out, err := exec.Command(compiler, "-O3", "-Wall", "-Werror", "-o", program, "example/kernel.c").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		tryProcess(t, []string{program})
	})
	t.Run("Python", func(t *testing.T) {
		const python = "/usr/bin/python3" // Debian's, which has Debian's packages
		if exec.Command(python, "-c", "import numpy").Run() != nil {
			t.Skip("no numpy: make peers installs it")
		}
		tryProcess(t, []string{python, "example/kernel.py"})
	})
}

func tryProcess(t *testing.T, args []string) {
	memory, err := remote.NewMemory(memoryBytes)
	if err != nil {
		t.Skip("the processes need memory that processes share, which is made on Linux only: ", err)
	}
	defer memory.Close()
	p, err := remote.Start(t.Context(), remote.Command{Name: args[0], Args: args, CPU: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Map(memory); err != nil {
		t.Fatal(err)
	}
	if len(p.Kernels) == 0 || len(p.Libraries) == 0 {
		t.Fatalf("%d kernels of %d libraries", len(p.Kernels), len(p.Libraries))
	}
	served := map[string]bool{}
	for i, k := range p.Kernels {
		served[k.Variant] = true
		t.Run(strings.Join([]string{k.Op, k.Direction, k.Type, k.Variant}, "/"), func(t *testing.T) {
			if k.Type == result.Float64 {
				try[float64](t, p, i, memory.Bytes)
			} else {
				try[float32](t, p, i, memory.Bytes)
			}
		})
	}
	for _, l := range p.Libraries {
		if !served[l.Name] {
			t.Errorf("library %s has no kernel: %s", l.Name, l.Version)
		}
	}
}

// Where operands lie, in bytes: 64 KiB each.
const (
	outPlace    = 0
	xPlace      = 1 << 16
	gradPlace   = 2 << 16
	savedPlace  = 3 << 16
	memoryBytes = 4 << 16
)

// try runs one kernel at several lengths.
func try[T float32 | float64](t *testing.T, p *remote.Process, number int, memory []byte) {
	k := p.Kernels[number]
	if k.Direction == result.Fill {
		tryFill[T](t, p, number, memory)
		return
	}
	row, found := ops.Find(k.Op)
	if !found {
		t.Fatalf("the table has no operation %q", k.Op)
	}
	for _, n := range []int{1, 7, 16, 4096, 4099} {
		for _, inPlace := range []bool{false, true} {
			c := &trial[T]{kernel: k, row: row, n: n, memory: memory}
			c.request = remote.Request{Kernel: number, N: n, Workers: 1, Iterations: 1,
				Places: remote.Places{Out: outPlace, X: xPlace, Grad: gradPlace, Saved: savedPlace}}
			if row.Param != nil {
				c.request.Param = row.Param.Default
			}
			if row.Saved != ops.SavedOutput {
				c.request.Places.Saved = xPlace
			}
			if inPlace {
				c.request.Places.Out = map[string]int{result.Forward: xPlace, result.Backward: gradPlace}[k.Direction]
			}
			if err := c.run(p); err != nil {
				t.Fatalf("n = %d, in place: %v: %v", n, inPlace, err)
			}
		}
	}
}

// A trial is one call of a kernel.
type trial[T float32 | float64] struct {
	kernel  result.Kernel
	row     ops.Row
	n       int
	memory  []byte
	request remote.Request
}

// guard stands where nothing may be written.
const guard = 12345

func (c *trial[T]) at(place, n int) []T {
	elements, err := remote.Elements[T](c.memory, place, n)
	if err != nil {
		panic(err) // the places are constants
	}
	return elements
}

func (c *trial[T]) run(p *remote.Process) error {
	const beyond = 16
	for place := 0; place < memoryBytes; place += 1 << 16 {
		for i, all := 0, c.at(place, c.n+beyond); i < len(all); i++ {
			all[i] = guard
		}
	}
	in := map[int][]T{xPlace: make([]T, c.n)} // by place
	if c.kernel.Direction == result.Backward {
		in = map[int][]T{gradPlace: make([]T, c.n), c.request.Places.Saved: make([]T, c.n)}
	}
	for place, values := range in {
		for i := range values {
			switch {
			case place == gradPlace:
				values[i] = T(math.Cos(float64(i)))
			case place == savedPlace:
				values[i] = T(.99 * math.Abs(math.Sin(float64(i)*1.7)))
			default:
				values[i] = T(8 * math.Sin(float64(i)*1.7))
			}
		}
		copy(c.at(place, c.n), values)
	}
	a, err := p.Run(c.request)
	if err != nil {
		return err
	}
	if a.ControlBefore != a.ControlAfter {
		return fmt.Errorf("the kernel left the control register at %x, which was %x", a.ControlAfter, a.ControlBefore)
	}
	for i, got := range c.at(c.request.Places.Out, c.n) {
		if want := c.want(in, i); !(math.Abs(float64(got)-want) <= 1e-5*(1+math.Abs(want))) {
			return fmt.Errorf("element %d: %v, want %v", i, got, want)
		}
	}
	for place, values := range in {
		for i, got := range c.at(place, c.n) {
			if place != c.request.Places.Out && got != values[i] {
				return fmt.Errorf("input element %d became %v, was %v", i, got, values[i])
			}
		}
	}
	for place := 0; place < memoryBytes; place += 1 << 16 {
		for i, got := range c.at(place, c.n+beyond)[c.n:] {
			if got != guard {
				return fmt.Errorf("wrote element %d beyond the %d at byte %d", i, c.n, place)
			}
		}
	}
	return nil
}

// want is the exact value of element i.
func (c *trial[T]) want(in map[int][]T, i int) float64 {
	var y float64
	switch {
	case c.kernel.Variant == result.Copying:
		y = float64(in[xPlace][i])
	case c.kernel.Direction == result.Backward:
		y, _ = c.row.Backward.Value([]float64{float64(in[gradPlace][i]), float64(in[c.request.Places.Saved][i])}, c.request.Param, 0)
	default:
		y, _ = c.row.Forward.Value([]float64{float64(in[xPlace][i])}, c.request.Param, 0)
	}
	return y
}

// tryFill tells that a fill writes all there is, by the law that ours follow, and other numbers
// in the next call.
func tryFill[T float32 | float64](t *testing.T, p *remote.Process, number int, memory []byte) {
	var law ops.Law
	for _, f := range ops.Fills() {
		if f.Name == p.Kernels[number].Op {
			law = f.Law
		}
	}
	if law.Std == 0 {
		t.Fatalf("the table has no fill %q", p.Kernels[number].Op)
	}
	const n, calls = 4099, 25
	out, err := remote.Elements[T](memory, outPlace, n+1)
	if err != nil {
		t.Fatal(err)
	}
	var sum, square float64
	for range calls {
		for i := range out {
			out[i] = guard
		}
		if _, err := p.Run(remote.Request{Kernel: number, N: n, Workers: 1, Iterations: 1, Places: remote.Places{Out: outPlace}}); err != nil {
			t.Fatal(err)
		}
		if out[n] != guard {
			t.Fatal("wrote beyond the elements")
		}
		for _, x := range out[:n] {
			if x == guard {
				t.Fatal("left elements out")
			}
			z := (float64(x) - law.Mean) / law.Std
			sum += z
			square += z * z
		}
	}
	if mean, variance := sum/(n*calls), square/(n*calls); math.Abs(mean) > .02 || math.Abs(variance-1) > .03 {
		t.Errorf("mean %v and variance %v in the law's standard deviations", mean, variance)
	}
}
