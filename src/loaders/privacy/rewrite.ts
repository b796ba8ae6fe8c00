/**
 * Rewrites stored rows and the change log by the rules of a stream. Masks that only this process can compute go
 * through a cursor into a table of masked values, and one statement puts them in place. The data did not change, so
 * neither the change log nor `_synced_at` records it.
 */

import { quoteLiteral, quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { parseExact, stringifyExact } from '../../core/exact-json.ts';
import { type Column, SQL_TYPES, type Stream } from '../../extractors/stream.ts';
import type { Schemas } from '../../state/schemas.ts';
import { cellOf, type StreamPrivacy } from './compile-privacy.ts';
import { type LogEntry, maskLogEntry } from './log-entry.ts';
import { type Hash, mask, withoutHashes } from './mask.ts';

/** Rows that are in memory at once. */
const BATCH = 500;

/** Dependencies of a rewrite; the session is in a transaction. */
export interface RewriteContext {
  readonly session: Session;
  readonly schemas: Schemas;
  readonly stream: Stream;
  readonly privacy: Pick<StreamPrivacy, 'entry' | 'columns' | 'left'>;
  readonly hash: Hash;
  /** Take out the hashes that there are: they were made with another key. */
  readonly purge: boolean;
  /** Asked between batches. */
  readonly signal: AbortSignal;
}

/** Rewrites the table. @returns rows that had something to hide. @throws DatabaseError; the signal's reason. */
export async function rewriteRows(context: RewriteContext): Promise<number> {
  const { schemas, stream, privacy, hash, purge } = context;
  const kept = (value: unknown): unknown => (purge ? withoutHashes(value) : value);
  const target = quoteTable(schemas.target, stream.name);
  const columns = stream.columns.filter(
    ({ name, type, isKey }) =>
      privacy.columns.has(name) || (purge && !isKey && (type === 'text' || type === 'json')),
  );
  const keys = stream.columns.filter(({ isKey }) => isKey);
  const select = [
    ...keys.map(({ name }, i) => `t.${quoteName(name)}::text as k${i}`),
    ...columns.map(({ name }, i) => `to_jsonb(t.${quoteName(name)})::text as c${i}`),
    // As texts, since the drivers read JSON with the digits that JavaScript has.
    't._raw::text as raw',
  ];
  const typed = (of: readonly Column[], prefix: string): string[] =>
    of.map(({ type }, i) => `${prefix}${i} ${SQL_TYPES[type]}`);
  return throughStaging(context, {
    select: `select ${select.join(', ')} from ${target} t`,
    columns: [...typed(keys, 'k'), ...typed(columns, 'c'), 'raw jsonb'],
    turn: (row) => {
      const values = columns.map((_, i) => parsed(row[`c${i}`]) ?? null);
      const stored = (name: string): unknown => values[columns.findIndex((column) => column.name === name)];
      const masked = columns.map(({ name }, i) => {
        const left = privacy.left.get(name);
        const value = left?.hashOf(stored(left.whole)) ?? kept(values[i]);
        const node = privacy.columns.get(name);
        return (node === undefined ? value : mask(value, node, hash)) ?? null;
      });
      const before = parsed(row['raw']);
      const raw = stringifyExact(mask(kept(before), privacy.entry, hash)) ?? null;
      if (raw === stringifyExact(before) && JSON.stringify(values) === JSON.stringify(masked))
        return undefined;
      return [
        ...keys.map((_, i) => String(row[`k${i}`])),
        ...columns.map((column, i) => cellOf(column, masked[i])),
        raw,
      ];
    },
    table: target,
    finish: (staging) => {
      const set = columns.map(({ name }, i) => `${quoteName(name)} = s.c${i}, `).join('');
      const sameKey = keys.map(({ name }, i) => `t.${quoteName(name)} = s.k${i}`).join(' and ');
      return [`update ${target} t set ${set}_raw = s.raw from ${staging} s where ${sameKey}`];
    },
  });
}

/** Rewrites the stream's entries in the change log. @returns entries that had something to hide. @throws as above. */
export async function rewriteLog(context: RewriteContext): Promise<number> {
  const { schemas, stream, privacy, hash, purge } = context;
  const changes = quoteTable(schemas.state, 'changes');
  const ofStream = `c.stream = ${quoteLiteral(stream.name)}`;
  return throughStaging(context, {
    select: `select change_id::text as id, operation, to_jsonb(changed)::text as changed, before::text, after::text
               from ${changes} c where ${ofStream}`,
    columns: ['id bigint', 'changed jsonb', 'before jsonb', 'after jsonb', 'is_empty boolean'],
    turn: (row) => {
      const { id, operation } = row;
      const [changed, before, after] = [row['changed'], row['before'], row['after']].map(parsed);
      const entry = { operation, changed, before, after } as LogEntry;
      const masked = maskLogEntry(entry, privacy, hash, purge);
      if (masked === entry) return undefined;
      const cells = [masked?.changed, masked?.before, masked?.after].map((value) =>
        value === undefined || value === null ? null : (stringifyExact(value) ?? null),
      );
      return [String(id), ...cells, String(masked === undefined)];
    },
    table: changes,
    finish: (staging) => [
      `update ${changes} c set before = s.before, after = s.after, changed =
         case when s.changed is not null then array(select jsonb_array_elements_text(s.changed)) end
         from ${staging} s where ${ofStream} and c.change_id = s.id`,
    ],
    last: (staging) =>
      `delete from ${changes} c using ${staging} s where ${ofStream} and c.change_id = s.id and s.is_empty`,
  });
}

/** A value of jsonb that was asked for as text. */
function parsed(text: unknown): unknown {
  return typeof text === 'string' ? parseExact(text) : null;
}

interface Passage {
  readonly select: string;
  /** Columns of the staging table with their types, in the order of what `turn` gives. */
  readonly columns: readonly string[];
  /** Cells as text, or undefined where the row stays as it is. */
  readonly turn: (row: Readonly<Record<string, unknown>>) => readonly (string | null)[] | undefined;
  /** The table that is rewritten. */
  readonly table: string;
  /** Statements that put what was staged in place. */
  readonly finish: (staging: string) => readonly string[];
  /** A statement behind these that takes rows away. */
  readonly last?: (staging: string) => string;
}

async function throughStaging(
  { session, schemas, stream, signal }: RewriteContext,
  { select, columns, turn, table: target, finish, last }: Passage,
): Promise<number> {
  // Named like the loader's, so that it would be dropped with theirs, had it outlived its transaction.
  const table = quoteTable(schemas.state, 'staging_privacy');
  await session.query(`create unlogged table ${table} (${columns.join(', ')})`);
  const types = columns.map((column) => column.replace(/^\w+ /, ''));
  const insert = `insert into ${table} select ${types.map((type, i) => `u.v${i}::${type}`).join(', ')}
    from unnest(${types.map((_, i) => `$${i + 1}::text[]`).join(', ')}) as u(${types.map((_, i) => `v${i}`).join(', ')})`;
  await session.query(`/* rewriting ${stream.name} */ declare privacy_rows no scroll cursor for ${select}`);
  let rows = 0;
  for (;;) {
    signal.throwIfAborted();
    const batch = await session.query(`fetch ${BATCH} from privacy_rows`);
    const turned = batch.map(turn).filter((cells) => cells !== undefined);
    rows += turned.length;
    if (turned.length > 0)
      await session.query(
        insert,
        types.map((_, i) => turned.map((cells) => cells[i] ?? null)),
      );
    if (batch.length < BATCH) break;
  }
  await session.query('close privacy_rows');
  if (rows > 0) {
    await session.query(`analyze ${table}`);
    for (const statement of finish(table)) await session.query(`/* rewriting ${stream.name} */ ${statement}`);
  }
  // The statistics quote values to every reader of the table. Rows go after it: of a table without any, old ones
  // would stay.
  await session.query(`analyze ${target}`);
  if (last !== undefined) await session.query(`/* rewriting ${stream.name} */ ${last(table)}`);
  await session.query(`drop table ${table}`);
  return rows;
}
