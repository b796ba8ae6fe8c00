/** Connections to warehouses. Their paths are made and deleted with them. */
import { flag } from '../../http/query.ts';
import { type Entry, iso, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { connectionName } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { archiving, deletion, isLive, mutation, renaming } from '../mutation.ts';
import {
  addPath,
  type Connection,
  connectionPathsOf,
  connectionsOf,
  dropPathGrants,
  grantOn,
} from '../shared/connections.ts';
import { connectionGrantsOf } from '../shared/grants.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

const TYPES = ['snowflake', 'bigQuery', 'databricks', 'postgres'] as const;
const PATHS = 10;

/** The first one is that of the audit log. */
export function makeConnection(random: Random, order: number, number: number, stamps: Stamps): Connection {
  const isAuditLog = number === 1;
  return {
    order,
    id: random.uuid(),
    name: isAuditLog ? 'Sigma Audit Log' : connectionName(random, number),
    type: isAuditLog ? 'snowflake' : random.pick(TYPES),
    isAuditLog,
    archived: number % 5 === 3,
    lastActiveAt: stamps.updatedAt,
    ...stamps,
  };
}

function make(store: Store): void {
  const random = store.generator('connections');
  const made = (): Stamps => stampsBy(random, store.ownerId);
  const grants = (inodeId: string, type: 'connection' | 'connection-path', most: number): void => {
    for (let n = random.below(most + 1); n > 0; n--) grantOn(store, random, inodeId, type, made);
  };
  for (let number = 1; number <= store.sizes.connections; number++) {
    const connection = makeConnection(random, store.nextOrder(), number, made());
    connectionsOf(store).add(connection);
    grants(connection.id, 'connection', 5);
    for (let n = 0; n < PATHS; n++) {
      const { inodeId } = addPath(store, random, store.nextOrder(), connection.id);
      grants(inodeId, 'connection-path', 2);
    }
  }
}

const addConnection = mutation(2, ['name', 'front'], (store, name, placement) => {
  const order = store.nextOrder(placement);
  const number = connectionsOf(store).size + 100;
  const connection = makeConnection(store.random, order, number, store.fresh());
  connectionsOf(store).add({ ...connection, archived: false, name: name ?? connection.name });
  return connection.id;
});

/** Deletes a connection with its paths and the grants on both. */
const deleteConnection = deletion(connectionsOf, (store, { id }) => {
  const paths = connectionPathsOf(store);
  for (const path of paths.list.toArray()) {
    if (path.connectionId !== id) continue;
    dropPathGrants(store, path);
    paths.delete(path);
  }
  connectionGrantsOf(store).deleteOf(id);
});

function render(store: Store, connection: Connection): Entry {
  const { id, type, name, archived } = connection;
  return {
    organizationId: store.organizationId,
    connectionId: id,
    isSample: false,
    isAuditLog: connection.isAuditLog,
    lastActiveAt: iso(connection.lastActiveAt),
    name,
    type,
    useOauth: store.sometimes(id, 4),
    ...stamps(connection),
    isArchived: archived,
    ...(type === 'snowflake' && snowflakeFields(store, id)),
    ...(store.newerFields && newerFields(store, connection)),
  };
}

/** Fields of 2026. [SDK] */
function newerFields(store: Store, { id, type }: Connection): Entry {
  return {
    ...(type === 'databricks' && { httpPath: '/sql/1.0/warehouses/0a1b2c3d4e5f6a7b' }),
    ...(type === 'snowflake' && store.sometimes(id, 3) && { exportsWarehouse: 'EXPORT_WH' }),
    isIndependentOAuth: store.sometimes(id, 4),
    ...(store.sometimes(id, 4) && {
      ...{ oauthClientId: `client-${id.slice(0, 8)}`, oauthIdpType: 'okta', oauthUseJwt: null },
      ...{ oauthAudience: 'https://idp.example.com/audience', oauthUsePkce: true },
      ...{
        oauthMetadataUrl: 'https://idp.example.com/.well-known/openid',
        oauthScopes: ['openid', 'profile'],
      },
    }),
  };
}

/** Fields only some connections have. */
function snowflakeFields(store: Store, id: string): Entry {
  const schema = { database: 'ANALYTICS', schema: 'WRITEBACK', writebackSchemaId: id };
  return {
    account: 'xy12345.eu-central-1',
    warehouse: 'REPORTING_WH',
    user: 'SIGMA_SERVICE',
    role: 'SIGMA_ROLE',
    timeout: { default: 600, ...(store.sometimes(id, 2) && { worksheet: 120.5, download: 3600 }) },
    poolSizes: { isPoolConfigured: false, adhocPoolSize: 8, catalogPoolSize: 4 },
    writeAccess: true,
    friendlyName: store.sometimes(id, 3),
    writebacks: [schema],
    writebackSchemas: [schema, { database: 'ANALYTICS', schema: 'Zwei "Wörter"' }],
    ...(store.sometimes(id, 2) && { materializationWarehouse: 'MATERIALIZE_WH' }),
  };
}

export const connections = {
  ...rootStream({
    paths: [{ path: '/v2/connections', ...PAGED_MORE }],
    single: '/v2/connections/{connectionId}',
    table: connectionsOf,
    render,
    unknown: ['search'],
    select: ({ query, views }, list) =>
      flag(query, 'includeArchived') ? list : views.filtered(list, 'archived', isLive),
    shift: [addConnection, deleteConnection],
  }),
  make,
  mutations: {
    addConnection,
    renameConnection: renaming(connectionsOf, ({ random }) => connectionName(random, random.below(1e6))),
    /** An archived connection leaves the plain listing; its paths and grants stay. */
    archiveConnection: archiving(connectionsOf),
    deleteConnection,
  },
  tables: { connections: connectionsOf },
} satisfies Stream;
