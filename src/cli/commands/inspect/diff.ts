import type { Command } from 'commander';
import { type Database, quoteName, quoteTable, readOnly } from '../../../core/database/database.ts';
import { plural } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { diffStreams, type NetChange, type StreamDiff } from '../../../state/changes-between.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { withContext } from '../../command-context.ts';
import { nameOf, namesIn } from '../../output/changed-rows.ts';
import { shortValue } from '../../output/short-value.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly from: Date;
  readonly to?: Date;
  readonly limit?: number;
}

const READS = { reads: true };

/** `diff`: what is different between two times. */
export async function run(command: Command, name: string | undefined, flags: Flags): Promise<void> {
  const { from, to, limit, json } = flags;
  const streams = name === undefined ? catalogue : [findStream(catalogue, name)];
  await withContext(
    command,
    async (context) => {
      const options = {
        from,
        to: to ?? new Date(context.clock.now()),
        limit: limit ?? (json === true ? 1000 : 50),
      };
      const database = await context.database();
      const diffs = await diffStreams(database, context.schemas, streams, options);
      if (json === true)
        return printJson({ from: from.toISOString(), to: options.to.toISOString(), streams: diffs });
      const shown = diffs.filter((diff) => name !== undefined || isChanged(diff));
      if (shown.length > 0)
        printTable(shown, [
          'stream',
          { title: 'inserted', value: (diff) => (diff.covered ? diff.inserted : '-') },
          { title: 'updated', value: (diff) => (diff.covered ? diff.updated : '-') },
          { title: 'deleted', value: (diff) => (diff.covered ? diff.deleted : '-') },
          { title: 'updated columns', value: columnsOf },
        ]);
      const [only] = diffs;
      if (name !== undefined && only !== undefined && only.rows.length > 0)
        await printRows(database, context.schemas.target, only);
      printFolded(
        diffs.filter((diff) => !shown.includes(diff)),
        shown.length > 0 ? ' more' : '',
      );
    },
    READS,
  );
}

/** A line for each changed row, under a name that a person knows. */
async function printRows(database: Database, schema: string, diff: StreamDiff): Promise<void> {
  const stream = findStream(catalogue, diff.stream);
  const rows = await readOnly(database, async (session) => {
    const keys = stream.key.map((column) => `t.${quoteName(column)}::text`).join(', ');
    // Deleted rows stay in their tables, so each of them is there, with the columns that did not change.
    const stored = await session.query<{ key: string[]; row: Record<string, unknown> }>(
      `select array[${keys}] as key, to_jsonb(t) - '_raw' as row
         from ${quoteTable(schema, stream.name)} t
        where to_jsonb(array[${keys}]) in (select jsonb_array_elements($1::jsonb))`,
      [JSON.stringify(diff.rows.map(({ key }) => key))],
    );
    const byKey = new Map(stored.map(({ key, row }) => [JSON.stringify(key), row]));
    const whole = diff.rows.map((change) => ({
      change,
      row: { ...byKey.get(JSON.stringify(change.key)), ...change.before, ...change.after },
    }));
    const names = await namesIn(
      session,
      schema,
      catalogue,
      whole.map(({ row }) => row),
    );
    return whole.map(({ change, row }) => ({ ...change, name: nameOf(row, names) }));
  });
  print('');
  printTable(rows, [
    { title: 'change', value: ({ operation }) => OPERATIONS[operation] },
    { title: 'name', value: ({ name }) => shortValue(name) },
    { title: 'key', value: ({ key }) => key.join(' ') },
    { title: 'before → after', value: valuesOf },
  ]);
  const all = diff.inserted + diff.updated + diff.deleted;
  if (all > rows.length) print(`(${rows.length} of ${all} rows; --limit shows more, --json all columns)`);
}

const OPERATIONS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;

function valuesOf({ operation, changed, before, after }: NetChange): string {
  if (operation !== 'update') return '';
  return (changed ?? [])
    .map((column) =>
      column === '_raw'
        ? column
        : `${column} ${shortValue(before?.[column])} → ${shortValue(after?.[column])}`,
    )
    .join(', ');
}

function isChanged({ inserted, updated, deleted }: StreamDiff): boolean {
  return inserted + updated + deleted > 0;
}

/** Counts what did not change, and names what has no history for all of the time. */
function printFolded(diffs: readonly StreamDiff[], more: string): void {
  const same = diffs.filter(({ covered }) => covered);
  const unknown = diffs.filter(({ covered }) => !covered);
  const streams = (those: readonly StreamDiff[], word = ''): string =>
    plural(those.length, `${word.trim()} stream`.trim(), `${word.trim()} streams`.trim());
  if (same.length > 0) print(`${streams(same, more)} did not change.`);
  if (unknown.length === 0) return;
  const names = unknown.map((diff) => `${diff.stream} (${columnsOf(diff)})`).join(', ');
  print(`${streams(unknown)} without history for all of this time: ${names}.`);
}

function columnsOf({ covered, since, columns }: StreamDiff): string {
  if (!covered) return since === null ? 'no history' : `history since ${since}`;
  return Object.entries(columns)
    .map(([column, count]) => `${column} ${count}`)
    .join(', ');
}
