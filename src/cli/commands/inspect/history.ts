import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { isPlainObject } from '../../../core/plain-object.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { type RowChange, type RowHistory, rowHistory } from '../../../state/row-history.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { withContext } from '../../command-context.ts';
import { shortValue } from '../../output/short-value.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

const READS = { reads: true };

/** `history`: what the change log knows of one row. */
export async function run(
  command: Command,
  name: string,
  key: string[],
  { limit, json }: JsonFlag & { limit: number },
): Promise<void> {
  const stream = findStream(catalogue, name);
  await withContext(
    command,
    async (context) => {
      const history = await rowHistory(await context.database(), context.schemas, stream, key, limit);
      if (json === true) return printJson(history);
      if (history.changes.length === 0) return print(nothingToShow(history));
      const lines = history.changes.flatMap(linesOf);
      printTable(lines, [
        'time',
        'operation',
        'column',
        { title: 'before → after', value: (line) => line.values },
      ]);
      if (history.changes.length === limit) print(`(the latest ${limit}; --limit shows more)`);
    },
    READS,
  );
}

function nothingToShow({ stream, since, row }: RowHistory): string {
  if (since === null)
    return `${stream} has no history. It begins with the first sync that completes the stream, unless history.exclude lists it.`;
  if (row === 'unknown') return `No row of ${stream} has or had this key.`;
  return row === 'live'
    ? `The row has not changed since the history of ${stream} began (${since}).`
    : `The row was deleted before the history of ${stream} began (${since}).`;
}

interface Line {
  readonly time: string;
  readonly operation: string;
  readonly column: string;
  readonly values: string;
}

/** A line per column; time and operation only on the first. */
function linesOf({ changedAt, operation, before, after }: RowChange): Line[] {
  const columns = Object.keys(before ?? after ?? {}).sort();
  const changes = columns.flatMap((column) => {
    const [old, now] = [before?.[column], after?.[column]];
    if (column === '_raw' && isPlainObject(old) && isPlainObject(now)) return rawChanges(old, now);
    // A tombstone has all columns, and those that were null say nothing.
    return operation === 'delete' && old === null ? [] : [{ column, values: valuesOf(operation, old, now) }];
  });
  const [first = { column: '', values: '' }, ...others] = changes;
  return [
    { time: changedAt, operation, ...first },
    ...others.map((change) => ({ time: '', operation: '', ...change })),
  ];
}

/** Fields that have no column. */
function rawChanges(
  old: Record<string, unknown>,
  now: Record<string, unknown>,
): Omit<Line, 'time' | 'operation'>[] {
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => !isDeepStrictEqual(old[field], now[field]))
    .map((field) => ({ column: `_raw.${field}`, values: valuesOf('update', old[field], now[field]) }));
}

function valuesOf(operation: RowChange['operation'], before: unknown, after: unknown): string {
  if (operation === 'insert') return shortValue(after);
  return operation === 'delete' ? shortValue(before) : `${shortValue(before)} → ${shortValue(after)}`;
}
