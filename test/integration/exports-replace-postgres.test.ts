/** Readers while an export replaces a table: the old rows or the new ones, never none and never both. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { runExports } from '../../src/exports/run-exports.ts';
import { definitionOf } from '../support/export-definition.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { mortal } from '../support/mortal.ts';

const ROWS = 2000;
const LOADS = 10;
/** The rows that a query sees in the table. */
const SEEN =
  'count(*)::int as n, min(version)::int as low, max(version)::int as high, count(distinct n)::int as d';

interface Seen {
  readonly n: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly d: number;
}

/** A rig with one element whose rows all have the number of the current version. */
async function startVersions(): Promise<{
  rig: ExportRig;
  definition: ReturnType<typeof definitionOf>;
  set(version: number): void;
}> {
  const rig = await startExportRig();
  let version = 0;
  const place = rig.simulator.organization.addExport({
    columns: [{ label: 'Version', type: 'number' }, { label: 'N', type: 'number' }, 'Note'],
    count: ROWS,
    rows: (i) => [version, i, `row ${i} of version ${version}`],
  });
  return {
    rig,
    definition: definitionOf(place, { key: ['N'] }),
    set: (to) => {
      version = to;
    },
  };
}

async function connect(rig: ExportRig): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: rig.test.url });
  // The database is dropped under connections that are still open when a test fails.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function look(client: pg.Client, from = 'sigma_data.data'): Promise<Seen> {
  const { rows } = await client.query<Seen>(`select ${SEEN} from ${from}`);
  return rows[0] ?? { n: 0, low: null, high: null, d: 0 };
}

/** A whole version and nothing else. */
const whole = (version: number): Seen => ({ n: ROWS, low: version, high: version, d: ROWS });

describe('replacing a table', () => {
  it('shows every reader one whole version at any time', async () => {
    const { rig, definition, set } = await startVersions();
    await using _ = rig;
    await rig.load(definition);
    await rig.query('create view public.newest as select version, n from sigma_data.data');
    const [before] = await rig.query(`select 'sigma_data.data'::regclass::oid::text as oid`);
    let isOver = false;
    const sights: Seen[][] = [];
    const reader = async (read: (client: pg.Client, seen: Seen[]) => Promise<void>): Promise<void> => {
      const client = await connect(rig);
      const seen: Seen[] = [];
      sights.push(seen);
      while (!isOver) await read(client, seen);
      await client.end();
    };
    const inTransaction = (isolation: string) => async (client: pg.Client, seen: Seen[]) => {
      await client.query(`begin isolation level ${isolation} read only`);
      const first = await look(client);
      const second = await look(client);
      await client.query('commit');
      seen.push(first, second);
      if (isolation === 'repeatable read') expect(second).toEqual(first);
    };
    const reading = Promise.all([
      reader(async (client, seen) => void seen.push(await look(client))),
      reader(async (client, seen) => void seen.push(await look(client, 'public.newest'))),
      reader(inTransaction('read committed')),
      reader(inTransaction('repeatable read')),
      reader(async (client, seen) => {
        // A cursor keeps the rows it began with.
        await client.query('begin');
        await client.query(
          'declare rows no scroll cursor for select version::int, n::int from sigma_data.data',
        );
        const rows: { version: number; n: number }[] = [];
        for (let part = 0; part < 4; part++)
          rows.push(...(await client.query<(typeof rows)[number]>(`fetch ${ROWS / 4} from rows`)).rows);
        await client.query('commit');
        const versions = rows.map(({ version }) => version);
        seen.push({
          n: rows.length,
          low: Math.min(...versions),
          high: Math.max(...versions),
          d: new Set(rows.map(({ n }) => n)).size,
        });
      }),
    ]);
    // It is awaited in the end.
    reading.catch(() => undefined);
    // One transaction that outlives all of the loads: it neither changes nor holds them up.
    const patient = await connect(rig);
    await patient.query('begin isolation level repeatable read read only');
    expect(await look(patient)).toEqual(whole(0));
    try {
      for (let load = 1; load <= LOADS; load++) {
        set(load);
        // In one file, in three pages, and cell by cell.
        const how = [{}, { rowLimit: 900 }, { format: 'jsonl' as const }][load % 3];
        const report = await rig.load({ ...definition, ...how });
        expect(report).toMatchObject({ inserted: ROWS, deleted: ROWS });
      }
    } finally {
      isOver = true;
      await reading;
    }
    expect(await look(patient)).toEqual(whole(0));
    await patient.end();
    for (const seen of sights) {
      expect(
        seen.filter((one) => one.low === null || one.n !== ROWS || one.d !== ROWS || one.low !== one.high),
      ).toEqual([]);
      expect(new Set(seen.map(({ low }) => low)).size).toBeGreaterThan(LOADS / 2);
    }
    expect(await rig.query(`select 'sigma_data.data'::regclass::oid::text as oid`)).toEqual([before]);
  });

  it('shows whole versions also while a column gets another type', async () => {
    const { rig, definition, set } = await startVersions();
    await using _ = rig;
    set(0);
    await rig.load(definition);
    const clients = [await connect(rig), await connect(rig)];
    for (const type of ['numeric', 'text'] as const) {
      const seen: Seen[] = [];
      let isOver = false;
      const reading = clients.map(async (client) => {
        while (!isOver) seen.push(await look(client));
      });
      set(type === 'text' ? 2 : 1);
      const { drift } = await rig.load({ ...definition, types: { Note: 'text', N: type } });
      isOver = true;
      await Promise.all(reading);
      expect(drift.join()).toContain(`n became ${type}`);
      const broken = seen.filter((one) => one.low !== one.high || one.n !== ROWS || one.d !== ROWS);
      expect(broken).toEqual([]);
      expect(seen.length).toBeGreaterThan(2);
    }
    for (const client of clients) await client.end();
  });

  it('keeps grants, comments, indexes and the views that depend on it', async () => {
    const { rig, definition, set } = await startVersions();
    await using _ = rig;
    await rig.load(definition);
    const role = `analyst_${process.pid}`;
    await rig.query(`create role ${role}`);
    try {
      await rig.query(`grant usage on schema sigma_data to ${role}`);
      await rig.query(`grant select (version, n) on sigma_data.data to ${role}`);
      await rig.query('create index data_by_n on sigma_data.data (n)');
      await rig.query('create materialized view public.kept as select count(*) from sigma_data.data');
      await rig.query(
        'create view public.newest as select max(version)::int as version from sigma_data.data',
      );
      set(1);
      await rig.load(definition);
      const reader = await connect(rig);
      await reader.query(`set role ${role}`);
      expect(await look(reader)).toEqual(whole(1));
      await expect(reader.query('select note from sigma_data.data')).rejects.toThrow(/permission denied/);
      await reader.end();
      expect(await rig.query('select version from public.newest')).toEqual([{ version: 1 }]);
      const [kept] = await rig.query(
        `select obj_description('sigma_data.data'::regclass) as about, col_description('sigma_data.data'::regclass, 1) as label,
                to_regclass('sigma_data.data_by_n') is not null as index`,
      );
      expect(kept).toMatchObject({
        about: expect.stringContaining('Sigma'),
        label: expect.stringContaining('Version'),
        index: true,
      });
    } finally {
      await rig.query(`drop owned by ${role}`);
      await rig.query(`drop role ${role}`);
    }
  });

  it('leaves the old rows where a load fails, before or in the middle of it', async () => {
    const { rig, definition, set } = await startVersions();
    await using _ = rig;
    await rig.load(definition);
    const before = await rig.query('select t::text from sigma_data.data t order by n');
    const reader = await connect(rig);
    const dying = mortal(rig.engine);
    set(1);
    for (const format of ['csv', 'jsonl'] as const) {
      for (const point of ['asking', 'copying'] as const) {
        dying.end(point, 1, false);
        const options = { exports: [{ ...definition, format }], signal: new AbortController().signal };
        const { report } = await runExports(dying.engine, options);
        expect(dying.revive(), `${format} ${point}`).toBe(true);
        expect(report.exports[0]?.status).toBe('failed');
        expect(await look(reader)).toEqual(whole(0));
      }
    }
    expect(await rig.query('select t::text from sigma_data.data t order by n')).toEqual(before);
    await rig.load(definition);
    expect(await look(reader)).toEqual(whole(1));
    await reader.end();
  });
});
