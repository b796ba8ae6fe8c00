import { defineStream, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { elementsWithData } from '../shared/element-fields.ts';
import { lineageAt, lineageFields } from '../shared/lineage.ts';

export const workbookLineage = defineStream({
  name: 'workbook_lineage',
  description: 'Where the data of each workbook element comes from: one row per edge of its lineage.',
  key: ['workbook_id', 'element_id', 'source', 'target', 'type'],
  sources: [
    {
      name: 'per element',
      listings: [lineageAt('/v2/workbooks/{workbookId}/lineage/elements/{elementId}')],
      forEach: elementsWithData('workbook_elements'),
    },
  ],
  partitions: [[byWorkbook]],
  caveats: '`_raw` holds the edge and its two nodes, which the API sends apart.',
  params: { workbookId: text('Workbook'), elementId: text('Element whose lineage the edge is part of') },
  fields: lineageFields,
});
