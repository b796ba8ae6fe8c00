import { defineStream } from '../../stream.ts';
import { text } from '../../fields.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { lineageCaveats, lineageFields, lineageOfDocument } from '../shared/lineage.ts';

/** The endpoint exists since January 2026. */
export const dataModelLineage = defineStream({
  name: 'data_model_lineage',
  description: 'Where the data of each element of a data model comes from: one row per edge of its lineage.',
  key: ['data_model_id', 'element_id', 'source', 'target', 'type'],
  sources: [lineageOfDocument('/v2/dataModels/{dataModelId}/lineage')],
  partitions: [[byDataModel]],
  caveats: lineageCaveats,
  params: { dataModelId: text('Data model'), elementId: text('Element whose lineage the edge is part of') },
  fields: lineageFields,
});
