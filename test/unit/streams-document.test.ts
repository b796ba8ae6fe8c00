import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { areas, catalogue } from '../../src/extractors/catalogue.ts';
import { streamsDoc } from '../../src/extractors/streams-document.ts';
import { JOINS } from '../../src/extractors/table-joins.ts';

function sectionOf(name: string): string {
  const [, rest] = streamsDoc().split(`\n### ${name}\n`);
  expect(rest, name).toBeDefined();
  return (rest ?? '').split(/\n##+ /)[0] ?? '';
}

function hasColumn(table: string, column: string | undefined): boolean {
  return catalogue.find(({ name }) => name === table)?.columns.some(({ name }) => name === column) ?? false;
}

it('describes every stream and every column', () => {
  for (const stream of catalogue) {
    const section = sectionOf(stream.name);
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.map((row) => row.split('`')[1])).toEqual(stream.columns.map((column) => column.name));
    expect(section).toMatch(/GET \/v(2|2\.1|3alpha)\//);
    expect(section.includes('**Caveats**'), stream.name).toBe(stream.caveats !== undefined);
    expect(section.includes('**Opt-in**'), stream.name).toBe(stream.optIn === true);
    expect(section.includes('on the slow cycle'), stream.name).toBe(stream.slow === true);
    expect(section.includes('**Hidden entries**'), stream.name).toBe(stream.mayHide === true);
  }
});

it('marks what is computed, and what is sensitive', () => {
  for (const stream of catalogue) {
    const section = sectionOf(stream.name);
    for (const { name, derive, sensitive } of stream.columns) {
      const row = section.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      expect(row.includes('⚙'), `${stream.name}.${name}`).toBe(derive !== undefined);
      expect(/🔒 (\w+)/.exec(row)?.[1], `${stream.name}.${name}`).toBe(sensitive);
    }
  }
});

it('says what refusals mean, for which elements a source is read, and the largest page', () => {
  const lineage = sectionOf('workbook_lineage');
  expect(lineage).toContain('400 or 404 if there is nothing');
  expect(lineage).toContain('403 if the credentials may not read the entries');
  expect(lineage).toContain('500 if there is nothing or the API is in trouble');
  expect(lineage).toContain(
    'each row of `workbook_elements` whose `type` is none of `text`, `image`, `control`',
  );
  expect(sectionOf('workbook_queries')).toContain('/queries` (50 entries a page at most)');
  expect(sectionOf('member_recent_files')).toContain('`last_interaction_at` of the last 30 days');
});

it('draws one diagram per area, with every parent', () => {
  const diagrams = streamsDoc().split('```mermaid').slice(1);
  expect(diagrams).toHaveLength(Object.keys(areas).length);
  for (const [index, streams] of Object.values(areas).entries()) {
    const diagram = diagrams[index]?.split('```')[0] ?? '';
    const lines = [...diagram.matchAll(/^ {2}(\w+) \|\|--o\{ (\w+) : (?:(\w+)|"\2\.(\w+) = \1\.(\w+)")$/gm)];
    const drawn = lines.map(([, from, to]) => `${from} ${to}`);
    for (const [line, from = '', to = '', same, own = same, theirs = same] of lines)
      expect([hasColumn(to, own), hasColumn(from, theirs)], line).toEqual([true, true]);
    const declared = streams.flatMap(({ name, parents }) => parents.map((parent) => `${parent} ${name}`));
    expect(new Set(drawn)).toEqual(new Set(declared));
  }
});

it('joins columns that are there', () => {
  for (const name of JOINS.flatMap(({ from, to }) => [...from, to])) {
    const [table = '', column] = name.split('.');
    expect(hasColumn(table, column), name).toBe(true);
  }
});

it('README names every stream', () => {
  const text = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  expect(catalogue.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

it('the example of CONTRIBUTING.md is the code as it is', () => {
  const root = join(import.meta.dirname, '../..');
  const [guide, declaration, migration] = [
    'CONTRIBUTING.md',
    'src/extractors/streams/content/workbook-bookmarks.ts',
    'migrations/0004_content_streams.ts',
  ].map((name) => readFileSync(join(root, name), 'utf8'));
  expect(guide).toContain(declaration);
  const table = /^ {2}await table\('workbook_bookmarks'[^;]+;$/m.exec(migration ?? '')?.[0];
  expect(table).toBeDefined();
  expect(guide).toContain(table);
  for (const folder of ['src/extractors', 'simulator']) {
    for (const name of ['saml-service-providers', 'saml-certificates']) {
      const code = readFileSync(join(root, folder, `streams/access/${name}.ts`), 'utf8');
      expect(guide).toContain(code.trimEnd().replaceAll(/^/gm, '+'));
    }
  }
});
