/**
 * The listings of what members opened, of values, permissions and grants. A listing more is an entry of
 * `ACCESS_CHILDREN`.
 */
import { memberValueEntry, permissionEntries, teamValueEntry } from './access-entries.ts';
import type { Entry, Grant, Member } from './entities.ts';
import { fileEntry, iso, plainGrantEntry } from './entries.ts';
import { entriesListing, type Listing, listing } from './http/listing.ts';
import type { Ordered } from './store/ordered.ts';
import type { Store } from './store/store.ts';
import { errorId, type FileMention } from './streams/shared/member-files.ts';
import {
  accountTypes,
  connectionPaths,
  connections,
  members,
  userAttributes,
  workspaces,
} from './streams/shared/parents.ts';
import { ARRAY, childrenIn, PAGED, PAGED_MORE, type Sight, type SimulatedStream } from './streams/stream.ts';

const ofMember = childrenIn(members);
const ofUserAttribute = childrenIn(userAttributes);

/** An error that stands in a file's place is no file. */
const filesOnly = (entry: Entry): Entry | undefined => ('code' in entry ? undefined : {});

export const ACCESS_CHILDREN = {
  account_type_permissions: childrenIn(accountTypes)({
    paths: [{ path: '/v2/accountTypes/{accountTypeId}/permissions', ...ARRAY }],
    list: (_, accountType) => entriesListing(permissionEntries(accountType)),
  }),
  member_recent_files: ofMember({
    paths: [{ path: '/v2/members/{memberId}/files/recents', ...PAGED_MORE }],
    list: (store, member, sight) =>
      entriesListing(
        mentioned(store, store.memberFiles.recents(member), sight, ({ at }) => ({
          lastInteractionAt: iso(at),
        })),
      ),
    derive: filesOnly,
  }),
  member_favorites: ofMember({
    paths: [
      { path: '/v2/members/{memberId}/files/favorites', ...PAGED_MORE },
      { path: '/v2/favorites/member/{memberId}', ...PAGED_MORE },
    ],
    list: listFavorites,
    derive: filesOnly,
  }),
  user_attribute_members: ofUserAttribute({
    paths: [{ path: '/v2/user-attributes/{userAttributeId}/users', ...PAGED }],
    list: (_, attribute) => listing(attribute.members, memberValueEntry),
  }),
  user_attribute_teams: ofUserAttribute({
    paths: [{ path: '/v2/user-attributes/{userAttributeId}/teams', ...PAGED }],
    list: (_, attribute) => listing(attribute.teams, teamValueEntry),
  }),
  workspace_grants: childrenIn(workspaces)({
    paths: [{ path: '/v2/workspaces/{workspaceId}/grants', ...PAGED }],
    list: (store, { id }) => granted(store, store.grants.of(id)),
  }),
  connection_grants: childrenIn(connections)({
    paths: [{ path: '/v2/connections/{connectionId}/grants', ...PAGED }],
    list: (store, { id }) => granted(store, store.connectionGrants.of(id)),
  }),
  connection_path_grants: childrenIn(connectionPaths)({
    paths: [{ path: '/v2/connections/paths/{connectionPathId}/grants', ...PAGED_MORE, total: false }],
    list: (store, { inodeId }) => granted(store, store.connectionGrants.of(inodeId)),
  }),
} satisfies Record<string, SimulatedStream>;

function granted(store: Store, grants: Ordered<Grant>): Listing {
  return listing(grants, (grant) => plainGrantEntry(store, grant));
}

function listFavorites(store: Store, member: Member, sight: Sight): Listing {
  return entriesListing(mentioned(store, store.memberFiles.favorites(member), sight, () => ({})));
}

/** The files that are still there, or the error the API gives in the place of one. */
function mentioned(
  store: Store,
  mentions: readonly FileMention[],
  sight: Sight,
  more: (mention: FileMention) => Entry,
): Entry[] {
  return mentions.flatMap((mention) => {
    const file = store.fileOf(mention.fileId);
    if (file === undefined) return [];
    if (!mention.isError && !sight.lost(file.id)) return [{ ...fileEntry(store, file), ...more(mention) }];
    return [{ code: 403, message: 'no access to this file', requestId: errorId(store.seed, file.id) }];
  });
}
