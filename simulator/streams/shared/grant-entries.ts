/** Grants as the API shows them. */
import type { Call, ListingEndpoint } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import type { Novelties } from '../../http/novelties.ts';
import { type Entry, stamps } from '../../store/entry.ts';
import type { Ordered } from '../../store/ordered.ts';
import type { Store } from '../../store/store.ts';
import type { Stream } from '../stream.ts';
import { pathUrlIdsOf } from './connections.ts';
import { urlIdOf as urlIdOfFile } from './file-entries.ts';
import type { Grant } from './grants.ts';

/** The short id of what a grant is on, as in its address. */
function urlIdOf(store: Store, id: string): string {
  return pathUrlIdsOf(store).get(id) ?? urlIdOfFile(store, id);
}

/** A grant with both ids of its object, of which the API sends one. */
export function grantEntry(store: Store, grant: Grant): Entry {
  return {
    grantId: grant.id,
    inodeId: grant.inodeId,
    inodeUrlId: urlIdOf(store, grant.inodeId),
    organizationId: store.organizationId,
    memberId: grant.memberId,
    teamId: grant.teamId,
    permission: grant.permission,
    ...stamps(grant),
  };
}

export function granted(store: Store, grants: Ordered<Grant>): Listing {
  return listing(grants, (grant) => grantEntry(store, grant));
}

/** An entry as the API sends it: with one id, which is the short one where `isShort` is so. */
export function sentGrant({ novelties }: Call, entry: Entry, isShort: keyof Novelties): Entry {
  const { inodeUrlId, ...sent } = entry;
  return novelties[isShort] ? { ...sent, inodeId: inodeUrlId } : sent;
}

/** A listing of grants as the API sends it. */
export function sentGrants(endpoint: ListingEndpoint, isShort: keyof Novelties): ListingEndpoint {
  return {
    ...endpoint,
    list(call) {
      const all = endpoint.list(call);
      const sent = (entry: Entry): Entry => sentGrant(call, entry, isShort);
      return { length: all.length, entries: (start, end) => all.entries(start, end).map(sent) };
    },
  };
}

/** A stream of grants in the list of a single kind of objects. */
export function grantStream(
  stream: Pick<Stream, 'endpoints' | 'truth'>,
): Pick<Stream, 'endpoints' | 'truth'> {
  const endpoints = stream.endpoints.map((one) =>
    'list' in one ? sentGrants(one, 'shortIdsInAllGrants') : one,
  );
  return { ...stream, endpoints };
}
