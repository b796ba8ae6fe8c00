/** Script in names and SQL in every text that the page shows: all of it is text. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWeb, type TestWeb } from '../support/web.ts';
import type { Prepared } from '../support/web-four.ts';
import { ATTACKS, prepareHostile } from '../support/web-hostile.ts';

let prepared: Prepared;
let page: TestWeb;
beforeAll(async () => {
  prepared = await prepareHostile();
  page = await openWeb(prepared.app, prepared.database, { refusedConfig: ATTACKS.join(' ') });
});
afterAll(async () => {
  await page[Symbol.asyncDispose]();
  await prepared[Symbol.asyncDispose]();
});

/** Elements that the page itself is made of; nothing else may come out of a text. */
const OWN =
  /^\/?(!doctype|html|head|meta|title|link|script|body|a|header|div|svg|path|nav|ul|ol|li|main|h1|h2|h3|p|footer|time|section|table|caption|thead|tbody|tr|th|td|span|dl|dt|dd|form|input|button|select|option|label|strong|code|pre|details|summary|kbd|del|ins|br|wbr|noscript|progress|figure|rect|circle|desc)$/;

it('no page lets any of it be more than text', async () => {
  const hostile = encodeURIComponent(ATTACKS.join(' '));
  const paths = [
    ...[
      '/',
      '/live',
      '/runs',
      `/runs/${prepared.runId}`,
      '/streams',
      '/streams/workbook_pages',
      '/exports',
      `/exports/${hostile}`,
    ],
    ...[
      '/changes',
      `/changes?text=${hostile}`,
      `/changes?key=${hostile}&stream=${hostile}`,
      '/alerts',
      '/config',
      `/${hostile}`,
    ],
  ];
  let shown = 0;
  for (const path of paths) {
    const { text } = await page.send(path);
    for (const [, name = ''] of text.matchAll(/<([^\s>]+)/g))
      expect([path, name]).toEqual([path, expect.stringMatching(OWN)]);
    expect(text.match(/<script/g) ?? []).toHaveLength(path === '/' ? 2 : path === '/live' ? 0 : 1);
    // Outside of tags there are no quotes to get out of; within, no attribute may come from a text.
    for (const [tag] of text.matchAll(/<[a-z][^>]*>/g))
      expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+\s*=|javascript:/);
    shown += text.split('&lt;script&gt;window.hit=1&lt;/script&gt;').length - 1;
  }
  expect(shown).toBeGreaterThan(30);
});

it('names of workbooks are shown as they are', async () => {
  const { text } = await page.send('/changes?stream=workbooks');
  expect(text).toContain('&quot;&gt;&lt;img src=x onerror=&quot;window.hit=1&quot;&gt;');
});

it('SQL that is searched for is searched for', async () => {
  const { status, text } = await page.send(
    `/changes?stream=workbooks&text=${encodeURIComponent(ATTACKS[7])}`,
  );
  expect(status).toBe(200);
  expect(text.match(/op-insert/g)).toHaveLength(1);
  for (const wildcard of ['%25', '_', '%5c'])
    expect(
      (await page.send(`/changes?stream=workbook_pages&text=${wildcard}${wildcard}${wildcard}`)).text,
    ).toContain('No changes match');
});
