/** Grants on databases, schemas and tables of connections, and what becomes of them and of those on connections. */
import { deletion, mutation } from '../mutation.ts';
import {
  CONNECTION_PERMISSIONS,
  connectionPathParent,
  connectionPathsOf,
  grantOn,
} from '../shared/connections.ts';
import { granted, grantStream } from '../shared/grant-entries.ts';
import { connectionGrantsOf } from '../shared/grants.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';
import { changingPermission } from './grants.ts';

export const connectionPathGrants = {
  ...grantStream(
    childStream(connectionPathParent, {
      paths: [{ path: '/v2/connections/paths/{connectionPathId}/grants', ...PAGED_MORE, total: false }],
      list: (store, { inodeId }) => granted(store, connectionGrantsOf(store).of(inodeId)),
    }),
  ),
  mutations: {
    /** Gives someone a permission on a connection path and returns the grant's id. */
    grantConnectionPath: mutation(2, ['pathId'], (store, pathId) => {
      const { inodeId } = store.chosen(connectionPathsOf(store), pathId);
      return grantOn(store, store.random, inodeId, 'connection-path', () => store.fresh());
    }),
    /** Takes a grant on a connection or connection path away. */
    revokeConnection: deletion(connectionGrantsOf),
    changeConnectionPermission: changingPermission(1, connectionGrantsOf, CONNECTION_PERMISSIONS),
  },
} satisfies Stream;
