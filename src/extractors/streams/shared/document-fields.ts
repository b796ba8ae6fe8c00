import { integer, text } from '../../fields.ts';
import type { Field } from '../../stream.ts';

/** The short id of a workbook, a data model or a template. */
export const documentUrlId = text('Short id, as in the address shown by the browser');

/** Fields that the listings of workbooks and data models have alike. */
export const documentFields: Readonly<Record<string, Field>> = {
  name: text('Title'),
  url: text('Address in the browser'),
  path: text('Folders that lead to it'),
  latestVersion: integer('Number of the latest published version; moves with every publication'),
  ownerId: text('Member who owns it'),
};
