import { authorship, boolean, defineStream, integer, json, text } from '../../stream.ts';

/**
 * Deprecated in favour of data models since June 2026; the last three fields before the authorship came with that, and later the owner. [SDK]
 * As with workbooks, the whole organization is shown to admins only.
 */
export const datasets = defineStream({
  name: 'datasets',
  description: 'Datasets, which Sigma replaces by data models, with the state of their migration.',
  key: ['dataset_id'],
  sources: [
    {
      name: 'whole organization',
      listings: [{ path: '/v2/datasets', paging: 'page', query: { skipPermissionCheck: 'true' } }],
    },
    { name: 'visible to the credentials', listings: [{ path: '/v2/datasets', paging: 'page' }] },
  ],
  ending: 'Datasets cannot be used any more since September 2026.',
  get: '/v2/datasets/{dataset_id}',
  fields: {
    datasetId: text('Unique id of the dataset'),
    name: text('Title'),
    description: text('Description'),
    url: text('Address in the browser'),
    isArchived: boolean('True once it is archived; its sources are kept as they last were'),
    path: text('Folders that lead to it'),
    owner: text('Member who owns it', 'owner_id'),
    referenceCount: integer('How many documents use it'),
    migrationStatus: text('not-required, not-migrated or migrated'),
    migrationToDataModel: json('Where it went: dataModelId, dataModelUrl, migratedAt, migratedBy'),
    ...authorship,
  },
});
