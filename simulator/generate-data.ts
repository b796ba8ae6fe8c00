/** Makes connections, data models and datasets, and notes what derived children refer to. */
import type { Connection, ConnectionPath, DataModel, Dataset } from './data-entities.ts';
import type { Grant, Stamps } from './entities.ts';
import { stampsBy } from './generate.ts';
import { connectionName, datasetName, description, modelName, tableName } from './store/names.ts';
import { Random } from './store/random.ts';
import type { Store } from './store/store.ts';
import type { Named } from './streams/shared/references.ts';

/** Numbers of what this file makes; each is met exactly. */
export interface DataSizes {
  readonly connections: number;
  /** Archived ones included. */
  readonly dataModels: number;
  /** Archived and private ones included. */
  readonly datasets: number;
}

const CONNECTION_TYPES = ['snowflake', 'bigQuery', 'databricks', 'postgres'] as const;
/** Permissions a grant on a connection or one of its paths can carry. */
export const CONNECTION_PERMISSIONS = ['usage', 'annotate', 'admin', 'update', 'writeback'] as const;
const PATHS = 10;
const TABLES = 60;

export function makeConnection(random: Random, order: number, number: number, stamps: Stamps): Connection {
  const isAuditLog = number === 1;
  return {
    order,
    id: random.uuid(),
    name: isAuditLog ? 'Sigma Audit Log' : connectionName(random, number),
    type: isAuditLog ? 'snowflake' : random.pick(CONNECTION_TYPES),
    isAuditLog,
    archived: number % 5 === 3,
    lastActiveAt: stamps.updatedAt,
    ...stamps,
  };
}

export function makeConnectionPath(random: Random, order: number, connectionId: string): ConnectionPath {
  const schema = random.pick(['PUBLIC', 'SALES', 'Übersicht', 'raw "events"']);
  const path = ['ANALYTICS', schema, tableName(random, random.below(1000))];
  return {
    order,
    id: random.base62(22),
    inodeId: random.uuid(),
    connectionId,
    path: path.slice(0, 1 + random.below(3)),
  };
}

export function makeDataModel(
  random: Random,
  place: Pick<DataModel, 'order' | 'parentId' | 'ownerId'>,
  version: number,
  stamps: Stamps,
): DataModel {
  return {
    ...place,
    id: random.uuid(),
    urlId: random.base62(22),
    name: modelName(random),
    archived: false,
    version,
    baseVersion: version,
    pages: 1 + random.below(2),
    elements: 2 + random.below(5),
    taggedFrom: undefined,
    tags: [],
    ...stamps,
  };
}

export function makeDataset(
  random: Random,
  place: Pick<Dataset, 'order' | 'parentId' | 'hidden'>,
  stamps: Stamps,
): Dataset {
  return {
    ...place,
    id: random.uuid(),
    urlId: random.base62(22),
    name: datasetName(random),
    description: random.next() < 0.5 ? '' : description(random),
    archived: false,
    version: 1,
    ...stamps,
  };
}

/** A grant on a connection or connection path, to a member or team chosen at random. */
export function makeConnectionGrant(
  store: Store,
  random: Random,
  on: Pick<Grant, 'order' | 'inodeId' | 'inodeType'>,
  stamps: Stamps,
): Grant {
  const toTeam = store.teams.size > 0 && random.next() < 0.5;
  const holders: readonly { readonly id: string }[] = (toTeam ? store.teams : store.members).list.toArray();
  const holder = random.pick(holders);
  return {
    ...on,
    id: random.uuid(),
    memberId: toTeam ? null : holder.id,
    teamId: toTeam ? holder.id : null,
    permission: random.pick(CONNECTION_PERMISSIONS),
    ...stamps,
  };
}

/** Makes what workbooks and grants are made after. */
export function generateData(store: Store, sizes: DataSizes): void {
  connections(store, sizes.connections);
  dataModels(store, sizes.dataModels);
  datasets(store, sizes.datasets);
}

function connections(store: Store, count: number): void {
  const random = new Random(store.seed, 'connections');
  const stamps = (): Stamps => stampsBy(random, store.owner.id);
  const grantOn = (inodeId: string, inodeType: 'connection' | 'connection-path', most: number): void => {
    for (let n = random.below(most + 1); n > 0; n--)
      store.connectionGrants.add(
        makeConnectionGrant(store, random, { order: store.nextOrder(), inodeId, inodeType }, stamps()),
      );
  };
  for (let number = 1; number <= count; number++) {
    const connection = makeConnection(random, store.nextOrder(), number, stamps());
    store.connections.add(connection);
    grantOn(connection.id, 'connection', 5);
    for (let n = 0; n < PATHS; n++) {
      const path = makeConnectionPath(random, store.nextOrder(), connection.id);
      store.connectionPaths.add(path);
      grantOn(path.inodeId, 'connection-path', 2);
    }
  }
}

/** Folders and workspaces, or the My Documents of the owner where there are none. */
function homes(store: Store): string[] {
  const found = [...store.workspaces.list, ...store.folders.list].map(({ id }) => id);
  return found.length > 0 ? found : [store.owner.homeFolderId];
}

function dataModels(store: Store, count: number): void {
  const random = new Random(store.seed, 'data models');
  const parents = homes(store);
  const owners = store.members.list.toArray();
  const tags = store.tags.list.toArray();
  for (let i = 0; i < count; i++) {
    const ownerId = random.pick(owners).id;
    const place = { order: store.nextOrder(), parentId: random.pick(parents), ownerId };
    const version = 1 + random.below(6);
    const model = makeDataModel(random, place, version, stampsBy(random, ownerId));
    model.archived = i % 12 === 2;
    if (i % 5 === 1 && tags.length > 0) {
      const versionTagId = random.pick(tags).id;
      model.tags = [{ versionTagId, sourceVersion: version, taggedAt: model.updatedAt }];
    }
    store.dataModels.add(model);
  }
}

function datasets(store: Store, count: number): void {
  const random = new Random(store.seed, 'datasets');
  const parents = homes(store);
  const owners = store.members.list.toArray();
  for (let i = 0; i < count; i++) {
    const owner = random.pick(owners);
    const hidden = i % 7 === 3 && owner !== store.owner;
    const parentId = hidden ? owner.homeFolderId : random.pick(parents);
    const place = { order: store.nextOrder(), parentId, hidden };
    const dataset = makeDataset(random, place, stampsBy(random, owner.id));
    dataset.archived = i % 10 === 2;
    store.datasets.add(dataset);
  }
}

/** Notes what derived children may name: what is there now, and tables of which nothing else is known. */
export function fillReferences(store: Store): void {
  const { references } = store;
  const random = new Random(store.seed, 'tables');
  const named = ({ id, name }: Named): Named => ({ id, name });
  references.tables = Array.from({ length: TABLES }, (_, i) => ({
    id: random.uuid(),
    name: tableName(random, i),
  }));
  references.dataModels = store.dataModels.list.toArray().map(named);
  references.datasets = store.datasets.list.toArray().map(named);
  references.tags = store.tags.list.toArray().map(({ id }) => id);
  references.files = [store.folders.list, store.fileWorkbooks].flatMap((list) =>
    [...list].map(({ id }: { readonly id: string }) => id),
  );
}
