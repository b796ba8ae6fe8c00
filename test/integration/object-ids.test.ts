/** Grants and the objects they are on, which the API names by the one id or the other. */
import { describe, expect, it } from 'vitest';
import { up } from '../../migrations/0014_object_ids.ts';
import type { Novelties } from '../../simulator/http/novelties.ts';
import { startSimulator } from '../../simulator/server.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { aboutUnknown, refersToObjects } from '../../src/loaders/object-ids.ts';
import { checkObjects, checkShortIds } from '../../src/operations/check/check-objects.ts';
import { kyselyOver } from '../../src/state/apply-migrations.ts';
import { replayDifferences } from '../support/replay.ts';
import { fastClient, type Rig, type RigOptions, startRig, streamOf } from '../support/rig.ts';
import { runThrough, withoutEntries } from '../support/through.ts';
import { openWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';

const LISTS = ['grants', 'workspace_grants', 'connection_grants', 'connection_path_grants'] as const;
const STREAMS = withAncestors(catalogue, new Set(LISTS));
const ORGANIZATION = { seed: 51, workbooks: 30, reports: 0, members: 20, teams: 5, grants: 160, folders: 8 };
/** More members than objects: grants are swept by object after the first load. */
const BY_OBJECT = { ...ORGANIZATION, members: 160, teams: 12 };

const FORMS: readonly (readonly [string, Partial<Novelties>])[] = [
  ['short ids in /v2/grants', {}],
  ['long ids', { shortGrantIds: false }],
  ['short ids in every list', { shortIdsInAllGrants: true }],
];

const start = (options: RigOptions = {}): Promise<Rig> =>
  startRig({ streams: STREAMS, organization: ORGANIZATION, ...options });

const ask = (rig: Rig, sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  rig.test.database.session((session) => session.query(sql, values));

/** The change log of grants, without the first load. */
const changesOf = (rig: Rig): Promise<Record<string, unknown>[]> =>
  ask(
    rig,
    `select stream, key, operation, changed from sigma_sync.changes
      where stream = any($1) and operation <> 'insert' order by change_id`,
    [LISTS],
  );

/** The first item that fits, which must exist. */
function first<T>(items: Iterable<T>, fits: (item: T) => boolean = () => true): T {
  for (const item of items) if (fits(item)) return item;
  throw new Error('there is none');
}

describe.each(FORMS)('with %s', (_, novelties) => {
  it('every grant joins with its object, and keeps what was sent', async () => {
    await using rig = await start({ novelties });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const [joined] = await ask(
      rig,
      `select count(*)::integer as grants,
              (count(w.workbook_id))::integer as workbooks,
              (count(*) filter (where coalesce(w.workbook_id, f.id, d.data_model_id, z.dataset_id) is null))::integer as lost,
              (count(*) filter (where g._raw ->> 'inodeId' not in (g.inode_id, g.inode_url_id)))::integer as other,
              (count(*) filter (where g.inode_url_id is null))::integer as unaddressed
         from sigma.grants g left join sigma.workbooks w on w.workbook_id = g.inode_id
         left join sigma.files f on f.id = g.inode_id left join sigma.data_models d on d.data_model_id = g.inode_id
         left join sigma.datasets z on z.dataset_id = g.inode_id`,
    );
    expect(joined).toEqual({
      grants: ORGANIZATION.grants,
      workbooks: expect.any(Number),
      lost: 0,
      other: 0,
      unaddressed: 0,
    });
    expect(joined?.['workbooks']).toBeGreaterThan(50);
    for (const [list, column] of [
      ['workspace_grants', 'workspace_id'],
      ['connection_grants', 'connection_id'],
    ])
      expect(await ask(rig, `select 1 from sigma.${list} where ${column} <> inode_id`), list).toEqual([]);
    const report = await rig.sync();
    expect(LISTS.map((name) => streamOf(report, name).updated)).toEqual([0, 0, 0, 0]);
    expect(report.streams.filter(({ unknownObjects }) => unknownObjects !== undefined)).toEqual([]);
    expect(await changesOf(rig)).toEqual([]);
  });

  it.each([
    ['by member and team', ORGANIZATION],
    ['by object', BY_OBJECT],
  ])('a grant that is taken away is seen in a sweep %s, and one that is given', async (__, organization) => {
    await using rig = await start({ novelties, organization });
    await rig.sync();
    const changed = rig.simulator.organization;
    const [revoked] = [changed.revoke(), changed.revokeConnection()];
    const given = changed.grant();
    const report = await rig.sync();
    expect(streamOf(report, 'grants').partitions).toBeLessThan(organization === BY_OBJECT ? 172 : 26);
    const { deleted, inserted, updated } = streamOf(report, 'grants');
    expect({ deleted, inserted, updated }).toEqual({ deleted: 1, inserted: 1, updated: 0 });
    const rows = await ask(rig, 'select grant_id from sigma.grants where _deleted_at is not null');
    expect(rows).toEqual([{ grant_id: revoked }]);
    const [row] = await ask(rig, 'select inode_id from sigma.grants where grant_id = $1', [given]);
    expect(row?.['inode_id']).toBe(changed.grants.get(given)?.inodeId);
    expect(await rig.differences()).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, STREAMS)).toEqual([]);
  });
});

/** Gives a workbook that nobody was given another short id, so none is computed. */
function contradict({ simulator: { organization } }: Rig): void {
  const { list } = organization.workbooks;
  const odd = first(list, ({ id, archived }) => !archived && organization.grants.of(id).length === 0);
  Object.assign(odd, { urlId: `0${odd.urlId.slice(1)}` });
}

describe('an object that is listed later', () => {
  const hiding = (rig: Rig, id: string, streams = STREAMS) =>
    runThrough(
      rig,
      async (path, next) =>
        /^\/v2\/(workbooks|files)$/.test(path)
          ? withoutEntries(await next(), (entry) => entry['workbookId'] !== id && entry['id'] !== id)
          : next(),
      { streams },
    );

  it.each([
    ['is found before the grants are read again', STREAMS],
    ['is found at the end of a run without the grants', withAncestors(catalogue, new Set(['workbooks']))],
  ])('%s, which is no change', async (_, streams) => {
    await using rig = await start();
    contradict(rig);
    const { organization } = rig.simulator;
    const { id, urlId } = first(
      organization.workbooks.list,
      (one) => !one.archived && !one.exploration && organization.grants.of(one.id).length > 0,
    );
    const grants = organization.grants.of(id).length;
    const { report } = await hiding(rig, id);
    expect(streamOf(report, 'grants').unknownObjects).toBe(grants);
    const select = 'select distinct inode_id, inode_url_id from sigma.grants where inode_url_id = $1';
    expect(await ask(rig, select, [urlId])).toEqual([{ inode_id: urlId, inode_url_id: urlId }]);
    const context = { schemas: rig.test.schemas, streams: STREAMS };
    expect(await checkObjects(rig.test.database, context)).toMatchObject({
      outcome: 'warning',
      detail: `grants: ${aboutUnknown(grants)}`,
    });
    await using page = await openWeb(webApp({ simulator: rig.simulator }), async () => rig.test.database);
    const told = async (): Promise<boolean> =>
      (await page.send('/streams/grants')).text.includes('rows whose object is in no listing');
    expect(await told()).toBe(true);

    const second = await rig.sync({ streams });
    expect(second.streams.filter(({ unknownObjects }) => unknownObjects !== undefined)).toEqual([]);
    expect(await ask(rig, select, [urlId])).toEqual([{ inode_id: id, inode_url_id: urlId }]);
    expect(await changesOf(rig)).toEqual([]);
    expect(await checkObjects(rig.test.database, context)).toMatchObject({ outcome: 'ok' });
    expect(await told()).toBe(false);
    await rig.sync({ full: true });
    expect(await rig.differences()).toEqual([]);
    expect(await changesOf(rig)).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, STREAMS)).toEqual([]);
  });

  it('is known from a sweep by it, and stays known', async () => {
    // Nor do files tell it.
    await using rig = await start({ organization: BY_OBJECT, novelties: { dataFiles: false } });
    contradict(rig);
    const { organization } = rig.simulator;
    // An address of a form that nobody knows tells no short id.
    const without = (sync: Partial<Parameters<typeof rig.run>[0]> = {}) =>
      runThrough(
        rig,
        async (path, next) => {
          const answer = await next();
          if (path !== '/v2/datasets') return answer;
          const body = answer.body as { entries: Record<string, unknown>[] };
          return {
            ...answer,
            body: { ...body, entries: body.entries.map((one) => ({ ...one, url: 'new' })) },
          };
        },
        sync,
      );
    const { id } = first(organization.datasets.list, (one) => organization.grants.of(one.id).length > 0);
    const isKnown = async () =>
      (await ask(rig, 'select 1 from sigma.grants where inode_id = $1', [id])).length > 0;
    await without();
    expect(await isKnown()).toBe(false);
    await without();
    expect(await isKnown()).toBe(true);
    const { report } = await without({ full: true });
    expect(streamOf(report, 'grants')).toMatchObject({ updated: 0, deleted: 0 });
    expect(await isKnown()).toBe(true);
    expect(await changesOf(rig)).toEqual([]);
  });
});

describe('an object that no listing has', () => {
  it.each(FORMS)('is counted with %s, and its grants are swept all the same', async (_, novelties) => {
    await using rig = await start({ novelties, organization: BY_OBJECT });
    const { organization } = rig.simulator;
    const home = first(organization.members.list).homeFolderId;
    const [granted, kept] = [0, 1].map(() => organization.grant({ inodeId: home }));
    expect(streamOf(await rig.sync(), 'grants').unknownObjects).toBe(2);
    expect(await rig.differences()).toEqual([]);
    organization.revoke(granted);
    organization.changePermission(kept, 'organize');
    expect(streamOf(await rig.sync(), 'grants')).toMatchObject({ unknownObjects: 1, deleted: 1, updated: 1 });
    expect(await rig.differences()).toEqual([]);
  });
});

describe('an API that takes to the other form', () => {
  it.each([
    ['short', { shortGrantIds: false }, { shortIdsInAllGrants: true }],
    ['long', { shortIdsInAllGrants: true }, { shortGrantIds: false }],
  ])('of %s ids changes nothing but what came', async (_, before, after) => {
    await using rig = await start({ novelties: before });
    const { organization } = rig.simulator;
    organization.grant({ inodeId: first(organization.members.list).homeFolderId });
    await rig.sync();
    const rows = () =>
      ask(
        rig,
        'select grant_id, inode_id, inode_url_id from sigma.grants where inode_type <> $1 order by 1',
        ['folder'],
      );
    const was = await rows();
    await using other = await startSimulator({ organization, novelties: after });
    const client = fastClient(other, rig.events);
    const through = async () => {
      const { report } = await runThrough(rig, (path, __, options) => client.get(path, options));
      expect(report.status).toBe('complete');
      expect(LISTS.map((name) => streamOf(report, name).deleted)).toEqual([0, 0, 0, 0]);
    };
    await through();
    expect(await rig.differences()).toEqual([]);
    expect(await rows()).toEqual(was);
    expect(await changesOf(rig)).toEqual([]);
    organization.revoke();
    await runThrough(rig, (path, __, options) => client.get(path, options), { full: true });
    expect(await changesOf(rig)).toMatchObject([{ operation: 'delete' }]);
    expect(await rig.differences()).toEqual([]);
    await client.close();
  });
});

describe('a database that an older version filled', () => {
  /** The state of the version before: the id that was sent, in the tables and in the log. */
  async function makeOld(rig: Rig): Promise<void> {
    await rig.test.database.transaction(async (session) => {
      for (const list of LISTS) {
        await session.query(`update sigma_sync.changes c set
            before = case when c.before ? 'inode_id' then c.before || jsonb_build_object('inode_id', g._raw -> 'inodeId') else c.before end,
            after = case when c.after ? 'inode_id' then c.after || jsonb_build_object('inode_id', g._raw -> 'inodeId') else c.after end
            from sigma.${list} g where c.stream = '${list}' and c.key = array[g.grant_id]`);
        await session.query(`update sigma.${list} set inode_id = _raw ->> 'inodeId'`);
        await session.query(`drop index sigma.${list}_lacking_ids`);
        await session.query(`alter table sigma.${list} drop column inode_url_id`);
      }
      for (const [table, column] of [
        ['workbooks', 'workbook_url_id'],
        ['files', 'url_id'],
        ['data_models', 'data_model_url_id'],
        ['templates', 'template_url_id'],
      ])
        await session.query(`drop index sigma.${table}_${column}`);
      for (const [table, column] of [
        ['workspaces', 'workspace_url_id'],
        ['datasets', 'dataset_url_id'],
      ])
        await session.query(`alter table sigma.${table} drop column ${column}`);
      await session.query(
        `update sigma_sync.changes set after = after - 'workspace_url_id' - 'dataset_url_id'`,
      );
      await session.query(
        `insert into sigma_sync.partitions (stream, partition, kind, status, run_id, attempts)
         select 'grants', 'inode:' || inode_id, 'inode', 'failed', 'old', 1 from sigma.grants where inode_id !~ '-' limit 1`,
      );
    });
  }

  it.each([
    ...FORMS.flatMap(([form, novelties]) => [
      [form, 'by member and team', novelties, ORGANIZATION] as const,
      [form, 'by object', novelties, BY_OBJECT] as const,
    ]),
  ])('with %s is right after the first sync %s', async (_, __, novelties, organization) => {
    await using rig = await start({ novelties, organization });
    await rig.sync();
    const changed = rig.simulator.organization;
    const revoked = changed.revoke();
    changed.changePermission();
    await rig.sync();
    const log = await changesOf(rig);
    const was = await ask(rig, 'select * from sigma.grants order by grant_id');
    const [{ at } = { at: '' }] = await ask(rig, 'select clock_timestamp()::text as at');
    await makeOld(rig);
    const [old] = await ask(rig, `select count(*)::integer as n from sigma.grants where inode_id !~ '-'`);
    expect(old?.['n'] === 0).toBe('shortGrantIds' in novelties);

    const { database, schemas } = rig.test;
    await database.session((session) =>
      up(kyselyOver(session), { targetSchema: schemas.target, stateSchema: schemas.state }),
    );
    const report = await rig.sync();
    expect(LISTS.map((name) => streamOf(report, name).deleted)).toEqual([0, 0, 0, 0]);
    expect(await rig.differences()).toEqual([]);
    expect(await changesOf(rig)).toEqual(log);
    const lists = STREAMS.filter(refersToObjects);
    expect(await replayDifferences(database, schemas, lists)).toEqual([]);
    const columns = ({ _synced_at, ...row }: Record<string, unknown>) => row;
    const is = await ask(rig, 'select * from sigma.grants order by grant_id');
    expect(is.map(columns)).toEqual(was.map(columns));
    expect(await ask(rig, `select 1 from sigma_sync.partitions where status <> 'complete'`)).toEqual([]);

    changed.revoke();
    await rig.sync({ full: true });
    const then = await ask(rig, 'select grant_id, inode_id from sigma.grants_as_of($1) order by 1', [at]);
    const live = was.filter((row) => row['grant_id'] !== revoked);
    expect(then).toEqual(live.map(({ grant_id, inode_id }) => ({ grant_id, inode_id })));
    expect(await rig.differences()).toEqual([]);
  });
});

describe('the arithmetic of short ids', () => {
  const SHORT = { shortIdsInAllGrants: true };
  const forms = (rig: Rig) =>
    ask(
      rig,
      `select count(*)::integer as grants, (count(*) filter (where inode_id ~ '-'))::integer as long,
              (count(*) filter (where inode_url_id = url_id))::integer as addressed
         from sigma.connection_path_grants`,
    );
  const context = (rig: Rig) => ({ schemas: rig.test.schemas, streams: STREAMS });

  it('gives what no listing has its long id, which is no change', async () => {
    await using rig = await start({ novelties: SHORT });
    await rig.sync();
    const [{ grants = 0 } = {}] = (await forms(rig)) as { grants: number }[];
    expect(grants).toBeGreaterThan(3);
    expect(await forms(rig)).toEqual([{ grants, long: grants, addressed: grants }]);
    const { organization } = rig.simulator;
    const truth = organization.truth('connection_path_grants');
    const rows = await ask(rig, 'select grant_id, inode_id from sigma.connection_path_grants');
    expect(new Map(rows.map((row) => [row['grant_id'], row['inode_id']]))).toEqual(
      new Map(truth.map((entry) => [entry['grantId'], entry['inodeId']])),
    );
    const report = await rig.sync({ full: true });
    expect(streamOf(report, 'connection_path_grants')).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(await changesOf(rig)).toEqual([]);
    expect(await rig.differences()).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, STREAMS)).toEqual([]);
    expect(await checkShortIds(rig.test.database, context(rig))).toMatchObject({
      outcome: 'ok',
      detail: expect.stringMatching(/^\d+ short ids compared: each is the long one in base 62$/),
    });
  });

  it('is left alone where one pair of the organization contradicts it', async () => {
    await using rig = await start({ novelties: SHORT });
    contradict(rig);
    await rig.sync();
    const [{ grants = 0 } = {}] = (await forms(rig)) as { grants: number }[];
    expect(await forms(rig)).toEqual([{ grants, long: 0, addressed: grants }]);
    const checked = await checkShortIds(rig.test.database, context(rig));
    expect(checked).toMatchObject({ outcome: 'warning' });
    expect(checked?.detail).toMatch(/^\d+ short ids compared: [12] are not the long ones in base 62/);
    expect(await rig.differences()).toEqual([]);
  });

  it('is not used without a pair that proves it', async () => {
    const streams = withAncestors(catalogue, new Set(['connection_path_grants']));
    await using rig = await start({ novelties: SHORT, streams });
    await rig.sync();
    const [{ grants = 0 } = {}] = (await forms(rig)) as { grants: number }[];
    expect(await forms(rig)).toEqual([{ grants, long: 0, addressed: grants }]);
    expect(await checkShortIds(rig.test.database, context(rig))).toBeUndefined();
  });
});
