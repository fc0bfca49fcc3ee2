package revision

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout makes a git checkout with two commits of a program that prints its number.
func checkout(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("builds commits of a git checkout, and there is no git here")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run("git", "init", "-q")
	write("go.mod", "module actinit\n\ngo 1.26\n")
	for _, text := range []string{"one", "two", "broken"} {
		program := "package main\n\nfunc main() { println(\"" + text + "\") }\n"
		if text == "broken" {
			program = "package main\n\nfunc main() { missing() }\n"
		}
		write("main.go", program)
		run("git", "add", "-A")
		run("git", "commit", "-q", "-m", text)
	}
	return dir
}

func TestBuild(t *testing.T) {
	dir := checkout(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	ctx := context.Background()
	t.Setenv("GOCACHE", filepath.Join(t.TempDir(), "go")) // HOME is gone
	built := 0
	for name, want := range map[string]string{"HEAD~2": "one", "HEAD~1": "two"} {
		r, err := Resolve(ctx, dir, name)
		if err != nil || len(r.Commit) != 40 {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		for range 2 { // the second time from the cache
			path, err := r.Build(ctx, func() { built++ })
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(path).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("%s printed %q, %v; want %s", name, out, err, want)
			}
		}
	}
	if built != 2 {
		t.Errorf("built %d times, want each revision once", built)
	}
	if r, err := Resolve(ctx, dir, "HEAD"); err != nil {
		t.Error(err)
	} else if _, err := r.Build(ctx, func() { built++ }); err == nil || !strings.Contains(err.Error(), "does not build: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a revision that does not build: %v", err)
	}
	if out, err := git(ctx, dir, "worktree", "list"); err != nil || strings.Contains(out, "\n") {
		t.Errorf("worktrees are left: %s, %v", out, err)
	}
}

func TestResolve(t *testing.T) {
	dir := checkout(t)
	for name, folder := range map[string]string{"no-such-branch": dir, "--help": dir, "": dir, "HEAD": t.TempDir()} {
		if r, err := Resolve(context.Background(), folder, name); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q resolved to %+v, error %v", name, r, err)
		}
	}
}
