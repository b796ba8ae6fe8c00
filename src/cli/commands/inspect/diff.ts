import type { Command } from 'commander';
import { plural } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { diffStreams, type StreamDiff } from '../../../state/changes-between.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { withContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly from: Date;
  readonly to?: Date;
  readonly limit: number;
}

const READS = { reads: true };

/** `diff`: what is different between two times. */
export async function run(command: Command, name: string | undefined, flags: Flags): Promise<void> {
  const { from, to, limit, json } = flags;
  const streams = name === undefined ? catalogue : [findStream(catalogue, name)];
  await withContext(
    command,
    async (context) => {
      const options = { from, to: to ?? new Date(context.clock.now()), limit: json === true ? limit : 0 };
      const diffs = await diffStreams(await context.database(), context.schemas, streams, options);
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
      printFolded(
        diffs.filter((diff) => !shown.includes(diff)),
        shown.length > 0 ? ' more' : '',
      );
    },
    READS,
  );
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
