// Package buildinfo says which build of actinit a program is. What cannot be found out
// is left empty, never guessed.
package buildinfo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
)

// commit is the git commit of the build, followed by "+modified" if the tree
// had changes; `make build` sets it:
//
//	go build -ldflags '-X actinit/datasets/buildinfo.commit=1a2b3c4'
//
// Build information has no commit where go ran outside of a git checkout or
// with -buildvcs=false.
var commit string

const modifiedSuffix = "+modified"

// Commit returns the git commit of this build, and whether the tree had
// changes; both are zero if unknown.
func Commit() (hash string, modified bool) {
	build, _ := debug.ReadBuildInfo()
	return commitOf(commit, build)
}

// Executable returns the SHA-256 sum of the program's file, which tells builds from each other that no commit tells; ""
// where the file cannot be read.
func Executable() string { return executable() }

var executable = sync.OnceValue(func() string {
	f, err := os.Open("/proc/self/exe") // where there is one: the file at os.Executable's path may have been replaced
	if err != nil {
		var path string
		if path, err = os.Executable(); err == nil {
			f, err = os.Open(path)
		}
	}
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
})

// Setting returns a build setting, such as GOAMD64, or "".
func Setting(key string) string {
	build, _ := debug.ReadBuildInfo()
	return setting(build, key)
}

// CreatedBy returns what the footers of Parquet files say of their writer, in the form that parquet.thrift
// asks for: "actinit version VERSION (build COMMIT)". The version is that of the module, devel where go gave
// it none, and an unknown commit is called so.
func CreatedBy() string {
	build, _ := debug.ReadBuildInfo()
	return createdBy(commit, build)
}

func createdBy(flag string, build *debug.BuildInfo) string {
	version := ""
	if build != nil && build.Main.Version != "(devel)" { // readers take the parenthesis for the build
		version = strings.TrimPrefix(build.Main.Version, "v")
	}
	hash, modified := commitOf(flag, build)
	if modified {
		hash += modifiedSuffix
	}
	return "actinit version " + cmp.Or(version, "devel") + " (build " + cmp.Or(hash, "unknown") + ")"
}

// commitOf takes the commit from the linker flag, or else from the build
// information.
func commitOf(flag string, build *debug.BuildInfo) (hash string, modified bool) {
	if hash, modified = strings.CutSuffix(flag, modifiedSuffix); hash != "" {
		return hash, modified
	}
	hash = setting(build, "vcs.revision")
	return hash, hash != "" && setting(build, "vcs.modified") == "true"
}

func setting(build *debug.BuildInfo, key string) string {
	if build == nil {
		return ""
	}
	for _, s := range build.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
