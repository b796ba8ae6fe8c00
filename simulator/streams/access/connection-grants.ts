/** Grants on connections. */
import { mutation } from '../mutation.ts';
import { connectionParent, connectionsOf, grantOn } from '../shared/connections.ts';
import { granted, grantStream } from '../shared/grant-entries.ts';
import { connectionGrantsOf } from '../shared/grants.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';

export const connectionGrants = {
  ...grantStream(
    childStream(connectionParent, {
      paths: [{ path: '/v2/connections/{connectionId}/grants', ...PAGED }],
      list: (store, { id }) => granted(store, connectionGrantsOf(store).of(id)),
    }),
  ),
  mutations: {
    /** Gives someone a permission on a connection and returns the grant's id. */
    grantConnection: mutation(2, ['connectionId'], (store, connectionId) => {
      const { id } = store.chosen(connectionsOf(store), connectionId);
      return grantOn(store, store.random, id, 'connection', () => store.fresh());
    }),
  },
  tables: { connectionGrants: connectionGrantsOf },
} satisfies Stream;
