// Package duckdb_test opens the files of a real run with DuckDB, a reader that
// shares no code with the writer. It is a module of its own because DuckDB
// needs a C++ compiler, which nothing else here does.
package duckdb_test

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// actinit runs the program.
func actinit(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"run", "."}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

// weights draws the weights of a small network and returns their Parquet file.
func weights(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	spec, out := filepath.Join(dir, "net.json"), filepath.Join(dir, "weights.parquet")
	const network = `{"preset": "jax", "layers": [
		{"name": "fc1.kernel", "shape": [300, 784]}, {"name": "fc1.bias", "shape": [300]},
		{"name": "fc2.kernel", "shape": [10, 300], "init": "xavier_uniform", "dtype": "float64"}]}`
	if err := os.WriteFile(spec, []byte(network), 0o666); err != nil {
		t.Fatal(err)
	}
	actinit(t, "init", "--spec", spec, "--seed", "7", "--out", out)
	return out
}

// TestWeights compares what DuckDB finds in a weight file with what was asked for.
func TestWeights(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(fmt.Sprintf("SELECT name, type, shape[1] * coalesce(shape[2], 1), len(values), list_stddev_pop(values), list_max(list_transform(values, x -> abs(x))) FROM '%s'", weights(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := map[string]struct {
		typ        string
		n          int
		std, bound float64
	}{
		"fc1.kernel": {"float32", 300 * 784, 1 / math.Sqrt(784), 2 / math.Sqrt(784) / .8796},
		"fc1.bias":   {"float32", 300, 0, 0},
		"fc2.kernel": {"float64", 3000, math.Sqrt(2. / 310), math.Sqrt(6. / 310)},
	}
	found := 0
	for rows.Next() {
		var name, typ string
		var size, n int
		var std, largest float64
		if err := rows.Scan(&name, &typ, &size, &n, &std, &largest); err != nil {
			t.Fatal(err)
		}
		found++
		w, ok := want[name]
		if !ok || typ != w.typ || size != w.n || n != w.n || math.Abs(std-w.std) > 5*w.std/math.Sqrt(2*float64(n)) || largest > w.bound || largest < .95*w.bound {
			t.Errorf("%s: %s, shape of %d, %d values, standard deviation %v, largest %v, want %+v", name, typ, size, n, std, largest, w)
		}
		t.Logf("%s: %d values of %s, standard deviation %.5f, largest %.5f", name, n, typ, std, largest)
	}
	if err := rows.Err(); err != nil || found != len(want) {
		t.Errorf("%d tensors, %v", found, err)
	}
}

// runFolder makes a small real run and returns its folder.
func runFolder(t *testing.T) string {
	t.Helper()
	runs := t.TempDir()
	actinit(t, "bench", "--out", runs, "--filter", "op:(relu OR sigmoid OR uniform)", "--sizes", "64,4096", "--depth", "3", "--width", "64")
	return onlyRun(t, runs)
}

// reproduced makes a run of an experiment and returns its folder.
func reproduced(t *testing.T) string {
	t.Helper()
	runs := t.TempDir()
	actinit(t, "reproduce", "relu-correlation", "--out", runs)
	return onlyRun(t, runs)
}

// swept makes two shards of a sweep and returns the folder of their runs.
func swept(t *testing.T) string {
	t.Helper()
	runs := t.TempDir()
	for _, shard := range []string{"1/2", "2/2"} {
		actinit(t, "layers", "--out", runs, "--shard", shard,
			"--grid", `act=tanh,relu init=kaiming,"xavier (lecture)" depth=3 width=64 batch=16 gain=.8:1.2:.2 seed=1:2`)
	}
	return runs
}

// TestSweep reads the shards of a sweep as one data set partitioned in Hive's layout.
func TestSweep(t *testing.T) {
	runs := swept(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows, nets, kinds, flat int
	var names string
	err = db.QueryRow(fmt.Sprintf(`SELECT count(*), count(DISTINCT (activation, initializer, gain, seed)), count(DISTINCT (activation, initializer)),
		string_agg(DISTINCT initializer, '; ' ORDER BY initializer) FROM read_parquet('%s/*/layers/**/*.parquet', hive_partitioning = true)`, runs)).Scan(&rows, &nets, &kinds, &names)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(fmt.Sprintf(`SELECT count(*) FROM '%s/*/layers.parquet'`, runs)).Scan(&flat); err != nil {
		t.Fatal(err)
	}
	if want := 2 * 2 * 3 * 2; nets != want || kinds != 4 || rows != want*(2+5*3) || flat != rows || names != "kaiming; xavier (lecture)" {
		t.Errorf("%d rows (%d in layers.parquet) of %d nets, initialisers %q; want %d nets of 17 rows", rows, flat, nets, names, want)
	}
}

func onlyRun(t *testing.T, runs string) string {
	t.Helper()
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

// The table of claims and the curves of its figures, as a reader asks for them.
func TestReproduce(t *testing.T) {
	folder := reproduced(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	claims, curves := filepath.Join(folder, "claims.parquet"), filepath.Join(folder, "curves.parquet")

	// Each claim that does not agree: none, or actinit had failed. The bounds say the same.
	var disagree, outside, rows int
	err = db.QueryRow(fmt.Sprintf(`SELECT count(*) FILTER (NOT agrees), count(*) FILTER (relation = 'about' AND abs(measured - published) > tolerance), count(*)
		FROM '%s' WHERE low <= measured AND measured <= high AND seeds >= 3`, claims)).Scan(&disagree, &outside, &rows)
	if err != nil {
		t.Fatal(err)
	}
	if disagree != 0 || outside != 0 || rows == 0 {
		t.Errorf("of %d claims %d do not agree and %d are outside their tolerance", rows, disagree, outside)
	}

	// The curves of one figure: lines of as many points as the net has layers, in their order.
	lines, err := db.Query(fmt.Sprintf(`SELECT series, seed, count(*), list(x ORDER BY point) = list(x ORDER BY x) FROM '%s'
		WHERE figure = 'correlation of two inputs against layer' GROUP BY series, seed ORDER BY series, seed`, curves))
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	theory, measured := 0, 0
	for lines.Next() {
		var series string
		var seed, points int
		var ordered bool
		if err := lines.Scan(&series, &seed, &points, &ordered); err != nil {
			t.Fatal(err)
		}
		switch series {
		case "paper": // the few layers that the paper names
			if points == 0 || !ordered {
				t.Errorf("%s: %d points, in order: %v", series, points, ordered)
			}
			continue
		case "theory":
			theory++
		default:
			measured++
		}
		if points != 51 || !ordered {
			t.Errorf("%s, seed %d: %d points, in order: %v", series, seed, points, ordered)
		}
	}
	if err := lines.Err(); err != nil || theory != 1 || measured < 3 {
		t.Errorf("%d lines of theory and %d measured (%v)", theory, measured, err)
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
	folder, claimed, drawn, sweep := runFolder(t), reproduced(t), weights(t), swept(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, block := range blocks {
		query := strings.NewReplacer("reports/runs/*/claims", claimed+"/claims", "reports/runs/*/layers/**", sweep+"/*/layers/**", "reports/runs/*", folder, "weights.parquet", drawn).Replace(string(block[1]))
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
