/** Columns of data models: most have a type, and a few belong to no element. */
import type { Entry } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { allColumns, newerColumn, oldType, typeColumns, typed } from '../shared/columns.ts';
import { type DataModel, dataModelParent } from '../shared/data-documents.ts';
import { childStream, OPAQUE } from '../stream.ts';

function columns(store: Store, model: DataModel): Entry[] {
  const all = allColumns(store, model).map((column, i) => ({
    ...newerColumn(column),
    // In 2025 most of them had a word.
    ...typed(store, column, i % 4 === 3 ? {} : { type: oldType(column) }),
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
