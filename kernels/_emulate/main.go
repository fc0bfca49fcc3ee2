// Command _emulate runs the kernels for AVX-512 on a machine that has none: in Bochs,
// which emulates a Skylake-X with AVX-512 F, DQ, BW, VL and CD one instruction after
// the other. Run it in the module's root, as make emulate does:
//
//	go run ./kernels/_emulate
//
// It packs test binaries of package kernels into an initial file system, boots Debian's
// Linux with it, and prints what they print and whether they passed. Then the emulated
// machine computes a share of all 2^32 float32 inputs in every AVX-512 kernel and sends
// checksums of the results; this machine computes the same with the variant named by
// -against and compares. The exit status is 1 if anything failed or differs.
//
// It needs the Debian packages bochsbios, vgabios, isolinux, syslinux-common, xorriso, g++
// and make, and fetches a kernel and the source of Bochs with apt-get, without changing the
// system; they stay in the folder of -dir. A boot takes a minute or two, and emulated programs
// run about a hundred times slower than real ones. Times are those of the emulated clock, and
// say nothing about any CPU.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

var (
	dir     = flag.String("dir", "bin/emulate", "`folder` for the kernel and the files of a run")
	tests   = flag.String("tests", defaultTests, "run the tests of package kernels whose names match this `regexp`; empty: none")
	slow    = flag.String("slow", "GuardPages", "run these tests last, one `regexp` after the other; empty: none")
	every   = flag.Int64("every", 1<<12, "compare one of so many inputs of the 2^32; 0: none")
	sweeps  = flag.String("sweeps", streamed, "more comparisons, as `arguments` of sweep separated by semicolons: '-from 0x3f000000 -to 0x3f100000 -every 1'")
	against = flag.String("against", "avx2", "the `variant` on this machine to compare with")
	limit   = flag.Duration("limit", time.Hour, "give up after this long")
)

// streamed are arguments of sweep with blocks long enough for stores past the caches.
const streamed = "-every 1024 -block 4194304"

// defaultTests are the tests that run assembly; the others do the same on every CPU.
const defaultTests = "Layouts|Parameters|Contract|NaN|Variants|ISA|Choose|Complete"

func main() {
	log.SetFlags(0)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := run(ctx); err != nil {
		log.Fatal("emulate: ", err)
	}
}

func run(ctx context.Context) error {
	if err := os.MkdirAll(*dir, 0o777); err != nil {
		return err
	}
	kernel, err := linux(ctx)
	if err != nil {
		return err
	}
	bochs, err := emulator(ctx)
	if err != nil {
		return err
	}
	files := []file{{name: "init"}, {name: "sweep"}, {name: "kernels.test"}}
	for i, command := range [][]string{
		{"build", "-o", "init", "./kernels/_emulate/init"},
		{"build", "-o", "sweep", "./kernels/_emulate/sweep"},
		{"test", "-c", "-o", "kernels.test", "./kernels"},
	} {
		path := filepath.Join(*dir, command[len(command)-2])
		command[len(command)-2] = path
		if err := static(ctx, command...); err != nil {
			return err
		}
		if files[i].content, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	var plan bytes.Buffer
	test := func(expression string) {
		if expression != "" {
			fmt.Fprintf(&plan, "/kernels.test -test.v -test.short -test.timeout 0 -test.run %s\n", expression)
		}
	}
	test(*tests)
	var comparisons []string
	if *every > 0 {
		comparisons = append(comparisons, fmt.Sprintf("-every %d", *every))
	}
	for arguments := range strings.SplitSeq(*sweeps, ";") {
		if strings.TrimSpace(arguments) != "" {
			comparisons = append(comparisons, strings.TrimSpace(arguments))
		}
	}
	want := map[string]bool{} // the lines of sweep on this machine
	for _, arguments := range comparisons {
		fmt.Fprintf(&plan, "/sweep -variant avx512 %s\n", arguments)
		lines, err := exec.CommandContext(ctx, filepath.Join(*dir, "sweep"),
			append([]string{"-variant", *against}, strings.Fields(arguments)...)...).Output()
		if err != nil {
			return fmt.Errorf("sweep %s on this machine: %w", arguments, err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
			want[line] = true
		}
	}
	for expression := range strings.SplitSeq(*slow, ";") {
		test(expression)
	}
	files = append(files, file{name: "plan", content: plan.Bytes()})
	image, err := bootImage(ctx, kernel, files)
	if err != nil {
		return err
	}
	return boot(ctx, bochs, image, newReader(want))
}

// static runs the go command for programs that need no other file.
func static(ctx context.Context, arguments ...string) error {
	cmd := exec.CommandContext(ctx, "go", arguments...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOOS=linux")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
