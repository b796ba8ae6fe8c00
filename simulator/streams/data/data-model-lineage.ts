/** Lineage of data models. An older API has none. */
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { entriesListing } from '../../http/listing.ts';
import { type DataModel, dataModelParent } from '../shared/data-documents.ts';
import { lineageEdges, lineageEntries } from '../shared/document-lineage.ts';
import { DATA_MODEL_SOURCES, sourcesOf } from '../shared/sources.ts';
import { PAGED, type Stream } from '../stream.ts';

const sources = (store: Store, { id, version }: DataModel): Entry[] =>
  sourcesOf(store, id, version, DATA_MODEL_SOURCES);

export const dataModelLineage = {
  endpoints: [
    {
      path: '/v2/dataModels/{dataModelId}/lineage',
      novelty: 'documentLineage',
      ...PAGED,
      list(call) {
        const model = dataModelParent.find(call);
        return entriesListing(lineageEntries(call.store, model, sources(call.store, model)));
      },
    },
  ],
  *truth(store) {
    for (const model of dataModelParent.all(store))
      for (const edge of lineageEdges(store, model, sources(store, model)))
        yield { dataModelId: model.id, ...edge };
  },
} satisfies Stream;
