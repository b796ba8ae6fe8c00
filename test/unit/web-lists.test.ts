/** Lists: rows in memory are searched, filtered, sorted and paged, and addresses lead back to what they came from. */
import { describe, expect, it } from 'vitest';
import { fileAnswer, listDownload } from '../../src/operations/web/lists/download.ts';
import { type List, type ListSearch, queryOf } from '../../src/operations/web/lists/list.ts';
import { searchOf } from '../../src/operations/web/lists/list-page.ts';
import { partOf } from '../../src/operations/web/lists/rows-in-memory.ts';
import type { Visit } from '../../src/operations/web/site.ts';
import { type Column, figure, text } from '../../src/operations/web/view/table.ts';

interface Row {
  readonly name: string;
  readonly size: number | null;
}
const ROWS: readonly Row[] = [
  { name: 'b', size: 2 },
  { name: 'A', size: null },
  { name: 'c', size: 10 },
  { name: 'ab', size: 2 },
];
const columns: readonly Column<Row>[] = [
  text('Name', ({ name }) => name, { sort: 'name' }),
  figure('Size', ({ size }) => size, { sort: 'size' }),
];
const list: List<Row> = {
  ...{ path: '/rows', title: 'Rows', place: '/rows', size: 2, placeholder: 'name' },
  filters: [{ name: 'filter', label: 'Filter', options: { small: 'Small', all: 'All' }, standard: 'all' }],
  sorts: { name: { title: 'Name', isDescending: false }, size: { title: 'Size', isDescending: true } },
  columns: () => columns,
  read: async () => ({ value: undefined }),
  nothing: () => '',
};

const visitOf = (address: string): Visit => {
  const { searchParams } = new URL(address, 'http://page');
  return { query: (name: string) => searchParams.get(name) ?? undefined } as Visit;
};
const names = (address: string, rows = { limit: 10, offset: 0 }): string[] =>
  partOf(
    ROWS,
    {
      columns,
      texts: ({ name }) => [name],
      isIn: ({ size }, { filter }) => filter === 'all' || (size ?? 99) < 5,
    },
    searchOf(visitOf(address), list),
    rows,
  ).rows.map(({ name }) => name);

describe('rows in memory', () => {
  it.each([
    ['/rows', ['A', 'ab', 'b', 'c']],
    ['/rows?sort=-name', ['c', 'b', 'ab', 'A']],
    ['/rows?sort=size', ['c', 'b', 'ab', 'A']],
    ['/rows?sort=-size', ['b', 'ab', 'c', 'A']],
    ['/rows?text=A', ['A', 'ab']],
    ['/rows?filter=small', ['ab', 'b']],
    ['/rows?filter=constructor&sort=toString&page=-1', ['A', 'ab', 'b', 'c']],
  ])('%s', (address, expected) => expect(names(address)).toEqual(expected));

  it('come in parts', () => {
    expect(names('/rows', { limit: 2, offset: 0 })).toEqual(['A', 'ab']);
    expect(names('/rows', { limit: 2, offset: 2 })).toEqual(['b', 'c']);
    expect(names('/rows', { limit: 2, offset: 4 })).toEqual([]);
  });
});

it.each(['/rows', '/rows?text=a&filter=small&sort=-size&page=3', '/rows?sort=size'])(
  'the address of %s is found again',
  (address) => {
    const search: ListSearch = searchOf(visitOf(address), list);
    const query = Object.entries(queryOf(list, search)).filter(([, value]) => value !== undefined);
    expect(new Map(query)).toEqual(new Map(new URL(address, 'http://page').searchParams));
  },
);

describe('a download', () => {
  const many = (versionOf: (offset: number) => string): List<Row> => ({
    ...list,
    read: async (_, __, { limit, offset }) => ({
      value: {
        rows: Array.from({ length: Math.min(limit, 12_000 - offset) }, (___, i) => ({
          name: `row ${offset + i}`,
          size: null,
        })),
        total: 12_000,
        version: versionOf(offset),
      },
    }),
  });
  const visit = { ...visitOf('/rows'), site: { now: () => new Date(0) } } as Visit;
  const read = async (of: List<Row>): Promise<string> => {
    const found = await listDownload(visit, of);
    if ('problem' in found) throw new Error('none');
    return new Response(fileAnswer(found, new Date(0)).body).text();
  };

  it('has every row of all parts once', async () => {
    const text = await read(many(() => 'same'));
    const rows = text.trimEnd().split('\r\n').slice(1);
    expect(rows).toEqual(Array.from({ length: 12_000 }, (_, i) => `"row ${i}",`));
  });

  it('breaks off where the rows changed meanwhile', async () => {
    await expect(read(many((offset) => String(offset)))).rejects.toThrow(
      'The list changed during the download.',
    );
  });

  it('is read no further than it is taken', async () => {
    let asked = 0;
    const of = many(() => 'same');
    const found = await listDownload(visit, {
      ...of,
      read: (...given) => {
        asked++;
        return of.read(...given);
      },
    });
    if ('problem' in found) throw new Error('none');
    const reader = fileAnswer(found, new Date(0)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(asked).toBeLessThan(3);
  });
});
