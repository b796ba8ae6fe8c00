/** Lineage of reports. */
import { lineageStream } from '../shared/document-lineage.ts';
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN } from '../stream.ts';
import { documentSources } from './workbook-sources.ts';

export const reportLineage = lineageStream(
  reportParent,
  '/v2/reports/{reportId}/lineage',
  BY_TOKEN,
  documentSources,
);
