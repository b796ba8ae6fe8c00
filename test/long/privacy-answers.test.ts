/** Hiding a column never makes another answer of an answer without saying so. */
import { describe, expect, it } from 'vitest';
import { compileAnalytics } from '../../src/analytics/compile-analytics.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { RESTS_ON } from '../../src/analytics/models/shared/rests-on.ts';
import { readLimits } from '../../src/analytics/read-limits.ts';
import { reportOf } from '../../src/analytics/report/ask-digest.ts';
import { lead } from '../../src/analytics/report/sections.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { pinnedColumns } from '../../src/loaders/privacy/pinned.ts';
import { checkPrivacy } from '../../src/operations/check/run-checks.ts';
import { query, refresh, refreshed, SETTINGS } from '../support/analytics.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { runThrough, withEntries } from '../support/through.ts';

const KEY = 'a key of the privacy tests';
/** The machine may be busy. */
const SLOW = { timeout: 300_000 };
const ORGANIZATION = { seed: 11, workbooks: 10, members: 30 };

/** An organization in which every fifth member is from outside. */
async function startMixed(): Promise<Rig> {
  return startRig({ organization: ORGANIZATION, streams: catalogue });
}

/** Syncs with these rules and refreshes the answers, as the application does. */
async function sync(
  rig: Rig,
  columns: PrivacySettings['columns'],
  { key = KEY as string | null, internalDomains = [] as string[] } = {},
): Promise<void> {
  const privacy = compilePrivacy({ key: key ?? undefined, columns }, catalogue);
  const { error, report } = await runThrough(
    rig,
    async (path, next) => {
      const answer = await next();
      if (path !== '/v2.1/members') return answer;
      return withEntries(answer, (entries) =>
        entries.map((entry, i) => ({
          ...entry,
          email: `Person.${i}@${i % 5 === 0 ? 'Partner.example.net' : 'house.example.org'}`,
        })),
      );
    },
    {},
    { privacy },
  );
  if (error !== undefined) throw error;
  expect(report.status).toBe('complete');
  const isHashed = privacy.of('members')?.rules['email_domain'] === 'hash';
  const settings = compileAnalytics(
    { ...SETTINGS, internalDomains, auditLog: undefined },
    [],
    'sigma_data',
    isHashed ? (domain) => privacy.hash(domain) : undefined,
  );
  await refreshed(rig, { settings });
}

const outsiders = async (rig: Rig) => ({
  members: await query(rig, 'select member_id, reason from sigma_analytics.external_members order by 1'),
  objects: await query(
    rig,
    'select inode_id, viewers, external_viewers from sigma_analytics.access_exposure order by 1',
  ),
});

const limitsOf = (rig: Rig) => rig.test.database.session((session) => readLimits(session, rig.test.schemas));

const digestOf = (rig: Rig) => {
  const to = new Date();
  return reportOf(rig.test.database, {
    schemas: rig.test.schemas,
    from: new Date(to.getTime() - 7 * 86_400_000),
    to,
    watched: new Map(),
  });
};

describe('who is external', () => {
  it.each([
    ['the domain that most have', []],
    ['domains of the settings', ['HOUSE.example.org']],
  ])('stays as it is while addresses are hidden, by %s', SLOW, async (_, internalDomains) => {
    await using rig = await startMixed();
    await sync(rig, {}, { internalDomains });
    const plain = await outsiders(rig);
    expect(plain.members.filter(({ reason }) => reason === 'domain').length).toBeGreaterThan(3);
    for (const rule of ['hash', 'drop'] as const) {
      await sync(rig, { 'members.email': rule }, { internalDomains });
      expect(await outsiders(rig)).toEqual(plain);
      expect(await limitsOf(rig)).toEqual([]);
      const domains = await query(rig, 'select distinct email_domain as d from sigma.members order by 1');
      expect(domains.every(({ d }) => /^hmac:[0-9a-f]{32}$/.test(String(d)))).toBe(true);
      expect(domains).toHaveLength(2);
    }
    await sync(rig, {}, { internalDomains });
    expect(await outsiders(rig)).toEqual(plain);
  });

  it.each([
    ['without a key', { 'members.email': 'drop' }, null],
    ['with the domain', { 'members.email': 'hash', 'members.email_domain': 'drop' }, KEY],
  ] as const)('is said not to be known where addresses are hidden %s', SLOW, async (_, rules, key) => {
    await using rig = await startMixed();
    await sync(rig, {}, { key });
    const plain = await outsiders(rig);
    await sync(rig, rules, { key, internalDomains: ['house.example.org'] });
    const { members, objects } = await outsiders(rig);
    expect(members).toEqual(plain.members.filter(({ reason }) => reason !== 'domain'));
    // If all viewers are guests it is known; it is never another figure.
    for (const [i, { external_viewers: seen }] of objects.entries())
      expect([null, plain.objects[i]?.['external_viewers']]).toContain(seen);
    expect(objects.some((row) => row['external_viewers'] === null)).toBe(true);
    expect((await limitsOf(rig)).flatMap(({ answers }) => answers).sort()).toEqual([
      'access_exposure',
      'external_members',
    ]);
    const digest = await digestOf(rig);
    expect(lead(digest).join('\n')).toContain('Privacy settings hide members.email');
  });

  it('is said not to be known where the kind of members is hidden', SLOW, async () => {
    await using rig = await startMixed();
    await sync(rig, {});
    const plain = await outsiders(rig);
    await sync(rig, { 'members.user_kind': 'hash' });
    const { members } = await outsiders(rig);
    // A hash is no guest: only the domains tell.
    for (const { member_id: id } of members)
      expect(plain.members.map((row) => row['member_id'])).toContain(id);
    expect(await limitsOf(rig)).toMatchObject([
      { column: 'members.user_kind (hash)', answers: ['access_exposure', 'external_members'] },
    ]);
  });
});

it(
  'an audit log with plain addresses beside hashed ones counts for documents and makes no member up',
  SLOW,
  async () => {
    await using rig = await startMixed();
    await sync(rig, {});
    const [one] = await query(
      rig,
      `select email, member_id as id from sigma.members where email like '%.3@%'`,
    );
    const [book] = await query(
      rig,
      'select workbook_id as id from sigma.workbooks where not is_archived order by 1 limit 1',
    );
    const columns = { time: 'at', member: 'who', object: 'what', event: 'kind', opens: ['OPEN'] };
    const auditLog = { ...columns, schema: 'sigma_data', table: 'audit' };
    await query(rig, 'create schema if not exists sigma_data');
    await query(
      rig,
      `create table sigma_data.audit as select timestamptz '2031-01-01Z' as at, $1::text as who, $2::text as what, 'OPEN' as kind`,
      [one?.['email'], book?.['id']],
    );
    const openers = async () => {
      const { warning } = await refresh(rig, { settings: { ...SETTINGS, auditLog } });
      const rows = await query(
        rig,
        `select i.openers, i.last_opened_at::text like '2031%' as by_log,
              (select array_agg(o.member_id) from sigma_analytics.openings() o where o.opened_at > '2030-01-01') as who
         from sigma_analytics.workbook_inventory i where i.workbook_id = $1`,
        [book?.['id']],
      );
      return { ...rows[0], warning };
    };
    const plain = await openers();
    expect(plain).toMatchObject({ by_log: true, who: [one?.['id']], warning: undefined });
    await sync(rig, { 'members.email': 'hash' });
    expect(await openers()).toMatchObject({
      by_log: true,
      who: [null],
      warning: expect.stringContaining('hide addresses on one side alone: hash both'),
    });
    const { hash } = compilePrivacy({ key: KEY, columns: {} }, catalogue);
    await query(rig, 'update sigma_data.audit set who = $1', [hash(one?.['email'])]);
    expect(await openers()).toEqual(plain);
  },
);

it('check is not content until the answers are refreshed, whatever kept them from it', SLOW, async () => {
  await using rig = await startMixed();
  await sync(rig, {});
  const columns = { 'members.email': 'hash', 'workbook_queries.error': 'drop' } as const;
  const privacy = compilePrivacy({ key: KEY, columns }, catalogue);
  const { database, schemas } = rig.test;
  const check = () => checkPrivacy({ database, schemas, streams: catalogue, privacy });
  // The process is killed once the run is over.
  await runThrough(rig, (_, next) => next(), {}, { privacy });
  const shown = `select 1 from sigma_analytics.member_activity where email like '%@%'`;
  expect(await query(rig, shown)).not.toEqual([]);
  expect(await check()).toMatchObject({
    outcome: 'warning',
    detail: expect.stringMatching(/models were not refreshed since.*member_activity/),
    fix: expect.stringContaining('analytics refresh'),
  });
  await refreshed(rig);
  expect(await query(rig, shown)).toEqual([]);
  expect(await check()).toMatchObject({ outcome: 'ok' });
});

it('an answer that lost all its rows keeps no statistics that quote them', SLOW, async () => {
  await using rig = await startMixed();
  await sync(rig, {});
  await query(rig, `update sigma.workbook_elements set error = 'canary', _synced_at = now()`);
  await refreshed(rig);
  const quoted = `select 1 from pg_stats where schemaname = 'sigma_analytics' and most_common_vals::text like '%canary%'`;
  expect(await query(rig, quoted)).not.toEqual([]);
  for (const document of ['workbook', 'report', 'data_model'])
    for (const part of ['elements', 'columns', 'sources'])
      await query(rig, `delete from sigma.${document}_${part}`);
  for (const document of ['workbook', 'report']) await query(rig, `delete from sigma.${document}_queries`);
  await refreshed(rig);
  expect(await query(rig, 'select 1 from sigma_analytics.broken_elements')).toEqual([]);
  expect(await query(rig, quoted)).toEqual([]);
});

/** Columns of answers that only show what a table has, or name it. */
const SHOWN = new Set([
  ...[
    'name',
    'document_name',
    'document_url',
    'member_name',
    'inode_name',
    'team_name',
    'workspace_name',
    'team_names',
    'tags',
  ],
  ...['owner_name', 'owner_email', 'email', 'domain', 'url', 'description', 'detail', 'folder_path', 'path'],
  ...['note', 'url_id', 'words', 'lexemes'],
  ...['owner_id', 'created_by', 'created_at', 'badge', 'latest_version', 'paths', 'user_kind'],
]);

it(
  'a column that is in no list decides nothing: hiding it changes what is shown, and no answer',
  SLOW,
  async () => {
    await using rig = await startRig({ organization: ORGANIZATION, streams: catalogue });
    await rig.sync();
    await refreshed(rig);
    const views = models.filter(({ kind, name }) => kind !== 'function' && name !== 'answer_limits');
    const prints = async (): Promise<Map<string, unknown>> => {
      const all = new Map<string, unknown>();
      for (const { name, columns } of views) {
        const decided = Object.keys(columns).filter((column) => !SHOWN.has(column));
        const [row] = await query(
          rig,
          `select count(*) as rows, ${decided.map((one) => `md5(string_agg("${one}"::text, ',' order by "${one}"::text collate "C")) as "${one}"`).join(', ')}
           from sigma_analytics.${name}`,
        );
        for (const [column, value] of Object.entries(row ?? {})) all.set(`${name}.${column}`, value);
      }
      return all;
    };
    const plain = await prints();
    const changed: string[] = [];
    for (const stream of catalogue) {
      if (!models.some(({ inputs }) => inputs.includes(stream.name))) continue;
      const fixed = pinnedColumns(stream, catalogue);
      const hidden = stream.columns
        .map(({ name }) => name)
        .filter((name) => !fixed.has(name) && RESTS_ON[stream.name]?.[name] === undefined)
        // The one stands for the other, as tested above.
        .filter((name) => !name.startsWith('email'));
      if (hidden.length === 0) continue;
      const texts = stream.columns.filter(({ name, type }) => hidden.includes(name) && type === 'text');
      for (const set of [
        hidden.map((name) => `"${name}" = null`),
        texts.map(({ name }) => `"${name}" = 'hmac:' || md5("${name}")`),
      ]) {
        if (set.length === 0) continue;
        await query(rig, `create table sigma.kept as select * from sigma.${stream.name}`);
        await query(rig, `update sigma.${stream.name} set ${set.join(', ')}, _synced_at = now()`);
        await refreshed(rig);
        for (const [column, value] of await prints())
          if (plain.get(column) !== value) changed.push(`${stream.name}: ${column} (${set.join(', ')})`);
        await query(rig, `delete from sigma.${stream.name}`);
        await query(rig, `insert into sigma.${stream.name} select * from sigma.kept`);
        await query(rig, 'drop table sigma.kept');
      }
    }
    expect(changed).toEqual([]);
  },
);
