// What readers have to find in the files, as Go's reader has written it down:
// reports/duckdb's tests make the runs and expected.json (make test-external).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = process.env.ACTINIT_RUNS;
if (!root) {
  throw new Error('ACTINIT_RUNS is not set: want the folder that go test -args -keep FOLDER has filled; make test-external does both');
}

/** The folder of the runs. */
export const runs = path.join(root, 'reports', 'runs');

/** From a file's path to its rows and columns. */
export const expected = JSON.parse(readFileSync(path.join(root, 'expected.json'), 'utf8'));

/** The files of one table in the runs' folders. */
export function filesOf(table) {
  return Object.keys(expected).filter((file) => file.startsWith(runs + path.sep) && path.basename(file) === `${table}.parquet`);
}

/** Summary of a column's values: lists are flattened, times come in microseconds. */
export function summarize(values) {
  const column = { values: 0, nulls: 0, not_finite: 0, sum: 0, magnitude: 0, min: 0, max: 0, distinct: 0, first: '', last: '' };
  const texts = new Set();
  const add = (value) => {
    if (value === null || value === undefined) {
      column.nulls++;
      return;
    }
    if (typeof value === 'object') {
      for (const element of value) add(element);
      return;
    }
    column.values++;
    if (typeof value === 'string') {
      texts.add(value);
      return;
    }
    const number = Number(value);
    if (!Number.isFinite(number)) {
      column.not_finite++;
      return;
    }
    const first = column.values - column.not_finite === 1;
    column.min = first ? number : Math.min(column.min, number);
    column.max = first ? number : Math.max(column.max, number);
    column.sum += number;
    column.magnitude += Math.abs(number);
  };
  for (const value of values) add(value);
  if (texts.size > 0) {
    const sorted = [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    Object.assign(column, { distinct: sorted.length, first: sorted[0], last: sorted.at(-1) });
  }
  return column;
}

/** Compares all but rounding errors of sums. */
export function assertSame(got, want, what) {
  for (const key of Object.keys(want)) {
    if (key === 'sum' || key === 'magnitude') assertClose(got[key], want[key], want.magnitude, `${what}: ${key}`);
    else assert.equal(got[key], want[key], `${what}: ${key}`);
  }
}

/** Compares numbers that are sums of terms of that magnitude. */
export function assertClose(got, want, magnitude, what) {
  assert.ok(Math.abs(got - want) <= 1e-9 * magnitude, `${what}: ${got}, want ${want}`);
}
