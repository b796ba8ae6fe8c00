/** docs/recipes/sigma-shared.md: its settings load two tables, and each of its statements answers what it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { compileExports } from '../../src/exports/decide/definition.ts';
import { startAuditRig } from '../support/audit-rig.ts';
import { scratchFolder } from '../support/cli.ts';

const RECIPE = readFileSync(join(import.meta.dirname, '../../docs/recipes/sigma-shared.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...RECIPE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);

it('loads the documents and people, and tells those that the sync does not know', async () => {
  await using rig = await startAuditRig({ audit: () => ({ perDay: 10 }) });
  const { organization } = rig.simulator;
  const books = organization.truth('workbooks').map((entry) => [entry['workbookId'], entry['name']]);
  const people = organization.truth('members').map((entry) => [entry['memberId'], entry['email']]);
  const documents = [...books, ['long-gone', 'What we had in 2024']].map((row) => row.map(String));
  const users = [...people, ['left', 'left@example.com']].map((row) => row.map(String));
  const added = [
    { name: 'Documents', columns: ['Document ID', 'Document Name'], data: documents },
    { name: 'Users', columns: ['User ID', 'User Email'], data: users },
  ].map(({ data, ...spec }) =>
    organization.addExport({ ...spec, count: data.length, rows: (index) => data[index] ?? [] }),
  );
  using folder = scratchFolder();
  const addresses = added.map((place) => organization.urlOf(place));
  const yaml = (blocks('yaml')[0] ?? '').replaceAll(/https:\S+/g, () => addresses.shift() ?? '');
  writeFileSync(join(folder.path, 's.yaml'), yaml);
  const config = loadConfig({ cwd: folder.path, env: {}, file: 's.yaml' });
  for (const definition of compileExports(config.exports)) await rig.load(definition);
  await rig.load(rig.definition());
  for (const [id, name] of books) {
    await rig.query(
      `insert into sigma.workbooks (workbook_id, name, _raw, _first_synced_at, _synced_at)
       select $1, $2, '{}', now(), now()`,
      [id, name],
    );
  }
  const ask = (sql: string): Promise<Record<string, unknown>[]> =>
    rig.query(sql.replaceAll('now()', `timestamptz '${new Date(rig.now()).toISOString()}'`));
  const [unknown = '', former = '', named = '', ...more] = blocks('sql');
  expect(more).toEqual([]);
  expect(await ask(unknown)).toEqual([{ document_id: 'long-gone', document_name: 'What we had in 2024' }]);
  expect((await ask(former)).map((row) => row['user_id'])).toContain('left');
  const known = new Set(books.map(([, name]) => name));
  const rows = await ask(named);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.every(({ what }) => known.has(what))).toBe(true);
});
