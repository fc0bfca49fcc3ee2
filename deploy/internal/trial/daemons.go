//go:build linux

// Package trial has what the trials of the job files share: the daemons of a cluster on this machine, and
// the comparison of what shards made with what one machine makes.
package trial

import (
	"bytes"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Daemons are programs that run until the test ends.
type Daemons struct {
	t   *testing.T
	all []*Daemon
}

// A Daemon is one of them.
type Daemon struct {
	cmd     *exec.Cmd
	said    bytes.Buffer  // to be read when it has ended
	ended   chan struct{} // closed at its end
	stopped bool          // its end is meant
}

// NewDaemons returns the daemons of a test: as yet none.
func NewDaemons(t *testing.T) *Daemons { return &Daemons{t: t} }

// Bind has a command that is not started yet end with this process, however that ends: a test that is killed, or has taken too
// long, cleans nothing up.
func Bind(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// Start starts a program. It ends with the test, whatever the test's outcome, the last one first.
func (c *Daemons) Start(cmd *exec.Cmd) *Daemon {
	c.t.Helper()
	d := &Daemon{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &d.said, &d.said
	Bind(cmd)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // what it said tells more than its status
		close(d.ended)
	}()
	c.all = append(c.all, d)
	c.t.Cleanup(d.Stop)
	return d
}

// Stop ends the daemon and waits for its end.
func (d *Daemon) Stop() {
	d.stopped = true
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-d.ended:
	case <-time.After(10 * time.Second):
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
}

// Eventually waits until something is so, which no daemon that has died can bring about.
func (c *Daemons) Eventually(what string, so func() bool) {
	c.t.Helper()
	for end := time.Now().Add(time.Hour); !so(); time.Sleep(50 * time.Millisecond) {
		for _, d := range c.all {
			select {
			case <-d.ended:
				if !d.stopped {
					c.t.Fatalf("%s has died: %s", d.cmd.Args[0], LastLines(d.said.String()))
				}
			default:
			}
		}
		if time.Now().After(end) {
			c.t.Fatalf("waited an hour for %s", what)
		}
	}
}

// LastLines returns the last twenty lines of a text.
func LastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// FreePort returns a port of loopback that nobody listens at.
func FreePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
