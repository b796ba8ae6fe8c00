import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { lineageCaveats, lineageFields, lineageOfDocument } from '../shared/lineage.ts';

/**
 * Report lineage pages by token, unlike that of workbooks and data models. Every API that has reports gives their
 * lineage as a whole. [MCP]
 */
export const reportLineage = defineStream({
  name: 'report_lineage',
  description: 'Lineage of the elements of a report: one row per edge.',
  key: ['report_id', 'element_id', 'source', 'target', 'type'],
  sources: [lineageOfDocument('/v2/reports/{reportId}/lineage', 'pageToken')],
  partitions: [[byReport]],
  caveats: lineageCaveats,
  params: { reportId: text('Report'), elementId: text('Element whose lineage the edge is part of') },
  fields: lineageFields,
});
