// Command init is the first and only process of the emulated machine. It runs the
// programs of /plan one after the other, says how each ended, and turns the machine
// off. A line of /plan is a program and its arguments, separated by blanks.
//
// What the programs print goes to the console between two marked lines, which
// package main of kernels/_emulate reads:
//
//	@run the line of /plan
//	@pass 12.3s
//	@fail 12.3s exit status 1
//
// The last line of all is @end.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func main() {
	for dir, system := range map[string]string{"/proc": "proc", "/dev": "devtmpfs", "/tmp": "tmpfs"} {
		os.Mkdir(dir, 0o777)
		if err := syscall.Mount(system, dir, system, 0, ""); err != nil {
			fmt.Println("@fail 0s mount", dir, err)
		}
	}
	os.Setenv("TMPDIR", "/tmp")
	if err := runAll("/plan"); err != nil {
		fmt.Println("@fail 0s", err)
	}
	fmt.Println("@end")
	time.Sleep(time.Second) // until the serial line has sent it
	if err := syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		fmt.Println("cannot turn the machine off:", err)
	}
	select {} // an init that ends takes the kernel with it
}

func runAll(path string) error {
	plan, err := os.Open(path)
	if err != nil {
		return err
	}
	defer plan.Close()
	lines := bufio.NewScanner(plan)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		fmt.Println("@run", lines.Text())
		start := time.Now()
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		err := cmd.Run()
		took := time.Since(start).Round(100 * time.Millisecond)
		if err != nil {
			fmt.Println("@fail", took, err)
			continue
		}
		fmt.Println("@pass", took)
	}
	return lines.Err()
}
