/** Results of the search, teams, the downloads of single objects, and answers that an upgrade has not made yet. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

let usage: Usage;
let page: TestWeb;
beforeAll(async () => {
  usage = await prepareUsage();
  page = await openWeb(usage.app, usage.database);
});
afterAll(async () => {
  await page[Symbol.asyncDispose]();
  await usage[Symbol.asyncDispose]();
});

const query = <T extends Record<string, unknown>>(
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> => usage.test.database.session((session) => session.query<T>(sql, values));
const lines = (text: string): number => text.trimEnd().split('\r\n').length - 1;

describe('the search', () => {
  it('leads to a page with content, of every kind that it knows', async () => {
    const kinds = await query<{ type: string; id: string; name: string | null }>(
      `select distinct on (n.type) n.type, n.id, n.name from sigma_analytics.object_names n order by n.type, n.weight desc, n.id`,
    );
    expect(kinds.map(({ type }) => type)).toEqual([
      ...['connection', 'data-model', 'dataset', 'member', 'report', 'table', 'team', 'workbook'],
    ]);
    for (const { type, id, name } of kinds) {
      const { text } = await page.send(`/search/suggestions?q=${encodeURIComponent(id)}`);
      const [hit] = JSON.parse(text) as { kind: string; href: string }[];
      expect([type, hit?.kind]).toEqual([type, type.replaceAll('-', ' ')]);
      const found = await page.send(hit?.href ?? '');
      expect([type, hit?.href, found.status]).toEqual([type, hit?.href, 200]);
      expect([type, titleOf(found.text)]).toEqual([type, name]);
      expect([type, /class="facts"|<tbody>/.test(found.text)]).toEqual([type, true]);
    }
    for (const [word, href] of [
      ['workbook_pages', '/streams/workbook_pages'],
      ['teams', '/teams'],
    ] as const) {
      const { text } = await page.send(`/search/suggestions?q=${word}`);
      expect((JSON.parse(text) as { href: string }[]).map((hit) => hit.href)).toContain(href);
      expect((await page.send(href)).status).toBe(200);
    }
  });
});

describe('a team', () => {
  it('shows its members, what was granted to it, and who joined or left', async () => {
    const [member] = await query<{ member_id: string }>(
      `select member_id from sigma.team_members where team_id = $1 and _deleted_at is null order by 1 limit 1`,
      [usage.team],
    );
    const { text } = await page.send(`/teams/${usage.team}`);
    expect(text).toContain(`href="/members/${member?.member_id}"`);
    const members = await page.send(`/teams/${usage.team}/members.csv`);
    const [held] = await query<{ members: number; grants: number }>(
      `select (select count(*)::integer from sigma.team_members t where t.team_id = $1 and t._deleted_at is null) as members,
              (select count(*)::integer from (
                 select g.grant_id from sigma.grants g where g.team_id = $1 and g.inode_id is not null and g._deleted_at is null
                  union select w.grant_id from sigma.workspace_grants w where w.team_id = $1 and w._deleted_at is null) x) as grants`,
      [usage.team],
    );
    expect(held?.grants).toBeGreaterThan(0);
    expect([lines(members.text), members.headers['content-disposition']]).toEqual([
      held?.members,
      expect.stringContaining('team-members'),
    ]);
    expect(lines((await page.send(`/teams/${usage.team}/grants.csv`)).text)).toBe(held?.grants);
    const list = await page.send('/teams?filter=all');
    const [{ n } = { n: 0 }] = await query<{ n: number }>(
      'select count(*)::integer as n from sigma.teams where _deleted_at is null',
    );
    expect(list.text).toContain(`${n} in all`);
    expect((await page.send('/teams/nobody')).status).toBe(404);
    expect(lines((await page.send('/teams/nobody/members.csv')).text)).toBe(0);
  });

  it('says who left', async () => {
    const [gone] = await query<{ member_id: string }>(
      `select member_id from sigma.team_members where team_id = $1 and _deleted_at is null order by 1 desc limit 1`,
      [usage.team],
    );
    await query(
      `insert into sigma_sync.changes (stream, key, operation, changed_at, run_id, before)
       select 'team_members', array[$1, $2], 'delete', now(), run_id, '{}' from sigma_sync.runs limit 1`,
      [usage.team, gone?.member_id],
    );
    const { text } = await page.send(`/teams/${usage.team}`);
    const moves = text.slice(text.indexOf('id="membership-changes"'));
    expect(moves).toContain(`href="/members/${gone?.member_id}"`);
    expect(moves).toContain('left');
  });
});

it('the lineage of a node is downloaded whole', async () => {
  const [table] = await query<{ id: string }>(
    `select l.upstream_id as id from sigma_analytics.lineage l join sigma_analytics.lineage_nodes n on n.node_id = l.upstream_id
      where n.type = 'table' group by 1 order by count(*) desc, 1 limit 1`,
  );
  const path = `/lineage/${encodeURIComponent(table?.id ?? '')}`;
  for (const [file, walk] of [
    ['downstream', 'impact_of'],
    ['upstream', 'upstream_of'],
  ] as const) {
    const [{ n } = { n: 0 }] = await query<{ n: number }>(
      `select count(*)::integer as n from sigma_analytics.${walk}($1)`,
      [table?.id],
    );
    expect(lines((await page.send(`${path}/${file}.csv`)).text)).toBe(n);
    expect((await page.send(path)).text.includes(`${path}/${file}.csv`)).toBe(n > 0);
  }
});

// The last: it takes the answers apart.
it('says how to get answers wherever one that a page needs is not there yet', async () => {
  const kinds = { view: 'view', materialized: 'materialized view', function: 'function' } as const;
  for (const { name, kind } of models.toReversed()) {
    await query(`drop ${kinds[kind]} if exists sigma_analytics.${name} cascade`);
    for (const path of [...usagePaths(usage), '/search?q=revenue']) {
      const { status, text } = await page.send(path);
      expect([name, path, status < 500, text.includes('did not answer')]).toEqual([name, path, true, false]);
    }
  }
  for (const path of usagePaths(usage)) {
    const { text } = await page.send(path);
    expect([path, text.includes('There are no answers yet.')]).toEqual([path, true]);
  }
}, 120_000);

const titleOf = (text: string): string | undefined =>
  /<h1>([^<]*)<\/h1>/
    .exec(text)?.[1]
    ?.replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
