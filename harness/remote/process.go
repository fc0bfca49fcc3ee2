package remote

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"actinit/harness/result"
)

// How long a process may take to load its libraries, and to answer a request.
const (
	greetingTime = 2 * time.Minute
	requestTime  = 10 * time.Minute
)

// A Process runs kernels for us.
type Process struct {
	Name      string // what it is, for errors: "rev:1a2b3c4"
	Kernels   []result.Kernel
	Libraries []Library

	caller  context.Context
	command *exec.Cmd
	stop    context.CancelFunc
	late    atomic.Pointer[time.Duration] // the time it did not keep, and was stopped for
	in      io.WriteCloser
	out     *bufio.Reader
	said    *tail
}

// Command says how to start a process.
type Command struct {
	Name string   // for errors
	Args []string // program and arguments
	Env  []string // NAME=value, added to this process's own
	CPU  int      // the only CPU it may use, or -1 for any
}

// Start starts a process and asks for its kernels. It is killed when ctx is done.
func Start(ctx context.Context, c Command) (*Process, error) {
	caller := ctx
	ctx, stop := context.WithCancel(ctx)
	p := &Process{Name: c.Name, caller: caller, command: exec.CommandContext(ctx, c.Args[0], c.Args[1:]...), stop: stop, said: &tail{}}
	p.command.Env = append(os.Environ(), c.Env...)
	p.command.Stderr = p.said
	apart(p.command)
	in, err := p.command.StdinPipe()
	if err != nil {
		stop()
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		stop()
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	if err := startOn(c.CPU, p.command.Start); err != nil {
		stop()
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	defer p.within(greetingTime)()
	if err := p.greet(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// greet asks for the libraries and kernels.
func (p *Process) greet() error {
	if err := p.send(fmt.Sprintf("actinit %d", protocolVersion)); err != nil {
		return err
	}
	for {
		line, err := p.receive()
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(line, " ")
		words := strings.Split(rest, " ")
		switch {
		case verb == "end":
			return nil
		case verb == "library" && len(words) >= 2:
			p.Libraries = append(p.Libraries, Library{Name: words[0], Version: strings.Join(words[1:], " ")})
		case verb == "kernel" && len(words) == 5:
			p.Kernels = append(p.Kernels, result.Kernel{Op: words[0], Direction: words[1], Type: words[2], Variant: words[3], ISA: words[4]})
		default:
			return fmt.Errorf("%s: greeted with %q, want library NAME VERSION, kernel OP DIRECTION TYPE VARIANT ISA or end", p.Name, line)
		}
	}
}

// Map has the process map the memory.
func (p *Process) Map(m *Memory) error {
	if err := p.send(fmt.Sprintf("memory %s %d", m.path, len(m.Bytes))); err != nil {
		return err
	}
	line, err := p.receive()
	if err == nil && line != "ok" {
		err = fmt.Errorf("%s: answered %q to memory, want ok", p.Name, line)
	}
	return err
}

// Run has the process take one sample.
func (p *Process) Run(r Request) (Answer, error) {
	defer p.within(requestTime)()
	if err := p.send(r.line()); err != nil {
		return Answer{}, err
	}
	line, err := p.receive()
	if err != nil {
		return Answer{}, err
	}
	answer, err := parseAnswer(line)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	return answer, nil
}

// parseAnswer reads the answer to run.
func parseAnswer(line string) (Answer, error) {
	var a Answer
	wrong := fmt.Errorf("answered %q to run, want ns ELAPSED", line)
	words := strings.Split(line, " ")
	if len(words) < 2 || words[0] != "ns" {
		return a, wrong
	}
	elapsed, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || elapsed < 1 {
		return a, wrong
	}
	a.ElapsedNs = elapsed
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		if name == "mxcsr" {
			if _, err := fmt.Sscanf(value, "%x,%x", &a.ControlBefore, &a.ControlAfter); err != nil {
				return a, fmt.Errorf("answered %q, want mxcsr=BEFORE,AFTER in hexadecimal", word)
			}
			continue
		}
		counts := map[string]**int64{"cycles": &a.Cycles, "instructions": &a.Instructions, "l1-misses": &a.L1Misses, "llc-misses": &a.LLCMisses, "allocs": &a.Allocs,
			"switches": &a.Switches, "hz": &a.Hz}
		count, known := counts[name]
		n, err := strconv.ParseInt(value, 10, 64)
		if !known || err != nil || n < 0 {
			return a, fmt.Errorf("answered %q, which is no count of the protocol", word)
		}
		*count = &n
	}
	return a, nil
}

func (p *Process) send(line string) error {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return p.died(err)
	}
	return nil
}

// receive returns the next line; an error that the process tells of is one.
func (p *Process) receive() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", p.died(err)
	}
	line = strings.TrimRight(line, "\r\n")
	if why, found := strings.CutPrefix(line, "error "); found {
		return "", fmt.Errorf("%s: %s", p.Name, why)
	}
	return line, nil
}

// within stops the process if it takes longer than that; what it returns ends the wait.
func (p *Process) within(limit time.Duration) (answered func()) {
	timer := time.AfterFunc(limit, func() {
		p.late.Store(&limit)
		p.stop()
	})
	return func() { timer.Stop() }
}

// died says that the process is gone, and its last words. If the caller's context is done, that is why.
func (p *Process) died(err error) error {
	p.stop()
	if state := p.command.Wait(); state != nil {
		err = state // says more than the pipe that has no other end
	}
	if p.caller.Err() != nil {
		return context.Cause(p.caller)
	}
	if limit := p.late.Load(); limit != nil {
		return fmt.Errorf("%s: no answer within %v", p.Name, *limit)
	}
	if last := p.said.line(); last != "" {
		return fmt.Errorf("%s: the process died: %w; it said: %s", p.Name, err, last)
	}
	return fmt.Errorf("%s: the process died: %w", p.Name, err)
}

// Close ends the process.
func (p *Process) Close() error {
	p.in.Close()
	late := time.AfterFunc(5*time.Second, p.stop)
	err := p.command.Wait()
	late.Stop()
	p.stop()
	return err
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(text []byte) (int, error) {
	const kept = 4096
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
	t.text = t.text[max(0, len(t.text)-kept):]
	return len(text), nil
}

// line returns the last line that is not empty.
func (t *tail) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// CanPin says why no process can be kept on the CPU, nil if one can. A negative CPU stands for any.
func CanPin(cpu int) error { return startOn(cpu, func() error { return nil }) }
