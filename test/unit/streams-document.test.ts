import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { streamsDoc } from '../../src/extractors/document.ts';

it('docs/streams.md is current', () => {
  const file = join(import.meta.dirname, '../../docs/streams.md');
  expect(streamsDoc(), 'Run: npm run docs').toBe(readFileSync(file, 'utf8'));
});

it('describes every stream and every column', () => {
  const doc = streamsDoc();
  for (const stream of catalogue) {
    const section = doc.split(`## ${stream.name}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const column of stream.columns) expect(section).toContain(`| \`${column.name}\``);
    expect(section).toContain('GET /v2');
  }
});
