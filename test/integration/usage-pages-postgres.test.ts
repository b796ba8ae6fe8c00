/** The pages about usage: what they show, search and sort, and what they say where there is nothing to show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';
import { ATTACKS } from '../support/web-hostile.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

/** Elements that the pages are made of; nothing else may come out of a text. */
const OWN =
  /^\/?(!doctype|html|head|meta|title|link|script|body|a|bdi|header|div|svg|g|path|text|nav|ul|ol|li|main|h1|h2|h3|p|footer|time|section|table|caption|thead|tbody|tr|th|td|span|dl|dt|dd|form|input|button|select|option|label|strong|code|pre|details|summary|rect|kbd|figure|desc)$/;

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

const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  usage.test.database.session((session) => session.query(sql, values));
const count = async (sql: string): Promise<number> =>
  Number((await query(`select count(*)::integer as n from ${sql}`))[0]?.['n']);
/** Titles in the first column of the first table. */
const names = (text: string): string[] =>
  [...text.matchAll(/<th scope="row"[^>]*><a [^>]*>([^<]*)<\/a>/g)].map(([, name = '']) => name);

describe('every page', () => {
  it('is there, and shows its SQL as it can be run', async () => {
    for (const path of usagePaths(usage)) {
      const { status, text } = await page.send(path);
      expect([path, status]).toEqual([path, 200]);
      const shown = [...text.matchAll(/<pre[^>]*><code>([\s\S]*?)<\/code>/g)].map(([, sql = '']) => sql);
      // The digest is asked with two dozen statements; `sigma-sync report` prints the same.
      const hasSql = path !== '/access' && !path.startsWith('/digest');
      expect([path, shown.length > 0]).toEqual([path, hasSql]);
      for (const sql of shown) {
        const plain = sql
          .replaceAll('&#39;', "'")
          .replaceAll('&quot;', '"')
          .replaceAll('&gt;', '>')
          .replaceAll('&lt;', '<')
          .replaceAll('&amp;', '&');
        await query(plain.replace(/;$/, ''));
      }
    }
  });

  it('says how to get answers where there are none, and that the database is new', async () => {
    await using migrated = await openTestDatabase();
    await using bare = await openTestDatabase({ migrated: false });
    for (const [test, said] of [
      [migrated, 'There are no answers yet.'],
      [bare, 'No sync has run yet'],
    ] as const) {
      await using other = await openWeb(webApp(), async () => test.database);
      for (const path of [
        '/workbooks',
        '/workbooks/stale',
        '/reports',
        '/members',
        '/access?member=a&object=b',
        '/access/exposure',
        '/workbooks/x',
        '/reports/x',
        '/members/x',
      ]) {
        const { status, text } = await other.send(path);
        expect([path, status < 500, text.includes(said)]).toEqual([path, true, true]);
      }
    }
  });

  it('says that there is nothing, where the answers are there and the tables empty', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const now = (): number => performance.now();
    const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
    const { error } = await refreshAnalytics({ database, schemas, settings, events: new EventBus(), now });
    expect(error).toBeUndefined();
    await using other = await openWeb(webApp(), async () => database);
    for (const [path, wanted, said] of [
      ['/workbooks', 200, 'Nothing matches.'],
      ['/workbooks/stale', 200, 'all were opened or changed in the last 90 days'],
      ['/reports', 200, 'Nothing matches.'],
      ['/members', 200, 'Nothing matches.'],
      ['/access/exposure', 200, 'Nothing matches.'],
      ['/access/changes?filter=all', 200, 'No access changes yet.'],
      ['/access?member=a&object=b', 200, 'No member matches.'],
      ['/workbooks/x', 404, 'There is no such workbook'],
      ['/reports/x', 404, 'There is no such report'],
      ['/members/x', 404, 'There is no such member'],
    ] as const) {
      const { status, text } = await other.send(path);
      expect([path, status, text.includes(said)]).toEqual([path, wanted, true]);
    }
    // An answer that an upgrade has not made yet is no fault of the page.
    await database.session((session) => session.query('drop view sigma_analytics.stale_workbooks'));
    const { status, text } = await other.send('/workbooks/stale');
    expect([status, text.includes('sigma-sync analytics refresh')]).toEqual([200, true]);
  });
});

describe('lists', () => {
  it('are searched, filtered, sorted and paged', async () => {
    const all = await count('sigma_analytics.workbook_inventory');
    const { text } = await page.send('/workbooks?filter=all&sort=name');
    expect(text).toContain(`${all} in all, page 1 of ${Math.ceil(all / 50)}`);
    const next = await page.send('/workbooks?filter=all&sort=name&page=2');
    const wanted = await query(
      'select name from sigma_analytics.workbook_inventory order by name, workbook_id offset 50',
    );
    expect(names(next.text).map(decode)).toEqual(wanted.map((row) => titled(row['name'])));
    const archived = await page.send('/workbooks?filter=archived');
    expect(names(archived.text)).toHaveLength(
      await count('sigma_analytics.workbook_inventory where is_archived'),
    );
    const found = await page.send('/workbooks?filter=all&text=rEv');
    const matching = await count(
      `sigma_analytics.workbook_inventory where name ilike '%rev%' or owner_name ilike '%rev%' or folder_path ilike '%rev%'`,
    );
    expect(found.text).toContain(`${matching} in all`);
    for (const nothing of ['/workbooks?text=%25%25', '/workbooks?page=77', '/workbooks?text=_____________'])
      expect((await page.send(nothing)).text).toContain('Nothing matches.');
    for (const odd of [
      '/workbooks?page=-1',
      '/workbooks?page=x&sort=x&filter=x',
      '/members?sort=toString',
      '/access/exposure?filter=constructor',
    ])
      expect((await page.send(odd)).status).toBe(200);
  });
});

describe('one report', () => {
  it('shows who sees it, when it is sent, its versions and where its data comes from', async () => {
    const id = usage.report;
    const { text } = await page.send(`/reports/${id}`);
    const viewers = await count(`sigma_analytics.access_matrix where inode_id = '${id}'`);
    expect(viewers).toBeGreaterThan(0);
    expect(text.match(/>why\?</g)).toHaveLength(viewers);
    const nodes = await count(`sigma_analytics.upstream_of('${id}') where type <> 'connection'`);
    expect(nodes).toBeGreaterThan(1);
    expect(text.match(/class="node /g)?.length).toBeGreaterThan(nodes);
    expect(text).toContain('class="node type-report"');
    const rowsOf = (caption: string): number =>
      (new RegExp(`<caption[^>]*>${caption}</caption>[\\s\\S]*?</table>`).exec(text)?.[0] ?? '').match(
        /<tr><th scope="row"/g,
      )?.length ?? 0;
    const held = async (child: string): Promise<number> =>
      count(`sigma.report_${child} where report_id = '${id}' and _deleted_at is null`);
    expect(await held('schedules')).toBeGreaterThan(0);
    expect(rowsOf('Scheduled exports')).toBe(await held('schedules'));
    expect(rowsOf('Published versions')).toBe(Math.min(20, await held('versions')));
    expect(text).not.toContain('Embeds');
    expect((await page.send('/reports/nobody')).status).toBe(404);
    // A workbook has its page elsewhere.
    expect((await page.send(`/reports/${usage.workbook}`)).status).toBe(404);
  });

  it('is found by its title, id and address, and is linked wherever it is named', async () => {
    const [report] = await query('select name, url, report_url_id from sigma.reports where report_id = $1', [
      usage.report,
    ]);
    const [name, url, short] = ['name', 'url', 'report_url_id'].map((column) => String(report?.[column]));
    const its = `href="/reports/${usage.report}"`;
    for (const text of [name, usage.report, short, url, `${url}?:nodeId=abc`, ` ${url} `]) {
      const asked = new URLSearchParams({ text: text ?? '' });
      const { text: found } = await page.send(`/reports?${asked}`);
      expect([text, found.includes(its)]).toEqual([text, true]);
      if (text !== name) expect([text, found.includes('1 in all')]).toEqual([text, true]);
      const objects = await page.send(
        `/access?member=${usage.member}&${new URLSearchParams({ object: text ?? '' })}`,
      );
      if (text !== name) expect([text, objects.text.includes(its)]).toEqual([text, true]);
    }
    // A reader who looks for it among workbooks is led on.
    const elsewhere = await page.send(`/workbooks?${new URLSearchParams({ text: url ?? '' })}`);
    expect(elsewhere.text).toContain('This is the address of a report');
    const [, on = ''] = /href="(\/reports\?[^"]*)"/.exec(elsewhere.text) ?? [];
    expect((await page.send(on.replaceAll('&amp;', '&'))).text).toContain(its);
    const exposed = await page.send(`/access/exposure?text=${usage.report}`);
    expect(exposed.text).toContain(its);
    const [opened] = await query(
      `select f.member_id, f.file_id from sigma.member_recent_files f join sigma.reports r on r.report_id = f.file_id where f._deleted_at is null limit 1`,
    );
    const member = await page.send(`/members/${opened?.['member_id']}`);
    expect(member.text).toContain(`href="/reports/${opened?.['file_id']}"`);
  });

  it('is listed among what is stale, beside workbooks', async () => {
    await query(
      `update sigma.reports set updated_at = now() - interval '3 years', created_at = now() - interval '3 years', _synced_at = now()`,
    );
    await query(
      `update sigma.member_recent_files set last_interaction_at = now() - interval '3 years', _synced_at = now()`,
    );
    await usage.refresh();
    const stale = await count('sigma_analytics.stale_reports');
    expect(stale).toBeGreaterThan(0);
    expect((await page.send('/workbooks/stale?filter=reports')).text).toContain(`${stale} in all`);
    const all = await page.send('/workbooks/stale');
    expect(all.text).toContain(`${stale + (await count('sigma_analytics.stale_workbooks'))} in all`);
    expect(all.text).toContain('href="/reports/');
  });
});

describe('one workbook and one member', () => {
  it('show who, why, from where and what changed', async () => {
    const { text } = await page.send(`/workbooks/${usage.workbook}`);
    const viewers = await count(`sigma_analytics.access_matrix where inode_id = '${usage.workbook}'`);
    expect(text.match(/>why\?</g)).toHaveLength(viewers);
    const nodes = await count(`sigma_analytics.upstream_of('${usage.workbook}')`);
    expect(text.match(/class="node /g)).toHaveLength(Math.min(60, nodes) + 1);
    expect(text).toContain('insert');
    const member = await page.send(`/members/${usage.member}`);
    expect(member.text).toContain(`/workbooks/${usage.workbook}`);
    for (const path of [
      '/workbooks/nobody',
      '/members/nobody',
      `/members/${'x'.repeat(300)}`,
      '/workbooks/a%20b',
    ])
      expect((await page.send(path)).status).toBe(404);
  });

  it('an administrator has full access, and then what was granted', async () => {
    const [nothing] = await query(
      `select a.member_id from sigma_analytics.access_matrix a
        where a.member_id in (select m.member_id from sigma.members m where lower(m.member_type) = 'admin')
          and a.inode_id = $1
          and not exists (select from jsonb_array_elements(a.paths) p where p ->> 'via' <> 'administrator')
        order by 1 limit 1`,
      [usage.workbook],
    );
    const admin = String(nothing?.['member_id']);
    const access = await page.send(`/access?member=${admin}&object=${usage.workbook}`);
    expect(access.text).toContain('Full access: administrator');
    expect(access.text).toContain('No other grant or ownership.');
    expect(access.text).not.toContain('No access');
    const grant = `insert into sigma.grants (grant_id, inode_id, inode_type, member_id, permission, _raw, _first_synced_at, _synced_at)
                   values ('to-admin', $1, 'workbook', $2, 'view', '{}', now(), now())`;
    await query(grant, [usage.workbook, admin]);
    try {
      const granted = await page.send(`/access?member=${admin}&object=${usage.workbook}`);
      expect(granted.text.indexOf('Full access: administrator')).toBeGreaterThan(0);
      expect(granted.text.indexOf('to-admin')).toBeGreaterThan(
        granted.text.indexOf('Full access: administrator'),
      );
      expect(granted.text.match(/<tr><th scope="row"/g)).toHaveLength(1);
      const workbook = await page.send(`/workbooks/${usage.workbook}`);
      expect(workbook.text).toContain('Full access: administrator, a direct grant');
      const member = await page.send(`/members/${admin}`);
      expect(member.text).toContain('<strong>Full access: administrator</strong>');
      expect(member.text).toContain(`/workbooks/${usage.workbook}`);
    } finally {
      await query(`delete from sigma.grants where grant_id = 'to-admin'`);
    }
    const [other] = await query(
      `select m.member_id from sigma.members m where lower(m.member_type) <> 'admin' and not m.is_archived order by 1 limit 1`,
    );
    expect((await page.send(`/members/${other?.['member_id']}`)).text).not.toContain('Full access');
  });

  it('why: the paths, candidates where it is not clear, and no answer before the history', async () => {
    const asked = `/access?member=${usage.member}&object=${usage.workbook}`;
    const paths = await query('select * from sigma_analytics.why_access($1, $2)', [
      usage.member,
      usage.workbook,
    ]);
    const { text } = await page.send(asked);
    expect(text).toContain(`Access: ${paths[0]?.['permission']}`);
    expect(text.match(/<tr><th scope="row"/g)).toHaveLength(paths.length);
    const now = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
    expect((await page.send(`${asked}&at=${now}`)).text).toContain('as of');
    expect((await page.send(`${asked}&at=yesterday`)).text).toContain(
      'The time is not valid, so this shows access now.',
    );
    const early = await page.send(`${asked}&at=2020-01-01`);
    expect(early.text).toContain('The history does not go back that far.');
    // A member who was deleted since is found for as of then, and has no access now.
    const [viewer] = await query(
      `select a.member_id, a.inode_id from sigma_analytics.access_matrix a where a.member_id <> $1 order by 1, 2 limit 1`,
      [usage.member],
    );
    const then = new Date().toISOString();
    await query('update sigma.members set _deleted_at = now() where member_id = $1', [viewer?.['member_id']]);
    await query(
      `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation, before)
       select now(), $2, 'members', array[m.member_id], 'delete', to_jsonb(m) - '_raw' from sigma.members m where m.member_id = $1`,
      [viewer?.['member_id'], usage.runId],
    );
    const deleted = `/access?member=${viewer?.['member_id']}&object=${viewer?.['inode_id']}`;
    expect((await page.send(deleted)).text).toContain('No access');
    expect((await page.send(`${deleted}&at=${then}`)).text).toContain('Access: ');
    const several = await page.send('/access?member=a&object=e');
    expect(several.text).toContain('Which member?');
    expect((await page.send('/access?member=nobody-at-all')).text).toContain('No member matches.');
  });
});

describe('the SQL', () => {
  it('holds what was searched for as a literal that cannot get out', async () => {
    for (const text of [
      "a'; drop schema sigma cascade; --",
      'back\\slash\\',
      "line\n   of 'two'",
      '$1 $2 %_',
      "E'",
    ]) {
      const { status, text: body } = await page.send(
        `/workbooks?filter=all&text=${encodeURIComponent(text)}`,
      );
      expect([text, status]).toEqual([text, 200]);
      const [, shown = ''] = /<pre[^>]*><code>([\s\S]*?)<\/code>/.exec(body) ?? [];
      const [row] = await query(
        `with named as (select $1::text as name) select count(*)::integer as n from (${decode(shown).replace(/;$/, '')}) x, named`,
        [text],
      );
      expect([text, row?.['n']]).toEqual([text, 0]);
      // It looks for the text as it is.
      const [, literal = ''] = /ilike (E?'(?:[^'\\]|''|\\.)*')/s.exec(decode(shown)) ?? [];
      const [same] = await query(`select ($1::text like ${literal}) as same`, [text]);
      expect([text, same?.['same']]).toEqual([text, true]);
    }
  });
});

describe('attacks', () => {
  it('in names and in addresses are text', async () => {
    await using hostile = await prepareUsage(true);
    await using other = await openWeb(hostile.app, hostile.database);
    const attack = encodeURIComponent(ATTACKS.join(' '));
    const paths = [
      ...usagePaths(hostile),
      ...['text', 'filter', 'sort', 'page'].map((name) => `/workbooks?${name}=${attack}`),
      `/access?member=${attack}&object=${attack}&at=${attack}`,
      `/workbooks/${attack}`,
    ];
    let shown = 0;
    for (const path of paths) {
      const { status, text } = await other.send(path);
      expect([path, status < 500]).toEqual([path, true]);
      for (const [, name = ''] of text.matchAll(/<([^\s>]+)/g))
        expect([path, name]).toEqual([path, expect.stringMatching(OWN)]);
      for (const [tag] of text.matchAll(/<[a-z][^>]*>/g)) {
        expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+\s*=/);
        expect(tag).not.toMatch(/(href|src|action)="javascript:/);
      }
      shown += text.split('&lt;script&gt;window.hit=1&lt;/script&gt;').length - 1;
    }
    expect(shown).toBeGreaterThan(30);
    expect(
      await hostile.test.database.session((session) =>
        session.query('select 1 as one from sigma_sync.runs limit 1'),
      ),
    ).toHaveLength(1);
  });
});

function decode(text: string): string {
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

function titled(name: unknown): string {
  return typeof name !== 'string' || name.trim() === '' ? '(no name)' : name;
}
