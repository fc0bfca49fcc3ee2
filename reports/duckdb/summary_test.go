package duckdb_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// A column is what a reader has to find in one column of a file. Of a list all elements count;
// times are microseconds since 1970, false is 0 and true is 1.
type column struct {
	Values    int64   `json:"values"`     // that are not null
	Nulls     int64   `json:"nulls"`      //
	NotFinite int64   `json:"not_finite"` // NaN and infinities, which the rest leaves out
	Sum       float64 `json:"sum"`
	Magnitude float64 `json:"magnitude"` // sum of the absolute values, by which errors of Sum are to be judged
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Distinct  int64   `json:"distinct"` // of text, as the rest
	First     string  `json:"first"`
	Last      string  `json:"last"`
}

// same compares all but rounding errors of sums.
func (c column) same(other column) bool {
	close := math.Abs(c.Sum-other.Sum) <= 1e-9*c.Magnitude && math.Abs(c.Magnitude-other.Magnitude) <= 1e-9*c.Magnitude
	other.Sum, other.Magnitude = c.Sum, c.Magnitude
	return close && c == other
}

func (c *column) number(v float64) {
	c.Values++
	if math.IsNaN(v) || math.IsInf(v, 0) {
		c.NotFinite++
		return
	}
	if c.Values-c.NotFinite == 1 {
		c.Min, c.Max = v, v
	}
	c.Sum, c.Magnitude, c.Min, c.Max = c.Sum+v, c.Magnitude+math.Abs(v), min(c.Min, v), max(c.Max, v)
}

// A contents is what a file holds by column, as Go's reader sees it.
type contents struct {
	Rows    int               `json:"rows"`
	Columns map[string]column `json:"columns"`
}

// A kind is a table that runs hold.
type kind struct {
	columns []rowfile.Column
	read    func(path string) (contents, error)
}

var tables = map[string]kind{
	"bench":        {rowfile.Columns[result.Bench](), contentsOf[result.Bench]},
	"accuracy":     {rowfile.Columns[result.Accuracy](), contentsOf[result.Accuracy]},
	"distribution": {rowfile.Columns[result.Distribution](), contentsOf[result.Distribution]},
	"layers":       {rowfile.Columns[result.Layer](), contentsOf[result.Layer]},
	"claims":       {rowfile.Columns[result.Claim](), contentsOf[result.Claim]},
	"curves":       {rowfile.Columns[result.Curve](), contentsOf[result.Curve]},
	"pairs":        {rowfile.Columns[result.Pair](), contentsOf[result.Pair]},
	"limits":       {rowfile.Columns[result.Limit](), contentsOf[result.Limit]},
}

func contentsOf[R rowfile.Row](path string) (contents, error) {
	rows, err := rowfile.ReadParquet[R](path)
	c := contents{Rows: len(rows), Columns: map[string]column{}}
	for i, description := range rowfile.Columns[R]() {
		var col column
		texts := map[string]bool{}
		for j := range rows {
			switch v := reflect.ValueOf(&rows[j]).Elem().Field(i).Interface().(type) {
			case string:
				col.Values++
				texts[v] = true
			case int64:
				col.number(float64(v))
			case float64:
				col.number(v)
			case *int64:
				if v == nil {
					col.Nulls++
				} else {
					col.number(float64(*v))
				}
			case *float64:
				if v == nil {
					col.Nulls++
				} else {
					col.number(*v)
				}
			case bool:
				col.number(map[bool]float64{true: 1}[v])
			case time.Time:
				col.number(float64(v.UnixMicro()))
			case []int64:
				for _, element := range v {
					col.number(float64(element))
				}
			case []float64:
				for _, element := range v {
					col.number(element)
				}
			default:
				return c, fmt.Errorf("%s: no summary of %T", description.Name, v)
			}
		}
		if len(texts) > 0 {
			sorted := make([]string, 0, len(texts))
			for text := range texts {
				sorted = append(sorted, text)
			}
			slices.Sort(sorted)
			col.Distinct, col.First, col.Last = int64(len(sorted)), sorted[0], sorted[len(sorted)-1]
		}
		c.Columns[description.Name] = col
	}
	return c, err
}

// tableOf tells the table by a file's name, or by the folder of the data set that it is in.
func tableOf(path string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for _, part := range slices.Backward(parts) {
		if name := strings.TrimSuffix(part, ".parquet"); tables[name].read != nil {
			return name
		}
	}
	return ""
}

// parquetFiles returns the tables below a folder.
func parquetFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") && tableOf(path) != "" {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d tables: %v", root, len(files), err)
	}
	return files
}

// duckContents is contentsOf by DuckDB. Older files have not all columns.
func duckContents(t *testing.T, db *sql.DB, path string, columns []rowfile.Column) contents {
	t.Helper()
	file := fmt.Sprintf("read_parquet('%s', hive_partitioning = false)", path)
	c := contents{Columns: map[string]column{}}
	ask(t, db, "SELECT count(*) FROM "+file, &c.Rows)
	have := describe(t, db, file)
	for _, description := range columns {
		typ, ok := have[description.Name]
		if !ok {
			continue
		}
		var col column
		name := `"` + description.Name + `"`
		if typ == "VARCHAR" {
			ask(t, db, fmt.Sprintf("SELECT count(%[1]s), count(*) - count(%[1]s), count(DISTINCT %[1]s), coalesce(min(%[1]s), ''), coalesce(max(%[1]s), '') FROM %[2]s", name, file),
				&col.Values, &col.Nulls, &col.Distinct, &col.First, &col.Last)
		} else {
			switch {
			case strings.HasSuffix(typ, "[]"):
				name = "unnest(" + name + ")"
			case typ == "TIMESTAMP WITH TIME ZONE":
				name = "epoch_us(" + name + ")"
			}
			ask(t, db, fmt.Sprintf(`SELECT count(v), count(*) - count(v), count(*) FILTER (NOT isfinite(v)), coalesce(sum(v) FILTER (isfinite(v)), 0), coalesce(sum(abs(v)) FILTER (isfinite(v)), 0),
				coalesce(min(v) FILTER (isfinite(v)), 0), coalesce(max(v) FILTER (isfinite(v)), 0) FROM (SELECT x::DOUBLE AS v FROM (SELECT %s AS x FROM %s))`, name, file),
				&col.Values, &col.Nulls, &col.NotFinite, &col.Sum, &col.Magnitude, &col.Min, &col.Max)
		}
		c.Columns[description.Name] = col
	}
	return c
}

// describe returns the types of the columns that DuckDB finds.
func describe(t *testing.T, db *sql.DB, from string) map[string]string {
	t.Helper()
	rows, err := db.Query("SELECT column_name, column_type FROM (DESCRIBE FROM " + from + ")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			t.Fatal(err)
		}
		types[name] = typ
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return types
}

// TestContents compares all that DuckDB finds in every column of every file with what Go's
// reader finds, and writes the latter down for the tests in other languages.
func TestContents(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	expected := map[string]contents{}
	storedFiles, found := parquetFiles(t, stored), map[string]bool{}
	for _, path := range slices.Concat(parquetFiles(t, f.runs), parquetFiles(t, f.merged), storedFiles) {
		table := tables[tableOf(path)]
		want, err := table.read(path)
		if err != nil {
			t.Error(err)
			continue
		}
		got := duckContents(t, db, path, table.columns)
		isStored := slices.Contains(storedFiles, path)
		if got.Rows != want.Rows || got.Rows == 0 || !isStored && len(got.Columns) != len(want.Columns) {
			t.Errorf("%s: %d rows of %d columns, want %d of %d", path, got.Rows, len(got.Columns), want.Rows, len(want.Columns))
		}
		for name, col := range got.Columns {
			if !want.Columns[name].same(col) {
				t.Errorf("%s, %s: DuckDB finds %+v, Go %+v", path, name, col, want.Columns[name])
			}
		}
		maps.DeleteFunc(want.Columns, func(name string, _ column) bool { // that older files do not have
			_, has := got.Columns[name]
			return !has
		})
		absolute, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		expected[absolute] = want
		if !isStored {
			found[tableOf(path)] = true
		}
	}
	for name := range tables {
		if !found[name] {
			t.Errorf("no run made here has %s.parquet", name)
		}
	}
	t.Logf("%d files", len(expected))
	text, err := json.MarshalIndent(expected, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.root, "expected.json"), text, 0o666); err != nil {
		t.Fatal(err)
	}
}
