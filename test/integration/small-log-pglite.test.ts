/** The write-ahead log of an embedded database, which has no checkpointer: what runs write does not pile up there. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyzeChanged } from '../../src/core/database/analyze.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { tidy } from '../../src/core/database/tidy.ts';
import { scratchFolder } from '../support/cli.ts';

const MEGABYTE = 1 << 20;

it('stays small while a run writes much, and after it', { timeout: 120_000 }, async () => {
  using folder = scratchFolder();
  const directory = join(folder.path, 'database');
  const log = join(directory, 'pgdata', 'pg_wal');
  const megabytes = (): number =>
    readdirSync(log, { withFileTypes: true }).reduce(
      (sum, file) => sum + (file.isFile() ? statSync(join(log, file.name)).size : 0),
      0,
    ) / MEGABYTE;
  const database = await openEmbedded({ directory });
  try {
    const query = (sql: string): Promise<unknown> => database.session((session) => session.query(sql));
    await query('create schema data');
    await query('create table data.rows (id integer, text text)');
    await query('alter table data.rows alter column text set storage plain');
    // Each load writes 24 MB.
    for (let load = 0; load < 8; load++) {
      await query(`insert into data.rows select n, repeat('x', 7800) from generate_series(1, 3000) n`);
      await analyzeChanged(database, 'data', 'rows', 3000);
    }
    expect(megabytes()).toBeLessThanOrEqual(112);
    await query('truncate data.rows');
    await tidy({ database, schemas: ['data'] });
    expect(megabytes()).toBeLessThanOrEqual(48);
  } finally {
    await database.close();
  }
  expect(megabytes()).toBeLessThanOrEqual(48);
});
