/** A Singer target in memory: it keeps the latest record of each key, and obeys versions and deletions. */

import type { Session } from '../../src/core/database/database.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import type { EmissionState } from '../../src/operations/emit/emission-state.ts';
import { type EmittedTable, emittedTable } from '../../src/operations/emit/emitted-table.ts';
import type { ExportedTable } from '../../src/operations/emit/exported-table.ts';
import type { Rig } from './rig.ts';

interface Message {
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly key_properties: readonly string[];
  readonly record: Readonly<Record<string, unknown>>;
  readonly value: EmissionState;
}

/** See {@link naiveTarget}. */
export interface NaiveTarget {
  /** The last state it saw. */
  readonly state: EmissionState | undefined;
  /** Takes lines, as many as came. @throws Error where one emission has two rows of a key */
  load(lines: readonly string[]): void;
  /** Live rows of a table as JSON, sorted. */
  rows(table: EmittedTable): string[];
}

/** An empty one. @param ignoresVersions rows of old versions stay, as with some targets */
export function naiveTarget({ ignoresVersions = false } = {}): NaiveTarget {
  const tables = new Map<string, Map<string, Message>>();
  const keys = new Map<string, readonly string[]>();
  let state: EmissionState | undefined;
  return {
    get state() {
      return state;
    },
    load(lines) {
      const seen = new Set<string>();
      for (const message of lines.map((line) => JSON.parse(line) as Message)) {
        const { type, stream, record } = message;
        if (type === 'SCHEMA') keys.set(stream, message.key_properties);
        if (type === 'STATE') state = message.value;
        const table = tables.get(stream) ?? new Map<string, Message>();
        if (type === 'ACTIVATE_VERSION' && !ignoresVersions)
          for (const [key, one] of table) if (one.version < message.version) table.delete(key);
        if (type !== 'RECORD') continue;
        const key = JSON.stringify(keys.get(stream)?.map((name) => record[name]));
        if (seen.has(`${stream} ${key}`)) throw new Error(`${stream} has two rows of ${key}`);
        seen.add(`${stream} ${key}`);
        tables.set(stream, table.set(key, message));
      }
    },
    rows: ({ name, columns }) =>
      [...(tables.get(name)?.values() ?? [])]
        .filter(({ record }) => record['_sdc_deleted_at'] === null)
        .map(({ record: { _sdc_deleted_at: _, ...row } }) => plain(row, columns, (text) => JSON.parse(text)))
        .sort(),
  };
}

/** Live rows of our table as a target should have them, read without the code of an emission. */
export async function wantedRows(
  rig: Rig,
  stream: Stream,
  { columns } = emittedTable(stream),
): Promise<string[]> {
  const rows = await rig.test.database.session((session) =>
    session.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) as row from sigma.${stream.name} t where _deleted_at is null`,
    ),
  );
  return rows
    .map(({ row }) => {
      const named = columns.map(({ name, source }): [string, unknown] => [name, row[source]]);
      return plain(Object.fromEntries(named), columns, (value) => value);
    })
    .sort();
}

/** Rows of the table of an export as a target should have them, likewise. */
export async function wantedExported(
  session: Session,
  { columns, exported }: ExportedTable,
): Promise<string[]> {
  const rows = await session.query<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ${exported.from} t`,
  );
  return rows
    .map(({ row }) => {
      const named = columns.map(({ name, source }): [string, unknown] => [name, row[source]]);
      return plain(Object.fromEntries(named), columns, (value) => value);
    })
    .sort();
}

/** A row as one text, whichever way times and JSON came. A time without a zone is UTC. */
export function plain(
  row: Readonly<Record<string, unknown>>,
  columns: EmittedTable['columns'],
  parse: (value: string) => unknown,
): string {
  return JSON.stringify(
    columns.map(({ name, type }) => {
      const value = row[name] ?? null;
      if (value === null) return [name, null];
      if (type === 'timestamp')
        return [name, new Date(String(value).replace(/(?<!Z|[+-]\d\d:\d\d)$/, 'Z')).toISOString()];
      return [name, type === 'json' ? parse(value as string) : value];
    }),
  );
}
