package runstore

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// duckTypes are DuckDB's names of the columns' types.
var duckTypes = map[string]string{
	"string": "VARCHAR", "bool": "BOOLEAN", "timestamp[us, UTC]": "TIMESTAMP WITH TIME ZONE",
	"int64": "BIGINT", "optional int64": "BIGINT", "list<int64>": "BIGINT[]",
	"float64": "DOUBLE", "optional float64": "DOUBLE", "list<float64>": "DOUBLE[]",
}

// duckTables are the tables that runs hold.
var duckTables = []struct {
	name    string
	columns []rowfile.Column
}{
	{rowfile.Name[result.Bench](), rowfile.Columns[result.Bench]()},
	{rowfile.Name[result.Pair](), rowfile.Columns[result.Pair]()},
	{rowfile.Name[result.Limit](), rowfile.Columns[result.Limit]()},
	{rowfile.Name[result.Accuracy](), rowfile.Columns[result.Accuracy]()},
	{rowfile.Name[result.Distribution](), rowfile.Columns[result.Distribution]()},
	{rowfile.Name[result.Layer](), rowfile.Columns[result.Layer]()},
	{rowfile.Name[result.Claim](), rowfile.Columns[result.Claim]()},
	{rowfile.Name[result.Curve](), rowfile.Columns[result.Curve]()},
}

// The runs that count: whole ones, and shards whose rows no joined run has, which are known by name and start, as a run of
// another machine may have a shard's name. An environment that is
// damaged has no row, so that one run does not hide all others.
const viewRuns = `CREATE OR REPLACE VIEW runs AS
  WITH environments AS (SELECT TRY_CAST(content AS JSON) AS e FROM read_text(%s)%s),
    joined AS (SELECT e ->> '$.run_id' AS whole, CAST(e ->> '$.started' AS TIMESTAMP WITH TIME ZONE) AS whole_started, unnest(e ->> '$.joined[*].run_id') AS run_id,
      unnest(e ->> '$.joined[*].host') AS host, CAST(unnest(e ->> '$.joined[*].started') AS TIMESTAMP WITH TIME ZONE) AS started
      FROM environments WHERE (e ->> '$.complete') = 'true'),
    again AS (SELECT b.whole FROM joined a JOIN joined b USING (run_id, host, started) WHERE (a.whole_started, a.whole) < (b.whole_started, b.whole))
  SELECT e ->> '$.run_id' AS run_id, e ->> '$.host' AS host, CAST(e ->> '$.started' AS TIMESTAMP WITH TIME ZONE) AS started,
    CAST(e ->> '$.finished' AS TIMESTAMP WITH TIME ZONE) AS finished, left(e ->> '$.commit', 7) AS built_from, e ->> '$.executable' AS executable, e ->> '$.cpu' AS cpu, e ->> '$.isa' AS isa,
    array_to_string(e ->> '$.command[*]', ' ') AS command, regexp_extract(array_to_string(e ->> '$.command[*]', ' '), '--shard=(\S+)', 1) AS shard
  FROM environments ANTI JOIN joined ON (e ->> '$.run_id') = joined.run_id AND CAST(e ->> '$.started' AS TIMESTAMP WITH TIME ZONE) = joined.started
  WHERE (e ->> '$.complete') = 'true' AND (e ->> '$.run_id') NOT IN (SELECT whole FROM again);

-- The newest run that has rows in the table of this name and is no shard: newest('bench').
CREATE OR REPLACE MACRO newest(name) AS (SELECT max_by(run_id, runs.started) FROM query_table(name) JOIN runs USING (run_id) WHERE shard = '');
`

// WriteViews writes the SQL that makes DuckDB see the runs in a folder, or in a data set that Merge
// made, as one view for each table, of all columns and types of today: what a file of an older version
// has not is null, and a table without files has no rows. Runs that are not complete are left out, and
// shards whose rows a joined run has too, and of several runs joined of one shard all but the first (see
// WithoutDoubles). The view runs has a row for each run, and newest(TABLE) is the newest that is no shard. Files are found when a query is run; but of a table that had none when
// the views were made, none are looked for. Runs of which files are missing are left out, and returned, as errors that
// say so: they must not stand for their shards, or for a run that has no more.
func WriteViews(w io.Writer, folder string) (left []error, err error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	merged := isMerged(absolute)
	environments := viewFiles(absolute, merged, "environment", ".json")
	if len(environments.found) == 0 {
		return nil, fmt.Errorf("%s: no run", folder)
	}
	var but []string // environments, quoted
	for _, path := range environments.found {
		if env, err := environmentAt(path); err == nil && !merged {
			if err := whole(filepath.Dir(path), env); err != nil {
				left, but = append(left, err), append(but, quoted(path))
			}
		}
	}
	where := ""
	if len(but) > 0 {
		where = " WHERE filename NOT IN (" + strings.Join(but, ", ") + ")"
	}
	if _, err := fmt.Fprintf(w, viewRuns, environments.pattern, where); err != nil {
		return nil, err
	}
	for _, table := range duckTables {
		columns := make([]string, len(table.columns))
		for i, c := range table.columns {
			columns[i] = fmt.Sprintf("CAST(NULL AS %s) AS %q", duckTypes[c.Type], c.Name)
		}
		rows := "  SELECT " + strings.Join(columns, ", ") + " WHERE false\n"
		if files := viewFiles(absolute, merged, table.name, ".parquet"); len(files.found) > 0 {
			all := "*"
			if table.name == rowfile.Name[result.Bench]() {
				all = "* REPLACE (coalesce(nullif(mode, ''), '" + result.Warm + "') AS mode)" // older versions knew no other
			}
			hive := ""
			if merged {
				hive = ", hive_partitioning = true, hive_types_autocast = false"
			}
			rows = fmt.Sprintf("  SELECT %s FROM (\n  %s    UNION ALL BY NAME FROM read_parquet(%s, union_by_name = true%s))\n  WHERE run_id IN (SELECT run_id FROM runs)\n", all, rows, files.pattern, hive)
		}
		if _, err := fmt.Fprintf(w, "\nCREATE OR REPLACE VIEW %s AS\n%s;\n", table.name, strings.TrimSuffix(rows, "\n")); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// quoted is a path as a string of SQL.
func quoted(path string) string {
	return "'" + strings.ReplaceAll(filepath.ToSlash(path), "'", "''") + "'"
}

// isMerged tells a data set that Merge made from a folder of runs.
func isMerged(folder string) bool {
	hosts, err := filepath.Glob(filepath.Join(glob(folder), "environment", "host=*"))
	return err == nil && len(hosts) > 0
}

// files are those of a table: as a pattern of DuckDB, quoted, and the ones that are there now.
type files struct {
	pattern string
	found   []string
}

// viewFiles finds the files of a table below an absolute folder.
func viewFiles(folder string, merged bool, table, suffix string) files {
	below := filepath.Join("*", table+suffix)
	if merged {
		below = filepath.Join(table, "host=*", "day=*", "*"+suffix)
	}
	pattern := filepath.Join(glob(folder), below)
	found, _ := filepath.Glob(pattern) // the pattern is well-formed
	return files{quoted(pattern), found}
}
