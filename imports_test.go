package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A rule says what the packages below one folder may import. An import is
// allowed when it is in the standard library and Standard is empty or names it,
// or when one of Allowed is the import or a folder above it.
type importRule struct {
	folder   string
	standard []string // nil: all of it
	allowed  []string
}

// importRules is the architecture: the first rule whose folder holds a package
// is the package's rule.
var importRules = []importRule{
	{folder: "actinit/kernels/initializer", allowed: []string{"actinit/kernels", "gonum.org/v1/gonum"}},
	{folder: "actinit/kernels/gemm", allowed: []string{"actinit/kernels"}},
	{folder: "actinit/kernels/internal/matrix", allowed: []string{"actinit/kernels"}},
	{folder: "actinit/kernels/moments", allowed: []string{"actinit/kernels", "golang.org/x/sys"}},
	{folder: "actinit/kernels/columns", allowed: []string{"actinit/kernels", "github.com/apache/arrow/go/v15"}},
	{folder: "actinit/kernels", allowed: []string{"golang.org/x/sys"}},
	{folder: "actinit/reference", standard: []string{"math", "math/big", "math/bits"}, allowed: []string{"actinit/reference"}},
	{folder: "actinit/datasets", allowed: []string{"actinit/datasets", "github.com", "golang.org", "gonum.org"}},
	{folder: "actinit/reports", allowed: []string{"actinit/reports", "actinit/harness/result", "actinit/datasets/atomicfile", "actinit/datasets/buildinfo", "actinit/datasets/parquetcheck", "github.com", "golang.org", "gonum.org"}},
	{folder: "actinit/harness/result", allowed: nil},
	// The commands are the body of main: they alone join harness and reports.
	{folder: "actinit/harness/cli", allowed: []string{"actinit", "github.com", "golang.org", "gonum.org"}},
	{folder: "actinit/harness", allowed: []string{"actinit/harness", "actinit/kernels", "actinit/reference", "actinit/datasets", "github.com", "golang.org", "gonum.org"}},
	{folder: "actinit", allowed: []string{"actinit/harness", "actinit/reports", "actinit/datasets"}},
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func TestImportRules(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	checked := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || !within(fields[0], "actinit") {
			continue
		}
		checked++
		pkg, imports := fields[0], fields[1:]
		rule := importRules[slices.IndexFunc(importRules, func(r importRule) bool { return within(pkg, r.folder) })]
		for _, imp := range imports {
			if !rule.permits(imp) {
				t.Errorf("%s imports %s, which the rule for %s does not allow", pkg, imp, rule.folder)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d packages checked: go list did not see the module", checked)
	}
}

func (r importRule) permits(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	if standard := !strings.Contains(first, ".") && first != "actinit"; standard {
		return r.standard == nil || slices.Contains(r.standard, imp)
	}
	return slices.ContainsFunc(r.allowed, func(folder string) bool { return within(imp, folder) })
}

// The rules themselves: what must be refused is refused.
func TestImportRulesRefuse(t *testing.T) {
	for _, c := range []struct{ pkg, imp string }{
		{"actinit/kernels", "actinit/reference"},
		{"actinit/kernels", "gonum.org/v1/gonum/mat"},
		{"actinit/kernels/gemm", "gonum.org/v1/gonum/blas"},
		{"actinit/reference", "actinit/kernels"},
		{"actinit/reference/oracle", "fmt"},
		{"actinit/reports/page", "actinit/kernels"},
		{"actinit/reports", "actinit/harness/verify"},
		{"actinit/harness/verify", "actinit/reports"},
		{"actinit/harness/result", "github.com/parquet-go/parquet-go"},
		{"actinit/datasets", "actinit/kernels"},
	} {
		rule := importRules[slices.IndexFunc(importRules, func(r importRule) bool { return within(c.pkg, r.folder) })]
		if rule.permits(c.imp) {
			t.Errorf("%s may import %s", c.pkg, c.imp)
		}
	}
}
