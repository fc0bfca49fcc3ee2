package duckdb_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"actinit/reports/rowfile"
)

// duckTypes are DuckDB's names of the columns' types.
var duckTypes = map[string]string{
	"string": "VARCHAR", "bool": "BOOLEAN", "timestamp[us, UTC]": "TIMESTAMP WITH TIME ZONE",
	"int64": "BIGINT", "optional int64": "BIGINT", "list<int64>": "BIGINT[]",
	"float64": "DOUBLE", "optional float64": "DOUBLE", "list<float64>": "DOUBLE[]",
}

// sortedBy are columns by which DuckDB is to find a table's rows sorted.
var sortedBy = map[string]string{
	"bench":        "op, direction, type, variant, workers, n, mode, run_id, sample",
	"accuracy":     "op, direction, type, variant, run_id",
	"distribution": "fill, type, statistic, run_id",
	"layers":       "activation, initializer, data, width, depth, batch, gain, bias_std, seed, quantity, layer, run_id",
	"claims":       "experiment, run_id",
	"curves":       "experiment, figure, series, seed, point, run_id",
	"pairs":        "op, direction, type, variant, workers, n, mode, comparison, run_id, block, pair",
	"limits":       "name, type, isa, workers, bytes, run_id, sample",
}

// TestParquet looks at how the files are laid out, with DuckDB's eyes: what lets a program read
// a part of a file without the rest. DuckDB does not tell of page indexes and sorting columns:
// package rowfile's tests do.
func TestParquet(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	for _, path := range parquetFiles(t, f.runs) {
		name := tableOf(path)
		columns := tables[name].columns
		types := describe(t, db, fmt.Sprintf("read_parquet('%s', hive_partitioning = false)", path))
		units, comments := map[string]string{}, map[string]string{}
		for _, c := range columns {
			if types[c.Name] != duckTypes[c.Type] {
				t.Errorf("%s: %s is %s, want %s", path, c.Name, types[c.Name], duckTypes[c.Type])
			}
			if c.Unit != "" {
				units[c.Name] = c.Unit
			}
			if c.Comment != "" {
				comments[c.Name] = c.Comment
			}
		}

		var chunks, notZstd, largest, noDictionary, dictionary, noBounds int
		ask(t, db, fmt.Sprintf(`SELECT count(*), count(*) FILTER (compression <> 'ZSTD'), max(row_group_num_rows),
			count(*) FILTER (type = 'BYTE_ARRAY' AND (dictionary_page_offset IS NULL OR NOT encodings LIKE '%%RLE_DICTIONARY%%')),
			count(*) FILTER (type = 'BYTE_ARRAY'),
			count(*) FILTER (stats_null_count IS NULL OR type IN ('BYTE_ARRAY', 'INT64') AND stats_null_count < num_values AND (stats_min_value IS NULL OR stats_max_value IS NULL))
			FROM parquet_metadata('%s') WHERE num_values > 0 AND NOT path_in_schema LIKE '%%list%%'`, path), &chunks, &notZstd, &largest, &noDictionary, &dictionary, &noBounds)
		if chunks == 0 || dictionary == 0 || notZstd+noDictionary+noBounds > 0 || largest > 122880 {
			t.Errorf("%s: of %d column chunks %d are not zstd, %d have no smallest and largest value; of %d of text %d have no dictionary; %d rows in a group",
				path, chunks, notZstd, noBounds, dictionary, noDictionary, largest)
		}

		var schema, run string
		value := func(key string) string {
			return fmt.Sprintf("(SELECT decode(value) FROM parquet_kv_metadata('%s') WHERE decode(key) = '%s')", path, key)
		}
		ask(t, db, "SELECT "+value(rowfile.KeySchema)+", "+value(rowfile.KeyRun), &schema, &run)
		for key, want := range map[string]map[string]string{rowfile.KeyUnits: units, rowfile.KeyComments: comments} {
			var text string
			ask(t, db, "SELECT "+value(key), &text)
			var got map[string]string
			if err := json.Unmarshal([]byte(text), &got); err != nil || !maps.Equal(got, want) {
				t.Errorf("%s: %s is %s (%v), want %v", path, key, text, err, want)
			}
		}
		var ids string
		ask(t, db, fmt.Sprintf("SELECT string_agg(DISTINCT run_id, ',') FROM read_parquet('%s', hive_partitioning = false)", path), &ids)
		if schema != name+"/1" || run != ids {
			t.Errorf("%s: schema %s of run %s, whose rows are %s's", path, schema, run, ids)
		}

		var disorder int
		ask(t, db, fmt.Sprintf(`SELECT count(*) FROM (SELECT ROW(%[1]s) AS key, lag(ROW(%[1]s)) OVER (ORDER BY file_row_number) AS before
			FROM read_parquet('%[2]s', file_row_number = true, hive_partitioning = false)) WHERE before > key`, sortedBy[name], path), &disorder)
		if disorder > 0 {
			t.Errorf("%s: %d rows are not in the order of %s", path, disorder, sortedBy[name])
		}
	}
}

// TestNaNIsFound finds rows by a filter on a column with NaN: the extremes in the file must not hide them.
func TestNaNIsFound(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	file := filepath.Join(f.runs, "*", "layers.parquet")
	var byFilter, counted, all int
	ask(t, db, fmt.Sprintf("SELECT count(*) FROM '%s' WHERE isnan(chi)", file), &byFilter)
	ask(t, db, fmt.Sprintf("SELECT count(*) FILTER (isnan(chi)), count(*) FROM '%s'", file), &counted, &all)
	if byFilter != counted || counted == 0 || counted == all {
		t.Errorf("of %d rows a filter finds %d with a chi that is NaN, a count %d", all, byFilter, counted)
	}
}

// TestSums: what belongs together in a row adds up.
func TestSums(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	for _, c := range []struct{ file, where, wrong string }{
		{"accuracy", "true", "list_sum(ulp_histogram) <> compared"},
		{"distribution", "statistic = 'counts'", "list_sum(counts) <> draws OR len(edges) + 1 <> len(counts) OR len(below) <> len(edges)"},
		{"layers", "quantity <> 'failed'", "list_sum(histogram) + histogram_below + histogram_above + nan_count + inf_count <> count"},
		{"pairs", "true", "abs(log_ratio - ln(new_ns / old_ns)) > 1e-12"},
		{"bench", "true", "abs(ns_per_elem * n * iterations / elapsed_ns - 1) > 1e-12"},
		{"claims", "seeds >= 3", "low > measured OR measured > high OR NOT agrees OR relation = 'about' AND abs(measured - published) > tolerance"},
	} {
		var wrong, rows int
		ask(t, db, fmt.Sprintf("SELECT count(*) FILTER (%s), count(*) FROM '%s' WHERE %s", c.wrong, filepath.Join(f.runs, "*", c.file+".parquet"), c.where), &wrong, &rows)
		if wrong != 0 || rows == 0 {
			t.Errorf("%s: %d of %d rows with %s", c.file, wrong, rows, c.wrong)
		}
	}
}

// TestCurves reads the curves of one figure: lines of as many points as the net has layers, in their order.
func TestCurves(t *testing.T) {
	f := freshRuns(t)
	db := open(t)
	rows, err := db.Query(fmt.Sprintf(`SELECT series, seed, count(*), list(x ORDER BY point) = list(x ORDER BY x) FROM '%s'
		WHERE figure = 'correlation of two inputs against layer' GROUP BY series, seed ORDER BY series, seed`, only(t, f.runs, "*", "curves.parquet")))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	theory, measured := 0, 0
	for rows.Next() {
		var series string
		var seed, points int
		var ordered bool
		if err := rows.Scan(&series, &seed, &points, &ordered); err != nil {
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
	if err := rows.Err(); err != nil || theory != 1 || measured < 3 {
		t.Errorf("%d lines of theory and %d measured (%v)", theory, measured, err)
	}
}

// sqlList is a list of paths as SQL has it.
func sqlList(paths []string) string {
	return "['" + strings.Join(paths, "', '") + "']"
}
