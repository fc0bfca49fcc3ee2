// Package duckdb_test opens the files of a real run with DuckDB, a reader that
// shares no code with the writer. It is a module of its own because DuckDB
// needs a C++ compiler, which nothing else here does.
package duckdb_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// runFolder makes a small real run and returns its folder.
func runFolder(t *testing.T) string {
	t.Helper()
	runs := t.TempDir()
	cmd := exec.Command("go", "run", ".", "bench", "--out", runs, "--filter", "op:(relu OR sigmoid OR uniform)", "--sizes", "64,4096", "--depth", "3", "--width", "64")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	found, err := filepath.Glob(filepath.Join(runs, "*", "environment.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("want one run below %s, found %v (%v)", runs, found, err)
	}
	return filepath.Dir(found[0])
}

func TestDuckDB(t *testing.T) {
	folder := runFolder(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	for _, name := range []string{"accuracy", "bench", "distribution", "layers"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, name+".parquet")
			var rows, runs int
			if err := db.QueryRow(fmt.Sprintf("SELECT count(*), count(DISTINCT run_id) FROM '%s'", file)).Scan(&rows, &runs); err != nil {
				t.Fatal(err)
			}
			if rows == 0 || runs != 1 {
				t.Errorf("%d rows of %d runs, want some rows of one run", rows, runs)
			}
			var nulls int
			if err := db.QueryRow(fmt.Sprintf("SELECT count(*) FROM '%s' WHERE run_id IS NULL OR host IS NULL OR started IS NULL", file)).Scan(&nulls); err != nil {
				t.Fatal(err)
			}
			if nulls != 0 {
				t.Errorf("%d rows do not say which run they belong to", nulls)
			}
			t.Logf("%s: %d rows", filepath.Base(file), rows)
		})
	}

	// Lists survive: a histogram of counts adds up to what was compared.
	var wrong, hist int
	err = db.QueryRow(fmt.Sprintf("SELECT count(*) FILTER (list_sum(ulp_histogram) <> compared), count(*) FROM '%s'", filepath.Join(folder, "accuracy.parquet"))).Scan(&wrong, &hist)
	if err != nil {
		t.Fatal(err)
	}
	if wrong != 0 || hist == 0 {
		t.Errorf("%d of %d accuracy histograms do not add up to the results compared", wrong, hist)
	}
}

// The counts of a fill's draws add up to their number, and edges and probabilities belong to them.
func TestDistribution(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var wrong, rows int
	err = db.QueryRow(fmt.Sprintf(`SELECT count(*) FILTER (list_sum(counts) <> draws OR len(edges) + 1 <> len(counts) OR len(below) <> len(edges)), count(*)
		FROM '%s' WHERE statistic = 'counts'`, filepath.Join(runFolder(t), "distribution.parquet"))).Scan(&wrong, &rows)
	if err != nil {
		t.Fatal(err)
	}
	if wrong != 0 || rows == 0 {
		t.Errorf("%d of %d rows of counts do not fit together", wrong, rows)
	}
}

var sqlBlock = regexp.MustCompile("(?s)```sql\n(.*?)```")

// TestREADMEQueries runs every SQL query of the README.
func TestREADMEQueries(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := sqlBlock.FindAllSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("README.md has no SQL block")
	}
	folder := runFolder(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, block := range blocks {
		query := strings.ReplaceAll(string(block[1]), "reports/runs/*", folder)
		for _, statement := range strings.Split(query, ";") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			rows, err := db.Query(statement)
			if err != nil {
				t.Errorf("%v in\n%s", err, statement)
				continue
			}
			n := 0
			for rows.Next() {
				n++
			}
			if err := rows.Err(); err != nil {
				t.Errorf("%v in\n%s", err, statement)
			}
			rows.Close()
			if n == 0 {
				t.Errorf("no rows from\n%s", statement)
			}
			t.Logf("%d rows from\n%s", n, statement)
		}
	}
}
