import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { tableFromIPC } from 'apache-arrow';
import { assertSame, expected, filesOf, summarize } from './expected.js';

test('Arrow reads layers.arrow: the rows of layers.parquet', () => {
  let files = 0;
  for (const parquet of filesOf('layers')) {
    const file = path.join(path.dirname(parquet), 'layers.arrow');
    assert.ok(existsSync(file), file);
    files++;
    const table = tableFromIPC(readFileSync(file));
    const want = expected[parquet];
    assert.equal(table.numRows, want.rows, file);
    assert.equal(table.schema.metadata.get('actinit.schema'), 'layers/1');
    assert.deepEqual(table.schema.fields.map(({ name }) => name).sort(), Object.keys(want.columns).sort());
    for (const field of table.schema.fields) {
      let values = [...table.getChild(field.name)];
      // Arrow gives times in milliseconds, with a fraction.
      if (field.name === 'started') values = values.map((milliseconds) => Math.round(Number(milliseconds) * 1000));
      assertSame(summarize(values), want.columns[field.name], `${file}, ${field.name}`);
    }
    const about = (column) => table.schema.fields.find(({ name }) => name === column).metadata;
    assert.equal(about('fan_in').get('unit'), 'units');
    assert.equal(about('layer').get('comment'), "1-based; 0 is the net's input");
  }
  assert.ok(files > 0);
});
