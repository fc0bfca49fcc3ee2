//go:build duckdb_arrow

package duckdb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/duckdb/duckdb-go/v2"
)

// TestArrow hands the record batches of layers.arrow to DuckDB, by Arrow's C interface, and has it
// compare them with layers.parquet: the same columns, and the same rows as often. (The extension
// by which DuckDB opens such a file itself is no part of DuckDB and would have to be downloaded.)
func TestArrow(t *testing.T) {
	f := freshRuns(t)
	files, err := filepath.Glob(filepath.Join(f.runs, "*", "layers.arrow"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		db := open(t)
		conn, err := db.Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		reader := batches(t, path)
		err = conn.Raw(func(driver any) error {
			session, err := duckdb.NewArrowFromConn(driver.(*duckdb.Conn))
			if err != nil {
				return err
			}
			release, err := session.RegisterView(reader, "batches")
			t.Cleanup(release)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if _, err := db.Exec("CREATE TABLE arrow AS FROM batches"); err != nil { // batches can be read once
			t.Fatal(err)
		}
		parquet := fmt.Sprintf("read_parquet('%s', hive_partitioning = false)", filepath.Join(filepath.Dir(path), "layers.parquet"))
		have := describe(t, db, "arrow")
		for name, typ := range describe(t, db, parquet) {
			if have[name] != typ {
				t.Errorf("%s: %s is %s, in Parquet %s", path, name, have[name], typ)
			}
		}
		var rows, here, there int
		ask(t, db, fmt.Sprintf("SELECT (SELECT count(*) FROM arrow), (SELECT count(*) FROM (FROM arrow EXCEPT ALL FROM %[1]s)), (SELECT count(*) FROM (FROM %[1]s EXCEPT ALL FROM arrow))", parquet), &rows, &here, &there)
		if rows == 0 || here != 0 || there != 0 {
			t.Errorf("%s: of %d rows %d are not in layers.parquet, which has %d others", path, rows, here, there)
		}
	}
}

// batches reads an Arrow file.
func batches(t *testing.T, path string) array.RecordReader {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := ipc.NewFileReader(file)
	if err != nil {
		t.Fatal(err)
	}
	records := make([]arrow.RecordBatch, r.NumRecords())
	for i := range records {
		if records[i], err = r.RecordBatchAt(i); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := array.NewRecordReader(r.Schema(), records)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}
