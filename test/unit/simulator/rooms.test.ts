/** The rooms of the simulator: who may import whom, and that what the streams declare can be told apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { STREAMS, streamOf } from '../../../simulator/catalogue.ts';

const SIMULATOR = resolve(import.meta.dirname, '../../../simulator');
/** Each imports only from itself and those before it. Files beside the rooms put them together. */
const ROOMS = ['store', 'http', 'streams', 'exports', ''];

test('imports go from a room to those before it, never out of the house and never in a circle', () => {
  const files = readdirSync(SIMULATOR, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const roomOf = (path: string): number =>
    ROOMS.indexOf(dirname(path) === '.' ? '' : (path.split('/')[0] ?? ''));
  const imports = new Map(
    files.map((name) => {
      const text = readFileSync(join(SIMULATOR, name), 'utf8');
      const targets = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) =>
        relative(SIMULATOR, resolve(SIMULATOR, dirname(name), target)),
      );
      return [name, targets] as const;
    }),
  );
  const wrong = [...imports].flatMap(([name, targets]) =>
    targets
      .filter((target) => roomOf(target) < 0 || roomOf(target) > roomOf(name))
      .map((target) => `${name} imports ${target}`),
  );
  expect(wrong).toEqual([]);
  const done = new Set<string>();
  const walk = (name: string, above: readonly string[]): void => {
    expect(above, 'a circle').not.toContain(name);
    if (done.has(name)) return;
    for (const target of imports.get(name) ?? []) walk(target, [...above, name]);
    done.add(name);
  };
  for (const name of files) walk(name, []);
});

test.each(['mutations', 'tables'] as const)('no two streams declare the same name among %s', (part) => {
  const names = STREAMS.flatMap((name) => Object.keys(streamOf(name)[part] ?? {}));
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
});
