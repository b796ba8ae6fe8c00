import { text, timestamp } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byMember } from '../shared/by-parent.ts';
import { fileFields } from '../shared/file-fields.ts';

/**
 * One request per member, so members who opened something within the last month are asked in every run and the
 * others on the slow cycle. An entry may be an error in place of a file the credentials may not read.
 */
export const memberRecentFiles = defineStream({
  name: 'member_recent_files',
  description: 'The files each member opened last, and when: usage without the audit log.',
  key: ['member_id', 'file_id'],
  sources: [
    { name: 'recents', listings: [{ path: '/v2/members/{memberId}/files/recents', paging: 'page' }] },
  ],
  partitions: [[{ ...byMember, activeWhile: { column: 'last_interaction_at', withinDays: 30 } }]],
  slow: true,
  mayHide: true,
  subject: '/v2/files/{file_id}',
  caveats:
    'Explorations are left out. The API documents no length of the list: a file that dropped off the list is marked as deleted here, but still exists.',
  params: { memberId: text('Member who opened it') },
  fields: {
    id: text('File that was opened', 'file_id'),
    ...fileFields,
    lastInteractionAt: timestamp('When the member last opened it'),
  },
});
