/** Reads stored rows of other streams for a unit: keys that it is extracted for, or entries that came with its parent. */
import { quoteName, quoteTable } from '../core/database/database.ts';
import { type ForEach, kindsOf, type Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import type { SyncEngine } from './sync-engine.ts';

/** Values of `forEach.column` in the rows of its stream that belong to the unit's partition. @throws DatabaseError */
export async function lookupPartition(
  { database, schemas, catalogue }: SyncEngine,
  stream: Stream,
  { stream: name, column, except }: ForEach,
  unit: Unit,
): Promise<string[]> {
  const feeder = catalogue.find((candidate) => candidate.name === name);
  const kind = kindsOf(feeder ?? {}).find((candidate) => candidate.kind === unit.kind);
  if (kind === undefined)
    throw new Error(`stream ${stream.name}: ${name} has no partitions of kind ${unit.kind}`);
  const wanted =
    except === undefined ? '' : `and coalesce(${quoteName(except.column)}, '') <> all($2::text[])`;
  const rows = await database.session((session) =>
    session.query<{ value: string }>(
      `select ${quoteName(column)} as value from ${quoteTable(schemas.target, name)}
        where ${quoteName(kind.column)} = $1 and _deleted_at is null ${wanted} order by 1`,
      [unit.value, ...(except === undefined ? [] : [except.values])],
    ),
  );
  return rows.map((row) => row.value);
}

/** Which columns of parents their listings fill, as one run finds them. */
export type Told = Map<string, Promise<boolean>>;

/**
 * The array in `column` of the parent's row; empty where this row has none and others have. Undefined where no row of
 * the parent has the column filled: then nobody knows whether the listing leaves it out.
 *
 * @throws DatabaseError
 */
export async function givenByParent(
  { database, schemas }: SyncEngine,
  stream: Stream,
  column: string,
  unit: Unit,
  told: Told,
): Promise<readonly unknown[] | undefined> {
  const kind = kindsOf(stream).find((candidate) => candidate.kind === unit.kind);
  if (kind === undefined) throw new Error(`stream ${stream.name} has no partitions of kind ${unit.kind}`);
  const from = `from ${quoteTable(schemas.target, kind.parent)} where ${quoteName(column)} is not null and _deleted_at is null`;
  const [row] = await database.session((session) =>
    session.query<{ value: unknown }>(
      `select ${quoteName(column)} as value ${from} and ${quoteName(kind.parentColumn)} = $1 limit 1`,
      [unit.value],
    ),
  );
  // A privacy setting may have left a hash of it.
  if (row !== undefined) return Array.isArray(row.value) ? row.value : undefined;
  const name = `${kind.parent} ${column}`;
  let isTold = told.get(name);
  if (isTold === undefined) {
    isTold = database.session(
      async (session) => (await session.query(`select 1 ${from} limit 1`)).length > 0,
    );
    told.set(name, isTold);
  }
  return (await isTold) ? [] : undefined;
}
