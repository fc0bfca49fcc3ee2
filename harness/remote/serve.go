package remote

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"actinit/harness/counters"
	"actinit/harness/noise"
	"actinit/harness/result"
)

// Serve answers requests until the end of in. It keeps its thread, whose counters it reads for kernels
// on one worker, has the garbage collector off, and binds a kernel anew only when something of the request has changed.
func Serve(in io.Reader, out io.Writer, libraries []Library, kernels []Kernel) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	s := &server{libraries: libraries, kernels: kernels, counters: counters.Open(), watch: noise.NewWatch()}
	defer func() { s.memory.Close() }()
	defer s.counters.Close()
	defer s.watch.Close()
	w := bufio.NewWriter(out)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := s.answer(w, lines.Text()); err != nil {
			fmt.Fprintf(w, "error %s\n", strings.Join(strings.Fields(err.Error()), " "))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

type server struct {
	libraries []Library
	kernels   []Kernel
	memory    *Memory
	counters  *counters.Set
	watch     *noise.Watch
	bound     Request // what loop was bound for
	loop      func(iterations int)
	copies    copies // where bound is in place
}

// answer writes the answer to one line.
func (s *server) answer(w io.Writer, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "actinit":
		if rest != strconv.Itoa(protocolVersion) {
			return fmt.Errorf("protocol version %q, want %d", rest, protocolVersion)
		}
		for _, l := range s.libraries {
			fmt.Fprintf(w, "library %s %s\n", l.Name, l.Version)
		}
		for _, k := range s.kernels {
			fmt.Fprintf(w, "kernel %s %s %s %s %s\n", k.Op, k.Direction, k.Type, k.Variant, k.ISA)
		}
		fmt.Fprintln(w, "end")
		return nil
	case "memory":
		path, size, _ := strings.Cut(rest, " ")
		bytes, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("%q: want memory PATH BYTES", line)
		}
		memory, err := openMemory(path, bytes)
		if err != nil {
			return err
		}
		s.memory.Close()
		s.memory, s.loop = memory, nil
		fmt.Fprintln(w, "ok")
		return nil
	case "run":
		return s.run(w, rest, false)
	case verbInPlace:
		return s.run(w, rest, true)
	}
	return fmt.Errorf("%q: want actinit, memory, run or %s", line, verbInPlace)
}

// run answers a request for a sample.
func (s *server) run(w io.Writer, words string, inPlace bool) error {
	r, err := parseRequest(words)
	if err != nil {
		return err
	}
	r.InPlace = inPlace
	if r.Kernel < 0 || r.Kernel >= len(s.kernels) {
		return fmt.Errorf("kernel %d, want one below %d", r.Kernel, len(s.kernels))
	}
	if s.memory == nil {
		return errors.New("run before memory")
	}
	if bound := r.binding(); s.loop == nil || bound != s.bound {
		s.loop = nil
		if inPlace {
			if s.copies, r, err = s.inPlace(r); err != nil {
				return err
			}
		}
		loop, err := s.kernels[r.Kernel].Bind(s.memory.Bytes, r)
		if err != nil {
			return err
		}
		s.bound, s.loop = bound, loop
	}
	before := controlRegister()
	s.watch.Begin() // before the warm-up, which is to leave the caches and the clock as the calls want them
	if r.Warmup > 0 {
		s.calls(r.Warmup)
	}
	s.counters.Start()
	elapsed := max(s.calls(r.Iterations), 1)
	counted := s.counters.Stop()
	seen := s.watch.End()
	after := controlRegister()
	fmt.Fprintf(w, "ns %d", elapsed.Nanoseconds())
	if r.Workers > 1 || inPlace {
		counted = counters.Reading{} // of one thread of many, or of copies too
	}
	for _, c := range []struct {
		name  string
		value *int64
	}{{"cycles", counted.Cycles}, {"instructions", counted.Instructions}, {"l1-misses", counted.L1Misses}, {"llc-misses", counted.LLCMisses},
		{"allocs", seen.Allocs}, {"switches", seen.Switches}} {
		if c.value != nil {
			fmt.Fprintf(w, " %s=%d", c.name, *c.value)
		}
	}
	if seen.FrequencyHz != nil {
		fmt.Fprintf(w, " hz=%.0f", *seen.FrequencyHz)
	}
	if before != after {
		setControlRegister(before)
		fmt.Fprintf(w, " mxcsr=%x,%x", before, after)
	}
	fmt.Fprintln(w)
	return nil
}

// calls makes so many calls of the kernel and returns their time.
func (s *server) calls(iterations int) (elapsed time.Duration) {
	if !s.bound.InPlace {
		start := time.Now()
		s.loop(iterations)
		return time.Since(start)
	}
	for range iterations {
		copy(s.copies.dst, s.copies.src)
		start := time.Now()
		s.loop(1)
		elapsed += time.Since(start)
	}
	return elapsed
}

// inPlace returns the request of a kernel that works on its results' memory, and what is to be copied there.
func (s *server) inPlace(r Request) (copies, Request, error) {
	k := s.kernels[r.Kernel]
	input := &r.Places.X
	switch k.Direction {
	case result.Forward:
	case result.Backward:
		input = &r.Places.Grad
	default:
		return copies{}, r, fmt.Errorf("%s %s: only forward and backward kernels work in place", k.Op, k.Direction)
	}
	bytes := 4 * r.N
	if k.Type == result.Float64 {
		bytes = 8 * r.N
	}
	src, err := Elements[uint8](s.memory.Bytes, *input, bytes)
	if err != nil {
		return copies{}, r, err
	}
	dst, err := Elements[uint8](s.memory.Bytes, r.Places.Out, bytes)
	if err != nil {
		return copies{}, r, err
	}
	*input = r.Places.Out
	return copies{dst, src}, r, nil
}

// copies are what is copied before a call in place.
type copies struct{ dst, src []uint8 }

// verbInPlace begins the request of in-place samples.
const verbInPlace = "in-place"

// binding is the part of a request that a loop is bound to.
func (r Request) binding() Request {
	r.Warmup, r.Iterations = 0, 0
	return r
}

// parseRequest reads the words after run.
func parseRequest(words string) (Request, error) {
	var r Request
	fields := strings.Split(words, " ")
	places := []*int{&r.Kernel, &r.N, &r.Workers, &r.Warmup, &r.Iterations, nil,
		&r.Places.Out, &r.Places.X, &r.Places.Grad, &r.Places.Saved, &r.Places.Argmax}
	if len(fields) != len(places) {
		return r, fmt.Errorf("run with %d numbers, want %d", len(fields), len(places))
	}
	for i, p := range places {
		var err error
		if p == nil {
			r.Param, err = strconv.ParseFloat(fields[i], 64)
		} else if *p, err = strconv.Atoi(fields[i]); err == nil && *p < 0 {
			err = errors.New("negative")
		}
		if err != nil {
			return r, fmt.Errorf("run: %q is no number that can stand there", fields[i])
		}
	}
	if r.N < 1 || r.Workers < 1 || r.Iterations < 1 {
		return r, errors.New("run: want at least 1 element, worker and iteration")
	}
	return r, nil
}

// line is the request as the protocol has it.
func (r Request) line() string {
	p := r.Places
	verb := "run"
	if r.InPlace {
		verb = verbInPlace
	}
	return fmt.Sprintf("%s %d %d %d %d %d %s %d %d %d %d %d", verb, r.Kernel, r.N, r.Workers, r.Warmup, r.Iterations,
		strconv.FormatFloat(r.Param, 'g', -1, 64), p.Out, p.X, p.Grad, p.Saved, p.Argmax)
}

// Elements returns n elements of memory that begin at the given byte.
func Elements[T float32 | float64 | uint8](memory []byte, place, n int) ([]T, error) {
	var element T
	size := int(unsafe.Sizeof(element))
	if place < 0 || place%size != 0 || n < 0 || place > len(memory) || n > (len(memory)-place)/size {
		return nil, fmt.Errorf("%d elements of %d bytes at byte %d do not lie in a memory of %d bytes", n, size, place, len(memory))
	}
	if n == 0 {
		return nil, nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&memory[place])), n), nil
}
