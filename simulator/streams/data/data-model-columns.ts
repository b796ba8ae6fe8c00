/** Columns of data models: most have a type, and a few belong to no element. */
import { noveltiesOf } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { allColumns, type Column, newerColumn, oldType, typeColumns, typeOf } from '../shared/columns.ts';
import { childStream, OPAQUE } from '../stream.ts';
import { type DataModel, dataModelParent } from '../shared/data-documents.ts';

/** Every column has a type in 2026; before, most had a word. */
function typed(store: Store, column: Column, i: number): Entry {
  if (noveltiesOf(store).columnTypes) return { type: typeOf(store, column) };
  return i % 4 === 3 ? {} : { type: oldType(column) };
}

function columns(store: Store, model: DataModel): Entry[] {
  const all = allColumns(store, model).map((column, i) => ({
    ...newerColumn(column),
    ...typed(store, column, i),
  }));
  const random = new Random(store.seed, model.id, 'metric');
  const metrics = random.next() < 0.4 ? 1 + random.below(2) : 0;
  const loose = Array.from({ length: metrics }, (_, i) => ({
    columnId: random.base62(10),
    name: `Metric ${i + 1}`,
    formula: `CountDistinct([Id]) / ${model.version}`,
  }));
  return [...all, ...loose];
}

export const dataModelColumns = childStream(dataModelParent, {
  paths: [{ path: '/v2/dataModels/{dataModelId}/columns', novelty: 'dataModelColumns', ...OPAQUE }],
  list: columns,
  derive: ({ elementId, columnId, name, type }) => ({
    ...typeColumns(type),
    columnKey: elementId === undefined ? columnId : `${elementId}/${columnId}`,
    label: name,
  }),
});
