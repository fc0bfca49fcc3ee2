package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// unfused are the packages whose bits are promised to be the same everywhere.
var unfused = []string{"kernels", "kernels/gemm", "kernels/initializer", "kernels/internal/matrix"}

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
			cmd := exec.Command("go", "build", "-gcflags=-S")
			for _, folder := range unfused {
				cmd.Args = append(cmd.Args, "./"+folder)
			}
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

// The listing does not tell which of a line's operations is fused, so lines with math.FMA
// pass above. TestNoBareProducts looks at the source instead: nowhere is a product an
// operand of a sum, unless a conversion rounds it or both are constants.
func TestNoBareProducts(t *testing.T) {
	for _, folder := range unfused {
		t.Run(folder, func(t *testing.T) { testNoBareProducts(t, folder) })
	}
}

func testNoBareProducts(t *testing.T, folder string) {
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if use, err := build.Default.MatchFile(folder, filepath.Base(name)); err != nil || !use || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := config.Check("actinit/"+folder, fset, files, &info); err != nil {
		t.Fatal(err)
	}
	bare := func(e ast.Expr) bool {
		for {
			switch inner := e.(type) {
			case *ast.ParenExpr:
				e = inner.X
				continue
			case *ast.UnaryExpr:
				e = inner.X
				continue
			}
			break
		}
		product, ok := e.(*ast.BinaryExpr)
		if !ok || product.Op != token.MUL || info.Types[e].Value != nil {
			return false
		}
		switch kind := info.Types[e].Type.Underlying().(type) {
		case *types.Basic:
			return kind.Info()&types.IsFloat != 0
		default: // a type parameter
			return true
		}
	}
	sums := 0
	report := func(e ast.Expr) {
		if bare(e) {
			t.Errorf("%s: a product that may be fused with a sum", fset.Position(e.Pos()))
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.ADD || n.Op == token.SUB {
					sums++
					report(n.X)
					report(n.Y)
				}
			case *ast.AssignStmt:
				if n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN {
					sums++
					report(n.Rhs[0])
				}
			}
			return true
		})
	}
	if sums < 10 {
		t.Errorf("only %d sums: has the package been read?", sums)
	}
}

var position = regexp.MustCompile(`\(.*(kernels/[a-z0-9_/]+\.go:[0-9]+)\)`)

// fusedAt returns the positions, path:line, of the instructions that match.
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
	source, err := os.ReadFile(file)
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
