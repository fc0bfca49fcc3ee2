package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"actinit/harness/cli"
)

var update = flag.Bool("update", false, "write the generated parts of README.md again")

// generatedParts are the parts of README.md between the marks
// <!-- NAME: begin --> and <!-- NAME: end -->, with the commands that print them.
var generatedParts = []struct {
	name string
	args []string
}{
	{"operations", []string{"list", "ops", "--markdown"}},
	{"initializers", []string{"list", "initializers", "--markdown"}},
}

func TestGeneratedREADME(t *testing.T) {
	const path = "README.md"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(readme)
	for _, part := range generatedParts {
		var out, errs bytes.Buffer
		if status := cli.Run(t.Context(), part.args, &out, &errs); status != cli.ExitOK {
			t.Fatalf("%v: status %d: %s", part.args, status, errs.String())
		}
		begin, end := fmt.Sprintf("<!-- %s: begin -->\n", part.name), fmt.Sprintf("<!-- %s: end -->", part.name)
		before, rest, ok1 := strings.Cut(text, begin)
		was, after, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s has no part between %q and %q", path, begin, end)
		}
		if was != out.String() {
			if !*update {
				t.Errorf("%s: the part %q is not what actinit %s prints: make generate", path, part.name, strings.Join(part.args, " "))
			}
			text = before + begin + out.String() + end + after
		}
	}
	if *update && text != string(readme) {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
