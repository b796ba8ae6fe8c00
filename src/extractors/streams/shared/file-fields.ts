import { authorship, boolean, text } from '../../fields.ts';
import type { Field } from '../../stream.ts';

/** Fields of a file in file listings, besides its id. */
export const fileFields: Readonly<Record<string, Field>> = {
  urlId: text('Short id, as in the address shown by the browser'),
  name: text('Name'),
  type: text('workspace, folder, workbook, dataset, …'),
  parentId: text('Folder or workspace it is in'),
  parentUrlId: text('Short id of that folder'),
  parentSourceUrlId: text('Short id of the folder of the original, if this is a tagged version'),
  permission: text('Allowed actions: view, explore, organize, edit, …'),
  path: text('Folders that lead to it'),
  badge: text('Endorsement, such as certified'),
  isArchived: boolean('True once it is archived'),
  description: text('Description'),
  ownerId: text('Member who owns it'),
  ...authorship,
};
