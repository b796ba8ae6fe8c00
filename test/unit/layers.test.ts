/** The order of the house: each room imports only from rooms before it, and nothing imports itself in a circle. */
import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { circleOf, graphOf, houseImports, housePaths, roomOf } from '../../scripts/house/imports.ts';
import { ROOMS, WALLS } from '../../scripts/house/rooms.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const ORDER = ROOMS.map(({ name }) => name);
const imports = houseImports(CHECKOUT);
const paths = housePaths(CHECKOUT);

it('each room imports only from rooms before it', () => {
  expect(paths.length).toBeGreaterThan(300);
  expect(new Set(paths.map(roomOf))).toEqual(new Set(ORDER));
  const wrong = imports.filter(({ from, to }) => ORDER.indexOf(roomOf(to)) > ORDER.indexOf(roomOf(from)));
  expect(wrong).toEqual([]);
});

it('walls are kept', () => {
  const crossed = WALLS.flatMap(([from, to]) =>
    imports.filter((one) => one.from.startsWith(`${from}/`) && one.to.startsWith(`${to}/`)),
  );
  expect(crossed).toEqual([]);
});

it('no files import each other in a circle', () => {
  expect(circleOf(graphOf(imports, (path) => path))).toBeUndefined();
});

it('no entries of a folder import each other in a circle', () => {
  const folders = new Set<string>();
  for (const path of paths)
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  const circles = [...folders].flatMap((folder) => {
    const entryOf = (path: string): string | undefined =>
      path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/')[0] : undefined;
    const circle = circleOf(graphOf(imports, entryOf));
    return circle === undefined ? [] : [`${folder}: ${circle.join(' → ')}`];
  });
  expect(circles).toEqual([]);
});

it('nothing of the product knows the simulator but its commands and its entry', () => {
  const outside = imports.filter(({ to }) => roomOf(to) === 'simulator').map(({ from }) => roomOf(from));
  expect(new Set(outside)).toEqual(new Set(['simulator', 'cli', 'index.ts']));
});

it('nothing knows the page but the services of one and of many organizations, and the command that serves it', () => {
  const web = 'src/operations/web/';
  const outside = imports
    .filter(({ from, to }) => to.startsWith(web) && !from.startsWith(web))
    .map(({ from }) => (roomOf(from) === 'cli' ? 'cli' : dirname(from)));
  expect(new Set(outside)).toEqual(new Set(['src/operations/service', 'src/operations/fleet']));
});

it('src has at most 15 entries', () => {
  const entries = readdirSync(resolve(CHECKOUT, 'src'), { withFileTypes: true });
  expect(entries.length).toBeLessThanOrEqual(15);
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  expect(files.sort()).toEqual(['app.ts', 'index.ts']);
});
