/** Tables as of an earlier time, the history of a row, and what changed between two times. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { diffStreams } from '../../src/state/changes-between.ts';
import { migrate } from '../../src/state/migrate.ts';
import { rowHistory } from '../../src/state/row-history.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { findStream } from '../../src/sync/select-streams.ts';
import { openTestDatabase } from '../support/database.ts';
import { type Rig, startRig } from '../support/rig.ts';

const ORGANIZATION = { seed: 31, workbooks: 40, members: 24, teams: 6, grants: 150, elements: 40 };
const TABLES = ['members', 'teams', 'team_members', 'workspaces', 'files', 'workbooks', 'grants'];

type Row = Record<string, unknown>;
type Snapshot = { readonly at: Date; readonly tables: Readonly<Record<string, unknown>> };

const query = (rig: Pick<Rig, 'test'>, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  rig.test.database.session((session) => session.query(sql, parameters));

/** The declared columns of the rows of `from`, in the order of their key. */
async function rowsOf(rig: Rig, table: string, from: string): Promise<unknown> {
  const key = findStream(catalogue, table).key.map((column) => `t.${column}`);
  const [row] = await query(
    rig,
    `select jsonb_agg(to_jsonb(t) - '{_raw,_first_synced_at,_synced_at}'::text[] order by ${key.join(', ')}) as rows
       from ${from} t`,
  );
  return row?.['rows'];
}

/** The live rows of all tables and a time at which they were just that. */
async function takeSnapshot(rig: Rig): Promise<Snapshot> {
  await sleep(3);
  const at = new Date();
  await sleep(3);
  const tables: Record<string, unknown> = {};
  for (const table of TABLES)
    tables[table] = await rowsOf(rig, table, `(select * from sigma.${table} where _deleted_at is null)`);
  return { at, tables };
}

async function expectAsOf(rig: Rig, { at, tables }: Snapshot): Promise<void> {
  for (const table of TABLES)
    expect(await rowsOf(rig, table, `sigma.${table}_as_of('${at.toISOString()}')`), table).toEqual(
      tables[table],
    );
}

describe('a table as of an earlier time', () => {
  it('is what it was: deletions, returns, columns changed again and again', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { organization } = rig.simulator;
    await rig.sync();
    const [team] = organization.teams.list.toArray().filter((t) => t.members.length > 1);
    const [grant] = organization.grants.list;
    const [workbook] = organization.workbooks.list
      .toArray()
      .filter((w) => !w.archived && !w.exploration && !w.hidden && w.taggedFrom === undefined);
    if (team === undefined || workbook === undefined || grant === undefined)
      throw new Error('too small an organization');
    const firstName = workbook.name;
    const userId = organization.removeTeamMember(team.id);
    organization.addTeamMember(team.id, userId);
    const rounds: (() => void)[] = [
      () => {
        organization.removeTeamMember(team.id, userId);
        organization.renameWorkbook(workbook.id, 'second');
        organization.changePermission(grant.id, 'edit');
      },
      () => {
        organization.addTeamMember(team.id, userId);
        organization.renameWorkbook(workbook.id, 'third');
        organization.addWorkbook('new');
        organization.changePermission(grant.id, 'view');
      },
      () => {
        organization.removeTeamMember(team.id, userId);
        organization.publishVersion(workbook.id);
        organization.revoke(grant.id);
      },
      () => {
        organization.deleteWorkbook(workbook.id);
        organization.addTeamMember(team.id, userId);
        organization.deactivateMember();
        organization.addFolder();
      },
    ];
    const snapshots = [await takeSnapshot(rig)];
    for (const round of rounds) {
      round();
      await rig.sync();
      snapshots.push(await takeSnapshot(rig));
    }
    for (const snapshot of snapshots) await expectAsOf(rig, snapshot);
    const names = await Promise.all(
      snapshots.map(({ at }) =>
        query(rig, 'select name from sigma.workbooks_as_of($1) where workbook_id = $2', [
          at.toISOString(),
          workbook.id,
        ]),
      ),
    );
    expect(names.map(([row]) => row?.['name'])).toEqual([firstName, 'second', 'third', 'third', undefined]);
  });

  it('is what it was after any changes', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, seed: 32 } });
    await rig.sync();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: 3 }),
        async (sizes) => {
          const snapshots = [await takeSnapshot(rig)];
          for (const size of sizes) {
            rig.simulator.organization.mutate(size);
            await rig.sync({ acceptDeletions: true });
            snapshots.push(await takeSnapshot(rig));
          }
          for (const snapshot of snapshots) await expectAsOf(rig, snapshot);
        },
      ),
      { numRuns: 3, endOnFailure: true },
    );
  });

  it('fails before the history begins, and says when that is', async () => {
    await using test = await openTestDatabase();
    const asOf = (at: string | null): Promise<Row[]> =>
      query({ test }, 'select * from sigma.teams_as_of($1)', [at]);
    await expect(asOf('2026-03-03')).rejects.toThrow('There is no history of teams');
    await query({ test }, `insert into sigma_sync.history values ('teams', '2026-03-01T10:00:00.123Z')`);
    const tooEarly = asOf('2026-03-01T10:00:00Z');
    await expect(tooEarly).rejects.toThrow('The history of teams goes back to 2026-03-01T10:00:00.123000Z');
    await expect(tooEarly).rejects.toMatchObject({ cause: { code: 'P0002' } });
    await expect(asOf(null)).rejects.toThrow('The history of teams goes back to');
    expect(await asOf('2026-03-01T10:00:00.123Z')).toEqual([]);
  });

  it('works in schemas of any name', async () => {
    await using test = await openTestDatabase();
    const odd = schemasFor(`Odd "na'me" 2`);
    await migrate(test.database, odd, catalogue, new EventBus());
    await query(
      { test },
      `insert into "Odd ""na'me"" 2_sync".history select unnest(array['members', 'teams', 'team_members', 'files',
         'workbooks', 'workspaces', 'grants']), '2026-03-01'`,
    );
    for (const table of TABLES)
      expect(await query({ test }, `select * from "Odd ""na'me"" 2".${table}_as_of('2026-03-02')`)).toEqual(
        [],
      );
    for (const at of ['', `'2026-03-02'`])
      expect(await query({ test }, `select * from "Odd ""na'me"" 2".effective_access(${at})`)).toEqual([]);
  });

  it('is explained where an SQL client looks', async () => {
    await using test = await openTestDatabase();
    const rows = await query(
      { test },
      `select p.proname as name, obj_description(p.oid, 'pg_proc') as comment
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'sigma'`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...TABLES.map((table) => `${table}_as_of`),
        'effective_access',
        'permission_rank',
      ]),
    );
    expect(rows.filter(({ comment }) => !comment)).toEqual([]);
  });
});

describe('the history of a row and the difference of two times', () => {
  it('tell what changed, and on balance', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, seed: 33 } });
    const { organization } = rig.simulator;
    const { database, schemas } = rig.test;
    const grants = findStream(catalogue, 'grants');
    const members = findStream(catalogue, 'team_members');
    const [granted, gone] = organization.grants.list;
    const [team] = organization.teams.list.toArray().filter((t) => t.members.length > 1);
    if (granted === undefined || gone === undefined || team === undefined) throw new Error('too small');
    organization.changePermission(granted.id, 'view');
    expect(await rowHistory(database, schemas, grants, [granted.id], 10)).toMatchObject({
      since: null,
      row: 'unknown',
      changes: [],
    });
    await rig.sync();
    const first = await takeSnapshot(rig);

    organization.changePermission(granted.id, 'explore');
    const passing = organization.grant({ permission: 'view' });
    const member = organization.removeTeamMember(team.id);
    await rig.sync();
    organization.changePermission(granted.id, 'edit');
    organization.revoke(passing);
    organization.revoke(gone.id);
    organization.addTeamMember(team.id, member);
    const added = organization.grant({ permission: 'organize' });
    await rig.sync();
    const last = await takeSnapshot(rig);

    const history = await rowHistory(database, schemas, grants, [granted.id], 10);
    expect(history).toMatchObject({ stream: 'grants', row: 'live', since: expect.stringMatching(/Z$/) });
    expect(history.changes).toMatchObject([
      { operation: 'update', before: { permission: 'explore' }, after: { permission: 'edit' } },
      { operation: 'update', before: { permission: 'view' }, after: { permission: 'explore' } },
      { operation: 'insert', before: null, after: { permission: 'view' } },
    ]);
    expect((await rowHistory(database, schemas, grants, [granted.id], 1)).changes).toHaveLength(1);
    expect((await rowHistory(database, schemas, grants, [gone.id], 1)).row).toBe('deleted');
    expect((await rowHistory(database, schemas, members, [team.id, member], 10)).changes).toMatchObject([
      { operation: 'insert' },
      { operation: 'delete' },
      { operation: 'insert' },
    ]);
    await expect(rowHistory(database, schemas, members, [team.id], 10)).rejects.toThrow(
      'The key of team_members is team_id and member_id; 1 value given.',
    );

    const options = { from: first.at, to: last.at, limit: 100 };
    const diffs = await diffStreams(database, schemas, catalogue, options);
    const of = (name: string) => diffs.find(({ stream }) => stream === name);
    expect(of('grants')).toMatchObject({ inserted: 1, updated: 1, deleted: 1, covered: true });
    expect(of('grants')?.columns).toMatchObject({ permission: 1, updated_at: 1 });
    const rows = new Map(of('grants')?.rows.map((row) => [row.key[0], row]));
    expect([...rows.keys()].sort()).toEqual([granted.id, gone.id, added].sort());
    expect(rows.get(granted.id)).toMatchObject({
      operation: 'update',
      before: { permission: 'view' },
      after: { permission: 'edit' },
    });
    expect(rows.get(gone.id)).toMatchObject({
      operation: 'delete',
      before: { grant_id: gone.id },
      after: null,
    });
    expect(rows.get(added)).toMatchObject({
      operation: 'insert',
      after: { permission: 'organize' },
      before: null,
    });
    // A member who left and came back with another value of a column is an update, and with the same values nothing.
    const membership = of('team_members');
    expect(membership).toMatchObject({ inserted: 0, deleted: 0 });
    expect(
      Object.keys(membership?.columns ?? {}).filter((c) => !['is_team_admin', 'added_by'].includes(c)),
    ).toEqual([]);
    expect((await diffStreams(database, schemas, [grants], { ...options, limit: 1 }))[0]?.rows).toHaveLength(
      1,
    );
    expect(
      await diffStreams(database, schemas, [grants], { ...options, from: new Date(last.at.getTime() - 1) }),
    ).toEqual([{ stream: 'grants', since: of('grants')?.since, covered: true, ...NOTHING }]);
    await expect(
      diffStreams(database, schemas, [grants], { ...options, from: new Date('2020-01-01') }),
    ).rejects.toThrow('The history of grants goes back to');
    await expect(diffStreams(database, schemas, [grants], { ...options, from: last.at })).rejects.toThrow(
      'must be before',
    );
  });

  it('agree with snapshots of the tables', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, seed: 34 } });
    await rig.sync();
    const before = await takeSnapshot(rig);
    for (const size of [25, 25, 25]) {
      rig.simulator.organization.mutate(size);
      await rig.sync({ acceptDeletions: true });
    }
    const after = await takeSnapshot(rig);
    const streams = catalogue.filter(({ name }) => TABLES.includes(name));
    const options = { from: before.at, to: after.at, limit: 10_000 };
    const diffs = await diffStreams(rig.test.database, rig.test.schemas, streams, options);
    for (const { stream, inserted, updated, deleted, rows } of diffs) {
      const key = findStream(catalogue, stream).key;
      const byKey = ({ tables }: Snapshot): Map<string, Row> =>
        new Map(((tables[stream] ?? []) as Row[]).map((row) => [key.map((k) => row[k]).join('/'), row]));
      const [old, now] = [byKey(before), byKey(after)];
      const expected = new Map<string, unknown>();
      for (const [name, row] of old) {
        const next = now.get(name);
        const changed = Object.keys(row).filter((c) => JSON.stringify(row[c]) !== JSON.stringify(next?.[c]));
        if (next === undefined) expected.set(name, 'delete');
        else if (changed.length > 0) expected.set(name, changed.sort());
      }
      for (const name of now.keys()) if (!old.has(name)) expected.set(name, 'insert');
      const found = rows
        // An update of fields without a column is none of the snapshot.
        .filter(({ changed }) => changed?.join() !== '_raw')
        .map(({ key: parts, operation, changed }): [string, unknown] => [
          parts.join('/'),
          changed?.filter((column) => column !== '_raw') ?? operation,
        ]);
      expect(new Map(found), stream).toEqual(expected);
      expect(inserted + updated + deleted).toBe(rows.length);
    }
  });
});

const NOTHING = { inserted: 0, updated: 0, deleted: 0, columns: {}, rows: [] };
