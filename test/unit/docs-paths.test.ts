/**
 * The guides name nothing in backticks that isn't there: paths (of the checkout, of src/, or without the folders that
 * go without saying), paths of the API, scripts of package.json, and words of the code.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');
const ignored = read('.gitignore').split('\n');

/** Files and folders below a folder of the checkout; folders end with a slash. */
function below(folder: string): string[] {
  return readdirSync(join(CHECKOUT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const skipped =
      entry.name === '.git' || ignored.includes(entry.name) || ignored.includes(`${entry.name}/`);
    return skipped ? [] : [`${path}/`, ...below(`${path}/`)];
  });
}

const paths = below('');
const CODE =
  /^(src|simulator|migrations|scripts|bin|bench|test\/support|\.ci)\/.*[^/]$|^package\.json$|^vitest\.config\.ts$/;
const code = paths
  .filter((path) => CODE.test(path) && statSync(join(CHECKOUT, path)).size < 500_000)
  .map(read)
  .join('\n');
const words = new Set(code.match(/\w+/g));
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

/** A path with `*`, or the beginning of one as test runners take it, or one without the folders above it. */
function isPath(word: string): boolean {
  if (ignored.includes(word)) return true;
  return paths.some(
    (path) =>
      path === word ||
      path.endsWith(`/${word}`) ||
      (word.includes('/') && path.startsWith(word)) ||
      (word.includes('*') && (matchesGlob(path, word) || matchesGlob(path, `src/${word}`))),
  );
}

/** True where the code has the path, whatever it calls the ids. */
function isOfApi(path: string): boolean {
  const pattern = path.split(/\{\w+\}/).map((part) => part.replaceAll(/\W/g, '\\$&'));
  return new RegExp(pattern.join('\\{\\w+\\}')).test(code);
}

function exists(word: string): boolean {
  if (word.startsWith('/')) return isOfApi(word);
  const looksLikePath =
    /^[\w.*-]+(\/[\w.*-]*)*$/.test(word) && /\/|\*|\.(ts|md|json|ya?ml|sh|js|txt|sql)$/.test(word);
  if (looksLikePath) return isPath(word);
  return isPath(word) || (word.match(/\w+/g) ?? []).every((part) => words.has(part));
}

/** Imports of the examples: what they take from where. */
function missingImports(text: string): string[] {
  return [...text.matchAll(/import (?:type )?\{ ([^}]+) \} from '\.[./]*\/([^']+)'/g)].flatMap(
    ([, names = '', path = '']) =>
      isPath(path) && (names.match(/\w+/g) ?? []).every((name) => words.has(name)) ? [] : [path],
  );
}

/** Names in backticks that nobody can find. */
function missingIn(text: string): string[] {
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/`([^`]+)`/g)].flatMap(([, span = '']) => {
    const script = /^npm run (\S+)/.exec(span)?.[1];
    if (script !== undefined) return scripts.includes(script) ? [] : [span];
    const named = span.split(/\s+/).filter((word) => !['npm', 'npx', 'node'].includes(word));
    return named.every(exists) ? [] : [span];
  });
}

describe('what the guides name exists', () => {
  it.each(['CONTRIBUTING.md', 'docs/architecture.md', 'docs/glossary.md', 'test/support/README.md'])(
    '%s',
    (path) => {
      expect(missingIn(read(path))).toEqual([]);
      expect(missingImports(read(path))).toEqual([]);
    },
  );

  it('and links between them lead somewhere', () => {
    for (const path of ['CONTRIBUTING.md', 'docs/architecture.md', 'docs/glossary.md']) {
      const links = [...read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to);
      expect(links.filter((to) => !existsSync(join(CHECKOUT, path, '..', to)))).toEqual([]);
    }
  });

  it('and what does not would be found', () => {
    const text =
      '`src/nowhere.ts`, `nowhere.ts`, `src/no/`, `*/no/*.ts`, `noSuchName`, `npm run nothing`, `/v9/no`, `f(noSuch)`';
    expect(missingIn(text)).toHaveLength(8);
    expect(
      missingImports("import { noSuchName } from '../stream.ts';\nimport { text } from './no.ts';"),
    ).toHaveLength(2);
    expect(missingIn('`stream.ts`, `src/core/`, `defineStream({ name })`, `/v2/teams/{id}`')).toEqual([]);
  });
});

it('the index of test/support has a line for every file', () => {
  const named = [...read('test/support/README.md').matchAll(/^- (`.*?):/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => `test/support/${name}`),
  );
  const files = paths.filter((path) => /^test\/support\/.*[^/]$/.test(path) && !path.endsWith('/README.md'));
  expect(named.sort()).toEqual(files.sort());
});

it('the glossary is in the order of the alphabet, each word with its file', () => {
  const rows = [...read('docs/glossary.md').matchAll(/^\| (.+?) \| (.+) \| `(.+?)` \|$/gm)];
  const named = rows.map(([, word = '']) => word);
  expect(named.length).toBeGreaterThan(40);
  expect(named).toEqual([...new Set(named)].sort());
  expect(read('docs/glossary.md').match(/^\| /gm)).toHaveLength(rows.length + 1);
});
