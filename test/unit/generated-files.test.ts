/** The files that `npm run docs` writes are current, and differ from written ones at a glance. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogues, inFamilies } from '../../scripts/generate-catalogues.ts';
import { FRESH, freshScript } from '../../scripts/generate-fresh-schema.ts';
import { documents, FOLDERS, illustrated } from '../../scripts/generated-documents.ts';
import { NOTE, withNote } from '../../scripts/generated-note.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const files = [...(await catalogues()), ...documents(), [FRESH, await freshScript()] as const];
const paths = files.map(([path]) => path);
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

/** Patterns of .gitattributes for files that reviews fold away. */
const patterns = read('.gitattributes')
  .split('\n')
  .flatMap((line) => /^(\S+) linguist-generated$/.exec(line)?.[1] ?? []);

describe('generated files', () => {
  it.each(files)('%s is current, and says what it is', (path, text) => {
    expect(withNote(path, text), 'Run: npm run docs').toBe(read(path));
    // JSON has no comments: there it is the first property.
    const first = read(path).split('\n')[path.endsWith('.json') ? 1 : 0];
    expect(first).toContain(NOTE);
  });

  it.each([...illustrated()])('the generated part of %s is current', (path, text) => {
    expect(text, 'Run: npm run docs').toBe(read(path));
  });

  it('nothing else is in their folders', () => {
    const there = FOLDERS.flatMap((folder) =>
      readdirSync(join(CHECKOUT, folder)).map((name) => `${folder}/${name}`),
    );
    const made = paths.filter((path) => FOLDERS.some((folder) => path.startsWith(`${folder}/`)));
    expect(there.sort(), 'Run: npm run docs').toEqual(made.sort());
  });

  it('.gitattributes names them all, and nothing that is not there', () => {
    expect(paths.filter((path) => !patterns.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
    expect(patterns.filter((pattern) => !paths.some((path) => matchesGlob(path, pattern)))).toEqual([]);
  });

  it('CONTRIBUTING.md names them all', () => {
    const sentence =
      /^Generated, and never edited by hand: .*?\n$/ms.exec(read('CONTRIBUTING.md'))?.[0] ?? '';
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    expect(named.filter((name) => name !== 'npm run docs').sort()).toEqual(patterns.toSorted());
  });
});

describe('the order of streams', () => {
  const stream = (name: string, ...parents: string[]) => ({ name, parents });

  it('is alphabetical, with each after the last of its parents', () => {
    const streams = [
      stream('b_1', 'b'),
      stream('b_0', 'b', 'b_1'),
      stream('b_2', 'b', 'elsewhere'),
      stream('c'),
      stream('b'),
      stream('a'),
    ];
    expect(inFamilies(streams).map(({ name }) => name)).toEqual(['a', 'b', 'b_1', 'b_0', 'b_2', 'c']);
  });

  it('refuses a circle', () => {
    expect(() => inFamilies([stream('a', 'b'), stream('b', 'a')])).toThrow('in a circle');
  });
});
