/** Columns of every workbook, element by element or all at once. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { entriesListing, type Listing } from '../../http/listing.ts';
import type { Entry } from '../../store/entry.ts';
import { allColumns, columnsOf, newerColumn, typeColumns, typed } from '../shared/columns.ts';
import { addedOf, elementsOf, rootOf } from '../shared/contents.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { OPAQUE, PAGED, type Stream } from '../stream.ts';

function listAll(call: Call): Listing {
  const { store } = call;
  const columns = allColumns(store, workbookParent.find(call)).map((column) => ({
    ...newerColumn(column),
    ...typed(store, column),
  }));
  if (call.novelties.elementId) return entriesListing(columns);
  return entriesListing(columns.map(({ elementId: _, ...column }: Entry) => column));
}

function listOfElement(call: Call): Listing {
  const elementId = param(call, 'elementId');
  const workbook = workbookParent.find(call);
  const elements = elementsOf(call.store, workbook);
  const element = elements.find((one) => one.elementId === elementId);
  if (element === undefined) throw new Refusal(404, 'element not found');
  const ids = addedOf(call.store).element(rootOf(workbook), elementId)?.columnIds;
  const columns = columnsOf(call.store, element).map((column, i) => ({
    ...column,
    columnId: ids?.[i] ?? column.columnId,
    ...typed(call.store, column),
  }));
  return entriesListing(columns.map(({ elementId: _, ...column }) => column));
}

export const workbookColumns = {
  endpoints: [
    { path: '/v2/workbooks/{workbookId}/columns', novelty: 'columns', ...OPAQUE, list: listAll },
    { path: '/v2/workbooks/{workbookId}/elements/{elementId}/columns', ...PAGED, list: listOfElement },
  ],
  *truth(store) {
    for (const workbook of workbookParent.all(store))
      for (const column of allColumns(store, workbook))
        yield { workbookId: workbook.id, ...column, ...typeColumns(typed(store, column)['type']) };
  },
} satisfies Stream;
