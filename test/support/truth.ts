/**
 * Holds the tables against the organization: every entry there is must be a live row with the same values, and
 * every live row must have its entry. It reads the tables with plain SQL and none of the loader's code.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Organization } from '../../simulator/organization.ts';
import type { Database } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Column, Stream } from '../../src/extractors/stream.ts';
import type { Schemas } from '../../src/state/schemas.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Describes the first differences of each stream. */
export async function differences(
  database: Database,
  schemas: Schemas,
  organization: Organization,
  streams: readonly Stream[] = catalogue.filter(({ optIn }) => optIn !== true),
): Promise<string[]> {
  const found: string[] = [];
  const listed = listedObjects(organization);
  for (const stream of streams) {
    const rows = await liveRows(database, schemas, stream);
    const wrong: string[] = [];
    for (const entry of organization.truthOf(stream.name)) {
      const key = keyOf(stream, (column) => entry[column.source]);
      const row = rows.get(key);
      rows.delete(key);
      wrong.push(
        ...(row === undefined
          ? [`${key} is missing`]
          : compare(stream, key, row, asFarAsKnown(stream, row, entry, listed))),
      );
    }
    for (const [key] of rows) wrong.push(`${key} should not be there`);
    if (wrong.length > 0)
      found.push(`${stream.name}: ${wrong.length} differ: ${wrong.slice(0, 5).join('; ')}`);
  }
  return found;
}

/** Ids of all objects that a listing has with both of them. */
function listedObjects(organization: Organization): ReadonlySet<unknown> {
  return new Set(
    catalogue.flatMap(({ name, columns, identifies }) => {
      const field = columns.find((column) => column.name === identifies?.id)?.source;
      if (field === undefined || identifies?.urlId === undefined) return [];
      return organization.truth(name).map((entry) => entry[field]);
    }),
  );
}

/** The entry with that id of an object alone that the API sent, where no listing has the object. */
function asFarAsKnown(stream: Stream, row: Entry, entry: Entry, listed: ReadonlySet<unknown>): Entry {
  const { reference } = stream;
  const url = urlFieldOf(stream);
  if (reference === undefined || listed.has(entry[reference.field])) return entry;
  const sent = (row['_raw'] as Entry)[reference.field];
  if (row[reference.id] === sent && sent === entry[url]) return { ...entry, [reference.field]: sent };
  return row[reference.urlId] === null && sent === entry[reference.field] ? { ...entry, [url]: null } : entry;
}

/** Live rows by key. Children of archived parents are kept as they last were, and not part of the truth. */
async function liveRows(
  database: Database,
  { target }: Schemas,
  stream: Stream,
): Promise<Map<string, Entry>> {
  const ofLiveParents = (stream.partitions ?? [])
    .flat()
    .flatMap(({ parent, parentColumn, column, unless }) =>
      unless === undefined
        ? []
        : [
            `and not exists (select 1 from "${target}"."${parent}" p where p."${parentColumn}" = t."${column}" and p."${unless}")`,
          ],
    );
  const named = namedByLive(target, stream);
  const rows = await database.session((session) =>
    session.query(
      `select t.* from "${target}"."${stream.name}" t where t._deleted_at is null ${ofLiveParents.join(' ')} ${named}`,
    ),
  );
  return new Map(rows.map((row) => [keyOf(stream, (column) => row[column.name]), row]));
}

/** A row that rows of other streams name counts if one of those rows is no child of an archived parent. */
function namedByLive(target: string, stream: Stream): string {
  const kinds = (stream.partitions ?? []).flat().filter(({ only }) => only !== undefined);
  if (kinds.length === 0) return '';
  const ways = kinds.map(({ parent, parentColumn, column, only }) => {
    const [above] = (catalogue.find(({ name }) => name === parent)?.partitions ?? []).flat();
    const archived =
      above?.unless === undefined
        ? 'false'
        : `exists (select 1 from "${target}"."${above.parent}" d where d."${above.parentColumn}" = p."${above.column}" and d."${above.unless}")`;
    return `exists (select 1 from "${target}"."${parent}" p where p."${parentColumn}" = t."${column}"
      and p."${only?.column}" in ('${only?.values.join("', '")}') and p._deleted_at is null and not ${archived})`;
  });
  return `and (${ways.join(' or ')})`;
}

function keyOf(stream: Stream, value: (column: Column) => unknown): string {
  const columns = stream.columns.filter((column) => stream.key.includes(column.name));
  return columns.map((column) => String(value(column))).join('/');
}

function compare(stream: Stream, key: string, row: Entry, entry: Entry): string[] {
  const wrong: string[] = [];
  for (const { name, source, type } of stream.columns) {
    const want = entry[source] ?? null;
    const have = row[name];
    const same = type === 'timestamp' ? timeOf(have) === timeOf(want) : isDeepStrictEqual(have, want);
    if (!same) wrong.push(`${key}.${name} is ${JSON.stringify(have)}, not ${JSON.stringify(want)}`);
  }
  const raw = row['_raw'] as Entry;
  for (const [field, value] of Object.entries(entry)) {
    // The API may send the short id, and the other one is known from elsewhere.
    if (field === stream.reference?.field && raw[field] === entry[urlFieldOf(stream)]) continue;
    // Parameters and derived values are no part of the entry as it was sent.
    const isOurs = stream.columns.some(
      (column) => column.source === field && (column.from === 'param' || column.derive !== undefined),
    );
    if (!isOurs && !isDeepStrictEqual(raw[field], value)) wrong.push(`${key}._raw.${field} differs`);
  }
  return wrong;
}

function urlFieldOf({ columns, reference }: Stream): string {
  return columns.find(({ name }) => name === reference?.urlId)?.source ?? '';
}

function timeOf(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return value instanceof Date ? value.getTime() : Date.parse(String(value));
}
