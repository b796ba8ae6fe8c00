/** Elements of every report, page by page or all at once. */
import { elementsStream } from '../shared/document-elements.ts';
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN } from '../stream.ts';

export const reportElements = elementsStream(reportParent, '/v2/reports/{reportId}', {
  paging: BY_TOKEN,
  novelties: { perPage: 'reports', perDocument: 'reports' },
});
