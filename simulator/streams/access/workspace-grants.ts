/** Grants on workspaces. They are among all grants, too. */
import { granted, grantStream } from '../shared/grant-entries.ts';
import { grantsOf } from '../shared/grants.ts';
import { workspaceParent } from '../shared/places.ts';
import { childStream, PAGED } from '../stream.ts';

export const workspaceGrants = grantStream(
  childStream(workspaceParent, {
    paths: [{ path: '/v2/workspaces/{workspaceId}/grants', ...PAGED }],
    list: (store, { id }) => granted(store, grantsOf(store).of(id)),
  }),
);
