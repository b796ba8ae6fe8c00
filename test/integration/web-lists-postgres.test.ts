/** Downloads of lists, and the search for anything, over a synced organization with names that are attacks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOWNLOADS } from '../../src/operations/web/site-map.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';
import { prepareUsage, type Usage } from '../support/web-usage.ts';

const FORMULAS = [
  '=cmd|/c calc!A1',
  '+1',
  '-2',
  '@SUM(A1)',
  '\t=1',
  ' =1',
  '＝1',
  '"; =1',
  'a,b\r\n=1',
  '\u202e=1',
];

let usage: Usage;
let page: TestWeb;
beforeAll(async () => {
  usage = await prepareUsage();
  const ids = await query(
    'select workbook_id as id from sigma.workbooks where not coalesce(is_archived, false) limit 10',
  );
  for (const [i, name] of [...FORMULAS.keys()].map((key) => [key, FORMULAS[key]] as const))
    await query('update sigma.workbooks set name = $1, _synced_at = now() where workbook_id = $2', [
      name,
      ids[i]?.['id'],
    ]);
  await query(
    `update sigma.members set first_name = 'Łukasz <b>', last_name = $1, email = 'Lu.Kasz@example.com', _synced_at = now() where member_id = $2`,
    ['x'.repeat(10_000), usage.member],
  );
  await usage.refresh();
  page = await openWeb(usage.app, usage.database);
});
afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  await usage?.[Symbol.asyncDispose]();
});

const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  usage.test.database.session((session) => session.query(sql, values));

/** Lines of a file whose cells have no line ends. */
const lines = (text: string): string[] => text.split('\r\n').slice(0, -1);

describe('downloads', () => {
  it('every list has one, as a file and with its titles', async () => {
    for (const pattern of Object.keys(DOWNLOADS)) {
      const [, kind = ''] = /^\/(\w+?)s?\/:id/.exec(pattern) ?? [];
      const { workbook, report, member, team } = usage;
      const ids: Readonly<Record<string, string>> = {
        ...{ workbook, report, member, team },
        lineage: workbook,
      };
      const path = pattern.replace(':id', ids[kind] ?? '');
      const { status, headers, text } = await page.send(path);
      expect([path, status, headers['content-type']]).toEqual([
        path,
        200,
        'text/csv; charset=utf-8; header=present',
      ]);
      expect(headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+\.csv"$/);
      expect(headers['cache-control']).toBe('no-store');
      expect([path, text.startsWith('\ufeff"')]).toEqual([path, true]);
      expect([path, text.endsWith('\r\n')]).toEqual([path, true]);
      expect((await page.send(path, { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
      expect(await page.send(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    }
  });

  it.each([
    '/workbooks',
    '/workbooks?filter=archived',
    '/members?filter=all&sort=-name',
    '/access/exposure?text=a',
    '/reports',
  ])('%s has all rows of what its page shows', async (address) => {
    const [path = '', search = ''] = address.split('?');
    const { text } = await page.send(address);
    const [, total = '0'] = /([\d,]+) in all/.exec(text) ?? [];
    const file = await page.send(`${path}.csv?${search}`);
    // A name of the test has a line end.
    const rows = lines(file.text.replaceAll('"a,b\r\n=1"', '""')).length - 1;
    expect(rows).toBe(Number(total.replaceAll(',', '')));
    const link = new RegExp(`href="(${path}\\.csv[^"]*)" download`).exec(text)?.[1]?.replaceAll('&amp;', '&');
    expect((await page.send(link ?? '')).text.length).toBe(file.text.length);
  });

  it('access is whole, and as the page counts it', async () => {
    for (const [path, where] of [
      [`/workbooks/${usage.workbook}`, `inode_id = '${usage.workbook}'`],
      [`/members/${usage.member}`, `member_id = '${usage.member}' and not is_archived`],
    ]) {
      const [row] = await query(
        `select count(*)::integer as n from sigma_analytics.access_matrix where ${where}`,
      );
      const { text } = await page.send(`${path}/access.csv`);
      expect([path, lines(text.replaceAll('b\r\n=1', '')).length - 1]).toEqual([path, row?.['n']]);
      expect((await page.send(path ?? '')).text).toContain(`href="${path}/access.csv" download`);
    }
    expect(lines((await page.send('/members/nobody/access.csv')).text)).toHaveLength(1);
  });

  it('no cell begins a formula, and names are as they are otherwise', async () => {
    const { text } = await page.send('/workbooks.csv?filter=all');
    for (const name of FORMULAS) {
      const cell = /^[\s\u202e]*[=+\-@＝]|^\t/.test(name)
        ? `"'${name.replaceAll('"', '""')}"`
        : `"${name.replaceAll('"', '""')}"`;
      expect([name, text.includes(`${cell},`)]).toEqual([name, true]);
    }
    expect(text.replaceAll('b\r\n=1', '')).not.toMatch(/(^|,|\n)"?[=+@]/);
    const members = await page.send('/members.csv?filter=all');
    expect(members.text).toContain('x'.repeat(10_000));
  });

  it('say why there are none', async () => {
    await using bare = await openTestDatabase();
    await using other = await openWeb(webApp(), async () => bare.database);
    expect((await other.send('/workbooks.csv')).status).toBe(404);
    expect((await other.send('/streams.csv')).status).toBe(200);
  });
});

describe('the search', () => {
  interface Hit {
    readonly kind: string;
    readonly name: string;
    readonly href: string;
  }
  const find = async (text: string): Promise<Hit[]> =>
    JSON.parse((await page.send(`/search/suggestions?${new URLSearchParams({ q: text })}`)).text) as Hit[];

  it('finds each kind by how its words begin, by mail address, by id and by address', async () => {
    const [member] = await query('select member_id from sigma.members where member_id = $1', [usage.member]);
    const its = `/members/${member?.['member_id']}`;
    for (const text of ['łukasz', 'lu.kasz@example.com', 'Kasz', usage.member])
      expect([text, (await find(text)).map(({ href }) => href)]).toEqual([
        text,
        expect.arrayContaining([its]),
      ]);
    const [report] = await query('select name, url, report_url_id from sigma.reports where report_id = $1', [
      usage.report,
    ]);
    for (const text of [report?.['name'], report?.['url'], report?.['report_url_id'], usage.report].map(
      String,
    ))
      expect([text, (await find(text)).map(({ href }) => href)]).toEqual([
        text,
        expect.arrayContaining([`/reports/${usage.report}`]),
      ]);
    expect(await find('workbook_pa')).toContainEqual(
      expect.objectContaining({ kind: 'stream', href: '/streams/workbook_pages' }),
    );
    expect(await find('expos')).toContainEqual(
      expect.objectContaining({ kind: 'page', href: '/access/exposure' }),
    );
    for (const type of ['team', 'data-model', 'table', 'dataset', 'connection']) {
      const [one] = await query(
        'select id, name from sigma_analytics.object_names where type = $1 and length(name) > 3 order by id limit 1',
        [type],
      );
      const hits = await find(String(one?.['name']));
      expect([type, hits.length > 0]).toEqual([type, true]);
      for (const { href } of hits) expect([href, (await page.send(href)).status]).toEqual([href, 200]);
    }
  });

  it('finds what is within a word where no word begins so', async () => {
    await query(`update sigma.files set name = 'Quarterly zzPipelinezz', _synced_at = now() where id = $1`, [
      usage.workbook,
    ]);
    await usage.refresh();
    expect((await find('pelinezz')).map(({ href }) => href)).toEqual([`/workbooks/${usage.workbook}`]);
    expect((await find('zzpipelinezz quart')).map(({ href }) => href)).toEqual([
      `/workbooks/${usage.workbook}`,
    ]);
  });

  it.each([
    "'",
    '"',
    '\\',
    "a' | b",
    '!&|():*<->',
    '%',
    '_',
    '\0',
    '\ud800',
    '   ',
    'x'.repeat(4000),
    "'; drop table x; --",
    '=1',
    '-',
  ])('takes %j as text', async (text) => {
    const asked = new URLSearchParams({ q: text });
    expect((await page.send(`/search/suggestions?${asked}`)).status).toBe(200);
    const { status, text: body } = await page.send(`/search?${asked}`);
    expect([status, body.includes('</html>')]).toEqual([200, true]);
  });

  it('is a page without a script, with nothing but text of others', async () => {
    const { text } = await page.send(`/search?q=${encodeURIComponent('łukasz')}`);
    expect(text).toContain('Łukasz &lt;b&gt;');
    expect(text).not.toContain('Łukasz <b>');
    expect(text).toContain('value="łukasz"');
    expect(text.length).toBeLessThan(20_000);
  });

  it('finds streams and pages where there are no answers, and says how to get them', async () => {
    await using bare = await openTestDatabase({ migrated: false });
    await using other = await openWeb(webApp(), async () => bare.database);
    const { text } = await other.send('/search?q=members');
    expect(text).toContain('/streams/members');
    expect(text).toContain('sigma-sync analytics refresh');
  });
});
