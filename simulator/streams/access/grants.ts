/** Grants: who may do what with which object. */

import type { Grant } from '../../entities.ts';
import { grantEntry } from '../../entries.ts';
import { Refusal } from '../../http/answer.ts';
import { type Call, type Endpoint, param } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { flag } from '../../http/query.ts';
import { addedInFront } from '../../shift.ts';
import { concatenated, type Ordered } from '../../store/ordered.ts';

const FILTERS = ['inodeId', 'teamId', 'userId'] as const;

interface Filter {
  readonly by: (typeof FILTERS)[number];
  readonly id: string;
}

export const grantsEndpoints: readonly Endpoint[] = [
  { path: '/v2/grants', tokens: 'escaped', hasMore: true, list: listGrants, shift: shiftGrants },
  {
    path: '/v2/grants/{grantId}',
    get: (call) => {
      const grant = call.organization.grants.get(param(call, 'grantId'));
      if (grant === undefined) throw new Refusal(404, 'grant not found');
      return grantEntry(call.organization, grant);
    },
  },
];

/**
 * Direct grants; those on the folders and workspace above as well where an inode is asked for without
 * `directGrantsOnly`. For teams and members it is not known whether Sigma expands inherited ones: here it doesn't.
 */
function listGrants(call: Call): Listing {
  const { organization, query } = call;
  const { by, id } = filterOf(call);
  const lists: Ordered<Grant>[] = [organization.grantsOf(id)];
  const inherits = by === 'inodeId' && !flag(query, 'directGrantsOnly');
  let above = inherits ? organization.parentOf(id) : undefined;
  for (; above !== undefined; above = organization.parentOf(above)) lists.push(organization.grantsOf(above));
  return listing(concatenated(lists), (grant) => grantEntry(organization, grant));
}

/** Sigma's reference says "you can specify one of"; none or several are refused here. */
function filterOf({ organization, views, query }: Call): Filter {
  const [by, ...others] = FILTERS.filter((name) => query.has(name));
  if (by === undefined || others.length > 0)
    throw new Refusal(400, 'give exactly one of inodeId, teamId and userId');
  const id = query.get(by) ?? '';
  const exists =
    by === 'inodeId'
      ? organization.isInode(id)
      : (by === 'teamId' ? organization.teams : organization.members).get(id) !== undefined;
  if (!exists) throw new Refusal(404, `nothing has the ${by} ${id}`);
  if (by === 'inodeId' && views.lost(id)) throw new Refusal(403, 'no access to this object');
  return { by, id };
}

function shiftGrants(call: Call, remove: boolean): void {
  const { organization } = call;
  const { by, id } = filterOf(call);
  const added = remove ? addedInFront(organization.grantsOf(id)) : undefined;
  if (added !== undefined) organization.revoke(added.id);
  else organization.grant({ [by === 'userId' ? 'memberId' : by]: id, front: true });
}
