package duckdb_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// golden are files that older versions of the program wrote, by table.
func golden(t *testing.T) map[string][]string {
	t.Helper()
	testdata := filepath.Join("..", "rowfile", "testdata")
	files := map[string][]string{
		"accuracy": {filepath.Join(testdata, "accuracy-before-domain.parquet")},
		"layers":   {filepath.Join(testdata, "layers-before-gain.parquet")},
	}
	for _, path := range parquetFiles(t, filepath.Join(testdata, "2026-11")) {
		files[tableOf(path)] = append(files[tableOf(path)], path)
	}
	return files
}

// TestMixedVersions reads files of older versions together with today's: columns that an older
// file has not are null in its rows, and nothing else changes.
func TestMixedVersions(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	for name, older := range golden(t) {
		today, err := filepath.Glob(filepath.Join(f.runs, "*", name+".parquet"))
		if err != nil || len(today) == 0 {
			t.Fatalf("%s: %v, %v", name, today, err)
		}
		for _, files := range [][]string{slices.Concat(older, today), slices.Concat(today, older)} {
			all := fmt.Sprintf("read_parquet(%s, union_by_name = true, filename = true)", sqlList(files))
			types := describe(t, db, all)
			if len(types) != len(tables[name].columns)+1 {
				t.Errorf("%s: %d columns together, want %d and the file's name", name, len(types), len(tables[name].columns))
			}
			for _, path := range files {
				have := describe(t, db, fmt.Sprintf("'%s'", path))
				want := duckContents(t, db, path, tables[name].columns)
				for _, c := range tables[name].columns {
					if types[c.Name] != duckTypes[c.Type] {
						t.Errorf("%s: %s is %s, want %s", name, c.Name, types[c.Name], duckTypes[c.Type])
					}
					var rows, nulls int
					ask(t, db, fmt.Sprintf(`SELECT count(*), count(*) FILTER ("%s" IS NULL) FROM %s WHERE filename = '%s'`, c.Name, all, path), &rows, &nulls)
					wantNulls := int(want.Columns[c.Name].Nulls)
					if have[c.Name] == "" {
						wantNulls = want.Rows
					}
					if rows != want.Rows || nulls != wantNulls {
						t.Errorf("%s, %s: %d rows, %d null, want %d and %d", path, c.Name, rows, nulls, want.Rows, wantNulls)
					}
				}
			}
		}
	}
}

// TestSweep reads the shards of a sweep as one data set partitioned in Hive's layout.
func TestSweep(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	var rows, nets, kinds, flat int
	var names string
	ask(t, db, fmt.Sprintf(`SELECT count(*), count(DISTINCT (activation, initializer, gain, seed)), count(DISTINCT (activation, initializer)),
		string_agg(DISTINCT initializer, '; ' ORDER BY initializer) FROM read_parquet('%s/*/layers/**/*.parquet', hive_partitioning = true)`, f.shards), &rows, &nets, &kinds, &names)
	ask(t, db, fmt.Sprintf(`SELECT count(*) FROM '%s/*/layers.parquet' WHERE run_id IN (SELECT run_id FROM '%[1]s/*/layers/**/*.parquet')`, f.shards), &flat)
	if want := 2 * 2 * 3 * 2; nets != want || kinds != 4 || rows != want*(2+5*3) || flat != rows || names != "kaiming; xavier (lecture)" {
		t.Errorf("%d rows (%d in layers.parquet) of %d nets, initialisers %q; want %d nets of 17 rows", rows, flat, nets, names, want)
	}
}

// TestMerged reads what runs merge has made of all runs: host and day of the folders are those of
// the rows, no row is lost, and a filter on the folders' columns leaves files out.
func TestMerged(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	for name := range tables {
		flat := fmt.Sprintf("read_parquet('%s/*/%s.parquet')", f.runs, name)
		files := fmt.Sprintf("%s/%s/**/*.parquet", f.merged, name)
		var rows, runs, mergedRows, mergedRuns, hosts, elsewhere, otherDay, wrong int
		ask(t, db, "SELECT count(*), count(DISTINCT run_id), count(DISTINCT host) FROM "+flat, &rows, &runs, &hosts)
		ask(t, db, fmt.Sprintf("SELECT count(*), count(DISTINCT run_id) FROM read_parquet('%s', hive_partitioning = true)", files), &mergedRows, &mergedRuns)
		ask(t, db, fmt.Sprintf("SELECT count(*) FROM read_parquet('%s', hive_partitioning = true) WHERE host = 'elsewhere'", files), &elsewhere)
		ask(t, db, fmt.Sprintf("SELECT count(*) FROM read_parquet('%s', hive_partitioning = true) WHERE day = DATE '1999-12-31'", files), &otherDay)
		ask(t, db, fmt.Sprintf(`SELECT count(*) FILTER (NOT contains(filename, '/host=' || host || '/day=' || day || '/' || run_id || '.parquet') OR day <> strftime(started AT TIME ZONE 'UTC', '%%Y-%%m-%%d'))
			FROM read_parquet('%s', hive_partitioning = false, filename = true)`, files), &wrong)
		if mergedRows != rows || mergedRuns != runs || rows == 0 || hosts != 1 || elsewhere != 0 || otherDay != 0 || wrong != 0 {
			t.Errorf("%s: %d rows of %d runs, want %d of %d; %d rows of another host, %d of another day, %d in the wrong folder", name, mergedRows, mergedRuns, rows, runs, elsewhere, otherDay, wrong)
		}
	}
	var commands int
	ask(t, db, fmt.Sprintf("SELECT count(DISTINCT run_id) FROM read_json('%s/environment/**/*.json', union_by_name = true, hive_partitioning = true) WHERE complete AND len(command) > 0", f.merged), &commands)
	if found, err := filepath.Glob(filepath.Join(f.runs, "*", "environment.json")); err != nil || commands != len(found) {
		t.Errorf("%d environments, want %d (%v)", commands, len(found), err)
	}
}
