import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { fileFields } from '../shared/file-fields.ts';

/** An entry may be an error (`code`, `message`) in place of a file the credentials may not read; it has no id. */
export const files = defineStream({
  name: 'files',
  description: 'Folders and documents that the credentials see, with their place in the tree.',
  key: ['id'],
  identifies: { id: 'id', urlId: 'url_id' },
  sources: [{ name: 'files', listings: [{ path: '/v2/files', paging: 'page' }] }],
  get: '/v2/files/{id}',
  mayHide: true,
  fields: {
    id: text('Unique id of the file (inode); of a workbook it is the workbook id'),
    ...fileFields,
  },
});
