/** Reads stored keys of another stream for a unit that is extracted once for each of them. */
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
