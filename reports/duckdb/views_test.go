package duckdb_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// writeEnvironment makes the folder of a run that has no table.
func writeEnvironment(t *testing.T, runs, id, environment string) {
	t.Helper()
	dir := filepath.Join(runs, id)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "environment.json"), []byte(environment), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The views have the columns and types of today, whatever the age of the files, and also where a table has none.
func TestViewsHaveEveryColumn(t *testing.T) {
	f := freshRuns(t)
	empty := filepath.Join(t.TempDir(), "it's [a] folder")
	writeEnvironment(t, empty, "one", `{"run_id": "one", "started": "2026-01-02T00:00:00Z", "complete": true}`)
	for _, folder := range []string{f.runs, f.merged, stored, empty} {
		db := openViews(t, folder)
		var runs int
		if ask(t, db, "SELECT count(*) FROM runs", &runs); runs == 0 {
			t.Errorf("%s: no runs", folder)
		}
		for name, table := range tables {
			types := describe(t, db, name)
			for _, c := range table.columns {
				if types[c.Name] != duckTypes[c.Type] {
					t.Errorf("%s: %s.%s is %q, want %s", folder, name, c.Name, types[c.Name], duckTypes[c.Type])
				}
			}
			if len(types) != len(table.columns) {
				t.Errorf("%s: %s has %d columns, want %d", folder, name, len(types), len(table.columns))
			}
		}
	}
}

// The views have each measurement once: no shard beside the run that was joined of it, nothing of a run that is not
// complete, of a copy or of a run that somebody has begun to remove, and a run whose environment is damaged hides no other.
func TestViewsCountOnce(t *testing.T) {
	f := freshRuns(t)
	runs := filepath.Join(t.TempDir(), "runs")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	sweep := []string{"--grid", "act=tanh,relu init=kaiming depth=2 width=16 batch=8", "--out", runs}
	for _, args := range [][]string{
		append([]string{"layers", "--shard", "1/2", "--id", "part-1"}, sweep...),
		append([]string{"layers", "--shard", "2/2", "--id", "part-2"}, sweep...),
		{"runs", "join", "part-1", "part-2", "--id", "whole", "--out", runs},
		{"runs", "join", filepath.Join(runs, "part-1"), filepath.Join(runs, "part-2"), "--id", "whole2", "--out", elsewhere},
		append([]string{"layers", "--shard", "1/2", "--id", "lone", "--seed", "2"}, sweep...),
		append([]string{"layers", "--id", "stopped"}, sweep...),
		{"runs", "merge", filepath.Join(runs, "..", "merged"), "--out", runs}, // which leaves all shards out
	} {
		if err := f.run(exec.Command(filepath.Join(f.root, "actinit"), args...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(runs, os.DirFS(elsewhere)); err != nil { // a second run joined of the same shards
		t.Fatal(err)
	}
	environment := filepath.Join(runs, "stopped", "environment.json")
	text, err := os.ReadFile(environment)
	if err != nil {
		t.Fatal(err)
	}
	writeEnvironment(t, runs, "stopped", strings.Replace(string(text), `"complete": true`, `"complete": false`, 1))
	writeEnvironment(t, runs, "damaged", `{"run_id": "damaged", "complete": true, "sta`)
	writeEnvironment(t, runs, "binary", "\xff\xfe{")
	for _, name := range []string{"whole-copy", ".removed-gone-0123456789abcdef"} { // nothing of these counts
		if err := os.CopyFS(filepath.Join(runs, name), os.DirFS(filepath.Join(runs, "whole"))); err != nil {
			t.Fatal(err)
		}
	}

	for folder, want := range map[string]string{runs: "lone whole", filepath.Join(runs, "..", "merged"): "stopped whole"} {
		db := openViews(t, folder)
		var have, ofRows string
		ask(t, db, "SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM runs", &have)
		ask(t, db, "SELECT string_agg(DISTINCT run_id, ' ' ORDER BY run_id) FROM layers", &ofRows)
		if have != want || ofRows != want {
			t.Errorf("%s: runs %q, and rows of %q, want %q", folder, have, ofRows, want)
		}
	}
	// Another machine may have called a run as one of the shards is called.
	writeEnvironment(t, filepath.Join(runs, "..", "merged", "environment"), filepath.Join("host=other", "day=2026-01-02"), `{}`)
	namesake := filepath.Join(runs, "..", "merged", "environment", "host=other", "day=2026-01-02", "part-1.json")
	if err := os.WriteFile(namesake, []byte(`{"run_id": "part-1", "started": "2026-01-02T00:00:00Z", "complete": true}`), 0o666); err != nil {
		t.Fatal(err)
	}
	var have string
	ask(t, openViews(t, filepath.Join(runs, "..", "merged")), "SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM runs", &have)
	if have != "part-1 stopped whole" {
		t.Errorf("with a namesake of a shard: runs %q", have)
	}
	db := openViews(t, runs)
	var newest string
	var rows, distinct int
	ask(t, db, "SELECT newest('layers'), count(*), count(DISTINCT (activation, layer, quantity)) FROM layers WHERE run_id = newest('layers')", &newest, &rows, &distinct)
	if newest != "whole" || rows == 0 || rows != distinct {
		t.Errorf("the newest is %q, with %d rows of which %d are different; want each row of whole once", newest, rows, distinct)
	}

	// A joined run that was not copied whole does not stand for its shards.
	for _, c := range []struct{ damaged, want string }{{"whole", "lone whole2"}, {"whole2", "lone part-1 part-2"}} {
		if err := os.Remove(filepath.Join(runs, c.damaged, "layers.parquet")); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(runs, c.damaged+"-copy")); err != nil {
			t.Fatal(err)
		}
		ask(t, openViews(t, runs), "SELECT string_agg(DISTINCT run_id, ' ' ORDER BY run_id) FROM layers", &have)
		if have != c.want {
			t.Errorf("without the table of %s: rows of %q, want %q", c.damaged, have, c.want)
		}
	}
}

// Runs of several machines that were given one ID by --id are runs of their own in a data set, whatever they have in common.
func TestViewsKeepNamesakesApart(t *testing.T) {
	f := freshRuns(t)
	set := t.TempDir()
	file := only(t, f.merged, "bench", "*", "*", "*.parquet")
	id := strings.TrimSuffix(filepath.Base(file), ".parquet")
	environment, err := os.ReadFile(filepath.Join(f.runs, id, "environment.json"))
	if err != nil {
		t.Fatal(err)
	}
	db := open(t)
	var host, started string
	var rows int
	ask(t, db, "SELECT any_value(host), strftime(any_value(started) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), count(*) FROM read_parquet('"+file+"')", &host, &started, &rows)
	var made struct{ Started json.RawMessage }
	if err := json.Unmarshal(environment, &made); err != nil {
		t.Fatal(err)
	}
	add := func(host, started string) {
		t.Helper()
		at := filepath.Join("host="+host, "day="+started[:10])
		for _, table := range []string{"bench", "environment"} {
			if err := os.MkdirAll(filepath.Join(set, table, at), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Exec("COPY (SELECT * REPLACE ('nightly' AS run_id, '" + host + "' AS host, CAST('" + started + "' AS TIMESTAMP WITH TIME ZONE) AS started) FROM read_parquet('" + file +
			"', hive_partitioning = false)) TO '" + filepath.Join(set, "bench", at, "nightly.parquet") + "'"); err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(`"`+id+`"`, `"nightly"`, string(made.Started), `"`+started+`"`, `"host": "`, `"host": "`+host+`", "measured": "`).Replace(string(environment))
		if err := os.WriteFile(filepath.Join(set, "environment", at, "nightly.json"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const day, next = "2026-01-02T03:04:05.000006Z", "2026-01-03T03:04:05.000006Z"
	for _, c := range []struct{ host, started, want string }{
		{"a", day, "nightly"},
		{"b", day, "nightly@a nightly@b"}, // in the same microsecond, too
		{"b", next, "nightly@a nightly@b@2026-01-02T03:04:05.000006Z nightly@b@2026-01-03T03:04:05.000006Z"},
	} {
		add(c.host, c.started)
		db := openViews(t, set)
		var runs, ofRows string
		var fewest, most, ofNewest int
		ask(t, db, "SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM runs", &runs)
		ask(t, db, "SELECT string_agg(run_id, ' ' ORDER BY run_id), min(n), max(n) FROM (SELECT run_id, count(*) AS n FROM bench GROUP BY run_id)", &ofRows, &fewest, &most)
		ask(t, db, "SELECT count(*) FROM bench WHERE run_id = newest('bench')", &ofNewest)
		if runs != c.want || ofRows != c.want || fewest != rows || most != rows || ofNewest != rows {
			t.Errorf("runs %q, and rows of %q, %d to %d of each and %d of the newest; want %q with %d", runs, ofRows, fewest, most, ofNewest, c.want, rows)
		}
	}
}

// A machine may have the name by which Hive, or DuckDB, means none: its rows in a data set are its own.
func TestHostsNamedAsNull(t *testing.T) {
	f, set := freshRuns(t), t.TempDir()
	id := strings.TrimSuffix(filepath.Base(only(t, f.merged, "bench", "*", "*", "*.parquet")), ".parquet")
	rows, err := rowfile.ReadParquet[result.Bench](filepath.Join(f.runs, id, "bench.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"NULL", "__HIVE_DEFAULT_PARTITION__", "box", "null"} // as they are sorted
	for _, host := range hosts {
		root := t.TempDir()
		row := rows[0]
		row.Host = host
		environment, err := json.Marshal(result.Environment{RunID: id, Host: host, Started: row.Started, Complete: true})
		if err != nil {
			t.Fatal(err)
		}
		writeEnvironment(t, root, id, string(environment))
		table, err := os.Create(filepath.Join(root, id, "bench.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(rowfile.WriteParquet(table, []result.Bench{row}), table.Close()); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(filepath.Join(f.root, "actinit"), "runs", "merge", set, "--out", root).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	db := openViews(t, set)
	for _, rows := range []string{"bench", "runs", "read_parquet('" + set + "/bench/**/*.parquet', hive_partitioning = true)"} {
		var found string
		if ask(t, db, "SELECT string_agg(coalesce(host, 'none'), ' ' ORDER BY host) FROM "+rows, &found); found != strings.Join(hosts, " ") {
			t.Errorf("%s: hosts %q, want %q", rows, found, hosts)
		}
	}
}
