package buildinfo

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func TestCommitOf(t *testing.T) {
	build := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "b00c"}, {Key: "vcs.modified", Value: "true"}}}
	for _, c := range []struct {
		flag     string
		build    *debug.BuildInfo
		hash     string
		modified bool
	}{
		{"1a2b", build, "1a2b", false},
		{"1a2b+modified", nil, "1a2b", true},
		{"", build, "b00c", true},
		{"+modified", build, "b00c", true}, // make found no git
		{"", nil, "", false},
		{"", &debug.BuildInfo{}, "", false},
	} {
		hash, modified := commitOf(c.flag, c.build)
		if hash != c.hash || modified != c.modified {
			t.Errorf("commitOf(%q): %q, %v; want %q, %v", c.flag, hash, modified, c.hash, c.modified)
		}
	}
}

// form is how readers take created_by apart (parquet-java's VersionParser, without what may be left out).
var form = regexp.MustCompile(`^(.*?)\s+version\s+([^(]*?)\s*\(\s*build\s*([^)]*?)\s*\)$`)

func TestCreatedBy(t *testing.T) {
	module := func(version string) *debug.BuildInfo { return &debug.BuildInfo{Main: debug.Module{Version: version}} }
	for _, c := range []struct {
		flag           string
		build          *debug.BuildInfo
		version, about string
	}{
		{"1a2b", module("v0.0.0-20261129194913-1a2b+dirty"), "0.0.0-20261129194913-1a2b+dirty", "1a2b"},
		{"1a2b+modified", module("(devel)"), "devel", "1a2b+modified"},
		{"", module(""), "devel", "unknown"},
		{"", nil, "devel", "unknown"},
	} {
		got := createdBy(c.flag, c.build)
		if parts := form.FindStringSubmatch(got); parts == nil || parts[1] != "actinit" || parts[2] != c.version || parts[3] != c.about {
			t.Errorf("%q: parts %q, want version %q, build %q", got, parts, c.version, c.about)
		}
	}
}

func TestExecutable(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Executable(), fmt.Sprintf("%x", sha256.Sum256(content)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

const flagged = "BUILDINFO_TEST_FLAGGED"

// TestMakefile: what the Makefile has the linker set is what is read here.
func TestMakefile(t *testing.T) {
	const want = "0123456789abcdef"
	if os.Getenv(flagged) != "" {
		if hash, modified := Commit(); hash != want || !modified || !strings.HasSuffix(CreatedBy(), "(build "+want+"+modified)") {
			t.Fatalf("%q, %v, %q", hash, modified, CreatedBy())
		}
		return
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^LDFLAGS := (.*)\$\(COMMIT\)$`).FindSubmatch(makefile)
	if flags == nil {
		t.Fatal("the Makefile sets no LDFLAGS with the commit")
	}
	again := exec.Command("go", "test", "-count=1", "-run", "^TestMakefile$", "-ldflags", string(flags[1])+want+modifiedSuffix, ".")
	again.Env = append(os.Environ(), flagged+"=yes")
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
