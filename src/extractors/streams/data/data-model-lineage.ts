import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { lineageCaveats, lineageFields, lineageOfDocument } from '../shared/lineage.ts';

/** The endpoint exists since January 2026. */
export const dataModelLineage = defineStream({
  name: 'data_model_lineage',
  description: 'Lineage of the elements of a data model: one row per edge.',
  key: ['data_model_id', 'element_id', 'source', 'target', 'type'],
  sources: [lineageOfDocument('/v2/dataModels/{dataModelId}/lineage')],
  partitions: [[byDataModel]],
  caveats: lineageCaveats,
  params: { dataModelId: text('Data model'), elementId: text('Element whose lineage the edge is part of') },
  fields: lineageFields,
});
