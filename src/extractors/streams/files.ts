import { authorship, boolean, defineStream, text } from '../stream.ts';

/** An entry may be an error (`code`, `message`) in place of a file the credentials may not read; it has no id. */
export const files = defineStream({
  name: 'files',
  description: 'Folders and documents that the credentials see, with their place in the tree.',
  key: ['id'],
  sources: [{ name: 'files', listings: [{ path: '/v2/files', paging: 'page' }] }],
  get: '/v2/files/{id}',
  mayHide: true,
  fields: {
    id: text('Unique id of the file (inode); of a workbook it is the workbook id'),
    urlId: text('Short id, as in the address shown by the browser'),
    name: text('Name'),
    type: text('workspace, folder, workbook, dataset, …'),
    parentId: text('Folder or workspace it is in'),
    parentUrlId: text('Short id of that folder'),
    permission: text('What the credentials may do with it'),
    path: text('Folders that lead to it'),
    badge: text('Endorsement, such as certified'),
    isArchived: boolean('True once it is archived'),
    description: text('Description'),
    ownerId: text('Member who owns it'),
    ...authorship,
  },
});
