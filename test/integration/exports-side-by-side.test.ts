/** Exports beside each other: what goes wrong with one of them is its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuthError } from '../../src/core/errors.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import type { ExportEngine } from '../../src/exports/export-engine.ts';
import { runExports } from '../../src/exports/run-exports.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { exportSteps } from '../support/export-steps.ts';

let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig({ engine: { concurrency: 1 } });
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Four exports of one number each, which are loaded one after the other. */
function four(cell: string | number = 1) {
  number++;
  return (value = cell): ExportDefinition[] =>
    [1, 2, 3, 4].map((i) =>
      exportSteps(rig, `beside_${number}_${i}`).definition({ columns: ['id', 'a'], rows: [[1, value]] }),
    );
}

async function statuses(exports: readonly ExportDefinition[]): Promise<string[]> {
  const { report, error } = await rig.run(exports);
  expect(error).toBeUndefined();
  expect(report.status).toBe('failed');
  return report.exports.map(({ status }) => status);
}

test('a view on a column that needs another type ends no other export', async () => {
  const exports = four();
  await rig.run(exports());
  await rig.query(`create view sigma_data.beside_view as select a from sigma_data.beside_${number}_1`);
  expect(await statuses(exports('x'))).toEqual(['failed', 'complete', 'complete', 'complete']);
  expect(await rig.query(`select a from sigma_data.beside_${number}_4`)).toEqual([{ a: 'x' }]);
});

/** Objects that an owner of the database can put on a table of an export. */
const OBSTACLES: readonly [string, (table: string) => string][] = [
  ['a check', (table) => `alter table ${table} add check (id < 0) not valid`],
  [
    'a trigger',
    (table) => `create trigger no before insert on ${table} for each row execute function sigma_data.no()`,
  ],
  ['a rule', (table) => `create rule no as on delete to ${table} do instead nothing`],
  ['a column of ours that is gone', (table) => `alter table ${table} drop column _row_number`],
  [
    'a foreign key',
    (table) => `alter table ${table} add foreign key (id) references sigma_data.nobody (id) not valid`,
  ],
  ['a table that is a view now', (table) => `drop table ${table}; create view ${table} as select 1 as id`],
];

test.each(OBSTACLES)('nor does %s', async (_, obstacle) => {
  const exports = four();
  await rig.run(exports());
  await rig.query('create table if not exists sigma_data.nobody (id bigint primary key)');
  await rig.query(
    `create or replace function sigma_data.no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`,
  );
  for (const sql of obstacle(`sigma_data.beside_${number}_1`).split('; ')) await rig.query(sql);
  const [, ...others] = (await rig.run(exports(2))).report.exports;
  expect(others.map(({ status }) => status)).toEqual(['complete', 'complete', 'complete']);
});

/** The client of the rig, of which the first request for an export fails. */
function failingClient(error: Error): ExportEngine['client'] {
  const { client } = rig.engine;
  let asked = 0;
  return {
    ...client,
    requestExport: (...args) => (asked++ === 0 ? Promise.reject(error) : client.requestExport(...args)),
  };
}

async function runWith(error: Error) {
  const options = { exports: four()(), signal: new AbortController().signal };
  const result = await runExports({ ...rig.engine, client: failingClient(error) }, options);
  return { error: result.error, statuses: result.report.exports.map(({ status }) => status) };
}

test('an error of ours ends one export, not the others', async () => {
  expect((await runWith(new TypeError('of ours'))).statuses).toEqual([
    ...['failed', 'complete', 'complete', 'complete'],
  ]);
});

test('credentials that are refused end all', async () => {
  const error = new AuthError('Sigma refused the client credentials.');
  const result = await runWith(error);
  expect(result.error).toBe(error);
  expect(result.statuses[0]).toBe('failed');
  expect(result.statuses).not.toContain('complete');
});

test('a connection that breaks is the trouble of its export while the database answers', async () => {
  // The embedded database has no connections.
  if (rig.engine.database.kind === 'pglite') return;
  const exports = four();
  await rig.run(exports());
  await rig.query(
    `create or replace function sigma_data.farewell() returns trigger language plpgsql as $$
     begin perform pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()); return new; end $$`,
  );
  await rig.query(
    `create trigger farewell before insert on sigma_data.beside_${number}_1 for each statement execute function sigma_data.farewell()`,
  );
  expect(await statuses(exports(2))).toEqual(['failed', 'complete', 'complete', 'complete']);
  await rig.query(`drop trigger farewell on sigma_data.beside_${number}_1`);
});
