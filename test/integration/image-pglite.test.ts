/** Archives of new databases: what is packed comes out again, or nothing does. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { imagePaths, packImage, unpackImage } from '../../src/core/database/embedded/image.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { forgetDatabaseId } from '../../src/state/database-id.ts';
import { migrate } from '../../src/state/migrate.ts';
import { scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { schemas } from '../support/template.ts';

/** Files by their paths. */
function filesIn(folder: string): Map<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path))]),
  );
}

describe('the archive of a database', () => {
  const scratch = scratchFolder();
  const made = join(scratch.path, 'made');
  const image = join(scratch.path, 'embedded.image');
  beforeAll(async () => {
    await (await openEmbedded({ directory: made })).close();
    packImage(join(made, 'pgdata'), image);
  });
  afterAll(() => scratch[Symbol.dispose]());

  test('holds every file and folder, and is small', () => {
    using copy = scratchFolder();
    expect(unpackImage(image, copy.path)).toBe(true);
    const [before, after] = [filesIn(join(made, 'pgdata')), filesIn(copy.path)];
    expect([...after.keys()]).toEqual([...before.keys()]);
    const different = [...before].filter(([path, bytes]) => after.get(path)?.equals(bytes) !== true);
    expect(different.map(([path]) => path)).toEqual([]);
    const folders = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    expect(folders(copy.path)).toEqual(folders(join(made, 'pgdata')));
    expect(statSync(image).size).toBeLessThan(3_000_000);
  });

  test('of another PGlite is left alone', () => {
    using copy = scratchFolder();
    const all = zstdDecompressSync(readFileSync(image));
    const other = join(scratch.path, 'other.image');
    const head = all.indexOf('"pglite":"');
    all.write('9', head + '"pglite":"'.length);
    writeFileSync(other, zstdCompressSync(all));
    expect(unpackImage(other, copy.path)).toBe(false);
    expect(readdirSync(copy.path)).toEqual([]);
  });

  test('that is cut off or changed is refused', () => {
    using copy = scratchFolder();
    const whole = readFileSync(image);
    const cut = join(scratch.path, 'cut.image');
    writeFileSync(cut, whole.subarray(0, whole.length / 2));
    expect(() => unpackImage(cut, copy.path)).toThrow();
    const changed = Buffer.from(whole);
    changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(cut, changed);
    expect(() => unpackImage(cut, copy.path)).toThrow();
  });

  test('is the one of the schema, else the empty one, else none', () => {
    using folder = scratchFolder();
    const path = (name: string): string => join(folder.path, name);
    expect(imagePaths('sigma', folder.path)).toEqual([]);
    for (const name of ['embedded.image', 'embedded-sigma.image']) writeFileSync(path(name), '');
    expect(imagePaths('sigma', folder.path)).toEqual([path('embedded-sigma.image'), path('embedded.image')]);
    expect(imagePaths('other', folder.path)).toEqual([path('embedded.image')]);
    expect(imagePaths(undefined, folder.path)).toEqual([path('embedded.image')]);
    rmSync(path('embedded-sigma.image'));
    expect(imagePaths('sigma', folder.path)).toEqual([path('embedded.image')]);
  });
});

test('a database that came from an archive gets an id of its own, once', async () => {
  await using test = await openTestDatabase();
  const id = () =>
    test.database.session((session) => session.query('select id::text from sigma_sync.database_id'));
  const [before] = await id();
  await test.database.session((session) => forgetDatabaseId(session, schemas));
  expect(await id()).toEqual([]);
  expect(await migrate(test.database, schemas, catalogue, new EventBus())).toEqual([]);
  const [after, ...others] = await id();
  expect(after).toBeDefined();
  expect(others).toEqual([]);
  expect(after).not.toEqual(before);
  await migrate(test.database, schemas, catalogue, new EventBus());
  expect(await id()).toEqual([after]);
});
