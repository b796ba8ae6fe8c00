/** Reads stored keys of another stream for a unit that is extracted once for each of them. */
import { quoteName, quoteTable } from '../database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import type { SyncEngine } from './context.ts';

/** Values of `column` in the rows of stream `name` that belong to the unit's partition. @throws DatabaseError */
export async function lookupPartition(
  { database, schemas, catalogue }: SyncEngine,
  stream: Stream,
  name: string,
  column: string,
  unit: Unit,
): Promise<string[]> {
  const feeder = catalogue.find((candidate) => candidate.name === name);
  const kind = (feeder?.partitions ?? []).flat().find((candidate) => candidate.kind === unit.kind);
  if (kind === undefined)
    throw new Error(`stream ${stream.name}: ${name} has no partitions of kind ${unit.kind}`);
  const rows = await database.session((session) =>
    session.query<{ value: string }>(
      `select ${quoteName(column)} as value from ${quoteTable(schemas.target, name)}
        where ${quoteName(kind.column)} = $1 and _deleted_at is null order by 1`,
      [unit.value],
    ),
  );
  return rows.map((row) => row.value);
}
