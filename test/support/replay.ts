/**
 * Replays the change log from its beginning and holds the outcome against the tables: what the log says must have
 * happened is what is there. It reads the log with plain SQL and none of the loader's code.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import type { Schemas } from '../../src/state/schemas.ts';

type Image = Readonly<Record<string, unknown>>;

interface Change {
  readonly key: readonly string[];
  readonly operation: 'insert' | 'update' | 'delete';
  readonly changed: readonly string[] | null;
  readonly before: Image | null;
  readonly after: Image | null;
}

/** Describes the first contradictions of each stream: within the log, and between its replay and the table. */
export async function replayDifferences(
  database: Database,
  schemas: Schemas,
  streams: readonly Stream[] = catalogue,
): Promise<string[]> {
  const found: string[] = [];
  for (const stream of streams) {
    const wrong: string[] = [];
    const rows = replay(await changesOf(database, schemas, stream), wrong);
    for (const { key, image } of await imagesOf(database, schemas, stream)) {
      const name = key.join('/');
      const replayed = rows.get(name);
      rows.delete(name);
      if (replayed === undefined) wrong.push(`${name} is not in the log`);
      else if (!isDeepStrictEqual(withoutNulls(replayed), withoutNulls(image)))
        wrong.push(`${name} is ${JSON.stringify(image)}, in the log ${JSON.stringify(replayed)}`);
    }
    for (const name of rows.keys()) wrong.push(`${name} is in the log only`);
    if (wrong.length > 0) found.push(`${stream.name}: ${wrong.length}: ${wrong.slice(0, 3).join('; ')}`);
  }
  return found;
}

function replay(changes: readonly Change[], wrong: string[]): Map<string, Image> {
  const rows = new Map<string, Image>();
  for (const { key, operation, changed, before, after } of changes) {
    const name = key.join('/');
    const present = rows.get(name);
    if ((operation === 'insert') !== (present === undefined)) {
      wrong.push(`${operation} of ${name} where it is ${present === undefined ? 'not ' : ''}there`);
    }
    if (operation === 'insert') rows.set(name, after ?? {});
    else if (operation === 'delete') {
      if (!isDeepStrictEqual(withoutNulls(before ?? {}), withoutNulls(present ?? {})))
        wrong.push(`${name} was not what its deletion says`);
      rows.delete(name);
    } else if (!isDeepStrictEqual(changed, ['_raw'])) {
      for (const [column, value] of Object.entries(before ?? {}))
        if (!isDeepStrictEqual(present?.[column] ?? null, value))
          wrong.push(`${name}.${column} was not before`);
      if (!isDeepStrictEqual(Object.keys(after ?? {}).sort(), [...(changed ?? [])].sort()))
        wrong.push(`${name} changed other columns than it says`);
      rows.set(name, { ...present, ...after });
    }
  }
  return rows;
}

function withoutNulls(image: Image): Image {
  return Object.fromEntries(Object.entries(image).filter(([, value]) => value !== null));
}

async function changesOf(database: Database, { state }: Schemas, { name }: Stream): Promise<Change[]> {
  return database.session((session) =>
    session.query<Change & Record<string, unknown>>(
      `select key, operation, changed, before, after from "${state}".changes where stream = $1 order by change_id`,
      [name],
    ),
  );
}

/** Live rows as JSON, the way the log writes them. */
async function imagesOf(
  database: Database,
  { target }: Schemas,
  { name, key, columns, reference }: Stream,
): Promise<{ key: string[]; image: Image }[]> {
  // A newly known short id of an object is no change, and the log leaves it out.
  const logged = columns.filter((column) => column.name !== reference?.urlId);
  const image = logged.map((column) => `'${column.name}', t."${column.name}"`).join(', ');
  const values = key.map((column) => `t."${column}"::text`).join(', ');
  return database.session((session) =>
    session.query<{ key: string[]; image: Image }>(
      `select array[${values}] as key, jsonb_build_object(${image}) as image
         from "${target}"."${name}" t where t._deleted_at is null`,
    ),
  );
}
