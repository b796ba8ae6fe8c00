/** Places of the tables that sources and lineage name. */
import { Refusal } from '../../http/answer.ts';
import { param } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { reportLineage } from '../content/report-lineage.ts';
import { reportSources } from '../content/report-sources.ts';
import { workbookLineage } from '../content/workbook-lineage.ts';
import { workbookSources } from '../content/workbook-sources.ts';
import { placeOfTable } from '../shared/table-places.ts';
import type { Stream } from '../stream.ts';
import { dataModelLineage } from './data-model-lineage.ts';
import { dataModelSources } from './data-model-sources.ts';
import { datasetSources } from './dataset-sources.ts';

function* named(store: Store): Generator<unknown> {
  for (const streams of [workbookSources, reportSources, dataModelSources, datasetSources])
    for (const { type, inodeId, tableId } of streams.truth(store))
      if (type === 'table') yield inodeId ?? tableId;
  for (const streams of [workbookLineage, reportLineage, dataModelLineage])
    for (const edge of streams.truth(store) as Iterable<Entry>)
      if (edge['sourceType'] === 'table') yield edge['source'];
}

export const sourceTables = {
  endpoints: [
    {
      path: '/v2/connections/paths/{inodeId}',
      get(call) {
        const place = placeOfTable(call.store, param(call, 'inodeId'));
        if (place === undefined) throw new Refusal(404, 'nothing has this inodeId');
        return { ...place };
      },
    },
  ],
  *truth(store) {
    for (const id of new Set(named(store))) {
      const place = placeOfTable(store, String(id));
      if (place !== undefined) yield { inodeId: id, ...place };
    }
  },
} satisfies Stream;
