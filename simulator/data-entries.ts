/** Connections, data models and datasets exactly as the API gives them. */
import type { Connection, ConnectionPath, DataModel, Dataset } from './data-entities.ts';
import type { Entry } from './entities.ts';
import { iso, pathOf, stamps } from './entries.ts';
import type { Store } from './store/store.ts';

export function connectionEntry(store: Store, connection: Connection): Entry {
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

export function connectionPathEntry(_: Store, { connectionId, id, path }: ConnectionPath): Entry {
  return { connectionId, urlId: id, path };
}

export function dataModelEntry(store: Store, model: DataModel): Entry {
  return {
    dataModelId: model.id,
    dataModelUrlId: model.urlId,
    name: model.name,
    url: `https://app.sigmacomputing.com/example/data-model/${model.urlId}`,
    path: pathOf(store, model.parentId),
    latestVersion: model.version,
    ownerId: model.ownerId,
    ...stamps(model),
    isArchived: model.archived,
    ...(model.tags.length > 0 && { tags: dataModelTags(store, model) }),
  };
}

/** The tags of a data model, as its entry and the listing of its own have them. */
export function dataModelTags(store: Store, model: DataModel): Entry[] {
  return model.tags.map(({ versionTagId, sourceVersion, taggedAt }) => ({
    versionTagId,
    tagName: store.tags.get(versionTagId)?.name ?? '',
    sourceVersion,
    taggedAt: iso(taggedAt),
  }));
}

export function datasetEntry(store: Store, dataset: Dataset): Entry {
  return {
    datasetId: dataset.id,
    ...stamps(dataset),
    name: dataset.name,
    description: dataset.description,
    url: `https://app.sigmacomputing.com/example/b/${dataset.urlId}`,
    isArchived: dataset.archived,
    // Since June 2026, when datasets were deprecated; not in the specification.
    ...(store.newerFields && store.sometimes(dataset.id, 3) && { migrationStatus: 'not-migrated' }),
  };
}
