/** The files each member opened last. */
import { entriesListing } from '../../http/listing.ts';
import { iso } from '../../store/entry.ts';
import { mutation } from '../mutation.ts';
import { filesOnly, memberFilesOf, mentioned, someFileId } from '../shared/member-files.ts';
import { memberParent, membersOf } from '../shared/people.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

export const memberRecentFiles = {
  ...childStream(memberParent, {
    paths: [{ path: '/v2/members/{memberId}/files/recents', ...PAGED_MORE }],
    list(store, member, sight) {
      const recents = memberFilesOf(store).recents(member);
      return entriesListing(mentioned(store, recents, sight, ({ at }) => ({ lastInteractionAt: iso(at) })));
    },
    derive: filesOnly,
  }),
  mutations: {
    /** A member opens a file: it comes first among their recent ones. Returns the member's id. */
    openFile: mutation(2, ['memberId', 'fileId'], (store, memberId, fileId) => {
      const { id } = store.chosen(membersOf(store), memberId);
      const file = someFileId(store, fileId);
      memberFilesOf(store).open(id, file, store.tick());
      return id;
    }),
  },
} satisfies Stream;
