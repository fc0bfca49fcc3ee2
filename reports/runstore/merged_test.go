package runstore

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"actinit/harness/result"
)

// joinedSet makes a data set of a run that was joined of two hosts' shards, and of a run of a third.
func joinedSet(t *testing.T) (set string, shards []string) {
	t.Helper()
	root := t.TempDir()
	host := func(name string) func(*result.Environment) {
		return func(e *result.Environment) { e.Host = name }
	}
	shards = []string{shard(t, root, "ant-1", "1/2", host("ant")), shard(t, root, "bee-2", "2/2", host("bee"))}
	data, err := Join(shards, merging)
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := Begin(root, "all", result.Identity{Host: "ant", Started: data.Environment.Started}, data.Environment)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Fill(data, merging); err != nil {
		t.Fatal(err)
	}
	if err := run.Complete(); err != nil {
		t.Fatal(err)
	}
	set = filepath.Join(t.TempDir(), "set")
	runs := []Entry{{ID: "all", Dir: run.Dir(), Environment: run.Environment()}, finishedRun(t, root, "cow", started)}
	if _, _, err := Merge(set, runs); err != nil {
		t.Fatal(err)
	}
	return set, shards
}

// reversed is a Parquet file with its rows in the other order.
func reversed(t *testing.T, file []byte) []byte {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]parquet.Row, f.NumRows())
	reader := f.RowGroups()[0].Rows()
	if n, err := reader.ReadRows(rows); n != len(rows) || err != nil && err != io.EOF {
		t.Fatal(n, err)
	}
	for i := range rows {
		rows[i] = rows[i].Clone()
	}
	slices.Reverse(rows)
	var other bytes.Buffer
	w := parquet.NewWriter(&other, f.Schema(), parquet.Compression(&zstd.Codec{}))
	if _, err := w.WriteRows(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return other.Bytes()
}

// What is wrong with a merged data set is one line for each problem, and nothing is where nothing is wrong.
func TestCheckMerged(t *testing.T) {
	whole, shards := joinedSet(t)
	const (
		ant         = "bench/host=ant/day=2026-01-02/all.parquet"
		environment = "environment/host=ant/day=2026-01-02/all.json"
		list        = "files/host=ant/day=2026-01-02/all.json"
	)
	edit := func(set, name string, change func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(set, filepath.FromSlash(name))
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(set string, names ...string) {
		t.Helper()
		for _, name := range names {
			if err := os.Remove(filepath.Join(set, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	link := func(set, from, name string) {
		t.Helper()
		to := filepath.Join(set, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		damage func(set string)
		want   []string
	}{
		{"whole", func(string) {}, nil},
		{"of an older version", func(set string) { remove(set, list) }, nil},
		{"missing", func(set string) { remove(set, ant) }, []string{ant + ": missing"}},
		{"cut", func(set string) { edit(set, ant, func(b []byte) []byte { return b[:len(b)-9] }) }, []string{ant + ": "}},
		{"other bytes", func(set string) { edit(set, ant, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) }, []string{ant + ": its bytes are not those"}},
		{"not in the list", func(set string) {
			link(set, filepath.Join(set, filepath.FromSlash(ant)), "bench/host=cow/day=2026-01-02/all.parquet")
		},
			[]string{"bench/host=cow/day=2026-01-02/all.parquet: the run was merged without it"}},
		{"no environment", func(set string) { remove(set, environment) }, []string{environment + ": missing"}},
		{"neither environment nor list", func(set string) { remove(set, environment, list) }, []string{ant + ": the data set has no environment"}},
		{"a damaged environment", func(set string) { edit(set, environment, func(b []byte) []byte { return b[:9] }); remove(set, list) },
			[]string{environment + ": "}},
		{"a damaged list", func(set string) { edit(set, list, func(b []byte) []byte { return b[:9] }) }, []string{list + ": damaged"}},
		{"a list that leads elsewhere", func(set string) {
			edit(set, list, func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"`+ant), []byte(`"../`+ant), 1)
			})
		}, []string{list + `: not written by actinit: it lists "../`, ant + ": the run was merged without it"}},
		{"no table, no list", func(set string) { remove(set, list, ant, "bench/host=bee/day=2026-01-02/all.parquet") }, []string{"bench: missing: the run has a bench.parquet"}},
		{"rows of another host", func(set string) {
			remove(set, list)
			link(set, filepath.Join(set, filepath.FromSlash(ant)), "bench/host=bee/day=2026-01-02/all.parquet")
		}, []string{"bench/host=bee/day=2026-01-02/all.parquet: row 1 is of the run all of ant"}},
		{"not sorted", func(set string) { remove(set, list); edit(set, ant, func(b []byte) []byte { return reversed(t, b) }) }, []string{ant + ": its rows are not sorted"}},
		{"another table", func(set string) {
			remove(set, list)
			link(set, filepath.Join(set, filepath.FromSlash(ant)), "limits/host=ant/day=2026-01-02/all.parquet")
		}, []string{"limits/host=ant/day=2026-01-02/all.parquet: holds bench/1, want limits/1"}},
		{"not complete", func(set string) {
			remove(set, list)
			edit(set, environment, func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"complete": true`), []byte(`"complete": false`), 1)
			})
		}, []string{environment + ": the run is not complete"}},
		{"moved", func(set string) {
			link(set, filepath.Join(set, filepath.FromSlash(environment)), "environment/host=dog/day=2026-01-02/all.json")
		}, []string{"environment/host=dog/day=2026-01-02/all.json: it is of the run all that began on ant"}},
		{"a shard beside its run", func(set string) {
			link(set, filepath.Join(shards[0], FileEnvironment), "environment/host=ant/day=2026-01-02/ant-1.json")
			link(set, filepath.Join(shards[0], FileBench), "bench/host=ant/day=2026-01-02/ant-1.parquet")
		}, []string{"its rows are there twice: its shard ant-1 of ant", "it is shard 1/2"}},
		{"joined twice", func(set string) {
			link(set, filepath.Join(set, filepath.FromSlash(environment)), "environment/host=ant/day=2026-01-02/again.json")
			edit(set, "environment/host=ant/day=2026-01-02/again.json", func(b []byte) []byte {
				return bytes.Replace(bytes.Replace(b, []byte(`"run_id": "all"`), []byte(`"run_id": "again"`), 1), []byte(`"bench.parquet"`), []byte(`"bench.txt"`), 1)
			})
		}, []string{"its rows are there twice: all of ant was joined of its shard ant-1 too", "its rows are there twice: again of ant was joined of its shard ant-1 too"}},
		{"half written", func(set string) {
			link(set, filepath.Join(set, filepath.FromSlash(ant)), "bench/host=ant/day=2026-01-02/.all.parquet.0123456789abcdef.tmp")
		},
			[]string{"left behind by a program that was stopped"}},
		{"a stray file", func(set string) { link(set, filepath.Join(set, filepath.FromSlash(ant)), "bench/all.parquet") }, []string{"bench/all.parquet: no file of a merged data set, which are bench/host=NAME/day=DATE/ID.parquet: move it elsewhere"}},
		{"a run's folder", func(set string) { link(set, filepath.Join(shards[0], FileEnvironment), "ant-1/"+FileEnvironment) },
			[]string{"ant-1: the folder of a run, of which a data set has no use"}},
		{"no environments", func(set string) {
			if err := os.RemoveAll(filepath.Join(set, mergedEnvironments)); err != nil {
				t.Fatal(err)
			}
		}, []string{environment + ": missing", "environment/host=cow/"}},
	} {
		set := t.TempDir()
		if err := os.CopyFS(set, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		c.damage(set)
		runs, problems, err := CheckMerged(set)
		if err != nil || len(runs) < 2 || len(runs) > 3 || !IsMerged(set) {
			t.Fatal(c.name, runs, err)
		}
		if strays := []string{"half written", "a stray file", "a run's folder"}; (len(problems) > 0) != slices.Contains(strays, c.name) {
			t.Errorf("%s: strays %q", c.name, problems)
		}
		for _, run := range runs {
			problems = append(problems, run.Problems...)
		}
		missing := slices.ContainsFunc(c.want, func(want string) bool {
			return !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, want) })
		})
		if len(problems) != len(c.want) || missing {
			t.Errorf("%s: %q, want %q", c.name, problems, c.want)
		}
		if _, err := os.Stat(filepath.Join(set, filepath.FromSlash(list))); c.name == "whole" && (err != nil || !runs[0].Listed || !runs[1].Listed) {
			t.Errorf("the list: %v", err)
		}
	}
}
