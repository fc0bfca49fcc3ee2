package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// release is the Debian release whose Bochs is built, 3.0. That of the release before,
// 2.7, rounds some fused operations wrongly: the portable kernels, which decide near-ties by
// them, gave other bits in it than on any CPU.
const release = "trixie"

// emulator returns the path of Bochs, which it fetches and builds if it is not there.
func emulator(ctx context.Context) (string, error) {
	folder, err := filepath.Abs(filepath.Join(*dir, "bochs"))
	if err != nil {
		return "", err
	}
	program := filepath.Join(folder, "bochs")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	fmt.Printf("fetching the source of Bochs from Debian %s and building it in %s: some ten minutes\n", release, folder)
	lists := filepath.Join(folder, "lists")
	if err := os.MkdirAll(filepath.Join(lists, "partial"), 0o777); err != nil {
		return "", err
	}
	sources := filepath.Join(folder, "sources.list")
	if err := os.WriteFile(sources, []byte("deb-src http://deb.debian.org/debian "+release+" main\n"), 0o666); err != nil {
		return "", err
	}
	// Lists of its own leave those of the system as they are.
	apart := []string{"-q", "-o", "Dir::Etc::SourceList=" + sources, "-o", "Dir::Etc::SourceParts=-",
		"-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="}
	configure := []string{"./configure", "--enable-cpu-level=6", "--enable-x86-64", "--enable-avx", "--enable-evex", "--enable-pci",
		"--enable-all-optimizations", "--enable-handlers-chaining", "--with-nogui", "--disable-plugins", "--disable-docbook"}
	return program, inFolder(ctx, folder,
		append(append([]string{"apt-get"}, apart...), "update"),
		append(append([]string{"apt-get"}, apart...), "source", "--tar-only", "--download-only", "bochs"),
		[]string{"sh", "-c", "tar xf bochs_*.orig.tar.* --strip-components=1"},
		configure,
		[]string{"make", "-j2"},
	)
}

// inFolder runs commands one after the other, and shows what they print if one fails.
func inFolder(ctx context.Context, folder string, commands ...[]string) error {
	for _, command := range commands {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out[max(0, len(out)-4096):])
		}
	}
	return nil
}
