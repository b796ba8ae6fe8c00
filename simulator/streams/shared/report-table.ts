/** The reports there are. */
import { documentTable } from './document-table.ts';

export const reportDocuments = documentTable('reportId', 'report');
export const { of: reportsOf, parent: reportParent } = reportDocuments;
