/** Databases, schemas and tables of connections. They are made with their connections. */
import type { Store } from '../../store/store.ts';
import { addPath, connectionPathsOf, connectionsOf, dropPathGrants } from '../shared/connections.ts';
import {
  deletion,
  FRONT,
  mutation,
  PAGED_ESCAPED,
  type Placement,
  rootStream,
  type Stream,
} from '../stream.ts';

/** Adds a path to a connection and returns the path's `urlId`. The connection's `updatedAt` does not move. */
function addConnectionPath(store: Store, connectionId?: string, placement: Placement = {}): string {
  const connection = store.chosen(connectionsOf(store), connectionId);
  store.tick();
  return addPath(store, store.random, store.nextOrder(placement.front), connection.id).id;
}

const deleteConnectionPath = deletion(connectionPathsOf, dropPathGrants);

export const connectionPaths = {
  ...rootStream({
    paths: [{ path: '/v2/connections/paths', ...PAGED_ESCAPED }],
    table: connectionPathsOf,
    render: (_, { connectionId, id, path }) => ({ connectionId, urlId: id, path }),
    shift: {
      add: (store) => addConnectionPath(store, undefined, FRONT),
      remove: deleteConnectionPath.act,
    },
  }),
  mutations: {
    addConnectionPath: mutation(3, ['connectionId', 'front'], addConnectionPath),
    deleteConnectionPath,
  },
  tables: { connectionPaths: connectionPathsOf },
} satisfies Stream;
