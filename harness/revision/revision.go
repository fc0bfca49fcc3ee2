// Package revision builds the program as it was at another commit of its git checkout.
package revision

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Revision is a commit of a checkout.
type Revision struct {
	Commit string // all 40 digits
	root   string // of the checkout
}

// Short returns the digits that names of runs have.
func (r Revision) Short() string { return r.Commit[:7] }

// Resolve finds a commit by any name git knows, in the checkout that holds the folder dir.
func Resolve(ctx context.Context, dir, name string) (Revision, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return Revision{}, fmt.Errorf("revision %q: %w: run this inside actinit's git checkout", name, err)
	}
	commit, err := git(ctx, root, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return Revision{}, fmt.Errorf("revision %q: no such commit in %s; git log has them", name, root)
	}
	return Revision{Commit: commit, root: root}, nil
}

// Build builds the program at the revision, in a worktree that is removed again, and
// returns the path of the executable. It keeps what it has built in the user's cache
// folder, by commit and build settings, and calls building if it is not there.
func (r Revision) Build(ctx context.Context, building func()) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	module, err := git(ctx, r.root, "show", r.Commit+":go.mod")
	if first, _, _ := strings.Cut(module, "\n"); err != nil || first != "module actinit" {
		return "", fmt.Errorf("revision %s: no module actinit in %s", r.Short(), r.root)
	}
	// All that may make another program of the same commit.
	settings, err := output(ctx, r.root, "go", "env", "GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED")
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "actinit", "builds")
	built := filepath.Join(folder, fmt.Sprintf("%s-%.8x", r.Commit, sha256.Sum256([]byte(settings))))
	if _, err := os.Stat(built); err == nil {
		return built, nil
	}
	building()
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", err
	}
	tree, err := os.MkdirTemp("", "actinit-"+r.Short()+"-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tree)
	if _, err := git(ctx, r.root, "worktree", "add", "--detach", "--force", tree, r.Commit); err != nil {
		return "", fmt.Errorf("revision %s: %w", r.Short(), err)
	}
	// Also when ctx is done: a worktree that git remembers would be left.
	defer git(context.WithoutCancel(ctx), r.root, "worktree", "remove", "--force", tree)
	temporary := fmt.Sprintf("%s.%d", built, os.Getpid())
	defer os.Remove(temporary)
	// Older commits have it in the second place; the linker passes over what is not there.
	flags := "-X actinit/datasets/buildinfo.commit=" + r.Commit + " -X actinit/harness/environment.commit=" + r.Commit
	if _, err := output(ctx, tree, "go", "build", "-o", temporary, "-ldflags", flags, "."); err != nil {
		return "", fmt.Errorf("revision %s does not build: %w", r.Short(), err)
	}
	return built, os.Rename(temporary, built)
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	return output(ctx, dir, "git", args...)
}

// output runs a command and returns what it printed; the error is the last line it complained with.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	var complaint bytes.Buffer
	command.Dir, command.Stderr = dir, &complaint
	out, err := command.Output()
	if err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return "", errors.New(last)
	}
	return "", fmt.Errorf("%s: %w", name, err)
}
