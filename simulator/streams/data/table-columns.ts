/** Columns of warehouse tables. */
import { Refusal } from '../../http/answer.ts';
import { param } from '../../http/endpoint.ts';
import { entriesListing } from '../../http/listing.ts';
import type { Entry } from '../../store/entry.ts';
import { columnNames } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { referencesOf } from '../shared/references.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';
import { sourceTables } from './source-tables.ts';

const TYPES = ['number', 'text', 'datetime', 'boolean', 'variant'] as const;

function columnsOf(store: Store, inodeId: string): Entry[] {
  const random = new Random(store.seed, 'table columns', inodeId);
  return [...new Set(columnNames(random))].map((name) => ({
    name,
    type: { type: random.pick(TYPES) },
    visibility: random.next() < 0.9 ? 'included' : 'hidden',
    ...(random.next() < 0.3 && { description: `What ${name} says` }),
  }));
}

const isTable = (store: Store, inodeId: string): boolean =>
  referencesOf(store).tables.some(({ id }) => id === inodeId);

export const tableColumns = {
  endpoints: [
    {
      path: '/v2/connections/tables/{inodeId}/columns',
      ...BY_TOKEN,
      novelty: 'administration',
      list(call) {
        const inodeId = param(call, 'inodeId');
        if (!isTable(call.store, inodeId)) throw new Refusal(404, 'table not found');
        return entriesListing(columnsOf(call.store, inodeId));
      },
    },
  ],
  *truth(store) {
    for (const inodeId of [...sourceTables.truth(store)].map((table) => String(table['inodeId'])))
      if (isTable(store, inodeId))
        for (const column of columnsOf(store, inodeId))
          yield {
            inodeId,
            ...column,
            type: Reflect.get(Object(column['type']), 'type'),
            typeDetail: column['type'],
          };
  },
} satisfies Stream;
