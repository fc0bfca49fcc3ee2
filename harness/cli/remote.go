package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/remote"
	"actinit/harness/result"
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
