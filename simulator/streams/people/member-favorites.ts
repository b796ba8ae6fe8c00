/** The files each member starred. */
import { entriesListing } from '../../http/listing.ts';
import { mutation } from '../mutation.ts';
import { filesOnly, memberFilesOf, mentioned, someFileId } from '../shared/member-files.ts';
import { memberParent, membersOf } from '../shared/people.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

export const memberFavorites = {
  ...childStream(memberParent, {
    paths: [
      { path: '/v2/members/{memberId}/files/favorites', ...PAGED_MORE },
      { path: '/v2/favorites/member/{memberId}', ...PAGED_MORE },
    ],
    list: (store, member, sight) =>
      entriesListing(mentioned(store, memberFilesOf(store).favorites(member), sight)),
    derive: filesOnly,
  }),
  mutations: {
    /** A member stars a file. Returns the member's id. */
    star: mutation(2, ['memberId', 'fileId'], (store, memberId, fileId) => {
      const { id } = store.chosen(membersOf(store), memberId);
      const file = someFileId(store, fileId);
      store.tick();
      memberFilesOf(store).star(id, file, true);
      return id;
    }),
    /** A member unstars a file. Returns the member's id. */
    unstar: mutation(1, ['memberId', 'fileId'], (store, memberId, fileId) => {
      const files = memberFilesOf(store);
      const member = store.chosen(membersOf(store), memberId, (one) => files.favorites(one).length > 0);
      const file = fileId ?? files.favorites(member)[0]?.fileId;
      if (file === undefined) throw new RangeError(`the member ${member.id} has no favorites`);
      store.tick();
      files.star(member.id, file, false);
      return member.id;
    }),
  },
} satisfies Stream;
