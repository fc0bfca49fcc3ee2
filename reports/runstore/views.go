package runstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
// another machine may have a shard's name. An environment that is damaged, if it is no text at all, has no row, so that one run does
// not hide all others; nor has a run whose removal was interrupted. Of copies of a run in one folder the first counts. Where several runs have one ID, as those of machines that all
// were given it by --id, each gets a name of its own: ID@HOST, or, of one machine's, ID@HOST@START.
const viewRuns = `CREATE OR REPLACE VIEW runs AS
  WITH environments AS (
      SELECT DISTINCT ON (given_id, host, started) e ->> '$.run_id' AS given_id, e ->> '$.host' AS host, CAST(e ->> '$.started' AS TIMESTAMP WITH TIME ZONE) AS started, e, folder
      FROM (SELECT TRY_CAST(TRY(decode(content)) AS JSON) AS e, %s AS folder FROM read_blob(%s) WHERE NOT regexp_matches(filename, '[/\\]\` + removed + `[^/\\]*[/\\][^/\\]*$')%s)
      WHERE (e ->> '$.complete') = 'true' ORDER BY folder),
    joined AS (
      SELECT given_id AS whole, host AS whole_host, started AS whole_started, unnest(e ->> '$.joined[*].run_id') AS given_id,
        unnest(e ->> '$.joined[*].host') AS host, CAST(unnest(e ->> '$.joined[*].started') AS TIMESTAMP WITH TIME ZONE) AS started
      FROM environments),
    again AS (
      SELECT b.whole AS given_id, b.whole_host AS host, b.whole_started AS started FROM joined a JOIN joined b USING (given_id, host, started)
      WHERE (a.whole_started, a.whole, a.whole_host) < (b.whole_started, b.whole, b.whole_host)),
    counting AS (FROM environments ANTI JOIN joined USING (given_id, started) ANTI JOIN again USING (given_id, host, started))
  SELECT CASE 1 WHEN count(*) OVER (PARTITION BY given_id) THEN given_id WHEN count(*) OVER (PARTITION BY given_id, host) THEN given_id || '@' || host
      ELSE given_id || '@' || host || '@' || strftime(started AT TIME ZONE 'UTC', '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ') END AS run_id,
    host, started, CAST(e ->> '$.finished' AS TIMESTAMP WITH TIME ZONE) AS finished, left(e ->> '$.commit', 7) AS built_from, e ->> '$.executable' AS executable,
    e ->> '$.cpu' AS cpu, e ->> '$.isa' AS isa,
    array_to_string(e ->> '$.command[*]', ' ') AS command, regexp_extract(array_to_string(e ->> '$.command[*]', ' '), '--shard=(\S+)', 1) AS shard,
    given_id, folder, if(count(*) OVER (PARTITION BY given_id, started) > 1, list_append(e ->> '$.joined[*].host', host), NULL) AS only_hosts
  FROM counting;

-- The newest run that has rows in the table of this name and is no shard: newest('bench').
CREATE OR REPLACE MACRO newest(name) AS (SELECT max_by(run_id, runs.started) FROM query_table(name) JOIN runs USING (run_id) WHERE shard = '');
`

// The rows of a table, and their run, whose start they all have, wherever it was gone on with. Where runs of one ID began in
// the same microsecond, it is the one that the row's host made. In a folder of runs they are of the run's own folder, and not of a
// copy beside it.
const viewRows = `  SELECT rows.* EXCLUDE (filename) REPLACE (%s) FROM (
  %s    UNION ALL BY NAME FROM read_parquet(%s, union_by_name = true, filename = true%s)) AS rows
  JOIN runs ON rows.run_id = runs.given_id AND rows.started = runs.started AND (only_hosts IS NULL OR list_contains(only_hosts, rows.host))
    AND (folder IS NULL OR folder = parse_dirpath(filename))
`

// WriteViews writes the SQL that makes DuckDB see the runs in a folder, or in a data set that Merge
// made, as one view for each table, of all columns and types of today: what a file of an older version
// has not is null, and a table without files has no rows. Runs that are not complete are left out, and
// shards whose rows a joined run has too, and of several runs joined of one shard all but the first (see
// WithoutDoubles). The view runs has a row for each run, and each a run_id of its own, which for runs of one ID is not that of the
// files (the column given_id is), and newest(TABLE) is the newest that is no shard. Files are found when a query is run; but of a table that had none when
// the views were made, none are looked for. Runs of which files are missing are left out, and returned, as errors that
// say so: they must not stand for their shards, or for a run that has no more.
func WriteViews(w io.Writer, folder string) (left []error, err error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	merged := IsMerged(absolute)
	environments := viewFiles(absolute, merged, mergedEnvironments, ".json")
	if len(environments.found) == 0 {
		return nil, noViews(folder, merged)
	}
	var but []string // environments, quoted
	for _, path := range environments.found {
		if env, err := environmentAt(path); err == nil && !merged && !isRemoved(filepath.Base(filepath.Dir(path))) {
			if err := whole(filepath.Dir(path), env); err != nil {
				left, but = append(left, err), append(but, quoted(path))
			}
		}
	}
	where, at := "", "parse_dirpath(filename)"
	if merged {
		at = "CAST(NULL AS VARCHAR)"
	}
	if len(but) > 0 {
		where = " AND filename NOT IN (" + strings.Join(but, ", ") + ")"
	}
	if _, err := fmt.Fprintf(w, viewRuns, at, environments.pattern, where); err != nil {
		return nil, err
	}
	for _, table := range duckTables {
		columns := make([]string, len(table.columns))
		for i, c := range table.columns {
			columns[i] = fmt.Sprintf("CAST(NULL AS %s) AS %q", duckTypes[c.Type], c.Name)
		}
		rows := "  SELECT " + strings.Join(columns, ", ") + " WHERE false\n"
		if files := viewFiles(absolute, merged, table.name, ".parquet"); len(files.found) > 0 {
			replaced := "runs.run_id AS run_id"
			if table.name == rowfile.Name[result.Bench]() {
				replaced += ", coalesce(nullif(mode, ''), '" + result.Warm + "') AS mode" // older versions knew no other
			}
			hive := ""
			if merged {
				hive = ", hive_partitioning = true, hive_types_autocast = false"
			}
			rows = fmt.Sprintf(viewRows, replaced, rows, files.pattern, hive)
		}
		if _, err := fmt.Fprintf(w, "\nCREATE OR REPLACE VIEW %s AS\n%s;\n", table.name, strings.TrimSuffix(rows, "\n")); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// noViews says why there is nothing to be seen in a folder.
func noViews(folder string, merged bool) error {
	const want = "name a folder that holds runs, or a data set that actinit runs merge made"
	switch info, err := os.Stat(folder); {
	case merged:
		return fmt.Errorf("%s: the data set has no environments: copy it again whole, or merge its runs again", folder)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such folder: %s", folder, strings.Replace(want, "a folder", "one", 1))
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s: it is a file: %s", folder, want)
	}
	return fmt.Errorf("%s: no run: make one with actinit bench, or %s", folder, want)
}

// quoted is a path as a string of SQL.
func quoted(path string) string {
	return "'" + strings.ReplaceAll(filepath.ToSlash(path), "'", "''") + "'"
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
