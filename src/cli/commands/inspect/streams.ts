import type { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { Stream } from '../../../extractors/stream.ts';
import { type JsonFlag, printJson, printTable } from '../../output/tables.ts';

/** `streams`: the catalogue. */
export function run(_: Command, { json }: JsonFlag): void {
  const entries = catalogue.map(describe);
  if (json === true) printJson(entries);
  else
    printTable(entries, [
      { title: 'stream', value: (entry) => entry.name },
      { title: 'key', value: (entry) => entry.key.join(', ') },
      { title: 'parent', value: (entry) => entry.parents.join(', ') || '-' },
      'paging',
      'cursor',
      'description',
    ]);
}

function describe(stream: Stream) {
  const kinds = stream.partitions?.flat() ?? [];
  const signal = kinds.find((kind) => kind.signal !== undefined);
  const own = signal?.signal === undefined ? [] : [`${signal.parent}.${signal.signal.join(', ')}`];
  const without = kinds.length === 0 ? 'none: listed in every run' : 'none: swept in every run';
  const cursor = [...own, ...(stream.slow === true ? ['slow cycle'] : [])].join('; or ') || without;
  const listing = stream.sources.flatMap(({ listings }) => listings)[0];
  return {
    name: stream.name,
    key: stream.key,
    parents: stream.parents,
    paging: listing?.paging ?? 'page',
    path: listing?.path ?? '',
    cursor,
    description: stream.description,
  };
}
