/** The change log: what it says of inserts, updates and deletions, and its upkeep. */
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { prepareHistory } from '../../src/state/change-log.ts';
import { replayDifferences } from '../support/replay.ts';
import { type Rig, startRig } from '../support/rig.ts';

const ORGANIZATION = { seed: 71, workbooks: 40, members: 20, teams: 5, grants: 120 };

interface Change {
  readonly operation: string;
  readonly changed: string[] | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

function changesOf(rig: Rig, stream: string, ...key: string[]): Promise<Change[]> {
  return rig.test.database.session((session) =>
    session.query<Change & Record<string, unknown>>(
      `select operation, changed, before, after from sigma_sync.changes
        where stream = $1 and key = $2 order by change_id`,
      [stream, key],
    ),
  );
}

describe('the change log', () => {
  it('tells of an insert, an update, a deletion and a return, each once', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { organization } = rig.simulator;
    await rig.sync();
    const team = organization.addTeam('Before');
    const [member = ''] = organization.truth('members').map(({ memberId }) => String(memberId));
    organization.addTeamMember(team, member);
    await rig.sync();
    organization.renameTeam(team, 'After');
    organization.removeTeamMember(team, member);
    await rig.sync();
    organization.addTeamMember(team, member);
    await rig.sync();
    await rig.sync();
    const [inserted, renamed, ...rest] = await changesOf(rig, 'teams', team);
    expect(rest).toEqual([]);
    expect(inserted).toMatchObject({ operation: 'insert', changed: null, before: null });
    expect(inserted?.after).toMatchObject({ team_id: team, name: 'Before' });
    expect(renamed).toMatchObject({
      operation: 'update',
      before: { name: 'Before' },
      after: { name: 'After' },
    });
    expect(renamed?.changed).toContain('name');
    expect(Object.keys(renamed?.after ?? {}).sort()).toEqual(renamed?.changed);
    expect((await changesOf(rig, 'team_members', team, member)).map(({ operation }) => operation)).toEqual([
      'insert',
      'delete',
      'insert',
    ]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, rig.engine.catalogue)).toEqual([]);
  });

  it('holds what followed a deleted parent', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { organization } = rig.simulator;
    await rig.sync();
    const [page] = organization.truth('workbook_pages');
    const workbook = String(page?.['workbookId']);
    organization.deleteWorkbook(workbook);
    await rig.sync();
    const last = (await changesOf(rig, 'workbook_pages', workbook, String(page?.['pageId']))).at(-1);
    expect(last).toMatchObject({ operation: 'delete', after: null });
    expect(last?.before).toMatchObject({ workbook_id: workbook, name: page?.['name'] });
  });

  it('leaves out streams that are not to be logged, and forgets since when they were', async () => {
    const history = { isLogged: (stream: string) => stream !== 'grants', retentionMonths: 25 };
    await using rig = await startRig({ organization: ORGANIZATION });
    const covered = async (): Promise<unknown[]> =>
      (
        await rig.test.database.session((session) =>
          session.query<{ stream: string }>('select stream from sigma_sync.history'),
        )
      ).map(({ stream }) => stream);
    await rig.sync();
    expect(await covered()).toContain('grants');
    await using quiet = await startRig({ organization: ORGANIZATION, engine: { history } });
    await quiet.sync();
    quiet.simulator.organization.mutate(40);
    await quiet.sync();
    const rows = await quiet.test.database.session((session) =>
      session.query(`select stream, count(*)::integer as n from sigma_sync.changes group by 1`),
    );
    expect(rows.map(({ stream }) => stream)).not.toContain('grants');
    expect(rows.length).toBeGreaterThan(5);
    await prepareHistory(rig.test.database, rig.test.schemas, ['grants', 'members'], history, new Date());
    expect(await covered()).not.toContain('grants');
    expect(await covered()).toContain('members');
  });
});

describe('its upkeep', () => {
  const options = { isLogged: () => true, retentionMonths: 3 };
  const months = async (database: Database): Promise<string[]> =>
    (
      await database.session((session) =>
        session.query<{ name: string }>(
          `select tablename as name from pg_tables where schemaname = 'sigma_sync' and tablename like 'changes_2%' order by 1`,
        ),
      )
    ).map(({ name }) => name.slice('changes_'.length));

  it('makes months before they are needed and drops old ones with their coverage', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { database, schemas } = rig.test;
    const prepare = (at: string) => prepareHistory(database, schemas, [], options, new Date(at));
    await prepare('2023-12-31T23:59:59Z');
    expect(await months(database)).toEqual(['2023_11', '2023_12', '2024_01']);
    await database.session((session) =>
      session.query(
        `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation)
         select at::timestamptz, 'r', 'teams', '{t}', 'insert'
           from unnest(array['2023-11-30T23:59:59Z', '2024-01-01T00:00:00Z']) at`,
      ),
    );
    await database.session((session) =>
      session.query(`insert into sigma_sync.history values ('teams', '2023-11-05T00:00:00Z')`),
    );
    await prepare('2024-03-15T12:00:00Z');
    expect(await months(database)).toEqual(['2023_12', '2024_01', '2024_02', '2024_03', '2024_04']);
    const [left] = await database.session((session) =>
      session.query<{ count: number; since: Date }>(
        `select count(*)::integer as count, (select since from sigma_sync.history where stream = 'teams')
           from sigma_sync.changes`,
      ),
    );
    expect(left?.count).toBe(1);
    expect(new Date(left?.since ?? 0).toISOString()).toBe('2023-12-01T00:00:00.000Z');
    await Promise.all([prepare('2024-05-01T00:00:00Z'), prepare('2024-05-01T00:00:00Z')]);
    expect(await months(database)).toContain('2024_06');
  });

  it('drops no month because of a clock that is years ahead', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { database, schemas } = rig.test;
    const present = new Date();
    await prepareHistory(database, schemas, [], options, present);
    const before = await months(database);
    await database.session((session) =>
      session.query(`insert into sigma_sync.history values ('teams', now())`),
    );
    await prepareHistory(database, schemas, [], options, new Date(present.getTime() + 3000 * 86_400_000));
    expect(await months(database)).toEqual(expect.arrayContaining(before));
    const [teams] = await database.session((session) =>
      session.query<{ kept: boolean }>(`select since <= now() as kept from sigma_sync.history`),
    );
    expect(teams?.kept).toBe(true);
  });

  it('never stands in the way of a load: a month nobody made goes to the default partition', async () => {
    await using rig = await startRig({
      organization: ORGANIZATION,
      engine: { now: () => new Date(Date.now() + 400 * 86_400_000) },
    });
    await rig.sync();
    await rig.test.database.session((session) =>
      session.query(
        `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation)
         values ('2099-01-01', 'r', 'teams', '{t}', 'insert')`,
      ),
    );
    expect(await rig.differences()).toEqual([]);
  });

  it('takes what a clock that jumped left in the default partition into its month', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { database, schemas } = rig.test;
    await database.session((session) =>
      session.query(
        `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation)
         select at::timestamptz, 'r', 'teams', '{t}', 'insert'
           from unnest(array['2029-06-01T00:00:00Z', '2029-06-30T23:59:59Z', '2029-08-01T00:00:00Z']) at`,
      ),
    );
    await prepareHistory(database, schemas, [], options, new Date('2029-05-20T00:00:00Z'));
    const rows = await database.session((session) =>
      session.query(
        `select tableoid::regclass::text as table, count(*)::integer as n from sigma_sync.changes group by 1 order by 1`,
      ),
    );
    expect(rows).toEqual([
      { table: 'sigma_sync.changes_2029_06', n: 2 },
      { table: 'sigma_sync.changes_default', n: 1 },
    ]);
    await prepareHistory(database, schemas, [], options, new Date('2029-07-20T00:00:00Z'));
    expect(await months(database)).toContain('2029_08');
  });
});
