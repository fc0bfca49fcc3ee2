package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// More shards than there are units of work do the same job: those without work end complete and empty.
func TestMoreShardsThanUnits(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		units int
	}{
		{"verify", []string{"verify", "--filter", "op:relu type:float32 dir:(forward OR backward)", "--effort", ".1"}, 2},
		{"layers", []string{"layers", "--grid", "act=tanh init=kaiming depth=2 width=16 batch=8 seed=1:2"}, 2},
		{"bench", []string{"bench", "--stages", "bench", "--filter", "op:relu type:float32 dir:forward", "--sizes", "64"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			in := func(more ...string) []string {
				return append(append(slices.Clone(c.args), "--quiet", "--out", root), more...)
			}
			mustRun(t, in("--id", "whole")...)
			const shards = 3
			join, empty := []string{"runs", "join", "--out", root, "--id", "joined"}, 0
			for i := 1; i <= shards; i++ {
				name := fmt.Sprint("shard-", i)
				stdout := mustRun(t, in("--id", name, "--shard", fmt.Sprintf("%d/%d", i, shards))...)
				if !strings.Contains(stdout, fmt.Sprintf("%d of %d unit", map[bool]int{true: 1}[i <= c.units], c.units)) {
					t.Errorf("shard %d says\n%s", i, stdout)
				}
				if strings.Contains(stdout, "complete and empty") {
					empty++
				}
				join = append(join, name)
			}
			if empty != shards-c.units {
				t.Errorf("%d shards are empty", empty)
			}
			mustRun(t, join...)
			sameRows(t, "joined", load(t, filepath.Join(root, "whole")), load(t, filepath.Join(root, "joined")))
			mustRun(t, "runs", "check", "--out", root)

			// Again, it is complete.
			if stdout := mustRun(t, in("--id", "shard-3", "--shard", "3/3")...); !strings.Contains(stdout, "is complete") {
				t.Errorf("an empty shard again:\n%s", stdout)
			}
		})
	}
}

// --plan counts the units of a command, and does nothing.
func TestPlanOnly(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	shares := func(args ...string) (all []share) {
		t.Helper()
		if err := json.Unmarshal([]byte(mustRun(t, append(args, "--plan", "--json", "--out", root)...)), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	whole := shares("bench")
	sums := make([]int, len(whole))
	for shard := range 3 {
		for i, sh := range shares("bench", "--shard", fmt.Sprintf("%d/3", shard+1)) {
			sums[i] += sh.Units
			if sh.Of != whole[i].Of || sh.Units == 0 {
				t.Errorf("shard %d: %+v of %+v", shard+1, sh, whole[i])
			}
		}
	}
	for i, sh := range whole {
		if sh.Units != sh.Of || sums[i] != sh.Of {
			t.Errorf("%+v, in shards %d", sh, sums[i])
		}
		if timed := sh.Seconds != nil && *sh.Seconds > 0; timed != (sh.Stage != stageDistribution) {
			t.Errorf("%s takes %v s", sh.Stage, sh.Seconds)
		}
	}
	if sh := shares("verify", "--exhaustive", "--filter", "op:tanh dir:forward type:float32"); sh[0].Of != 257 {
		t.Errorf("a sweep: %+v", sh)
	}
	if sh := shares("layers", "--grid", "act=tanh seed=1:7"); len(sh) != 1 || sh[0].Of != 7 {
		t.Errorf("a sweep of nets: %+v", sh)
	}
	if stdout := mustRun(t, "layers", "--grid", "act=tanh seed=1:7", "--plan", "--out", root); !strings.Contains(stdout, "of more than 7 shards some have nothing to do") {
		t.Errorf("as text:\n%s", stdout)
	}
	if stdout := mustRun(t, "bench", "--against", "self", "--plan", "--out", root); !strings.Contains(stdout, "pairs") || strings.Contains(stdout, "--shard") {
		t.Errorf("a paired run:\n%s", stdout)
	}
	if _, err := os.Stat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there are runs: %v", err)
	}
	if status, _, stderr := invoke(t.Context(), "layers", "--filter", "act:nope", "--plan"); status != ExitUsage || !strings.Contains(stderr, "nope") {
		t.Errorf("nothing matches: status %d, %q", status, stderr)
	}
}
