// Package duckdb_test opens every file that actinit writes with DuckDB, a reader that shares no
// code with the writer, and runs every query of the documentation. It is a module of its own
// because DuckDB needs a C++ compiler, which nothing else here does. DuckDB takes Arrow's batches only
// in builds with the tag duckdb_arrow: go test -tags duckdb_arrow, as make test-external does.
package duckdb_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

var (
	keep   = flag.String("keep", "", "empty folder for the runs that the tests make, which keeps them for the tests in other languages")
	update = flag.Bool("update", false, "write the answers in COOKBOOK.md again")
)

// stored are real runs that are part of the source: COOKBOOK.md's answers come from them.
var stored = filepath.Join("..", "testdata", "runs")

// source is the program's folder, also for tests that work in another.
var source = func() string {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		panic(err)
	}
	return root
}()

// fresh is what the program of today writes.
type fresh struct {
	root    string // holds the rest
	runs    string // folder of runs
	shards  string // folder of the shards that one of these runs was joined of
	merged  string // the same runs as one data set
	weights string // of a small network
}

// temporary is the folder of the runs where nobody keeps them.
var temporary string

// makeFresh makes the runs once, for all tests.
var makeFresh = sync.OnceValues(func() (fresh, error) {
	root := *keep
	if root == "" {
		var err error
		if root, err = os.MkdirTemp("", "actinit-external-"); err != nil {
			return fresh{}, err
		}
		temporary = root
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return fresh{}, err
	}
	f := fresh{root, filepath.Join(root, "reports", "runs"), filepath.Join(root, "shards"), filepath.Join(root, "merged"), filepath.Join(root, "weights.parquet")}
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		return f, fmt.Errorf("%s: want an empty folder, it has %d entries (%v)", root, len(left), err)
	}
	const network = `{"preset": "jax", "layers": [
		{"name": "fc1.kernel", "shape": [300, 784]}, {"name": "fc1.bias", "shape": [300]},
		{"name": "fc2.kernel", "shape": [10, 300], "init": "xavier_uniform", "dtype": "float64"}]}`
	spec := filepath.Join(root, "net.json")
	if err := os.WriteFile(spec, []byte(network), 0o666); err != nil {
		return f, err
	}
	lenient := filepath.Join(root, "thresholds") // the rows are wanted, not a verdict on a busy machine
	if err := os.WriteFile(lenient, []byte("*  slower=1000%\n"), 0o666); err != nil {
		return f, err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(root, "actinit"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	const sweep = `act=tanh,relu init=kaiming,"xavier (lecture)" depth=3 width=64 batch=16 gain=.8:1.2:.2 seed=1:2`
	if err := f.run(build); err != nil {
		return f, err
	}
	for _, args := range [][]string{
		{"init", "--spec", spec, "--seed", "7", "--out", f.weights},
		{"bench", "--out", f.runs, "--filter", "op:(relu OR sigmoid OR uniform)", "--sizes", "64,4096", "--depth", "3", "--width", "64"},
		{"bench", "--out", f.runs, "--stages", "pairs", "--against", "self", "--thresholds", lenient, "--budget", "2s", "--filter", "op:relu dir:forward type:float32", "--sizes", "4096"},
		{"reproduce", "relu-correlation", "--out", f.runs},
		{"layers", "--out", f.shards, "--id", "1", "--shard", "1/2", "--grid", sweep},
		{"layers", "--out", f.shards, "--id", "2", "--shard", "2/2", "--grid", sweep},
		{"runs", "join", filepath.Join(f.shards, "1"), filepath.Join(f.shards, "2"), "--out", f.runs},
		{"runs", "merge", f.merged, "--out", f.runs},
	} {
		if err := f.run(exec.Command(filepath.Join(f.root, "actinit"), args...)); err != nil {
			return f, err
		}
	}
	return f, nil
})

func (f fresh) run(cmd *exec.Cmd) error {
	cmd.Dir = source
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

func freshRuns(t *testing.T) fresh {
	t.Helper()
	f, err := makeFresh()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestMain removes what the tests have made.
func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if temporary != "" {
		os.RemoveAll(temporary)
	}
	os.Exit(status)
}

// open opens a database in memory.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	// Every session keeps views and settings to itself.
	db.SetMaxOpenConns(1)
	return db
}

// ask scans the one row of a query's answer.
func ask(t *testing.T, db *sql.DB, query string, into ...any) {
	t.Helper()
	if err := db.QueryRow(query).Scan(into...); err != nil {
		t.Fatalf("%v in\n%s", err, query)
	}
}

// only returns the one file that a pattern matches.
func only(t *testing.T, pattern ...string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(found) != 1 {
		t.Fatalf("want one file %s, found %v (%v)", filepath.Join(pattern...), found, err)
	}
	return found[0]
}
