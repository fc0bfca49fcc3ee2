//go:build unix

package remote

import (
	"os/exec"
	"syscall"
)

// apart keeps a signal of the terminal, which goes to all processes of a group, from the
// command: it is ended by this program, which knows what it was in the middle of.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
