/** Names that are attacks, formulas, written from right to left, or 10,000 characters long, on every page about usage and in its files. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWeb, type TestWeb } from '../support/web.ts';
import { ATTACKS } from '../support/web-hostile.ts';
import { prepareUsage, type Usage, usagePaths } from '../support/web-usage.ts';

const ARABIC = '\u202eمبيعات الشرق';
const NAME = `=HYPERLINK("https://evil.example") ${ATTACKS.join(' ')} ${ARABIC} ${'length '.repeat(1400)}`;

let usage: Usage;
let page: TestWeb;
beforeAll(async () => {
  usage = await prepareUsage();
  const set = (sql: string): Promise<unknown> =>
    usage.test.database.session((session) => session.query(sql, [NAME]));
  await set(`update sigma.members set first_name = $1, last_name = '', email = $1, _synced_at = now()`);
  await set(`update sigma.teams set name = $1, _synced_at = now()`);
  await set(`update sigma.files set name = $1, path = $1, _synced_at = now()`);
  for (const table of ['workbooks', 'reports', 'data_models', 'datasets', 'connections'])
    await set(`update sigma.${table} set name = $1, _synced_at = now()`);
  await set(`update sigma.workbook_elements set name = $1, _synced_at = now()`);
  await set(
    `update sigma.dataset_materializations set status = 'failed', error = jsonb_build_object('message', $1::text), _synced_at = now()`,
  );
  // Changes of access, so that there is something to say.
  await usage.test.database.session((session) =>
    session.query(
      `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation, before, after)
       select clock_timestamp(), $1, 'grants', array[g.grant_id], 'delete', jsonb_build_object('permission', $2::text), null
         from sigma.grants g limit 60`,
      [usage.runId, NAME],
    ),
  );
  await usage.refresh();
  page = await openWeb(usage.app, usage.database);
}, 120_000);
afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  await usage?.[Symbol.asyncDispose]();
});

/** Elements that pages are made of; nothing else may come out of a name. */
const OWN =
  /^\/?(!doctype|html|head|meta|title|link|script|body|a|bdi|header|div|svg|g|path|text|nav|ul|ol|li|main|h1|h2|h3|p|footer|time|section|table|caption|thead|tbody|tr|th|td|span|dl|dt|dd|form|input|button|select|option|label|strong|code|pre|details|summary|kbd|del|ins|br|wbr|noscript|progress|figure|rect|circle|desc)$/;

it('no page lets any of it be more than text, and none grows with it', async () => {
  const seen: string[] = [];
  for (const path of usagePaths(usage)) {
    const { status, text } = await page.send(path);
    expect([path, status]).toEqual([path, 200]);
    for (const [, name = ''] of text.matchAll(/<([^\s>]+)/g))
      expect([path, name]).toEqual([path, expect.stringMatching(OWN)]);
    for (const [tag] of text.matchAll(/<[a-z][^>]*>/g))
      expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+\s*=|javascript:/);
    if (text.includes('HYPERLINK')) seen.push(path.split('?')[0] ?? '');
    // Lists cut what is long; the page of one object has all of it.
    if (!/^\/(workbooks|reports|members|lineage)\/\w+-/.test(path))
      expect([path, text.length < 500_000]).toEqual([path, true]);
  }
  for (const path of ['/digest', '/orphans', '/impact/of', '/licences', '/access/changes', '/openings'])
    expect(seen).toContain(path);
});

it('no cell of a file begins a formula, and each row has as many cells', async () => {
  const lists = [
    'openings',
    'access/changes',
    'licences',
    'orphans',
    'duplicates',
    'schedules/failures',
    'schedules',
    'growth',
    'impact',
  ];
  for (const path of [
    ...lists.map((one) => `/${one}.csv`),
    `/impact/of.csv?of=${usage.workbook}&filter=all`,
  ]) {
    const { status, text, headers } = await page.send(path);
    expect([path, status, headers['content-type']]).toEqual([path, 200, expect.stringContaining('text/csv')]);
    const rows = cellsOf(text.replace(/^\ufeff/, ''));
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    for (const cell of rows.flat())
      expect([path, cell.slice(0, 40)]).not.toEqual([path, expect.stringMatching(/^[=+@\t\r]/)]);
  }
});

/** A file of CSV by the letter of RFC 4180. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
