import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byMember } from '../shared/by-parent.ts';
import { fileFields } from '../shared/file-fields.ts';

/** The two endpoints give the same. [spec] */
export const memberFavorites = defineStream({
  name: 'member_favorites',
  description: 'Files that members marked as favourites.',
  key: ['member_id', 'file_id'],
  sources: [
    {
      name: 'per member',
      listings: [{ path: '/v2/members/{memberId}/files/favorites', paging: 'page' }],
    },
    { name: 'favorites', listings: [{ path: '/v2/favorites/member/{memberId}', paging: 'page' }] },
  ],
  partitions: [[byMember]],
  slow: true,
  mayHide: true,
  subject: '/v2/files/{file_id}',
  params: { memberId: text('Member whose favourite it is') },
  fields: { id: text('File that is the favourite', 'file_id'), ...fileFields },
});
