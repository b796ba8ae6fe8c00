/** The workbooks there are. */
import { type Document, documentTable } from './document-table.ts';

export type Workbook = Document;

export const workbookDocuments = documentTable('workbookId', 'workbook');
export const {
  of: workbooksOf,
  parent: workbookParent,
  /** Workbooks that are files, by what they are in. */
  inPlace: workbooksIn,
  files: fileWorkbooks,
  insert: insertWorkbook,
  drop: dropWorkbook,
} = workbookDocuments;
export { isFile, isOrdinary, isSeen } from './document-table.ts';
