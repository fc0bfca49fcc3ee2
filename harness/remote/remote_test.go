package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"actinit/harness/result"
)

// TestMain serves when the tests have started their own program as another process.
func TestMain(m *testing.M) {
	switch os.Getenv("ACTINIT_TEST_SERVE") {
	case "":
		os.Exit(m.Run())
	case "die":
		fmt.Fprintln(os.Stderr, "no such library")
		os.Exit(3)
	}
	if err := Serve(os.Stdin, os.Stdout, []Library{{"test", "1.0, every flag"}}, testKernels()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// TestCancel: whoever is told to stop while a kernel runs says so, and not that the kernel's process died.
func TestCancel(t *testing.T) {
	m, err := NewMemory(4096)
	if err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	}
	defer m.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p, err := startIn(ctx, t, "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Map(m); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(50*time.Millisecond, cancel)
	defer timer.Stop()
	if _, err := p.Run(Request{Kernel: 0, N: 1000, Workers: 1, Iterations: 1 << 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// testKernels are a kernel that doubles, one that flushes subnormals to zero, and one that cannot.
func testKernels() []Kernel {
	named := func(op string) result.Kernel {
		return result.Kernel{Op: op, Direction: result.Forward, Type: result.Float32, Variant: "test", ISA: "portable"}
	}
	double := func(memory []byte, r Request) (func(int), error) {
		dst, err := Elements[float32](memory, r.Places.Out, r.N)
		if err != nil {
			return nil, err
		}
		src, err := Elements[float32](memory, r.Places.X, r.N)
		if err != nil {
			return nil, err
		}
		return func(iterations int) {
			for range iterations {
				for i, x := range src {
					dst[i] = 2 * x
				}
			}
		}, nil
	}
	return []Kernel{
		{named("double"), double},
		{named("flush"), func([]byte, Request) (func(int), error) {
			return func(int) { setControlRegister(controlRegister() | 1<<15) }, nil
		}},
		{named("refuse"), func([]byte, Request) (func(int), error) { return nil, errors.New("of two minds\nabout it") }},
	}
}

func start(t *testing.T, how string) (*Process, error) {
	t.Helper()
	return startIn(context.Background(), t, how)
}

func startIn(ctx context.Context, t *testing.T, how string) (*Process, error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Start(ctx, Command{Name: "peer", Args: []string{program}, Env: []string{"ACTINIT_TEST_SERVE=" + how}, CPU: -1})
}

func TestProcess(t *testing.T) {
	m, err := NewMemory(4096 * 3)
	if err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	}
	defer m.Close()
	p, err := start(t, "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if len(p.Kernels) != 3 || p.Kernels[0] != testKernels()[0].Kernel || !slices.Equal(p.Libraries, []Library{{"test", "1.0, every flag"}}) {
		t.Fatalf("greeted with %v and %v", p.Kernels, p.Libraries)
	}
	request := Request{Kernel: 0, N: 1000, Workers: 1, Warmup: 1, Iterations: 3, Places: Places{X: 0, Out: 4096}}
	if _, err := p.Run(request); err == nil || err.Error() != "peer: run before memory" {
		t.Errorf("before memory: %v", err)
	}
	if err := p.Map(m); err != nil {
		t.Fatal(err)
	}
	x, _ := Elements[float32](m.Bytes, 0, 1000)
	y, _ := Elements[float32](m.Bytes, 4096, 1000)
	for i := range x {
		x[i] = float32(i)
	}
	a, err := p.Run(request)
	if err != nil || a.ElapsedNs < 1 || a.Cycles != nil || y[999] != 1998 {
		t.Errorf("%+v, %v; the last result is %v", a, err, y[999])
	}
	for _, c := range []struct {
		change func(*Request)
		want   string
	}{
		{func(r *Request) { r.InPlace, r.Places.Out = true, 12000 }, "peer: 4000 elements of 1 bytes at byte 12000 do not lie in a memory of 12288 bytes"},
		{func(r *Request) { r.Kernel = 3 }, "peer: kernel 3, want one below 3"},
		{func(r *Request) { r.Kernel = 2 }, "peer: of two minds about it"},
		{func(r *Request) { r.N = 0 }, "peer: run: want at least 1 element, worker and iteration"},
		{func(r *Request) { r.Places.Out = -64 }, `peer: run: "-64" is no number that can stand there`},
		{func(r *Request) { r.N = 3000 }, "peer: 3000 elements of 4 bytes at byte 4096 do not lie in a memory of 12288 bytes"},
	} {
		r := request
		c.change(&r)
		if _, err := p.Run(r); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if a, err := p.Run(request); err != nil || a.ElapsedNs < 1 {
		t.Errorf("after errors: %+v, %v", a, err)
	}
	inPlace := request
	inPlace.InPlace, inPlace.Iterations = true, 7
	y[3] = 55
	if a, err := p.Run(inPlace); err != nil || a.ElapsedNs < 1 || y[3] != 6 || y[999] != 1998 || x[3] != 3 {
		t.Errorf("in place: %+v, %v; results %v and %v of %v", a, err, y[3], y[999], x[3])
	}
	flush := request
	flush.Kernel = 1
	for range 2 { // the second time shows that the first was put right
		a, err := p.Run(flush)
		if err != nil || controlRegister() != 0 && (a.ControlBefore&(1<<15) != 0 || a.ControlAfter&(1<<15) == 0) {
			t.Errorf("a kernel that flushes subnormals: %+v, %v", a, err)
		}
	}
}

func TestProcessDies(t *testing.T) {
	_, err := start(t, "die")
	if err == nil || err.Error() != "peer: the process died: exit status 3; it said: no such library" {
		t.Errorf("error %v", err)
	}
	if _, err := Start(context.Background(), Command{Name: "peer", Args: []string{"/does/not/exist"}, CPU: -1}); err == nil || !strings.HasPrefix(err.Error(), "peer: ") {
		t.Errorf("error %v", err)
	}
}

// TestProcessIsKilled: how a process ended is said whether it is noticed when asking or when listening.
func TestProcessIsKilled(t *testing.T) {
	p, err := start(t, "yes")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = p.send("actinit 1") // until the pipe has no other end
	}
	if err.Error() != "peer: the process died: signal: killed" {
		t.Errorf("error %v", err)
	}
}

// A process that talks nonsense is told so in one line that names it.
func TestNonsense(t *testing.T) {
	_, err := Start(context.Background(), Command{Name: "echo", Args: []string{"/bin/echo", "hello"}, CPU: -1})
	if err == nil || err.Error() != `echo: greeted with "hello", want library NAME VERSION, kernel OP DIRECTION TYPE VARIANT ISA or end` &&
		!strings.HasPrefix(err.Error(), "echo: the process died") { // it may be gone before it is asked
		t.Errorf("error %v", err)
	}
}

func TestAnswer(t *testing.T) {
	a, err := parseAnswer("ns 12 cycles=3 instructions=4 l1-misses=0 llc-misses=6 allocs=7 mxcsr=1f80,9f80")
	if err != nil || a.ElapsedNs != 12 || *a.Cycles != 3 || *a.Instructions != 4 || *a.L1Misses != 0 || *a.LLCMisses != 6 || *a.Allocs != 7 ||
		a.ControlBefore != 0x1f80 || a.ControlAfter != 0x9f80 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, line := range []string{"", "ns", "ns 0", "ns -1", "ns 1.5", "ns 1 ", "ns 1 cycles", "ns 1 cycles=-1", "ns 1 joules=3", "ns 1 mxcsr=zz", "ok"} {
		if _, err := parseAnswer(line); err == nil {
			t.Errorf("%q is taken for an answer", line)
		}
	}
}

func TestRequestLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(0, 1<<40)
		r := Request{Kernel: number.Draw(t, "kernel"), N: 1 + number.Draw(t, "n"), Workers: 1 + number.Draw(t, "workers"), Warmup: number.Draw(t, "warmup"),
			Iterations: 1 + number.Draw(t, "iterations"), Param: rapid.Float64().Draw(t, "param"),
			Places: Places{number.Draw(t, "out"), number.Draw(t, "x"), number.Draw(t, "grad"), number.Draw(t, "saved"), number.Draw(t, "argmax")}}
		got, err := parseRequest(strings.TrimPrefix(r.line(), "run "))
		if err != nil || got != r {
			t.Fatalf("%s is read as %+v, %v", r.line(), got, err)
		}
	})
}

// FuzzServe: whatever is asked, every line has an answer, and nothing panics.
func FuzzServe(f *testing.F) {
	f.Add("actinit 1\nrun 0 1 1 1 1 0 0 0 0 0 0\n")
	f.Add("memory /dev/zero 4096\nmemory /etc/passwd 999999999999\nmemory x\n")
	f.Add("run 0 1000000000000 1 0 1 nan 0 64 128 0 0\n\nrun\nactinit 2\n")
	f.Fuzz(func(t *testing.T, asked string) {
		if strings.Contains(asked, "memory /") {
			asked = strings.ReplaceAll(asked, "memory /", "memory /does-not-exist/") // or a fuzzer writes to a device
		}
		var out bytes.Buffer
		err := Serve(strings.NewReader(asked), &out, nil, testKernels())
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if err == nil && strings.Count(asked, "\n") > len(lines) {
			t.Errorf("%d lines asked, %d answered", strings.Count(asked, "\n"), len(lines))
		}
	})
}
