// Package buildinfo says which build of actinit a program is. What cannot be found out
// is left empty, never guessed.
package buildinfo

import (
	"cmp"
	"runtime/debug"
	"strings"
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
