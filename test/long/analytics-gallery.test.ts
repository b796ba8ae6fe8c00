/**
 * docs/analytics.md: every statement of it runs on the demonstration's organization and answers what is shown. Those of
 * README.md have rows there.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { query } from '../../src/analytics/answer-query.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { readmeSql } from '../support/documented-sql.ts';
import { DEMO, GALLERY, readGallery, showAnswer, syncDemo } from '../support/gallery.ts';

it('docs/analytics.md and README.md answer their questions', async () => {
  const gallery = readGallery();
  expect(gallery.length).toBeGreaterThanOrEqual(20);
  using folder = scratchFolder();
  await using simulator = await startSimulator(DEMO);
  await using test = await openTestDatabase();
  await using sync = createSync({
    cwd: folder.path,
    env: { ...envFor(simulator), SIGMA_SYNC_ANALYTICS: 'true' },
    database: async () => test.database,
  });
  await syncDemo(sync, simulator);
  for (const { title, sql, answer } of gallery) {
    const found = await query(test.database, test.schemas, sql);
    const shown = answer.trimEnd().split('\n');
    // Days pass, and what is shown is as of one of them: columns and whether there is an answer are what stays.
    const [head = ''] = showAnswer(found).split('\n');
    if (found.rows.length > 0) expect(head.split(/ {2,}/), title).toEqual(shown[0]?.split(/ {2,}/));
    expect(found.rows.length > 0, title).toBe(answer.trim() !== '(0 rows)');
  }
  const readme = readmeSql();
  expect(readme).toHaveLength(2);
  for (const { title, sql } of readme)
    expect((await query(test.database, test.schemas, sql)).rows.length, title).toBeGreaterThan(3);
}, 120_000);

it('the ten questions to begin with are among them', () => {
  const text = readFileSync(GALLERY, 'utf8');
  const [, list = ''] = /## Ten questions to begin with\n([\s\S]*?)\n## /.exec(text) ?? [];
  const links = [...list.matchAll(/^\d+\. \[(.*?)\]\(#(.*?)\)$/gm)];
  expect(links).toHaveLength(10);
  const titles = readGallery().map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const [, title = '', anchor] of links) {
    expect(titles).toContain(title);
    expect(anchor).toBe(
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
  }
});
