/** Databases, schemas and tables of connections. They are made with their connections. */
import { deletion, mutation } from '../mutation.ts';
import { addPath, connectionPathsOf, connectionsOf, dropPathGrants } from '../shared/connections.ts';
import { PAGED_ESCAPED, rootStream, type Stream } from '../stream.ts';

/** Adds a path to a connection and returns the path's `urlId`. The connection's `updatedAt` does not move. */
const addConnectionPath = mutation(3, ['connectionId', 'front'], (store, connectionId, placement) => {
  const connection = store.chosen(connectionsOf(store), connectionId);
  store.tick();
  return addPath(store, store.random, store.nextOrder(placement), connection.id).id;
});

const deleteConnectionPath = deletion(connectionPathsOf, dropPathGrants);

export const connectionPaths = {
  ...rootStream({
    paths: [{ path: '/v2/connections/paths', ...PAGED_ESCAPED }],
    table: connectionPathsOf,
    render: (_, { connectionId, id, path }) => ({ connectionId, urlId: id, path }),
    shift: [addConnectionPath, deleteConnectionPath],
  }),
  mutations: {
    addConnectionPath,
    deleteConnectionPath,
  },
  tables: { connectionPaths: connectionPathsOf },
} satisfies Stream;
