import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import pl from 'nodejs-polars';
import { assertClose, assertSame, expected, filesOf, runs, summarize } from './expected.js';

const duckdb = await (await DuckDBInstance.create()).connect();

/** Sees that a reader finds the columns that the file has, no fewer and no others. */
function assertColumns(got, want, what) {
  assert.deepEqual([...got].sort(), Object.keys(want.columns).sort(), what);
}

/** The one row of a query's answer: values by column. */
async function ask(query) {
  return (await duckdb.runAndReadAll(query)).getRowObjects()[0];
}

test('hyparquet reads every column of every table', async () => {
  const seen = new Set();
  for (const [name, want] of Object.entries(expected)) {
    const file = await asyncBufferFromFile(name);
    const metadata = await parquetMetadataAsync(file);
    const rows = await parquetReadObjects({
      file, metadata, compressors,
      parsers: { timestampFromMicroseconds: (microseconds) => microseconds },
    });
    assert.equal(rows.length, want.rows, name);
    for (const row of rows) assertColumns(Object.keys(row), want, name);
    for (const column of Object.keys(want.columns)) {
      assertSame(summarize(rows.map((row) => row[column])), want.columns[column], `${name}, ${column}`);
    }
    const units = JSON.parse(metadata.key_value_metadata.find(({ key }) => key === 'actinit.units').value);
    for (const column of Object.keys(units)) assert.ok(column in want.columns, `${name}: a unit of ${column}`);
    seen.add(metadata.key_value_metadata.find(({ key }) => key === 'actinit.schema').value);
  }
  assert.deepEqual([...seen].sort(), ['accuracy/1', 'bench/1', 'claims/1', 'curves/1', 'distribution/1', 'layers/1', 'limits/1', 'pairs/1']);
});

test('DuckDB for Node reads every file', async () => {
  for (const [name, want] of Object.entries(expected)) {
    const file = `read_parquet('${name}', hive_partitioning = false)`;
    const { names, types } = await ask(`SELECT list(column_name) AS names, list(column_type) AS types FROM (DESCRIBE FROM ${file})`);
    assertColumns(names.items, want, name);
    const numbers = names.items.filter((column, i) => ['BIGINT', 'DOUBLE'].includes(types.items[i]));
    const row = await ask(`SELECT count(*) AS rows, ${numbers.map((column) => `
      coalesce(sum("${column}") FILTER (isfinite("${column}"::DOUBLE)), 0)::DOUBLE AS "sum of ${column}",
      count(*) FILTER (NOT isfinite("${column}"::DOUBLE)) AS "not finite in ${column}"`)} FROM ${file}`);
    assert.equal(Number(row.rows), want.rows, name);
    assert.ok(numbers.length > 0, name);
    for (const column of numbers) {
      const summary = want.columns[column];
      assert.equal(Number(row[`not finite in ${column}`]), summary.not_finite, `${name}, ${column}: not finite`);
      assertClose(row[`sum of ${column}`], summary.sum, summary.magnitude, `${name}, ${column}`);
    }
  }
});

test('polars reads every file', () => {
  let numbers = 0;
  for (const [name, want] of Object.entries(expected)) {
    const frame = pl.readParquet(name);
    assert.equal(frame.height, want.rows, name);
    assertColumns(frame.columns, want, name);
    for (const column of frame.columns) {
      const summary = want.columns[column];
      const series = frame.getColumn(column);
      assert.equal(series.nullCount(), summary.nulls, `${name}, ${column}: nulls`);
      const number = series.dtype.equals(pl.Int64) || series.dtype.equals(pl.Float64);
      if (!number || summary.values === 0) continue;
      numbers++;
      const values = series.dropNulls().cast(pl.Float64);
      const finite = values.filter(values.isFinite());
      assert.equal(values.length - finite.length, summary.not_finite, `${name}, ${column}: not finite`);
      assertClose(finite.sum() ?? 0, summary.sum, summary.magnitude, `${name}, ${column}`);
    }
  }
  assert.ok(numbers > 10 * Object.keys(expected).length, `${numbers} columns of numbers`);
});

// README.md's lines for polars, in its names for Node.
test("polars answers the README's questions as DuckDB does", async () => {
  const gradients = pl.scanParquet(path.join(runs, '*', 'layers.parquet')).filter(pl.col('quantity').eq(pl.lit('gradient'))).collectSync();
  const { rows } = await ask(`SELECT count(*) AS rows FROM '${runs}/*/layers.parquet' WHERE quantity = 'gradient'`);
  assert.ok(rows > 0n && BigInt(gradients.height) === rows, `${gradients.height} gradients, DuckDB finds ${rows}`);

  const [bench] = filesOf('bench');
  const medians = pl.readParquet(bench).groupBy('op', 'direction', 'type', 'variant', 'n').agg(pl.col('ns_per_elem').median());
  const want = await ask(`SELECT count(*)::INT AS groups, sum(ns) AS ns FROM (SELECT median(ns_per_elem) AS ns FROM '${bench}' GROUP BY op, direction, type, variant, n)`);
  assert.equal(medians.height, want.groups);
  assertClose(medians.getColumn('ns_per_elem').sum(), want.ns, want.ns, 'sum of the medians');
});
