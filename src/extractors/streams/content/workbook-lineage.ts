import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { elementsWithData } from '../shared/element-fields.ts';
import { lineageAt, lineageCaveats, lineageFields, lineageOfDocument } from '../shared/lineage.ts';

/** The lineage of a whole workbook comes with one or two requests since January 2026; else element by element. */
export const workbookLineage = defineStream({
  name: 'workbook_lineage',
  description: 'Lineage of workbook elements: one row per edge.',
  key: ['workbook_id', 'element_id', 'source', 'target', 'type'],
  sources: [
    lineageOfDocument('/v2/workbooks/{workbookId}/lineage'),
    {
      name: 'per element',
      listings: [lineageAt('/v2/workbooks/{workbookId}/lineage/elements/{elementId}')],
      forEach: elementsWithData('workbook_elements'),
    },
  ],
  partitions: [[byWorkbook]],
  caveats: `${lineageCaveats} An API without document lineage gives it element by element: without edges of type \`document\`, with edges further up, and with their types.`,
  params: { workbookId: text('Workbook'), elementId: text('Element whose lineage the edge is part of') },
  fields: lineageFields,
});
