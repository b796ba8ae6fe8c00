/**
 * A year of nightly runs. The state schema stays small, and nothing is lost that a run, a query or a person needs.
 *
 * A real night of all streams takes about half a second, and a year of them several minutes. So by default the first and
 * the last nights are real (`REAL_NIGHTS` of 365, 0 for all), and each night between them writes what one of the first
 * ones wrote: the same records of the run, of its streams and events, as many changes, and an update of as many cursors.
 * Retention and sizes are real every night. docs/retention.md has the figures of a year in which all nights were real.
 */
import { expect, it } from 'vitest';
import { quoteTable } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { applyRetention } from '../../src/operations/upkeep/retention.ts';
import { storedSizes } from '../../src/operations/upkeep/stored-sizes.ts';
import { recordSizes } from '../../src/operations/upkeep/table-sizes.ts';
import { prepareHistory } from '../../src/state/change-log.ts';
import { streamStates } from '../../src/state/read/status.ts';
import { keepRunEvents } from '../../src/state/run-events.ts';
import { startRig } from '../support/rig.ts';

const NIGHTS = 365;
const REAL = Number(process.env['REAL_NIGHTS'] ?? 21) || NIGHTS;
/** The last ones of the real nights. */
const LAST = REAL === NIGHTS ? 0 : Math.floor(REAL / 3);
const FIRST = REAL - LAST;
const DAY = 86_400_000;
const MEGABYTE = 1 << 20;

/** The promise of docs/retention.md for a small organization, with the default settings. */
const MOST_STATE = 6 * MEGABYTE;
const MOST_LOG = 21 * MEGABYTE;
const RETENTION = { runDays: 400, detailDays: 90, sizeMonths: 25 };

it('leaves a small state schema, and all that is needed', { timeout: 1_200_000 }, async () => {
  let at = Date.now() - NIGHTS * DAY;
  const now = (): Date => new Date(at);
  const history = { isLogged: () => true, retentionMonths: 25 };
  await using rig = await startRig({
    organization: { seed: 5, workbooks: 20, members: 15, teams: 4, grants: 80, workspaces: 3, folders: 8 },
    streams: catalogue,
    engine: { now, history, refreshMs: () => 7 * DAY },
  });
  const { database, schemas, events } = rig.test;
  const state = (table: string): string => quoteTable(schemas.state, table);
  const query = <T extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) =>
    database.session((session) => session.query<T>(sql, parameters));
  const keep = async (): Promise<void> => {
    await applyRetention({ database, schemas, events, retention: RETENTION, now });
    await recordSizes({ database, schemas, exportsSchema: 'sigma_data', now });
  };
  const liveGrants = `select array_agg(grant_id || permission order by grant_id) as all from`;

  /** A night with one failing endpoint in every seven. */
  const realNight = async (n: number): Promise<string> => {
    rig.simulator.organization.mutate(6);
    if (n % 7 === 5) rig.simulator.faults.set({ forbid: ['/v2/workbooks/[^/]+/(pages|schedules)'] });
    const notes = keepRunEvents(rig.events, now, (text) => text);
    const { report } = await rig.run();
    await notes.save(database, schemas);
    rig.simulator.faults.clear();
    expect(report.status).toBe(n % 7 === 5 ? report.status : 'complete');
    return report.runId;
  };
  /** Retention takes some of the models away in the course of the year. */
  const keepModels = async (): Promise<void> => {
    await query('create schema model');
    for (const table of ['runs', 'run_streams', 'run_events', 'changes'])
      await query(`create table model.${table} as select * from ${state(table)}`);
  };
  /** The records of the night of a run, once more. */
  const copiedNight = async (n: number, model: string): Promise<void> => {
    await prepareHistory(database, schemas, [], history, now());
    const copy = `night ${n}`;
    // As much later as this night is.
    const shift = '($3::timestamptz - (select started_at from model.runs where run_id = $1))';
    const copied = async (table: string, set: Readonly<Record<string, string>>): Promise<void> => {
      const values = Object.entries(set).map(([column, sql]) => `'${column}', ${sql}`);
      const columns = await query<{ name: string }>(
        `select column_name as name from information_schema.columns
          where table_schema = $1 and table_name = $2 and is_identity = 'NO' order by ordinal_position`,
        [schemas.state, table],
      );
      const names = columns.map(({ name }) => `"${name}"`);
      await query(
        `insert into ${state(table)} (${names.join(', ')})
         select ${names.map((name) => `c.${name}`).join(', ')} from model.${table} m,
                jsonb_populate_record(m, jsonb_build_object('run_id', $2::text, ${values.join(', ')})) c
          where m.run_id = $1`,
        [model, copy, now()],
      );
    };
    const span = { started_at: `started_at + ${shift}`, finished_at: `finished_at + ${shift}` };
    await copied('runs', { ...span, cycle_id: '$2', cycle_started_at: '$3::timestamptz' });
    await copied('run_streams', span);
    await copied('run_events', { at: `at + ${shift}` });
    // Under keys of their own: they are there for their size, and undo nothing of the real ones.
    await query(
      `insert into ${state('changes')} (changed_at, run_id, stream, key, operation, changed, before, after)
       select changed_at + ${shift}, $2, stream, array_prepend($2, key[2:]), operation, changed, before, after
         from model.changes where run_id = $1`,
      [model, copy, now()],
    );
    await query(
      `update ${state('partitions')} set completed_at = $2
        where ctid in (select ctid from ${state('partitions')} order by random() limit (
          select sum(partitions) from model.run_streams where run_id = $1))`,
      [model, now()],
    );
    await query(`update ${state('streams')} set last_attempt_at = $1`, [now()]);
  };

  const models: string[] = [];
  const requests: number[] = [];
  let remembered: { at: Date; grants: unknown } | undefined;
  for (let n = 0; n < NIGHTS; n++) {
    at += DAY;
    if (n < FIRST || n >= NIGHTS - LAST) {
      rig.requests();
      const runId = await realNight(n);
      requests.push(Object.values(rig.requests()).reduce((sum, count) => sum + count, 0));
      // The first night loads all: no other is like it.
      if (n > 0 && n < FIRST) models.push(runId);
      if (n === FIRST - 1) await keepModels();
    } else await copiedNight(n, models[n % models.length] ?? '');
    await keep();
    if (n === 4) {
      const [row] = await query(
        `${liveGrants} ${quoteTable(schemas.target, 'grants')} where _deleted_at is null`,
      );
      remembered = { at: new Date(at + 3_600_000), grants: row };
    }
  }

  // Small.
  const sizes = await storedSizes(database, { schemas: [schemas.state], tables: [], state: schemas.state });
  const log = sizes.find(({ table }) => table === 'changes')?.bytes ?? 0;
  const rest = sizes.reduce((sum, { bytes }) => sum + bytes, 0) - log;
  const [counted] = await query<Record<string, number>>(
    `select ${['runs', 'run_streams', 'run_events', 'changes', 'partitions', 'table_sizes']
      .map((table) => `(select count(*)::integer from ${state(table)}) as ${table}`)
      .join(', ')}`,
  );
  process.stdout.write(
    `a year, ${REAL} nights real: ${JSON.stringify({ rest, log, ...counted, requests: requests.slice(-3) })}\n`,
  );
  expect(rest).toBeLessThan(MOST_STATE);
  expect(log).toBeLessThan(MOST_LOG);
  expect(counted?.['runs']).toBe(NIGHTS);
  // Every night wrote a record of each stream; those without news are gone after 90 days.
  expect(counted?.['run_streams']).toBeLessThan(NIGHTS * catalogue.length * 0.6);
  expect(counted?.['run_streams']).toBeGreaterThan(90 * catalogue.length);
  const [days] = await query<{ days: number }>(
    `select count(*)::integer as days from ${state('table_sizes')} where table_name = 'grants'`,
  );
  expect(days?.days).toBeGreaterThanOrEqual(90 + 8);
  expect(days?.days).toBeLessThanOrEqual(91 + 12);

  // The past is as it was.
  const [past] = await query(`${liveGrants} ${quoteTable(schemas.target, 'grants_as_of')}($1::timestamptz)`, [
    remembered?.at,
  ]);
  expect(past).toEqual(remembered?.grants);
  const states = await streamStates(database, schemas, catalogue);
  expect(states.filter(({ status }) => status !== 'complete')).toEqual([]);
  expect(new Set(states.map(({ lastSuccessAt }) => lastSuccessAt?.slice(0, 10)))).toEqual(
    new Set([now().toISOString().slice(0, 10)]),
  );

  // A run that was cut off is resumed.
  rig.requests();
  at += 3_600_000;
  const stop = new AbortController();
  const off = rig.events.on('batch.committed', ({ stream }) => {
    if (stream === 'members') stop.abort(new Error('stopped by the test'));
  });
  const cut = await rig.run({ signal: stop.signal, full: true });
  off();
  expect(cut.report.status).toBe('interrupted');
  await keep();
  at += 3_600_000;
  const next = await rig.run({ full: true });
  expect(next).toMatchObject({ resumedFrom: cut.report.runId, report: { status: 'complete' } });
  expect(await rig.differences()).toEqual([]);

  // Nights still ask for far less than a run that reads everything.
  const full = Object.values(rig.requests()).reduce((sum, count) => sum + count, 0);
  expect(Math.max(...requests.slice(-3))).toBeLessThan(full / 2);
});
