/** A person who is to be forgotten is nowhere: tables, log, answers, exports, statistics, records of runs. */
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/core/errors.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { checkForgotten } from '../../src/operations/check/run-checks.ts';
import { type ForgetContext, forget } from '../../src/operations/forget/forget.ts';
import { query, refresh, refreshed } from '../support/analytics.ts';
import { definitionOf } from '../support/export-definition.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { runThrough, withEntries } from '../support/through.ts';

const KEY = 'a key of the privacy tests';
/** The machine may be busy. */
const SLOW = { timeout: 300_000 };
const CANARY = /canary/i;
const ADDRESS = 'Canary.Ann+x@Example.org';
const OTHERS = 'joan-canary.ann+x@example.org.uk'.replace('canary', 'c4nary');

interface World extends AsyncDisposable {
  readonly rig: Rig;
  readonly id: string;
  /** Ends the member in Sigma. */
  leave(): void;
  sync(columns?: PrivacySettings['columns']): Promise<void>;
  forget(
    given?: readonly string[],
    dryRun?: boolean,
    exports?: readonly ExportDefinition[],
  ): ReturnType<typeof forget>;
  dump(): Promise<string>;
}

/** An organization with one person whose address and name are in many places. */
async function startWorld(): Promise<World> {
  const rig = await startRig({ organization: { seed: 6, workbooks: 4, members: 14 }, streams: catalogue });
  const id = String(rig.simulator.organization.truth('members')[7]?.['memberId']);
  let isThere = true;
  let rules: PrivacySettings['columns'] = {};
  let moves = 0;
  const privacy = () => compilePrivacy({ key: KEY, columns: rules }, catalogue);
  const named = (value: unknown): boolean => JSON.stringify(value).includes(id);
  return {
    rig,
    id,
    leave: () => {
      isThere = false;
    },
    async sync(columns = {}) {
      rules = columns;
      moves++;
      const { error, report } = await runThrough(
        rig,
        async (path, next) => {
          if (!isThere && path.endsWith(`/members/${id}`))
            throw new ApiError('not found', { context: { status: 404 } });
          const answer = await next();
          const body = answer.body as { entries?: unknown[] };
          if (!isThere && path.includes(id)) return { ...answer, body: { ...body, entries: [] } };
          if (path === '/v2/workbooks')
            return withEntries(answer, (entries) =>
              entries.map((entry, i) => ({
                ...entry,
                description: i === 0 ? `ask ${OTHERS}` : entry['description'],
              })),
            );
          if (!Array.isArray(body.entries)) return answer;
          if (path !== '/v2.1/members')
            return isThere
              ? answer
              : withEntries(answer, (entries) => entries.filter((entry) => !named(entry)));
          return withEntries(answer, (entries) =>
            entries.flatMap((entry) => {
              if (entry['memberId'] !== id) return [entry];
              const person = {
                firstName: 'Canary',
                lastName: `Surname${moves}`,
                email: ADDRESS,
                profileImgUrl: 'https://x/canary',
              };
              return isThere ? [{ ...entry, ...person }] : [];
            }),
          );
        },
        { full: true, acceptDeletions: true },
        { privacy: privacy() },
      );
      if (error !== undefined) throw error;
      expect(['complete', 'partial']).toContain(report.status);
    },
    async forget(given = [id], dryRun = false, exports = []) {
      const { database, schemas } = rig.test;
      const context: ForgetContext = {
        ...{ database, schemas, streams: catalogue, exports, exportsSchema: 'sigma_data' },
        ...{ hash: privacy().hash, now: () => new Date() },
      };
      const done = await forget(context, given, dryRun);
      if (!dryRun) expect((await refresh(rig, { all: true })).error).toBeUndefined();
      return done;
    },
    async dump() {
      const tables = await query(
        rig,
        `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname like 'sigma%' and c.relkind in ('r', 'm') order by 1`,
      );
      const texts: string[] = [];
      for (const { name } of tables)
        for (const { text } of await query(rig, `select to_jsonb(t)::text as text from ${String(name)} t`))
          texts.push(`${String(name)}: ${String(text)}`);
      for (const { text } of await query(
        rig,
        `select to_jsonb(s)::text as text from pg_stats s where schemaname like 'sigma%'`,
      ))
        texts.push(`pg_stats: ${String(text)}`);
      return texts.join('\n');
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/** Lines in which somebody is found, cut to be read. */
const found = (dump: string, pattern: RegExp | string): string[] =>
  dump
    .split('\n')
    .filter((line) => (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)))
    .map((line) => line.slice(0, 160));

async function spread({ rig, id }: World): Promise<void> {
  await query(
    rig,
    `update sigma.workbooks set description = 'Line\n' || $1 || ', and ' || $2,
            _raw = _raw || jsonb_build_object('description', 'Line\n' || $1, 'owner', jsonb_build_object('email', lower($1)))`,
    [ADDRESS, OTHERS],
  );
  await query(rig, `update sigma_sync.runs set error = 'no access for ' || $1`, [ADDRESS]);
  await query(
    rig,
    `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation, changed, before, after)
     select now(), (select run_id from sigma_sync.runs limit 1), 'workbooks', array[workbook_id], 'update', array['description'],
            jsonb_build_object('description', $1::text), jsonb_build_object('description', 'x') from sigma.workbooks limit 1`,
    [ADDRESS],
  );
  await query(rig, 'analyze');
  await refreshed(rig);
  expect(id).not.toBe('');
}

describe('whoever left Sigma', () => {
  it('is forgotten, stays forgotten, and nobody else is', SLOW, async () => {
    await using world = await startWorld();
    const { rig, id } = world;
    await world.sync();
    await world.sync();
    world.leave();
    await world.sync();
    await spread(world);
    const before = await world.dump();
    expect(found(before, CANARY).some((line) => line.startsWith('pg_stats'))).toBe(true);

    const tried = await world.forget([ADDRESS.toUpperCase()], true);
    expect(found(await world.dump(), CANARY).length).toBe(found(before, CANARY).length);

    const done = await world.forget([ADDRESS.toUpperCase()]);
    expect(done).toEqual(tried);
    expect(done).toMatchObject({ ids: [id], isInSigma: false });
    const after = await world.dump();
    expect(found(after, CANARY)).toEqual([]);
    // Others are left alone, also where their address contains this one.
    expect(
      await query(
        rig,
        `select 1 from sigma.workbooks where description = 'Line\n[forgotten], and ${OTHERS}'`,
      ),
    ).not.toEqual([]);
    expect(await query(rig, 'select 1 from sigma.members')).toHaveLength(13);
    // The id is left where it says whose a thing is or was, and the command lists it.
    const places = new Set(done.left.map(({ where }) => where.split('.').slice(0, 2).join('.')));
    for (const line of found(after, id)) {
      const table = line.split(':')[0] ?? '';
      if (table.startsWith('sigma.')) expect(places, line).toContain(table);
    }
    expect(await query(rig, 'select 1 from sigma.team_members where member_id = $1', [id])).toEqual([]);
    expect(
      await query(rig, `select 1 from sigma_sync.changes where stream = 'members' and key = array[$1]`, [id]),
    ).toEqual([]);
    const [record] = await query(rig, 'select * from sigma_sync.forgotten');
    expect(JSON.stringify(record)).not.toContain(id);
    expect(record?.['rows']).toMatchObject({ 'sigma.members': 1 });

    await world.sync();
    await refreshed(rig);
    expect(found(await world.dump(), CANARY)).toEqual([]);
    const { database, schemas } = rig.test;
    expect(await checkForgotten(database, schemas)).toBeUndefined();
    expect(await world.forget()).toMatchObject({ deleted: [] });
  });

  it('is found by the hash of an address, and its former addresses go, too', SLOW, async () => {
    await using world = await startWorld();
    await world.sync();
    const rules = {
      'members.email': 'hash',
      'members.first_name': 'drop',
      'members.last_name': 'drop',
      'members.profile_img_url': 'drop',
    } as const;
    await world.sync(rules);
    world.leave();
    await world.sync(rules);
    const hash = String(compilePrivacy({ key: KEY, columns: {} }, catalogue).hash(ADDRESS));
    await refreshed(world.rig);
    expect(found(await world.dump(), hash)).not.toEqual([]);
    expect((await world.forget([ADDRESS])).ids).toEqual([world.id]);
    expect(found(await world.dump(), hash)).toEqual([]);
  });
});

it('whoever is still in Sigma comes back, and that is said', SLOW, async () => {
  await using world = await startWorld();
  const { rig } = world;
  await world.sync();
  const told: number[] = [];
  rig.events.on('privacy.returned', ({ members }) => told.push(members));
  expect((await world.forget()).isInSigma).toBe(true);
  expect(found(await world.dump(), CANARY)).toEqual([]);
  await world.sync();
  expect(told).toEqual([1]);
  const { database, schemas } = rig.test;
  expect(await checkForgotten(database, schemas)).toMatchObject({
    outcome: 'warning',
    detail: '1 forgotten member is back, because Sigma still has them',
  });
});

it('rows of exports go by the columns that name people, and what else is there is listed', SLOW, async () => {
  await using world = await startWorld();
  const { rig, id } = world;
  await world.sync();
  await query(rig, 'create schema if not exists sigma_data');
  await query(
    rig,
    `create table sigma_data.audit (who text not null, what text, said text, n bigint,
       _export_run bigint not null, _row_number bigint not null, _loaded_at timestamptz default now(), primary key (who, n))`,
  );
  await query(
    rig,
    `insert into sigma_data.audit values (lower($1), 'a', 'canary', 1, 1, 1), ($2, 'b', 'canary', 2, 1, 2), ('bob', 'c', 'from ' || $1, 3, 1, 3)`,
    [ADDRESS, id],
  );
  for (const [column, type] of Object.entries({ who: 'text', what: 'text', said: 'text', n: 'bigint' }))
    await query(
      rig,
      `insert into sigma_sync.export_columns (export, column_name, label, occurrence, kind, sql_type, added_at) values ('audit', $1, initcap($1), 0, 'text', $2, now())`,
      [column, type],
    );
  await query(
    rig,
    `insert into sigma_sync.exports (export, table_name, mode, last_run_id, last_status, last_attempt_at) values ('audit', 'audit', 'merge', 'r', 'complete', now())`,
  );
  await query(rig, 'analyze sigma_data.audit');
  const definition = definitionOf({ workbookId: 'w', elementId: 'e' }, { name: 'audit', person: ['Who'] });
  const done = await world.forget([id], false, [definition]);
  expect(done.deleted).toContainEqual({ table: 'sigma_data.audit', rows: 2 });
  expect(await query(rig, 'select who from sigma_data.audit')).toEqual([{ who: 'bob' }]);
  expect(done.left).toContainEqual({ where: 'sigma_data.audit.said', what: 'address', rows: 1 });
  expect(
    found(await world.dump(), CANARY).filter((line) => !line.includes('"bob"') && !line.includes('"said"')),
  ).toEqual([]);
  await expect(world.forget([id], false, [{ ...definition, person: ['Whom'] }])).rejects.toThrow(
    'exports.audit.person names the column "Whom", which the export does not have.',
  );
});

it('waits for nobody: a run that is under way could write the person anew', SLOW, async () => {
  await using world = await startWorld();
  await world.sync();
  const { database, schemas } = world.rig.test;
  const lock = await database.tryLock(`sigma-sync exports ${schemas.target}`, () => undefined);
  await expect(world.forget()).rejects.toThrow('A run is using schema sigma');
  await lock?.release();
  await expect(world.forget()).resolves.toBeDefined();
});
