package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// linux returns the path of a Linux kernel, which it fetches if it is not there.
func linux(ctx context.Context) (string, error) {
	unpacked, err := filepath.Abs(filepath.Join(*dir, "linux"))
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(unpacked, "boot", "vmlinuz-*"))
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return found[len(found)-1], nil
	}
	out, err := exec.CommandContext(ctx, "apt-cache", "depends", "linux-image-amd64").Output()
	if err != nil {
		return "", fmt.Errorf("apt-cache depends linux-image-amd64: %w", err)
	}
	_, name, named := strings.Cut(string(out), "Depends: ")
	if !named {
		return "", errors.New("linux-image-amd64 depends on no kernel")
	}
	name, _, _ = strings.Cut(name, "\n")
	fmt.Printf("fetching %s into %s\n", name, *dir)
	if err := os.MkdirAll(unpacked, 0o777); err != nil {
		return "", err
	}
	if err := inFolder(ctx, *dir,
		[]string{"apt-get", "download", "-q", name},
		[]string{"sh", "-c", "dpkg-deb --fsys-tarfile " + name + "_*.deb | tar x -C linux --wildcards './boot/*'"},
	); err != nil {
		return "", err
	}
	found, err = filepath.Glob(filepath.Join(unpacked, "boot", "vmlinuz-*"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s holds no kernel", name)
	}
	return found[len(found)-1], nil
}

// A file is an executable or a text in the root of the initial file system.
type file struct {
	name    string
	content []byte
}

// commandLine is what the kernel is told. Bochs reports the size of the registers' area
// for XSAVES and XSAVEC wrongly, for which Linux would do without AVX; XSAVE has it right.
const commandLine = "console=ttyS0 quiet noxsaves clearcpuid=xsavec nosmp nokaslr mitigations=off no_timer_check tsc=reliable panic=-1"

// bootImage writes a disc that boots kernel with files, and returns its path.
func bootImage(ctx context.Context, kernel string, files []file) (string, error) {
	disc := filepath.Join(*dir, "disc")
	if err := os.MkdirAll(disc, 0o777); err != nil {
		return "", err
	}
	var initial bytes.Buffer
	if err := archive(&initial, files); err != nil {
		return "", err
	}
	menu := "default linux\nprompt 0\nlabel linux\nkernel /vmlinuz\ninitrd /initrd.gz\nappend " + commandLine + "\n"
	for name, content := range map[string][]byte{"initrd.gz": initial.Bytes(), "isolinux.cfg": []byte(menu)} {
		if err := os.WriteFile(filepath.Join(disc, name), content, 0o666); err != nil {
			return "", err
		}
	}
	for name, path := range map[string]string{
		"vmlinuz":      kernel,
		"isolinux.bin": "/usr/lib/ISOLINUX/isolinux.bin",
		"ldlinux.c32":  "/usr/lib/syslinux/modules/bios/ldlinux.c32",
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(disc, name), content, 0o666); err != nil {
			return "", err
		}
	}
	image := filepath.Join(*dir, "boot.iso")
	out, err := exec.CommandContext(ctx, "xorriso", "-as", "mkisofs", "-quiet", "-o", image, "-b", "isolinux.bin",
		"-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", disc).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("xorriso: %w\n%s", err, out)
	}
	return image, nil
}

// Modes and device numbers of the initial file system.
const (
	modeProgram = 0o100755
	modeConsole = 0o020600
	modeFolder  = 0o040755
)

// archive writes files, a console and its folder as Linux unpacks them at boot: cpio,
// with headers in hexadecimal, compressed.
func archive(w io.Writer, files []file) error {
	z := gzip.NewWriter(w)
	inode := 0
	entry := func(name string, mode, major, minor int, content []byte) {
		inode++
		var b bytes.Buffer
		const owner, links, time, checksum = 0, 1, 0, 0
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			inode, mode, owner, owner, links, time, len(content), 0, 0, major, minor, len(name)+1, checksum, name)
		pad := func() { b.Write(make([]byte, -b.Len()&3)) }
		pad()
		b.Write(content)
		pad()
		z.Write(b.Bytes()) // Close returns the first error
	}
	entry("dev", modeFolder, 0, 0, nil)
	entry("dev/console", modeConsole, 5, 1, nil)
	for _, f := range files {
		entry(f.name, modeProgram, 0, 0, f.content)
	}
	entry("TRAILER!!!", 0, 0, 0, nil)
	return z.Close()
}
