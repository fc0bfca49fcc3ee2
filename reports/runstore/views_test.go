package runstore_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/reports/runstore"
)

// What the views give is tested with DuckDB, in reports/duckdb.
func TestWriteViews(t *testing.T) {
	root := t.TempDir()
	var sql bytes.Buffer
	file, set := filepath.Join(root, "file"), filepath.Join(root, "set")
	if err := errors.Join(os.WriteFile(file, nil, 0o666), os.MkdirAll(filepath.Join(set, "bench", "host=box"), 0o777)); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		root: "no run: make one with actinit bench", filepath.Join(root, "none"): "there is no such folder: name one", file: "it is a file: name a folder", set: "the data set has no environments: ",
	} {
		if _, err := runstore.WriteViews(&sql, folder); err == nil || !strings.HasPrefix(err.Error(), folder+": "+want) || sql.Len() > 0 {
			t.Errorf("%s: %v, and %d bytes are written", folder, err, sql.Len())
		}
	}
	run := filepath.Join(root, "it's", "a-run")
	if err := os.MkdirAll(run, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{runstore.FileEnvironment, runstore.FileBench} {
		if err := os.WriteFile(filepath.Join(run, file), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := runstore.WriteViews(&sql, filepath.Dir(run)); err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	for text, want := range map[string]int{"/it''s/*/bench.parquet'": 1, "read_parquet": 1, "/it''s/*/environment.json'": 1, "CREATE OR REPLACE VIEW": 9, `CAST(NULL AS BIGINT[]) AS "histogram"`: 1} {
		if n := strings.Count(sql.String(), text); n != want {
			t.Errorf("%s is there %d times, want %d", text, n, want)
		}
	}
}
