package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/remote"
	"actinit/harness/result"
	"actinit/harness/verify"
)

// A closer ends the processes that were started together.
type closer struct{ processes []*remote.Process }

// Close ends the processes. It may be called on nil.
func (c *closer) Close() error {
	if c == nil {
		return nil
	}
	var all []error
	for _, p := range c.processes {
		all = append(all, p.Close())
	}
	return errors.Join(all...)
}

// startPeers starts the processes that serve other libraries' kernels, one for each
// command line: words between spaces, of which those at the beginning that read NAME=value
// are its environment. Of all of them no two may serve the same kernel.
func startPeers(ctx context.Context, commands []string) ([]*remote.Process, *closer, error) {
	c := &closer{}
	from := map[result.Kernel]string{}
	for _, line := range commands {
		command, err := peerCommand(line)
		var p *remote.Process
		if err == nil {
			p, err = remote.Start(ctx, command)
		}
		if err == nil {
			c.processes = append(c.processes, p)
			err = checkServed(p, from)
		}
		if err != nil {
			c.Close()
			return nil, nil, fmt.Errorf("--peer %q: %w", line, err)
		}
	}
	return c.processes, c, nil
}

// peerCommand takes a command line apart.
func peerCommand(line string) (remote.Command, error) {
	c := remote.Command{Args: strings.Fields(line), CPU: -1}
	for len(c.Args) > 0 {
		name, _, found := strings.Cut(c.Args[0], "=")
		if !found || name == "" || strings.Contains(name, "/") {
			break
		}
		c.Env, c.Args = append(c.Env, c.Args[0]), c.Args[1:]
	}
	if len(c.Args) == 0 {
		return c, errors.New("want a program and its arguments")
	}
	c.Name = strings.Join(c.Args, " ")
	return c, nil
}

// checkServed refuses kernels that the results could not tell from others, and notes in
// from who serves those that they can.
func checkServed(p *remote.Process, from map[result.Kernel]string) error {
	for _, k := range p.Kernels {
		name := fmt.Sprintf("kernel %s %s %s %s %s", k.Op, k.Direction, k.Type, k.Variant, k.ISA)
		switch {
		case !k.Peer():
			return fmt.Errorf("%s: %s is the name of one of actinit's own variants", name, k.Variant)
		case !known(k):
			return fmt.Errorf("%s: `actinit list kernels` has no such operation, direction and type", name)
		}
		k.ISA = ""
		if other, taken := from[k]; taken {
			return fmt.Errorf("%s: %s serves it too", name, other)
		}
		from[k] = p.Name
	}
	return nil
}

// known reports whether the table has the kernel's operation in its direction and type.
func known(k result.Kernel) bool {
	if k.Type != result.Float32 && k.Type != result.Float64 {
		return false
	}
	if k.Direction == result.Fill {
		for _, f := range ops.Fills() {
			if f.Name == k.Op {
				return true
			}
		}
		return false
	}
	row, found := ops.Find(k.Op)
	return found && (k.Direction == result.Forward || k.Direction == result.Backward) && row.Has(k.Direction, k.Type)
}

// servedLibraries lists what processes have linked in.
func servedLibraries(processes []*remote.Process) (all []result.Library) {
	for _, p := range processes {
		for _, l := range p.Libraries {
			all = append(all, result.Library{Name: l.Name, Version: l.Version, Command: p.Name})
		}
	}
	return all
}

// namePeers names the processes' kernels that verify can try, for a plan.
func namePeers(processes []*remote.Process) []verify.Remote {
	var all []verify.Remote
	for _, p := range processes {
		for _, k := range p.Kernels {
			if verifiable(k) {
				all = append(all, verify.Remote{Kernel: k})
			}
		}
	}
	return all
}

// verifying hands the options of verification to do, with the peers' kernels ready to be called.
func (s *settings) verifying(do func(verify.Options) error) error {
	o := s.verifyOptions()
	peers, end, err := callPeers(s.remote)
	if err != nil {
		return err
	}
	defer end()
	o.Remote = peers
	return do(o)
}

// callPeers returns the processes' kernels that verify can try, and what ends that: until
// then the processes are not to be used otherwise.
func callPeers(processes []*remote.Process) (all []verify.Remote, end func(), err error) {
	var callers []*remote.Caller
	end = func() {
		for _, c := range callers {
			c.Close()
		}
	}
	for _, p := range processes {
		c, err := remote.NewCaller(p)
		if err != nil {
			end()
			return nil, nil, err
		}
		callers = append(callers, c)
		for i, k := range p.Kernels {
			if !verifiable(k) {
				continue
			}
			all = append(all, verify.Remote{
				Kernel: k,
				Run32: func(out []float32, in [][]float32, param float32) error {
					return remote.Call(c, i, out, in, float64(param))
				},
				Run64: func(out []float64, in [][]float64, param float64) error { return remote.Call(c, i, out, in, param) },
			})
		}
	}
	return all, end, nil
}

// verifiable reports whether verify can hold a kernel of another process against an exact
// function: fills draw numbers of their own, and copying computes nothing.
func verifiable(k result.Kernel) bool {
	return k.Direction != result.Fill && k.Variant != result.Copying
}
