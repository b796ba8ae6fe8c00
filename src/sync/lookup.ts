/** Reads stored rows of other streams for units: keys that they are extracted for, or entries that came with their parent. */
import { type Database, quoteName, quoteTable } from '../core/database/database.ts';
import { together } from '../core/together.ts';
import { type ForEach, kindsOf, type Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import type { SyncEngine } from './sync-engine.ts';

type Ask<V> = (key: string) => Promise<V | undefined>;

/** Lookups by the units of a stream in one run. Units that are under way at the same time ask together. */
export class Lookups {
  readonly #partitions = new Map<string, Ask<string[]>>();
  readonly #given = new Map<string, Ask<unknown>>();
  /** Columns of parents that their listings fill, as this run finds them. */
  readonly #filled = new Map<string, Promise<boolean>>();

  /** Values of `forEach.column` in the rows of its stream that belong to the unit's partition. @throws DatabaseError */
  async partition(
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
    const sql = `select ${quoteName(kind.column)} as key, ${quoteName(column)} as value
        from ${quoteTable(schemas.target, name)}
       where ${quoteName(kind.column)} = any($1::text[]) and _deleted_at is null ${wanted} order by 1, 2`;
    const ask = remembered(this.#partitions, `${unit.kind} ${name} ${column}`, () =>
      together(async (keys) => {
        const values = new Map<string, string[]>();
        const parameters = [keys, ...(except === undefined ? [] : [except.values])];
        for (const { key, value } of await rows<string>(database, sql, parameters))
          values.set(key, [...(values.get(key) ?? []), value]);
        return values;
      }),
    );
    return (await ask(unit.value)) ?? [];
  }

  /**
   * The array in `column` of the parent's row; empty where this row has none and others have. Undefined where no row of
   * the parent has the column filled: then nobody knows whether the listing leaves it out.
   *
   * @throws DatabaseError
   */
  async given(
    { database, schemas }: SyncEngine,
    stream: Stream,
    column: string,
    unit: Unit,
  ): Promise<readonly unknown[] | undefined> {
    const kind = kindsOf(stream).find((candidate) => candidate.kind === unit.kind);
    if (kind === undefined) throw new Error(`stream ${stream.name} has no partitions of kind ${unit.kind}`);
    const from = `from ${quoteTable(schemas.target, kind.parent)} where ${quoteName(column)} is not null and _deleted_at is null`;
    const key = quoteName(kind.parentColumn);
    const sql = `select ${key} as key, ${quoteName(column)} as value ${from} and ${key} = any($1::text[])`;
    const name = `${kind.parent} ${column}`;
    const ask = remembered(this.#given, name, () =>
      together(async (keys) => {
        const found = await rows<unknown>(database, sql, [keys]);
        return new Map(found.map((row) => [row.key, row.value]));
      }),
    );
    const value = await ask(unit.value);
    // A privacy setting may have left a hash of it.
    if (value !== undefined) return Array.isArray(value) ? value : undefined;
    const isFilled = remembered(this.#filled, name, () =>
      database.session(async (session) => (await session.query(`select 1 ${from} limit 1`)).length > 0),
    );
    return (await isFilled) ? [] : undefined;
  }
}

function rows<V>(
  database: Database,
  sql: string,
  parameters: readonly unknown[],
): Promise<{ key: string; value: V }[]> {
  return database.session((session) => session.query<{ key: string; value: V }>(sql, parameters));
}

function remembered<V>(known: Map<string, V>, key: string, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
