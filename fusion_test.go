package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Go may fuse x*y+z into one rounding where the target has the instruction,
// which would change the bits from machine to machine. Kernels write T(x*y)+z
// or math.FMA; this holds them to it, in the code the compiler makes.
func TestNoFusedProducts(t *testing.T) {
	for _, target := range []struct {
		env   []string
		fused *regexp.Regexp
	}{
		{[]string{"GOARCH=arm64"}, regexp.MustCompile(`\t(FN?M(ADD|SUB)[SD])\b`)},
		{[]string{"GOARCH=amd64", "GOAMD64=v3"}, regexp.MustCompile(`\t(VFN?M(ADD|SUB)\w*)\b`)},
	} {
		t.Run(strings.Join(target.env, " "), func(t *testing.T) {
			cmd := exec.Command("go", "build", "-gcflags=-S", "./kernels")
			cmd.Env = append(os.Environ(), target.env...)
			cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
			listing, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %v\n%s", cmd.Args, err, listing)
			}
			if !bytes.Contains(listing, []byte("kernels.sigmoid32")) {
				t.Fatal("the compiler printed no listing")
			}
			fused := 0
			for at := range fusedAt(listing, target.fused) {
				fused++
				if line := sourceLine(t, at); !strings.Contains(line, "math.FMA") {
					t.Errorf("%s: a product is fused with a sum: %s", at, line)
				}
			}
			if fused == 0 {
				t.Error("no fused instruction at all: math.FMA should give some")
			}
		})
	}
}

var position = regexp.MustCompile(`\(.*?([a-z0-9_]+\.go:[0-9]+)\)`)

// fusedAt returns the positions, file:line, of the instructions that match.
func fusedAt(listing []byte, instruction *regexp.Regexp) map[string]bool {
	found := map[string]bool{}
	for line := range bytes.Lines(listing) {
		if instruction.Match(line) {
			if m := position.FindSubmatch(line); m != nil {
				found[string(m[1])] = true
			}
		}
	}
	return found
}

func sourceLine(t *testing.T, at string) string {
	t.Helper()
	file, number, _ := strings.Cut(at, ":")
	source, err := os.ReadFile(filepath.Join("kernels", file))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(number)
	lines := strings.Split(string(source), "\n")
	if err != nil || n < 1 || n > len(lines) {
		t.Fatalf("no line %s", at)
	}
	return strings.TrimSpace(lines[n-1])
}
