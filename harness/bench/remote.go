package bench

import (
	"fmt"
	"time"

	"actinit/harness/ops"
	"actinit/harness/remote"
	"actinit/harness/result"
)

// A remoteKernel is a kernel of another process, on the memory that all processes share.
type remoteKernel struct {
	process *remote.Process
	number  int // in process.Kernels
	param   float64
}

// withRemote puts the kernels of other processes before ours of the same operation,
// direction and type. They get the same operands as ours; of ours comes the fastest last.
func withRemote(own []subject, processes []*remote.Process) ([]subject, error) {
	if len(processes) == 0 {
		return own, nil
	}
	var all []subject
	matched := map[*remote.Process]map[int]bool{}
	for i, s := range own {
		if i == 0 || !sameButVariant(own[i-1].kernel, s.kernel) {
			for _, p := range processes {
				for number, k := range p.Kernels {
					if !sameButVariant(k, s.kernel) {
						continue
					}
					if !k.Peer() {
						return nil, fmt.Errorf("%s: variant %s is one of actinit's own names: a library gives its kernels its own", p.Name, k.Variant)
					}
					peer := s
					peer.kernel, peer.remote = k, &remoteKernel{p, number, parameter(k.Op)}
					all = append(all, peer)
					if matched[p] == nil {
						matched[p] = map[int]bool{}
					}
					matched[p][number] = true
				}
			}
		}
		all = append(all, s)
	}
	for _, p := range processes {
		for number, k := range p.Kernels {
			if !matched[p][number] {
				return nil, fmt.Errorf("%s: kernel %s %s %s has none of ours beside it: see actinit list kernels", p.Name, k.Op, k.Direction, k.Type)
			}
		}
	}
	return all, nil
}

// parameter is an operation's default parameter, 0 if it has none.
func parameter(op string) float64 {
	if row, ok := ops.Find(op); ok && row.Param != nil {
		return row.Param.Default
	}
	return 0
}

// request is what the process is asked for of a cell, but for the calls.
func (k *remoteKernel) request(c Cell, o *operands) remote.Request {
	request := remote.Request{Kernel: k.number, N: c.N, Workers: c.Workers, Param: k.param, Places: o.float32s.places}
	if c.Type == result.Float64 {
		request.Places = o.float64s.places
	}
	request.InPlace = c.Mode == result.InPlace
	if c.subject.footprint.saved == 0 { // the derivative is taken at the input
		request.Places.Saved = request.Places.X
	}
	return request
}

// runner takes samples of the kernel in its process.
func (k *remoteKernel) runner(c Cell, o *operands) runner {
	request := k.request(c, o)
	return func(warmup, iterations int) (remote.Answer, error) {
		r := request
		r.Warmup, r.Iterations = warmup, iterations
		return k.process.Run(r)
	}
}

// memoryFor returns memory for operands: this process's own, or shared with the others.
func memoryFor(bytes int, processes []*remote.Process) (memory []byte, release func(), err error) {
	if len(processes) == 0 {
		return goMemory(bytes), func() {}, nil
	}
	shared, err := remote.NewMemory(bytes)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range processes {
		if err := p.Map(shared); err != nil {
			shared.Close()
			return nil, nil, err
		}
	}
	return shared.Bytes, func() { shared.Close() }, nil
}

// Serve returns every kernel of this program, up to the selected instruction set, for
// [remote.Serve]. Each takes longer by the share slower, which is 0 unless a paired run
// is itself to be tried: .02 has the thread wait after the calls for 2% of their time.
func Serve(slower float64) []remote.Kernel {
	var all []remote.Kernel
	for _, s := range subjects() {
		all = append(all, remote.Kernel{Kernel: s.kernel, Bind: func(memory []byte, r remote.Request) (func(int), error) {
			loop, err := s.bindTo(memory, r)
			return stretched(loop, slower, time.Now), err
		}})
	}
	return all
}

// stretched is the loop followed by a wait for a share of its time. The share 0 has the same code
// around it: one call less moves the stack, and where in its page that lies is worth up to 6% of a kernel of 70 ns.
func stretched(loop func(iterations int), share float64, now func() time.Time) func(iterations int) {
	return func(iterations int) {
		start := now()
		loop(iterations)
		end := start.Add(time.Duration(float64(now().Sub(start)) * (1 + share)))
		for now().Before(end) {
		}
	}
}

// bindTo binds the kernel to operands that somebody else has laid out and filled.
func (s *subject) bindTo(memory []byte, r remote.Request) (func(iterations int), error) {
	var o operands
	need := footprint{s.footprint.x * r.N, s.footprint.grad * r.N, s.footprint.saved * r.N, s.footprint.out * r.N, s.footprint.argmax * r.N}
	size := elementSize(s.kernel.Type)
	for _, operand := range []struct{ place, elements, size int }{
		{r.Places.X, need.x, size}, {r.Places.Grad, need.grad, size}, {r.Places.Saved, need.saved, size},
		{r.Places.Out, need.out, size}, {r.Places.Argmax, need.argmax, 1},
	} {
		if operand.place%64 != 0 || operand.place > len(memory) || operand.elements > (len(memory)-operand.place)/operand.size {
			return nil, fmt.Errorf("%d elements at byte %d do not lie in a memory of %d bytes", operand.elements, operand.place, len(memory))
		}
	}
	if s.kernel.Type == result.Float64 {
		o.float64s = typed[float64](memory, r.Places, need)
	} else {
		o.float32s = typed[float32](memory, r.Places, need)
	}
	o.argmax = elements[uint8](memory, r.Places.Argmax, need.argmax)
	_, loop := s.bind(&o, r.N, r.Workers)
	return loop, nil
}
