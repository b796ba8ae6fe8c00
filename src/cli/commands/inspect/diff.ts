import type { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import { diffStreams, type StreamDiff } from '../../../state/changes-between.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { withContext } from '../../command-context.ts';
import { type JsonFlag, printJson, printTable } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly from: Date;
  readonly to?: Date;
  readonly limit: number;
}

/** `diff`: what is different between two times. */
export async function run(command: Command, name: string | undefined, flags: Flags): Promise<void> {
  const { from, to, limit, json } = flags;
  const streams = name === undefined ? catalogue : [findStream(catalogue, name)];
  await withContext(command, async (context) => {
    const options = { from, to: to ?? new Date(context.clock.now()), limit: json === true ? limit : 0 };
    const diffs = await diffStreams(await context.database(), context.schemas, streams, options);
    if (json === true)
      return printJson({ from: from.toISOString(), to: options.to.toISOString(), streams: diffs });
    printTable(diffs, [
      'stream',
      { title: 'inserted', value: (diff) => (diff.covered ? diff.inserted : '-') },
      { title: 'updated', value: (diff) => (diff.covered ? diff.updated : '-') },
      { title: 'deleted', value: (diff) => (diff.covered ? diff.deleted : '-') },
      { title: 'updated columns', value: columnsOf },
    ]);
  });
}

function columnsOf({ covered, since, columns }: StreamDiff): string {
  if (!covered) return since === null ? 'no history' : `history since ${since}`;
  return Object.entries(columns)
    .map(([column, count]) => `${column} ${count}`)
    .join(', ');
}
