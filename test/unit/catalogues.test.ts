/** Catalogues that are generated from the files there are. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogues } from '../../scripts/generate-catalogues.ts';

test.each(Object.entries(catalogues()))('%s is what `npm run docs` writes', (path, text) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
});
