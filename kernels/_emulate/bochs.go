package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// machine is Bochs's configuration: a Skylake-X, the disc, and a serial line that is a file.
const machine = `config_interface: textconfig
display_library: nogui
cpu: model=corei7_skylake_x, count=1, ips=100000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=1024, host=1024
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/vgabios/vgabios.bin
pci: enabled=1, chipset=i440fx
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=%s, status=inserted
boot: cdrom
log: %s
panic: action=fatal
com1: enabled=1, mode=file, dev=%s
clock: sync=none, time0=0
`

// boot runs the machine until it turns itself off, and gives its console to r.
func boot(ctx context.Context, bochs, image string, r *reader) error {
	path := func(name string) string { return filepath.Join(*dir, name) }
	console, configuration := path("console.txt"), path("bochsrc")
	for name, text := range map[string]string{
		console:       "",
		configuration: fmt.Sprintf(machine, image, path("bochs.log"), console),
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return err
		}
	}
	screen, err := os.Create(path("screen.txt"))
	if err != nil {
		return err
	}
	defer screen.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, bochs, "-q", "-f", configuration)
	cmd.Stdout, cmd.Stderr = screen, screen
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	in, err := os.Open(console)
	if err != nil {
		return err
	}
	defer in.Close()
	fmt.Println("booting; what the emulated machine prints:")
	start := time.Now()
	for off := false; ; {
		text, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		r.read(string(text))
		if off {
			break
		}
		select {
		case <-ended: // its status says nothing: turning the machine off is 1 too
			off = true
		case <-ctx.Done():
			<-ended
			return fmt.Errorf("given up after %s: %w", time.Since(start).Round(time.Second), ctx.Err())
		case <-time.After(time.Second / 4):
		}
	}
	fmt.Printf("the machine ran for %s\n", time.Since(start).Round(time.Second))
	return r.result()
}

// A reader prints the console and judges it.
type reader struct {
	rest             string          // the last line, if it has not ended
	want             map[string]bool // lines to come
	passed, failed   int             // programs
	agreed, differed int             // lines
	ended            bool
}

func newReader(want map[string]bool) *reader { return &reader{want: want} }

func (r *reader) read(text string) {
	lines := strings.Split(r.rest+text, "\n")
	r.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		r.line(strings.TrimSuffix(line, "\r"))
	}
}

func (r *reader) line(line string) {
	_, _, isChecksum := strings.Cut(line, " -every ")
	switch {
	case strings.HasPrefix(line, "@pass "):
		r.passed++
	case strings.HasPrefix(line, "@fail "):
		r.failed++
	case line == "@end":
		r.ended = true
	case isChecksum && r.want[line]:
		r.agreed++
		delete(r.want, line)
		return
	case isChecksum && !strings.HasPrefix(line, "@"):
		r.differed++
		line = "differs from " + *against + ": " + line
	}
	fmt.Println(line)
}

// result is an error unless everything was run, passed and agreed.
func (r *reader) result() error {
	fmt.Printf("%d programs passed, %d failed; checksums of results: %d agree with %s, %d differ, %d did not come\n",
		r.passed, r.failed, r.agreed, *against, r.differed, len(r.want)-r.differed)
	switch {
	case !r.ended:
		return errors.New("the machine stopped before the end")
	case r.failed > 0 || r.differed > 0 || len(r.want) > 0:
		return errors.New("the kernels for AVX-512 failed")
	}
	return nil
}
