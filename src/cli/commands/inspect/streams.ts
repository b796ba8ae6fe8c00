import { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { Stream } from '../../../extractors/stream.ts';
import { print, printJson, table } from '../../output/tables.ts';

/** `streams`: the catalogue. */
export function streamsCommand(): Command {
  return new Command('streams')
    .description('list the streams: key, parent, paging, cursor')
    .option('--json', 'print the catalogue as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync streams\n')
    .action(({ json }: { json?: boolean }) => {
      const entries = catalogue.map(describe);
      if (json === true) return printJson(entries);
      const rows = table(entries, [
        { title: 'stream', value: (entry) => entry.name },
        { title: 'key', value: (entry) => entry.key.join(', ') },
        { title: 'parent', value: (entry) => entry.parents.join(', ') || '-' },
        { title: 'paging', value: (entry) => entry.paging },
        { title: 'cursor', value: (entry) => entry.cursor },
        { title: 'description', value: (entry) => entry.description },
      ]);
      for (const row of rows) print(row);
    });
}

function describe(stream: Stream) {
  const kinds = stream.partitions?.flat() ?? [];
  const signal = kinds.find((kind) => kind.signal !== undefined);
  const own = signal?.signal === undefined ? [] : [`${signal.parent}.${signal.signal.join(', ')}`];
  const without = kinds.length === 0 ? 'none: listed in every run' : 'none: swept in every run';
  const cursor = [...own, ...(stream.slow === true ? ['slow cycle'] : [])].join('; or ') || without;
  return {
    name: stream.name,
    key: stream.key,
    parents: stream.parents,
    paging: stream.sources[0]?.listings[0]?.paging ?? 'page',
    path: stream.sources[0]?.listings[0]?.path ?? '',
    cursor,
    description: stream.description,
  };
}
