import type { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { Stream } from '../../../extractors/stream.ts';
import { SQL_TYPES } from '../../../extractors/stream.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { type JsonFlag, print, printJson, printTable, TABLE_WIDTH } from '../../output/tables.ts';

/** `streams`: the catalogue, or one stream with its columns. */
export function run(_: Command, name: string | undefined, { json }: JsonFlag): void {
  if (name === undefined) showAll(json === true);
  else showOne(findStream(catalogue, name), json === true);
}

function showAll(isJson: boolean): void {
  const entries = catalogue.map(describe);
  if (isJson) printJson(entries);
  else {
    const name = { title: 'stream', value: (entry: (typeof entries)[number]) => entry.name };
    printTable(entries, [name, 'description'], TABLE_WIDTH);
    print('"sigma-sync streams NAME" shows the key, parent, paging, cursor and columns of one.');
  }
}

function showOne(stream: Stream, isJson: boolean): void {
  const columns = stream.columns.map(({ name, type, description }) => ({
    ...{ column: name, type: SQL_TYPES[type], description },
  }));
  const { name, description, key, parents, paging, path, cursor } = describe(stream);
  const facts = { key: key.join(', '), parent: parents.join(', ') || '-', paging, path, cursor };
  if (isJson) printJson({ ...describe(stream), columns });
  else {
    print(`${name}: ${description}\n`);
    printTable(
      Object.entries(facts).map(([fact, value]) => ({ fact, value })),
      ['fact', 'value'],
      TABLE_WIDTH,
    );
    print('');
    printTable(columns, ['column', 'type', 'description'], TABLE_WIDTH);
  }
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
